package topology

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"
)

// Timeouts is the one table of how long crosscheck waits for what. A flag or file scales or replaces entries by the
// name in the tag; nothing else in the code holds a time limit that a slow machine could break.
type Timeouts struct {
	ImageDownload time.Duration `name:"image_download"` // fetching what one version is assembled from: 30 to 120 MB
	ImageBase     time.Duration `name:"image_base"`     // a root file system, with packages of about 150 MB to download
	ImageBuild    time.Duration `name:"image_build"`    // building one image from what is there
	ToolStop      time.Duration `name:"tool_stop"`      // grace between SIGTERM and SIGKILL for Maven and mmdebstrap

	ClusterStart time.Duration `name:"cluster_start"` // from the start of a node until its health is yellow or green
	ClusterStop  time.Duration `name:"cluster_stop"`  // grace between SIGTERM and SIGKILL
	Connect      time.Duration `name:"connect"`       // until a remote cluster shows the wanted _remote/info
	Search       time.Duration `name:"search"`        // until a search answers as wanted
	Silence      time.Duration `name:"silence"`       // without an answer, a search that should hang does
	Log          time.Duration `name:"log"`           // until a line appears in a log
	Request      time.Duration `name:"request"`       // one REST call
	Cleanup      time.Duration `name:"cleanup"`       // removing what one scenario made
	Scenario     time.Duration `name:"scenario"`      // a scenario in all, without the start of its clusters
	Shutdown     time.Duration `name:"shutdown"`      // removing all containers and networks of the run

	Dial             time.Duration `name:"dial"`              // one attempt to open a TCP connection
	PodVolumes       time.Duration `name:"pod_volumes"`       // until what a pod of ECK mounts exists
	NamespaceRemoval time.Duration `name:"namespace_removal"` // until a namespace is gone from a user's Kubernetes cluster
	ProcessStop      time.Duration `name:"process_stop"`      // grace between SIGTERM and SIGKILL for ECK's own programs
}

// DefaultTimeouts suit a machine with two cores; a local run rarely comes near them.
func DefaultTimeouts() Timeouts {
	return Timeouts{
		ImageDownload: 15 * time.Minute, ImageBase: 15 * time.Minute, ImageBuild: 10 * time.Minute,
		ToolStop:     10 * time.Second,
		ClusterStart: 3 * time.Minute, ClusterStop: 20 * time.Second,
		Connect: 60 * time.Second, Search: 45 * time.Second, Silence: 4 * time.Second,
		Log: 20 * time.Second, Request: 60 * time.Second,
		Cleanup: 60 * time.Second, Scenario: 5 * time.Minute, Shutdown: 60 * time.Second,
		Dial: time.Second, PodVolumes: 3 * time.Minute, NamespaceRemoval: 3 * time.Minute,
		ProcessStop: 500 * time.Millisecond,
	}
}

// Scale multiplies every entry.
func (t *Timeouts) Scale(factor float64) {
	v := reflect.ValueOf(t).Elem()
	for i := range v.NumField() {
		v.Field(i).SetInt(int64(float64(v.Field(i).Int()) * factor))
	}
}

// Set replaces the entry of that name.
func (t *Timeouts) Set(name string, d time.Duration) error {
	v := reflect.ValueOf(t).Elem()
	var known []string
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("name")
		if tag == name {
			v.Field(i).SetInt(int64(d))
			return nil
		}
		known = append(known, tag)
	}
	sort.Strings(known)
	return fmt.Errorf("unknown time limit %q; there are %s", name, strings.Join(known, ", "))
}

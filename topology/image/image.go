// Package image turns an Elasticsearch version into an image that the Docker Engine can run: one that the caller names,
// one that is present, the official one from the registry, or one assembled from published artifacts.
package image

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// Source says where an image comes from.
type Source string

// The sources, in the order in which they are tried; Kubernetes is what a cluster of the user's runs.
const (
	Explicit   Source = "explicit"   // named by a flag, the environment or a file
	Local      Source = "local"      // an official image that the Engine already holds
	Registry   Source = "registry"   // the official image, pulled
	Assembled  Source = "assembled"  // made on this machine from published artifacts, now or by an earlier run
	Existing   Source = "existing"   // none: a cluster of the user's, whose URL stands in the image's place
	Kubernetes Source = "kubernetes" // what the operator of the user's cluster names, as that cluster got it
)

// Lack is something that the product has and this image has not.
type Lack struct {
	Capability string `json:"capability"` // one of Capabilities
	Reason     string `json:"reason"`
}

// Capabilities are the names that a Lack may bear.
func Capabilities() []string {
	return []string{"ccr", "esql", "ilm", "mustache", "painless", "rest-root", "security"}
}

// Image is an image that the Engine holds and can run.
type Image struct {
	Ref     string // what to give to the Engine
	Version string // what was asked for; the node itself tells the exact version and build hash
	Source  Source
	Lacks   []Lack
	Heap    string // for -Xms and -Xmx, such as 256m
}

// Event is one step of progress.
type Event struct {
	Subject string // a version, or "base java-21"
	Text    string // what is being done
	Done    int64  // bytes; 0 where they are not known
	Total   int64
}

func (e Event) String() string {
	if e.Total == 0 {
		return e.Subject + ": " + e.Text
	}
	return fmt.Sprintf("%s: %s %d of %d MB", e.Subject, e.Text, e.Done/1e6, e.Total/1e6)
}

// UnknownVersionError says that no source has a version.
type UnknownVersionError struct {
	Version string
	Tried   []string // one line for each source, with what it answered
	Near    []string // published versions that may have been meant
}

func (e *UnknownVersionError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no image of Elasticsearch %q: %s", e.Version, strings.Join(e.Tried, "; "))
	if len(e.Near) > 0 {
		fmt.Fprintf(&b, "; did you mean %s?", strings.Join(e.Near, ", "))
	} else {
		b.WriteString("; name a published version")
	}
	if _, err := parseVersion(e.Version); err == nil {
		fmt.Fprintf(&b, " (or an image of your own: %s=IMAGE)", EnvName(e.Version))
	}
	return b.String()
}

// Engine is what this package needs of the Docker Engine; *docker.Engine has it.
type Engine interface {
	FindImage(ctx context.Context, ref string) (docker.Image, bool, error)
	Images(ctx context.Context, roles ...string) ([]docker.Image, error)
	ProbeImage(ctx context.Context, ref string, limit time.Duration) (bool, error)
	PullImage(ctx context.Context, ref string, progress func(done, total int64)) error
	ImportImage(ctx context.Context, ref string, labels map[string]string, rootfs io.Reader) error
	BuildImage(ctx context.Context, ref string, labels map[string]string, files io.Reader, step func(string)) error
	RemoveImage(ctx context.Context, ref string) error
	Mirrored(ref string) string
	Info(ctx context.Context) (docker.Info, error)
}

var _ Engine = (*docker.Engine)(nil)

// Values of docker.LabelRole.
const (
	roleBase          = "base"
	roleElasticsearch = "elasticsearch"
)

package remotes

import (
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// Remote is a remote cluster as the scenario has added it to the local cluster.
type Remote struct {
	Alias string // as the clusters know it
	// Settings are those of cluster.remote.<alias>, by the last part of their names, as they were sent.
	Settings map[string]any
}

// Mode is proxy or sniff.
func (r *Remote) Mode() string {
	if r.Settings["mode"] == "proxy" {
		return "proxy"
	}
	return "sniff"
}

// addressSettings are the settings that hold addresses, in the order in which Elasticsearch prefers them here.
var addressSettings = []string{"proxy_address", "proxy", "seeds"}

// Addresses are where the remote cluster was added at, with ", " between several seeds; empty without any.
func (r *Remote) Addresses() string {
	for _, name := range addressSettings {
		if value := r.Settings[name]; value != nil {
			return strings.Join(texts(value), ", ")
		}
	}
	return ""
}

// Port is where the alias was pointed: like Elasticsearch, it takes what follows the last colon of the first address.
// 0 is an address without one.
func (r *Remote) Port() int {
	for _, name := range addressSettings {
		address := texts(r.Settings[name])[0]
		if port, err := strconv.Atoi(address[strings.LastIndexByte(address, ':')+1:]); err == nil {
			return port
		}
	}
	return 0
}

// ServerName is what the settings say, empty without one.
func (r *Remote) ServerName() string {
	if name := r.Settings["server_name"]; name != nil {
		return verdict.Text(name)
	}
	return ""
}

// texts is a setting's value, or its values, at least one.
func texts(value any) []string {
	var all []string
	switch v := value.(type) {
	case []string:
		all = v
	case []any:
		for _, each := range v {
			all = append(all, verdict.Text(each))
		}
	default:
		all = []string{verdict.Text(value)}
	}
	if len(all) == 0 {
		return []string{""}
	}
	return all
}

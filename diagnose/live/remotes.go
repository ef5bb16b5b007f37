package live

import (
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// remoteCluster is how a remote cluster is configured.
type remoteCluster struct {
	alias      string
	addresses  []string // host:port: the proxy address, or the seeds
	serverName string   // empty: the host of the address
}

// remotesOf are the remote clusters that the local cluster has: those of _remote/info, and of the settings.
func remotesOf(pieces []evidence.Piece) map[string]remoteCluster {
	all := map[string]remoteCluster{}
	for _, p := range pieces {
		if p.Alias == "" || p.Kind != evidence.RemoteInfo && p.Kind != evidence.Settings {
			continue
		}
		r := all[p.Alias]
		r.alias = p.Alias
		if p.Kind == evidence.RemoteInfo {
			r.fromInfo(p.Fields)
		} else {
			r.fromSettings(p.Texts)
		}
		all[p.Alias] = r
	}
	return all
}

func (r *remoteCluster) fromInfo(fields map[string]any) {
	if name, _ := fields["server_name"].(string); name != "" {
		r.serverName = name
	}
	if address, _ := fields["proxy_address"].(string); address != "" {
		r.add(address)
	}
	seeds, _ := fields["seeds"].([]any)
	for _, seed := range seeds {
		if address, _ := seed.(string); address != "" {
			r.add(address)
		}
	}
}

func (r *remoteCluster) fromSettings(texts []string) {
	for _, text := range texts {
		name, value, ok := strings.Cut(text, ": ")
		if !ok || !strings.HasPrefix(name, "cluster.remote."+r.alias+".") || value == "" {
			continue
		}
		switch name[strings.LastIndexByte(name, '.')+1:] {
		case "server_name":
			r.serverName = value
		case "proxy_address":
			r.add(value)
		case "seeds":
			for _, seed := range strings.Split(strings.Trim(value, "[]"), ",") {
				r.add(strings.TrimSpace(seed))
			}
		}
	}
}

// add adds an address, unless it is there. _remote/info shows a seed with the address that its name resolved to.
func (r *remoteCluster) add(address string) {
	if at := strings.IndexByte(address, '/'); at > 0 { // name/192.0.2.1:9300
		_, port, _ := strings.Cut(address[at:], ":")
		address = address[:at] + ":" + port
	}
	if address != "" && !slices.Contains(r.addresses, address) {
		r.addresses = append(r.addresses, address)
	}
}

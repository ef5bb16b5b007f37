package existing

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Fits is a *lab.UncontrolledError where a scenario describes clusters that this pair is not, and that it could only be
// made by taking its nodes into crosscheck's hands. another says that the scenario wants a second remote cluster. What
// trusts what is not compared: the model says that.
func (p *Pair) Fits(local, remote lab.ClusterSpec, another bool) error {
	if another {
		return &lab.UncontrolledError{Reason: "the scenario takes a second remote cluster, and there is one"}
	}
	for _, side := range []struct {
		*Side
		spec lab.ClusterSpec
	}{{p.Local, local}, {p.Remote, remote}} {
		if what := side.differs(side.spec); what != "" {
			return lab.NotOurs("the "+side.Role+" cluster", what)
		}
	}
	if !ordinaryTrust(local, remote) {
		return lab.NotOurs("the pair", "its certificates, and of which authorities the clusters trust")
	}
	if remote.Security && remote.ServerCA == "" && p.Remote.Server {
		return lab.NotOurs("the remote cluster", "remote_cluster_server.enabled, which is true")
	}
	return nil
}

// differs names what of a cluster would have to be changed to make it what a scenario describes; empty without that.
func (s *Side) differs(spec lab.ClusterSpec) string {
	switch {
	case len(spec.Settings)+len(spec.NodeSettings) > 0:
		return "its elasticsearch.yml"
	case len(spec.Files) > 0:
		return "its config folder"
	case !reflect.ValueOf(spec.Transport).IsZero(), !reflect.ValueOf(spec.Server).IsZero():
		return "its certificates"
	case spec.HTTPCA != "":
		return "its HTTP interface"
	case spec.JavaTrust != "":
		return "its Java runtime"
	case spec.IPv6, spec.Published != "":
		return "its network"
	case spec.Hosted != (lab.Hosted{}):
		return "its place in Elastic Cloud"
	case spec.Nodes > 1 && spec.Nodes != s.Nodes:
		return fmt.Sprintf("how many nodes it has (%d are wanted, it has %d)", spec.Nodes, s.Nodes)
	case spec.Security != s.Secured:
		return fmt.Sprintf("whether security is on (it is %t)", s.Secured)
	case spec.License == "basic" && s.License != "basic":
		return fmt.Sprintf("its license, which is %q", s.License)
	}
	return ""
}

// ordinaryTrust reports whether a description is one of: as clusters are by default, trust for the API key model, trust
// for the certificate model, no security. Everything else goes wrong on purpose.
func ordinaryTrust(local, remote lab.ClusterSpec) bool {
	if !local.Security && !remote.Security {
		return true
	}
	server := remote.ServerCA == "" || remote.ServerCA == "remote-server"
	trusted := len(local.TrustedServers) == 0 || slices.Equal(local.TrustedServers, []string{"remote-server"})
	transport := slices.Equal(local.TrustedTransport, []string{"local-transport"}) ||
		slices.Equal(local.TrustedTransport, []string{"partner-transport", "remote-transport"})
	return server && trusted && transport && remote.TransportCA == "remote-transport"
}

package cloud

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Domain is what endpoints in a region end with.
func Domain(region string) string { return region + ".aws.crosscheck.test" }

// Spec describes a deployment's cluster as Elastic Cloud would run it: one authority signs the transport certificates
// of a region, whoever's they are, and a public one the certificates of the endpoints, which every cluster trusts when
// it connects to a remote cluster server. servers says that the version knows remote cluster servers.
func Spec(role, version, organization, region string, servers bool) lab.ClusterSpec {
	authority := "region " + region
	spec := lab.ClusterSpec{
		Role: role, Version: version, Security: true, License: "trial", TransportCA: authority,
		TrustedTransport: []string{authority},
		Hosted:           lab.Hosted{Organization: organization, Domain: Domain(region)},
	}
	if servers {
		spec.TrustedServers = []string{"public"}
	}
	if servers && role == topology.Remote {
		spec.ServerCA = "public"
	}
	return spec
}

// HandOut provides clusters that run already, each once, the first that fits.
func HandOut(clusters ...*lab.Cluster) func(context.Context, Order) (*lab.Cluster, error) {
	clusters = slices.Clone(clusters)
	var mu sync.Mutex
	return func(_ context.Context, o Order) (*lab.Cluster, error) {
		mu.Lock()
		defer mu.Unlock()
		for i, c := range clusters {
			if c != nil && c.Spec.Hosted.Organization == o.Organization && c.Version == o.Version &&
				strings.HasSuffix(c.Endpoint, "."+Domain(o.Region)) {
				clusters[i] = nil
				return c, nil
			}
		}
		return nil, fmt.Errorf("%w: %s of organization %s in %s", ErrNoCluster, o.Version, o.Organization, o.Region)
	}
}

package disturb

import (
	"context"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/world"
)

// IPv6 gives both ends of the connection an IPv6 address.
type IPv6 struct{ world *world.World }

// NewIPv6 is a scenario on IPv4 alone.
func NewIPv6(w *world.World) *IPv6 { return &IPv6{w} }

// Steps are the steps about IPv6.
func (i *IPv6) Steps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "an IPv6 network joins the local cluster and the load balancer", Handler: i.joinNetwork,
			Doc: "One more network, from which both have an IPv6 address beside the other one; <IPv6 address> in settings " +
				"is the load balancer's."},
	}
}

func (i *IPv6) joinNetwork(context.Context) error {
	if !i.world.Clusters.LocalSpec.IPv6 {
		i.world.Clusters.LocalSpec.IPv6 = true
		i.world.Clusters.WhenLeased(i.joinBalancer)
	}
	return i.world.Clusters.Describable()
}

// joinBalancer gives the load balancer, which other scenarios share, its IPv6 address for the time of this one. The
// local cluster has had its own since it started.
func (i *IPv6) joinBalancer(ctx context.Context) error {
	if !i.world.Clusters.LocalSpec.IPv6 {
		return nil // a later step described the local cluster without it
	}
	lb := i.world.Remote().Balancer
	if err := lb.JoinIPv6(ctx); err != nil {
		i.world.Undo.Spoil()
		return world.UnsupportedIfMissing(fmt.Errorf("give the load balancer an IPv6 address: %w", err))
	}
	i.world.Undo.Later("take the IPv6 address from the load balancer", lb.LeaveIPv6)
	return nil
}

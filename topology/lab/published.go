package lab

import (
	"context"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/topology"
)

// Published says which addresses the nodes of a remote cluster publish. Sniff mode connects to those, wherever the
// seed leads. Without a word they publish the ones that they have on their own network, and no local cluster has a way
// there.
type Published string

const (
	// PublishedBalancer is the load balancer's address on the local clusters' network, with the ports unchanged. It stands
	// for one node only: connections to it must end at the node that published it.
	PublishedBalancer Published = "load balancer"
	// PublishedDirectly is an address of each node's own on the local clusters' network, which the node joins.
	PublishedDirectly Published = "local network"
)

// directHost is the name of a node on the local clusters' network.
func directHost(node string) string { return host("direct-" + node) }

// publish finds what the nodes of a cluster publish. Where it is the load balancer's address, the load balancer starts
// before them.
func (c *Cluster) publish(ctx context.Context, n names) (names, error) {
	if c.Spec.Published != PublishedBalancer {
		return n, nil
	}
	if c.Spec.Nodes > 1 {
		return n, fmt.Errorf("%s has %d nodes, and one address of a load balancer cannot stand for each of them", c.Name,
			c.Spec.Nodes)
	}
	var err error
	if c.Balancer, err = c.lab.startBalancer(ctx, n, c.Spec.Security); err != nil {
		return n, err
	}
	n.published, err = c.Balancer.IP(ctx)
	return n, err
}

// DirectAddress is where local clusters reach the transport interface of one node, by its number from 1, without the
// load balancer.
func (c *Cluster) DirectAddress(number int) (string, error) {
	if c.Spec.Published != PublishedDirectly {
		return "", fmt.Errorf("the nodes of %s are not on the local cluster's network: describe them so before", c.Name)
	}
	if number < 1 || number > len(c.nodes) {
		return "", fmt.Errorf("%s has no node %d: it has %d", c.Name, number, len(c.nodes))
	}
	return fmt.Sprintf("%s:%d", directHost(c.nodes[number-1].name), topology.TransportPort), nil
}

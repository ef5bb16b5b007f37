package clusters

import (
	"context"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func (d *Description) nodeSteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: HasNodes, Handler: d.chooseNodes,
			Doc: "They share the transport authority and the server name, and the load balancer spreads connections over " +
				"those that are up."},
		{Expression: "the remote cluster publishes the address of the load balancer", Handler: d.publishBalancer,
			Doc: "network.publish_host and remote_cluster.publish_host: what sniff mode finds leads through the load " +
				"balancer, on each port to the same one."},
		{Expression: "the nodes of the remote cluster are on the local cluster's network", Handler: d.publishDirectly,
			Doc: "They are on both networks, and publish their addresses on the local cluster's (network.publish_host): what " +
				"sniff mode finds leads to each of them. <address of node 1> in settings is there."},
		{Expression: "the {word} cluster has the setting {string} with the value {string}", Handler: d.addSetting,
			NeedsOf: ofSetting(1),
			Doc:     "In elasticsearch.yml of the local or remote cluster; the value is a piece of YAML."},
		{Expression: "node {int} of the {word} cluster has the setting {string} with the value {string}",
			Handler: d.addNodeSetting, NeedsOf: ofSetting(2), Doc: "In elasticsearch.yml of that node alone."},
		{Expression: "node {int} of the {word} cluster is asked", Handler: d.askNode,
			Doc: "Requests to the cluster go to that node from here on; before, they go to the first one that is up."},
	}
}

// ofSetting are the facts that a setting takes whose name is the argument at a place.
func ofSetting(place int) func(*facts.Facts, []any) []string {
	return func(known *facts.Facts, arguments []any) []string {
		name, _ := arguments[place].(string)
		return known.OfSetting(name)
	}
}

func (d *Description) chooseNodes(_ context.Context, role string, n int) error {
	if n < 1 || n > 9 {
		return fmt.Errorf("a cluster has 1 to 9 nodes here, and not %d", n)
	}
	return d.change(role, func(spec *lab.ClusterSpec) { spec.Nodes = n })
}

func (d *Description) publishBalancer(context.Context) error {
	d.world.Clusters.RemoteSpec.Published = lab.PublishedBalancer
	return d.world.Clusters.Describable()
}

func (d *Description) publishDirectly(context.Context) error {
	d.world.Clusters.RemoteSpec.Published = lab.PublishedDirectly
	return d.world.Clusters.Describable()
}

func (d *Description) addSetting(_ context.Context, role, name, value string) error {
	return d.change(role, func(spec *lab.ClusterSpec) { set(&spec.Settings, name, value) })
}

func (d *Description) addNodeSetting(_ context.Context, node int, role, name, value string) error {
	spec, err := d.world.Clusters.Spec(role)
	if err != nil {
		return err
	}
	if nodes := max(1, spec.Nodes); node < 1 || node > nodes {
		return fmt.Errorf("the %s cluster has no node %d: say before how many nodes it has, now %d", role, node, nodes)
	}
	if spec.NodeSettings == nil {
		spec.NodeSettings = map[int]map[string]string{}
	}
	settings := spec.NodeSettings[node]
	set(&settings, name, value)
	spec.NodeSettings[node] = settings
	return d.world.Clusters.Describable()
}

func (d *Description) askNode(ctx context.Context, node int, role string) error {
	side, err := world.ParseSide(role, "cluster")
	if err != nil {
		return err
	}
	if err := d.world.Ready(ctx); err != nil {
		return err
	}
	cluster := d.world.Clusters.Of(side)
	if err := cluster.Ask(node); err != nil {
		return err
	}
	d.world.Undo.Later("ask any node of "+cluster.Name, func(context.Context) error { return cluster.Ask(0) })
	return nil
}

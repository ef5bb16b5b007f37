// Package clusters holds the steps that say what the local and the remote cluster are before they start: their
// settings, licenses, certificates and trust; and the documents on the remote cluster.
package clusters

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Description describes the clusters of one scenario.
type Description struct{ world *world.World }

// New describes the clusters of w.
func New(w *world.World) *Description { return &Description{w} }

// Steps are the steps that describe clusters, and those that put documents on the remote one.
func (d *Description) Steps() []gherkin.Definition {
	return slices.Concat(d.clusterSteps(), d.nodeSteps(), d.trustSteps(), d.documentSteps())
}

// Expressions that say how many nodes the clusters of a scenario have.
const (
	HasNodes    = "the {word} cluster has {int} nodes"
	AnotherLike = "another remote cluster like it"
)

func (d *Description) clusterSteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "a remote cluster with the remote cluster server enabled", Handler: d.EnableServer,
			Needs: []string{"remote-cluster-server"},
			Doc:   "The remote cluster listens on 9443 with a certificate of its own authority."},
		{Expression: "a local cluster that trusts its certificate", Handler: d.TrustServer,
			Needs: []string{"remote-cluster-client-tls"},
			Doc: "The local cluster trusts the authority of the remote cluster server; their transport interfaces have " +
				"nothing in common."},
		{Expression: "a local and a remote cluster whose transport certificates trust each other", Handler: d.TrustEachOther,
			Doc: "Each side trusts the authority of the other side's transport interface."},
		{Expression: "a remote cluster without the remote cluster server", Handler: d.disableServer,
			Doc: "remote_cluster_server.enabled is not set, as by default."},
		{Expression: "the {word} cluster has a {word} license", Handler: d.chooseLicense,
			Doc: "basic instead of trial, on the local or remote cluster."},
		{Expression: "the {word} cluster's license becomes basic", Handler: d.startBasicLicense, Controls: "their licenses",
			Doc: "POST _license/start_basic on the running cluster: as when a trial ends."},
		{Expression: "a local and a remote cluster without security", Handler: d.DropSecurity,
			Doc: "Plain text on the transport interface."},
		{Expression: AnotherLike, Handler: d.addAnotherRemote,
			Doc: "A second remote cluster of the same description, of another name."},
	}
}

// EnableServer has the remote cluster listen for connections with API keys.
func (d *Description) EnableServer(context.Context) error {
	if d.world.Clusters.RemoteSpec.ServerCA == "" {
		return fmt.Errorf("%s has no remote cluster server", d.world.Pair.Remote.Original())
	}
	return d.world.Clusters.Describable()
}

func (d *Description) disableServer(context.Context) error {
	d.world.Clusters.RemoteSpec.ServerCA = ""
	return d.world.Clusters.Describable()
}

// change changes the description of the cluster of a role.
func (d *Description) change(role string, do func(*lab.ClusterSpec)) error {
	spec, err := d.world.Clusters.Spec(role)
	if err != nil {
		return err
	}
	do(spec)
	return d.world.Clusters.Describable()
}

func (d *Description) chooseLicense(_ context.Context, role, license string) error {
	return d.change(role, func(spec *lab.ClusterSpec) { spec.License = license })
}

func (d *Description) addAnotherRemote(context.Context) error {
	d.world.Clusters.Another = func(remote lab.ClusterSpec) lab.ClusterSpec { return remote }
	return d.world.Clusters.Describable()
}

func (d *Description) startBasicLicense(ctx context.Context, role string) error {
	side, err := world.ParseSide(role, "cluster")
	if err != nil {
		return err
	}
	if err := d.world.Ready(ctx); err != nil {
		return err
	}
	d.world.Undo.Spoil() // a cluster has one trial only
	api := d.world.Clusters.Of(side).API()
	res, err := api.Do(ctx, http.MethodPost, "/_license/start_basic?acknowledge=true", nil)
	if err != nil {
		return fmt.Errorf("start a basic license: %w", err)
	}
	if res.Status != http.StatusOK {
		return fmt.Errorf("start a basic license: %d %s", res.Status, res.Body)
	}
	return nil
}

// TrustServer has the local cluster trust the authority of the remote cluster server.
func (d *Description) TrustServer(context.Context) error {
	d.world.Clusters.LocalSpec.TrustedServers = []string{"remote-server"}
	return d.world.Clusters.Describable()
}

// TrustEachOther has each side trust the authority of the other side's transport interface.
func (d *Description) TrustEachOther(context.Context) error {
	local := &d.world.Clusters.LocalSpec
	local.TransportCA = "partner-transport"
	local.TrustedTransport = []string{"partner-transport", "remote-transport"}
	return d.world.Clusters.Describable()
}

// DropSecurity leaves plain text on every interface of both clusters.
func (d *Description) DropSecurity(context.Context) error {
	plain := func(spec lab.ClusterSpec) lab.ClusterSpec {
		return lab.ClusterSpec{Role: spec.Role, Version: spec.Version}
	}
	c := d.world.Clusters
	c.LocalSpec, c.RemoteSpec = plain(c.LocalSpec), plain(c.RemoteSpec)
	return c.Describable()
}

// NodesOf is how many nodes the clusters of a scenario have in all, one on each side unless a step says otherwise, and
// whether one of them has several.
func NodesOf(bound []gherkin.Bound) (nodes int, several bool) {
	sides := map[any]int{topology.Local: 1, topology.Remote: 1}
	others := 0
	for _, b := range bound {
		switch b.Expression {
		case HasNodes:
			sides[b.Arguments[0]], _ = b.Arguments[1].(int)
		case AnotherLike:
			others++
		}
	}
	local, remote := sides[topology.Local], sides[topology.Remote]
	return local + remote*(1+others), local > 1 || remote > 1
}

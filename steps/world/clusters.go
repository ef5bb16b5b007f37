package world

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

// ErrDescribed ends a scenario without a pool at the first step that wants running clusters.
var ErrDescribed = errors.New("the clusters are described")

// Source is where the clusters of a scenario come from instead of the pool. Ready looks them up and calls
// Clusters.Lend.
type Source interface {
	Ready(ctx context.Context) error
}

// Clusters are the local and the remote cluster of a scenario: described by steps at first, and leased by the first
// step that needs them to run.
type Clusters struct {
	LocalSpec, RemoteSpec lab.ClusterSpec
	// Another describes a second remote cluster, given a copy of the description of the first; nil: there is one only.
	Another func(remote lab.ClusterSpec) lab.ClusterSpec
	// Local, Remote and Other run from Ready on. On ECK one of them may be nil between two manifests.
	Local, Remote, Other *lab.Cluster
	Since                time.Time // since when logs belong to this scenario

	world  *World
	source Source
	lease  *pool.Lease
	leased []func(context.Context) error
}

func newClusters(w *World) *Clusters {
	c := &Clusters{world: w}
	c.LocalSpec = lab.ClusterSpec{
		Role: topology.Local, Version: w.Pair.Local.Original(), Security: true, License: "trial",
		TransportCA: "local-transport", TrustedTransport: []string{"local-transport"},
	}
	c.RemoteSpec = lab.ClusterSpec{
		Role: topology.Remote, Version: w.Pair.Remote.Original(), Security: true, License: "trial",
		// It also trusts the authority of local clusters that connect with certificates: those and the ones that bring an
		// API key can then share it.
		TransportCA: "remote-transport", TrustedTransport: []string{"remote-transport", "partner-transport"},
	}
	if w.ServerExists(topology.Remote) {
		c.RemoteSpec.ServerCA = "remote-server"
	}
	return c
}

// Describable is an error once the clusters run: what they are can no longer be changed.
func (c *Clusters) Describable() error {
	if c.lease != nil {
		return errors.New("the clusters are running already: describe them before the first step that uses them")
	}
	return nil
}

// Spec is the description of one of the two clusters, to be changed.
func (c *Clusters) Spec(role string) (*lab.ClusterSpec, error) {
	side, err := ParseSide(role, "cluster")
	if err != nil {
		return nil, err
	}
	if side == topology.Local {
		return &c.LocalSpec, nil
	}
	return &c.RemoteSpec, nil
}

// Running is the cluster of a role, which must be running.
func (c *Clusters) Running(role string) (*lab.Cluster, error) {
	side, err := ParseSide(role, "cluster")
	if err != nil {
		return nil, err
	}
	if c.lease == nil {
		return nil, errors.New("the clusters are not running yet")
	}
	return c.Of(side), nil
}

// Of is the cluster of a side; nil before it runs.
func (c *Clusters) Of(side Side) *lab.Cluster {
	if side == topology.Local {
		return c.Local
	}
	return c.Remote
}

// Forget drops the cluster of a side: what changed may take another one, which the source looks up when it is needed.
func (c *Clusters) Forget(side Side) {
	if side == topology.Local {
		c.Local = nil
	} else {
		c.Remote = nil
	}
}

// Leased are the clusters that run for the scenario, empty before the first step that needs them.
func (c *Clusters) Leased() []*lab.Cluster {
	if c.lease == nil {
		return nil
	}
	return c.lease.Clusters
}

// Complete reports whether the local and the remote cluster run.
func (c *Clusters) Complete() bool { return c.lease != nil && c.Local != nil && c.Remote != nil }

// WhenLeased has do called once, as soon as the clusters are leased from the pool.
func (c *Clusters) WhenLeased(do func(context.Context) error) { c.leased = append(c.leased, do) }

// From has the clusters come from source instead of the pool.
func (c *Clusters) From(source Source) { c.source = source }

// Lend makes clusters that are not the pool's the leased ones. release is called when the scenario ends; dirty says
// that the scenario could not clean them up.
func (c *Clusters) Lend(release func(ctx context.Context, dirty bool) error, clusters ...*lab.Cluster) {
	if c.lease == nil {
		c.Since = time.Now()
	}
	c.lease = pool.Borrow(release, clusters...)
}

// Specs are the descriptions of the clusters that the pool is asked for, in its order: remote, local, other.
func (c *Clusters) Specs() []lab.ClusterSpec {
	specs := []lab.ClusterSpec{c.RemoteSpec, c.LocalSpec}
	if c.Another != nil {
		specs = append(specs, c.Another(c.RemoteSpec.Clone()))
	}
	return specs
}

func (c *Clusters) ready(ctx context.Context) error {
	switch {
	case c.source != nil:
		return c.source.Ready(ctx)
	case c.lease != nil:
		return nil
	case c.world.Env.Pool == nil:
		return ErrDescribed
	}
	lease, err := c.world.Env.Pool.Lease(ctx, c.Specs()...)
	if err != nil {
		return UnsupportedIfMissing(err)
	}
	c.lease, c.Remote, c.Local, c.Since = lease, lease.Clusters[0], lease.Clusters[1], time.Now()
	if c.Another != nil {
		c.Other = lease.Clusters[2]
	}
	if err := c.Remote.Balancer.ResetConnections(ctx); err != nil {
		return fmt.Errorf("reset the load balancer's counts: %w", err)
	}
	for _, do := range c.leased {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// clean checks that the next scenario finds the local cluster without remotes.
func (c *Clusters) clean(ctx context.Context) error {
	if c.Local == nil {
		return nil
	}
	info, err := c.Local.API().RemoteInfo(ctx)
	if refused, ok := errors.AsType[*elastic.StatusError](err); ok && refused.Status == http.StatusBadRequest {
		return c.cleanSettings(ctx) // the node may not have remote clusters, and yet its cluster has settings of some
	}
	if err != nil {
		return fmt.Errorf("look whether remote clusters are left: %w", err)
	}
	for alias := range info {
		if !strings.HasPrefix(alias, c.world.Env.prefix()) {
			continue // the user's
		}
		return fmt.Errorf("remote cluster %q is left on %s", alias, c.Local.Name)
	}
	return nil
}

// cleanSettings is clean for a node that refuses to show remote clusters.
func (c *Clusters) cleanSettings(ctx context.Context) error {
	settings, err := c.Local.API().PersistentSettings(ctx)
	if err != nil {
		return fmt.Errorf("look whether settings of remote clusters are left: %w", err)
	}
	for name := range settings {
		if strings.HasPrefix(name, "cluster.remote."+c.world.Env.prefix()) { // others are the user's
			return fmt.Errorf("the setting %s is left on %s", name, c.Local.Name)
		}
	}
	return nil
}

// Close removes what the scenario made and gives its clusters back; ones that could not be cleaned are stopped. After
// an interruption it stops them right away: nobody will use them again.
func (w *World) Close(ctx context.Context) error {
	if ctx.Err() != nil {
		w.Undo.forget()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.Env.Timeouts.Cleanup)
	defer cancel()
	errs := w.Undo.all(ctx)
	lease := w.Clusters.lease
	if lease == nil {
		return errors.Join(errs...)
	}
	dirty := w.Undo.Spoiled() || len(errs) > 0
	if !dirty {
		if err := w.Clusters.clean(ctx); err != nil {
			errs, dirty = append(errs, err), true
		}
	}
	return errors.Join(append(errs, lease.Release(ctx, dirty))...)
}

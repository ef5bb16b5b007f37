// Package eck holds the steps of clusters that Elastic Cloud on Kubernetes manages: manifests that are applied,
// commands of administrators, and the authorities that they exchange.
package eck

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/crosscheck-dev/crosscheck/steps/access"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	platform "github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Sides are the local and the remote ECK of one scenario.
type Sides struct {
	world   *world.World
	remotes *remotes.Remotes
	keys    *access.Keys
	env     *platform.Environment // nil until a step is about ECK
	release func()                // gives env back
	older   string                // the version of the remote operator; empty: the default one
	known   map[world.Side]*Side
}

// Side is one ECK: an operator, its namespace, and the Elasticsearch that was applied there.
type Side struct {
	*platform.Side
	Name    string // of the Elasticsearch; empty before its manifest is applied
	renewed bool   // its services are as the first manifest of the scenario has them
}

// order is the order in which sides are asked and reported.
var order = []world.Side{topology.Remote, topology.Local}

// New are the sides of a scenario that may never be about ECK: nothing is started.
func New(w *world.World, r *remotes.Remotes, k *access.Keys) *Sides {
	return &Sides{world: w, remotes: r, keys: k, known: map[world.Side]*Side{}}
}

// Steps are the steps about ECK.
func (s *Sides) Steps() []gherkin.Definition {
	return gherkin.Needing("eck-guide", slices.Concat(s.manifestSteps(), s.administratorSteps(), s.authoritySteps()))
}

// Take takes the environment for this scenario, whose clusters come from its manifests from then on. Nobody else uses
// it meanwhile, so names need no suffix: an alias that stays the same lets a local pod serve many scenarios.
func (s *Sides) Take(ctx context.Context) error {
	if s.env != nil {
		return nil
	}
	if s.world.Env.ECK == nil {
		return errors.New("there is no ECK environment in this run")
	}
	env, release, err := s.world.Env.ECK.Acquire(ctx)
	if err != nil {
		return err
	}
	s.env, s.release = env, release
	s.world.Names.Plain()
	s.world.Clusters.From(s)
	return nil
}

// Side is the ECK of a role, whose operator is started when it is first asked for.
func (s *Sides) Side(ctx context.Context, role string) (*Side, error) {
	which, err := world.ParseSide(role, "ECK")
	if err != nil {
		return nil, err
	}
	if err := s.Take(ctx); err != nil {
		return nil, err
	}
	if side, ok := s.known[which]; ok {
		return side, nil
	}
	operator := ""
	if which == topology.Remote {
		operator = s.older
	}
	side, err := s.env.Side(ctx, role, operator)
	if err != nil {
		return nil, world.UnsupportedIfMissing(err)
	}
	s.known[which] = &Side{Side: side}
	return s.known[which], nil
}

// Ready looks up the clusters of the manifests that were applied so far, and what leads to the remote one.
func (s *Sides) Ready(ctx context.Context) error {
	found := map[world.Side]*lab.Cluster{topology.Local: s.world.Local(), topology.Remote: s.world.Remote()}
	for _, which := range order {
		side := s.known[which]
		if side == nil || side.Name == "" || found[which] != nil {
			continue
		}
		cluster, err := side.Cluster(ctx, side.Name, true)
		if err != nil {
			return world.UnsupportedIfMissing(err)
		}
		found[which] = cluster
		if about := side.About(); about != "" {
			s.world.Notes.Add(about)
		}
	}
	s.world.Clusters.Local, s.world.Clusters.Remote = found[topology.Local], found[topology.Remote]
	if remote := s.world.Remote(); remote != nil {
		side := s.known[topology.Remote]
		lb, err := side.Expose(ctx, side.Name)
		if err != nil {
			return err
		}
		remote.Balancer = lb
	}
	var clusters []*lab.Cluster
	for _, which := range order {
		if found[which] != nil {
			clusters = append(clusters, found[which])
		}
	}
	s.world.Clusters.Lend(func(ctx context.Context, dirty bool) error {
		if !dirty {
			return nil
		}
		return s.forget(ctx, clusters)
	}, clusters...)
	return nil
}

// forget has the pods of clusters made again: the scenario could not clean them up.
func (s *Sides) forget(ctx context.Context, clusters []*lab.Cluster) error {
	var errs []error
	for _, side := range s.known {
		for _, c := range clusters {
			errs = append(errs, side.Forget(ctx, c))
		}
	}
	return errors.Join(errs...)
}

// Simulated is what around the clusters was not real, and which operators were; nil where the scenario is not about
// ECK.
func (s *Sides) Simulated() []string {
	var all []string
	for _, which := range order {
		if side := s.known[which]; side != nil && side.Simulated() {
			all = append(all, fmt.Sprintf("Kubernetes around ECK operator %s (%s)", side.Operator, which))
		}
	}
	return all
}

// Evidence is what the Kubernetes side says of a failure, by file name.
func (s *Sides) Evidence(ctx context.Context) map[string][]byte {
	files := map[string][]byte{}
	for _, side := range s.known {
		maps.Copy(files, side.Evidence(ctx, side.Name))
	}
	return files
}

// Explain says where the services that expose the remote Elasticsearch lead, for a connection that is not there; empty
// where the scenario is not about ECK.
func (s *Sides) Explain(ctx context.Context) string {
	side := s.known[topology.Remote]
	if side == nil {
		return ""
	}
	return side.Forwarding(ctx, side.Name)
}

// Close gives the environment back to other scenarios. The clusters have to be released before.
func (s *Sides) Close() {
	if s.release != nil {
		s.release()
		s.release = nil
	}
}

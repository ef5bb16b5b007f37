// Package steps is the vocabulary of the features. A noun owns its state and its steps, in a package of its own below
// this one; this package puts them together into a Scenario, and registers them with godog.
package steps

import (
	"context"
	"slices"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/access"
	"github.com/crosscheck-dev/crosscheck/steps/cloud"
	"github.com/crosscheck-dev/crosscheck/steps/clusters"
	"github.com/crosscheck-dev/crosscheck/steps/disturb"
	"github.com/crosscheck-dev/crosscheck/steps/eck"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/judge"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Env is what a run lends to every scenario.
type Env = world.Env

// Pair is the versions under test.
type Pair = world.Pair

// Scenario is one scenario on one pair: its world, and the nouns that act in it.
type Scenario struct {
	world       *world.World
	remotes     *remotes.Remotes
	watch       *disturb.Watch
	judge       *judge.Judge
	cloud       *cloud.Cloud
	eck         *eck.Sides
	definitions []gherkin.Definition
}

// New is a scenario before its first step. Nothing is started until a step needs running clusters.
func New(env *Env, pair Pair) *Scenario {
	w := world.New(env, pair)
	s := &Scenario{world: w, remotes: remotes.New(w)}
	description, users := clusters.New(w), access.NewUsers(w)
	keys, identity := access.NewKeys(w, users), access.NewIdentity(w, s.remotes)
	s.watch, s.judge = disturb.NewWatch(w, s.remotes), judge.New(w, s.remotes)
	s.cloud, s.eck = cloud.New(w, s.remotes, keys), eck.New(w, s.remotes, keys)
	s.remotes.Expand, s.remotes.Explain = s.cloud.Expand, s.eck.Explain
	s.definitions = slices.Concat(description.Steps(), keys.Steps(), identity.Steps(), users.Steps(), s.remotes.Steps(),
		gherkin.Controlling("the network around them", disturb.NewIPv6(w).Steps()),
		gherkin.Controlling("what is between them, and of their nodes", disturb.NewFaults(w, s.remotes).Steps()),
		gherkin.Controlling("the version of their nodes", disturb.NewUpgrades(w, s.remotes, keys).Steps()),
		s.watch.Steps(), s.judge.Steps(),
		gherkin.Controlling("Elastic Cloud around them", s.cloud.Steps()),
		gherkin.Controlling("the operator that manages them", s.eck.Steps()))
	return s
}

// Unsupported turns what the machine lacks, and what is not under crosscheck's control, into an UnsupportedError. Other
// errors of steps stay what they are.
func Unsupported(err error) error { return world.UnsupportedIfMissing(err) }

// Definitions are the steps of the vocabulary, bound to this scenario. Every scenario has the same ones in the same
// order.
func (s *Scenario) Definitions() []gherkin.Definition { return s.definitions }

// Clusters are the leased ones, empty before the first step that needs them.
func (s *Scenario) Clusters() []*lab.Cluster { return s.world.Clusters.Leased() }

// Local is the local cluster; nil before the first step that needs it to run.
func (s *Scenario) Local() *lab.Cluster { return s.world.Local() }

// Remote is the remote cluster; nil before the first step that needs it to run.
func (s *Scenario) Remote() *lab.Cluster { return s.world.Remote() }

// Observation is what a failure looked like, after the step that judged it; nil without one.
func (s *Scenario) Observation() *catalogue.Observation { return s.judge.Observation() }

// Measured is what steps measured, in seconds by name.
func (s *Scenario) Measured() map[string]float64 { return s.world.Notes.Measured }

// RemoteInfo is how _remote/info showed each alias when it was first seen connected, and what there is to note beside
// the verdict.
func (s *Scenario) RemoteInfo() ([]reports.RemoteInfo, []string) {
	return s.remotes.Shapes(), s.world.Notes.All()
}

// Timeline ends the watcher, and is what happened when; nil in a scenario in which nothing of the kind happened.
func (s *Scenario) Timeline() *reports.Timeline { return s.watch.Timeline() }

// Topology is what the scenario ran on and how far connections got; nil without clusters.
func (s *Scenario) Topology(ctx context.Context) *reports.Topology { return s.judge.Topology(ctx) }

// Simulated is what around the clusters was not real.
func (s *Scenario) Simulated() []string { return s.eck.Simulated() }

// Close removes what the scenario made and gives its clusters back.
func (s *Scenario) Close(ctx context.Context) error {
	s.watch.End()
	defer s.eck.Close()
	return s.world.Close(ctx)
}

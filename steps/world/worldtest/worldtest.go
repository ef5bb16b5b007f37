// Package worldtest makes worlds for the unit tests of nouns.
package worldtest

import (
	"context"
	"sync"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

// Secrets keep what they are told, in order.
type Secrets []string

// Add implements topology.Secrets.
func (s *Secrets) Add(secret string) { *s = append(*s, secret) }

// loadFacts reads the version facts once: their check takes a moment.
var loadFacts = sync.OnceValues(facts.Default)

// New is the world of a scenario on a pair of versions, with the real facts and without clusters.
func New(t *testing.T, local, remote string) *world.World {
	t.Helper()
	facts, err := loadFacts()
	require.NoError(t, err)
	env := &world.Env{Facts: facts, Secrets: &Secrets{}, Timeouts: topology.DefaultTimeouts()}
	return world.New(env, world.Pair{Local: semver.MustParse(local), Remote: semver.MustParse(remote)})
}

// Starter starts clusters as a function says, and knows the names of those that were stopped.
type Starter struct {
	Make    func(lab.ClusterSpec) (*lab.Cluster, error)
	mu      sync.Mutex
	stopped []string
}

// Pool is a pool of the starter's clusters, large enough for any scenario.
func (s *Starter) Pool() *pool.Pool { return pool.New(s, 9) }

// Start implements pool.Starter.
func (s *Starter) Start(_ context.Context, spec lab.ClusterSpec) (*lab.Cluster, error) {
	return s.Make(spec)
}

// Stop implements pool.Starter.
func (s *Starter) Stop(_ context.Context, c *lab.Cluster) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = append(s.stopped, c.Name)
	return nil
}

// Stopped are the names of the clusters that were stopped.
func (s *Starter) Stopped() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

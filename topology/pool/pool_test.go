package pool

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// starter counts; it stands in for a lab, not for Elasticsearch.
type starter struct {
	mu      sync.Mutex
	running map[*lab.Cluster]bool
	started int
	most    int
	fail    error
}

func newStarter() *starter { return &starter{running: map[*lab.Cluster]bool{}} }

func (s *starter) Start(_ context.Context, spec lab.ClusterSpec) (*lab.Cluster, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil && spec.Role == "local" {
		return nil, s.fail
	}
	c := &lab.Cluster{Spec: spec}
	s.running[c] = true
	s.started++
	s.most = max(s.most, len(s.running))
	return c, nil
}

func (s *starter) Stop(_ context.Context, c *lab.Cluster) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running[c] {
		return errors.New("stopped twice")
	}
	delete(s.running, c)
	return nil
}

func spec(role, version string) lab.ClusterSpec {
	return lab.ClusterSpec{Role: role, Version: version}
}

func TestTheSameSpecMeetsTheSameClusterAgain(t *testing.T) {
	s := newStarter()
	p := New(s, 4)
	first, err := p.Lease(t.Context(), spec("remote", "9.3.2"), spec("local", "9.3.2"))
	require.NoError(t, err)
	require.NoError(t, first.Release(t.Context(), false))
	second, err := p.Lease(t.Context(), spec("local", "9.3.2"), spec("remote", "9.3.2"))
	require.NoError(t, err)
	require.Same(t, first.Clusters[0], second.Clusters[1])
	require.Same(t, first.Clusters[1], second.Clusters[0])
	require.Equal(t, 2, s.started)
}

func TestALeaseIsExclusive(t *testing.T) {
	p := New(newStarter(), 4)
	one, err := p.Lease(t.Context(), spec("remote", "9.3.2"))
	require.NoError(t, err)
	two, err := p.Lease(t.Context(), spec("remote", "9.3.2"))
	require.NoError(t, err)
	require.NotSame(t, one.Clusters[0], two.Clusters[0])
}

func TestAFullPoolWaitsForARelease(t *testing.T) {
	p := New(newStarter(), 1)
	one, err := p.Lease(t.Context(), spec("remote", "9.3.2"))
	require.NoError(t, err)
	got := make(chan *Lease)
	go func() {
		two, err := p.Lease(context.Background(), spec("remote", "9.3.2"))
		if err != nil {
			t.Error(err)
		}
		got <- two
	}()
	require.NoError(t, one.Release(t.Context(), false))
	require.Same(t, one.Clusters[0], (<-got).Clusters[0])
}

func TestTheLeastRecentlyUsedMakesRoom(t *testing.T) {
	s := newStarter()
	p := New(s, 2)
	for _, v := range []string{"9.3.2", "8.19.0", "9.3.2", "7.5.2"} {
		l, err := p.Lease(t.Context(), spec("remote", v))
		require.NoError(t, err)
		require.NoError(t, l.Release(t.Context(), false))
	}
	versions := map[string]bool{}
	for c := range s.running {
		versions[c.Spec.Version] = true
	}
	require.Equal(t, map[string]bool{"9.3.2": true, "7.5.2": true}, versions)
	require.Equal(t, 3, s.started, "the second 9.3.2 meets the first one")
}

func TestDirtyClustersAreStopped(t *testing.T) {
	s := newStarter()
	p := New(s, 4)
	dirty, err := p.Lease(t.Context(), spec("remote", "9.3.2"))
	require.NoError(t, err)
	require.NoError(t, dirty.Release(t.Context(), true))
	require.NoError(t, dirty.Release(t.Context(), true), "a second release does nothing")
	require.Empty(t, s.running)
}

func TestAStartThatFailsLeavesNothingAndBlocksNobody(t *testing.T) {
	s := newStarter()
	s.fail = errors.New("no memory")
	p := New(s, 2)
	_, err := p.Lease(t.Context(), spec("remote", "9.3.2"), spec("local", "9.3.2"))
	require.ErrorIs(t, err, s.fail)
	require.Empty(t, s.running)
	s.fail = nil
	_, err = p.Lease(t.Context(), spec("remote", "9.3.2"), spec("local", "9.3.2"))
	require.NoError(t, err)
}

func TestAClusterThatDidNotComeUpIsNotTriedAgain(t *testing.T) {
	s := newStarter()
	s.fail = &lab.StartError{Cluster: "local-1", Err: errors.New("exited with code 78")}
	p := New(s, 2)
	_, err := p.Lease(t.Context(), spec("local", "9.3.2"))
	require.ErrorIs(t, err, s.fail)
	s.fail = nil
	_, err = p.Lease(t.Context(), spec("local", "9.3.2"))
	require.ErrorContains(t, err, "not tried again: start local-1: exited with code 78")
	_, err = p.Lease(t.Context(), spec("local", "8.19.0"))
	require.NoError(t, err, "another one is")
}

func TestMoreThanThePoolHoldsIsAnError(t *testing.T) {
	_, err := New(newStarter(), 1).Lease(t.Context(), spec("remote", "a"), spec("local", "a"))
	require.ErrorContains(t, err, "needs 2 nodes")
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	p := New(newStarter(), 1)
	_, err := p.Lease(t.Context(), spec("remote", "9.3.2"))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.Lease(ctx, spec("remote", "9.3.2"))
	require.ErrorIs(t, err, context.Canceled)
}

func TestManyLanesNeverExceedTheMost(t *testing.T) {
	s := newStarter()
	p := New(s, 3)
	var lanes sync.WaitGroup
	for lane := range 6 {
		lanes.Go(func() {
			for i := range 40 {
				l, err := p.Lease(context.Background(), spec("remote", string(rune('a'+(lane+i)%4))),
					spec("local", string(rune('a'+i%3))))
				if err != nil {
					t.Error(err)
					return
				}
				if err := l.Release(context.Background(), i%7 == 0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	lanes.Wait()
	require.LessOrEqual(t, s.most, 3+2, "an evicted cluster may still be stopping while its successor starts")
}

func TestNodesAreCountedAndNotClusters(t *testing.T) {
	s := newStarter()
	p := New(s, 5)
	three := spec("remote", "9.3.2")
	three.Nodes = 3
	_, err := p.Lease(t.Context(), three, three)
	require.EqualError(t, err, "the scenario needs 6 nodes, and this machine's memory holds 5")
	small, err := p.Lease(t.Context(), spec("local", "9.3.2"), spec("remote", "9.2.4"), spec("remote", "8.19.0"))
	require.NoError(t, err)
	require.NoError(t, small.Release(t.Context(), false))
	_, err = p.Lease(t.Context(), three)
	require.NoError(t, err)
	require.Len(t, s.running, 3, "one of three single nodes must go before three nodes fit beside two")
}

func TestABorrowedLeaseEndsWithItsOwner(t *testing.T) {
	var told []bool
	lease := Borrow(func(_ context.Context, dirty bool) error { told = append(told, dirty); return nil },
		&lab.Cluster{Name: "pod"})
	require.Equal(t, "pod", lease.Clusters[0].Name)
	require.NoError(t, lease.Release(t.Context(), true))
	require.Equal(t, []bool{true}, told)
}

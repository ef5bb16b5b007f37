package disturb

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func TestAStuckLoadBalancerIsNotUsedAgain(t *testing.T) {
	var stuck atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if stuck.Load() && r.URL.Path == "/healthz" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write([]byte(`{"error":"toxiproxy is stuck"}`))
	}))
	defer server.Close()
	w := worldtest.New(t, "9.3.2", "9.3.2")
	clusters := &worldtest.Starter{Make: func(spec lab.ClusterSpec) (*lab.Cluster, error) {
		lb := &lab.LoadBalancer{Client: balancer.New(server.URL)}
		return &lab.Cluster{Name: spec.Role, Spec: spec, Balancer: lb}, nil
	}}
	w.Env.Pool = clusters.Pool()
	require.NoError(t, NewFaults(w, remotes.New(w)).refuseConnections(t.Context(), 9300))
	stuck.Store(true)
	require.ErrorIs(t, w.Close(t.Context()), balancer.ErrStuck, "the scenario must not end as if nothing was the matter")
	require.ElementsMatch(t, []string{topology.Remote, topology.Local}, clusters.Stopped(),
		"no later scenario may meet the load balancer")
}

func TestAMachineWithoutIPv6IsNobodysFailure(t *testing.T) {
	w := worldtest.New(t, "9.3.2", "9.3.2")
	w.Env.Pool = (&worldtest.Starter{Make: func(spec lab.ClusterSpec) (*lab.Cluster, error) {
		if spec.IPv6 {
			return nil, &lab.NoIPv6Error{Err: errors.New("permission denied")}
		}
		return &lab.Cluster{Spec: spec}, nil
	}}).Pool()
	usual := w.Clusters.LocalSpec.Key()
	require.NoError(t, NewIPv6(w).joinNetwork(t.Context()))
	require.NotEqual(t, usual, w.Clusters.LocalSpec.Key(), "scenarios without it get another local cluster")
	err := w.Ready(t.Context())
	var unsupported *verdict.UnsupportedError
	require.ErrorAs(t, err, &unsupported)
	require.Equal(t, "ipv6", unsupported.Fact)
	require.Equal(t, "the scenario takes containers with IPv6 addresses; "+
		"use a Docker Engine on a machine with IPv6 (permission denied)", unsupported.Reason)
	other := errors.New("another error")
	require.Equal(t, other, world.UnsupportedIfMissing(other))
}

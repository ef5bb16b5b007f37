package steps

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

// withoutIPv6 is a lab on a machine whose containers get no IPv6 addresses.
type withoutIPv6 struct{ refuser }

func (withoutIPv6) Start(_ context.Context, spec lab.ClusterSpec) (*lab.Cluster, error) {
	if spec.IPv6 {
		return nil, &lab.NoIPv6Error{Err: errors.New("permission denied")}
	}
	return &lab.Cluster{Spec: spec}, nil
}

func TestAMachineWithoutIPv6IsNobodysFailure(t *testing.T) {
	s := scenario(t, "9.3.2", "9.3.2")
	s.env.Pool = pool.New(withoutIPv6{}, 9)
	usual := s.localSpec.Key()
	require.NoError(t, s.wantsIPv6(t.Context()))
	require.NotEqual(t, usual, s.localSpec.Key(), "scenarios without it get another local cluster")
	err := s.documents(t.Context(), "logs", 3)
	var unsupported *verdict.UnsupportedError
	require.ErrorAs(t, err, &unsupported)
	require.Equal(t, "ipv6", unsupported.Fact)
	require.Equal(t, "the scenario takes containers with IPv6 addresses; use a Docker Engine on a machine with IPv6 (permission denied)", unsupported.Reason)
	other := errors.New("another error")
	require.Equal(t, other, lacking(other))
}

func TestTheIPv6AddressIsThereOnlyWhereANetworkJoined(t *testing.T) {
	s := scenario(t, "9.3.2", "9.3.2")
	s.lease = &pool.Lease{}
	s.remote = &lab.Cluster{ServerName: "remote.test", Balancer: &lab.LoadBalancer{Name: "balancer.test"}}
	err := s.sets(t.Context(), "partner", gherkin.Table{{"proxy_address", `"[<IPv6 address>]:9443"`}})
	require.EqualError(t, err, "the load balancer has no IPv6 address: have an IPv6 network join it before")
	text, err := s.withIPv6("<address:9443>")
	require.NoError(t, err)
	require.Equal(t, "<address:9443>", text)
	require.ErrorContains(t, s.wantsIPv6(t.Context()), "the clusters are running already")
}

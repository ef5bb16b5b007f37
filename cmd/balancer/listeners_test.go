package main

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

func TestListenersAreReplacedInPlace(t *testing.T) {
	r := newRig(t, balancer.Routes{Upstream: echo(t, "a")})
	first := r.dial()
	answers(t, first, "a")
	one := balancer.Listener{Name: "one", Listen: "127.0.0.1:0", Routes: balancer.Routes{Upstream: echo(t, "b")}}
	other := balancer.Listener{Name: "other", Listen: "127.0.0.1:0", Routes: balancer.Routes{Upstream: echo(t, "c")}}
	require.NoError(t, r.SetListeners(r.ctx, []balancer.Listener{one, other}))
	ended(t, first)
	_, err := net.Dial("tcp", r.address)
	require.Error(t, err, "the old listener is gone, and its port refuses connections")

	state, err := r.State(r.ctx)
	require.NoError(t, err)
	require.Len(t, state, 2)
	r.address = state["one"].Listen
	stays := r.dial()
	answers(t, stays, "b")
	r.address = state["other"].Listen
	goes := r.dial()
	answers(t, goes, "c")
	other.Upstream = echo(t, "d")
	require.NoError(t, r.SetListeners(r.ctx, []balancer.Listener{one, other}))
	answers(t, stays, "b")
	ended(t, goes)
	counts, err := r.Connections(r.ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, counts.Listeners["one"].Open)
	require.Zero(t, counts.Listeners["other"].Accepted, "it is another listener now")

	require.NoError(t, r.SetListeners(r.ctx, nil))
	ended(t, stays)
	state, err = r.State(r.ctx)
	require.NoError(t, err)
	require.Empty(t, state)
}

func TestListenersThatAreNoneAreRefused(t *testing.T) {
	r := newRig(t, balancer.Routes{Upstream: echo(t, "a")})
	err := r.SetListeners(r.ctx, []balancer.Listener{{Name: "x", Listen: "nowhere"}})
	require.ErrorContains(t, err, "listeners[0].")
	answers(t, r.dial(), "a")
}

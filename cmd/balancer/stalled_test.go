package main

import (
	"context"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	toxiclient "github.com/Shopify/toxiproxy/v2/client"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// flood is an upstream that sends until it cannot.
func flood(t testing.TB) string {
	return serve(t, listenLoopback(t), func(conn net.Conn) {
		chunk := make([]byte, 64<<10)
		for {
			if _, err := conn.Write(chunk); err != nil {
				return
			}
		}
	})
}

// stall connects a client that does not read and waits until nothing moves any more.
func (r *rig) stall() net.Conn {
	conn := r.dial()
	var last int64
	same := 0
	r.until("a stall", func(c balancer.ListenerCounts) bool {
		if c.BytesToClient > 0 && c.BytesToClient == last {
			same++
		} else {
			same, last = 0, c.BytesToClient
		}
		return same == 20
	})
	return conn
}

func TestCutReachesAClientThatDidNotRead(t *testing.T) {
	for how, want := range map[balancer.How]error{balancer.FIN: nil, balancer.RST: syscall.ECONNRESET} {
		t.Run(string(how), func(t *testing.T) {
			r := newRig(t, balancer.Routes{Upstream: flood(t)})
			conn := r.stall()
			n, err := r.Cut(r.ctx, "l", how)
			require.NoError(t, err)
			require.Equal(t, 1, n)
			_, err = io.Copy(io.Discard, conn)
			require.ErrorIs(t, err, want)
		})
	}
}

func TestStuckToxiproxyIsReported(t *testing.T) {
	r := newRigWith(t, balancer.Routes{Upstream: flood(t)}, 200*time.Millisecond)
	conn := r.stall()
	require.NoError(t, r.Healthy(r.ctx))

	err := r.Latency(r.ctx, "l", time.Millisecond, 0)
	require.ErrorIs(t, err, balancer.ErrStuck, "a fault that cannot be set must say why")
	require.ErrorIs(t, r.Healthy(r.ctx), balancer.ErrStuck)
	_, err = r.State(r.ctx)
	require.ErrorIs(t, err, balancer.ErrStuck, "toxiproxy's own list hangs as well")
	require.EqualValues(t, 1, r.counts().Accepted, "the counts do not depend on toxiproxy")

	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, conn)
	}()
	ctx, cancel := context.WithTimeout(r.ctx, 10*time.Second)
	defer cancel()
	require.NoError(t, r.Ready(ctx), "it comes free when the client reads on")
	_, err = r.Cut(r.ctx, "l", balancer.FIN)
	require.NoError(t, err)
	<-drained
}

func TestOtherErrorsAreNotStuck(t *testing.T) {
	r := newRig(t, balancer.Routes{Upstream: "127.0.0.1:1"})
	err := r.BlackHole(r.ctx, "m")
	require.Error(t, err)
	require.NotErrorIs(t, err, balancer.ErrStuck)
}

func TestToxiproxysOwnClientWorks(t *testing.T) {
	r := newRig(t, balancer.Routes{Upstream: echo(t, "up")})
	c := toxiclient.NewClient("http://" + r.server.address())
	proxy, err := c.Proxy("l")
	require.NoError(t, err)
	_, err = proxy.AddToxic("slow", "latency", "downstream", 1, toxiclient.Attributes{"latency": 50})
	require.NoError(t, err)
	_, err = proxy.UpdateToxic("slow", 1, toxiclient.Attributes{"latency": 60})
	require.NoError(t, err)
	require.NoError(t, proxy.RemoveToxic("slow"))
	require.NoError(t, proxy.Disable())
	_, err = net.Dial("tcp", r.address)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.NoError(t, c.ResetState())
	answers(t, r.dial(), "up")
}

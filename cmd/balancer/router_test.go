package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

func (r *rig) dialTLS(serverName string) (*tls.Conn, error) {
	conn := tls.Client(r.dial(), &tls.Config{ServerName: serverName, InsecureSkipVerify: true})
	err := conn.HandshakeContext(r.ctx)
	return conn, err
}

func TestSNIChoosesTheUpstream(t *testing.T) {
	r := newRig(t, balancer.Routes{SNI: &balancer.SNI{
		Routes: map[string]string{"One.example": echoTLS(t, "one"), "*.example": echoTLS(t, "any"),
			"*.b.example": echoTLS(t, "b")},
		Fallback:        echoTLS(t, "fallback"),
		FallbackUnknown: echoTLS(t, "unknown"),
	}})
	for _, tc := range []struct{ serverName, upstream string }{
		{"one.example", "one"},
		{"ONE.EXAMPLE", "one"},
		{"two.example", "any"},
		{"a.two.example", "any"},
		{"a.b.example", "b"},
		{"example", "unknown"},
		{"one.example.org", "unknown"},
		{"", "fallback"},
	} {
		t.Run("server name "+tc.serverName, func(t *testing.T) {
			conn, err := r.dialTLS(tc.serverName)
			require.NoError(t, err)
			answers(t, conn, tc.upstream)
		})
	}
	c := r.counts()
	require.EqualValues(t, 8, c.Accepted)
	require.Zero(t, c.Refused.Total())
	require.Equal(t, map[string]int64{"one.example": 1, "ONE.EXAMPLE": 1, "two.example": 1, "a.two.example": 1,
		"a.b.example": 1,
		"example":     1, "one.example.org": 1}, c.ServerNames)
	require.Equal(t, map[string]int64{"example": 1, "one.example.org": 1}, c.UnknownServerNames)
}

func TestSNIWithoutARouteEndsTheConnection(t *testing.T) {
	r := newRig(t, balancer.Routes{SNI: &balancer.SNI{Routes: map[string]string{"known": echoTLS(t, "known")}}})

	_, err := r.dialTLS("stranger")
	require.ErrorIs(t, err, io.EOF, "an unknown server name")
	_, err = r.dialTLS("")
	require.ErrorIs(t, err, io.EOF, "no server name")
	plain := r.dial()
	_, err = plain.Write([]byte("ES\x00\x00"))
	require.NoError(t, err)
	ended(t, plain)
	gone := r.dial()
	_, err = gone.Write([]byte{recordHandshake, 3, 1})
	require.NoError(t, err)
	require.NoError(t, gone.Close())

	c := r.until("4 refused", func(c balancer.ListenerCounts) bool { return c.Refused.Total() == 4 && c.Open == 0 })
	require.Equal(t, balancer.Refused{UnknownServerName: 1, NoServerName: 2, NoClientHello: 1}, c.Refused)
	require.Equal(t, map[string]int64{"stranger": 1}, c.UnknownServerNames)
	require.Empty(t, c.Connected)
}

func TestAListenerThatLeadsNowhereEndsTheConnection(t *testing.T) {
	r := newRig(t, balancer.Nowhere())
	_, err := r.dialTLS("remote.example")
	require.ErrorIs(t, err, io.EOF)
	c := r.until("1 refused", func(c balancer.ListenerCounts) bool { return c.Refused.Total() == 1 && c.Open == 0 })
	require.Equal(t, balancer.Refused{UpstreamUnreachable: 1}, c.Refused)
	require.Empty(t, c.Connected)
}

func TestClientThatSpeaksNoTLSTakesTheFallback(t *testing.T) {
	r := newRig(t, balancer.Routes{SNI: &balancer.SNI{Fallback: echo(t, "fallback")}})
	answers(t, r.dial(), "fallback")
}

func TestSlowClientIsRefusedInTheEnd(t *testing.T) {
	for _, tc := range []struct {
		client string
		limits limits
		sends  []byte
	}{
		{"silent", limits{firstByte: 50 * time.Millisecond, hello: time.Minute}, nil},
		{"stops within its ClientHello", limits{firstByte: time.Minute, hello: 50 * time.Millisecond},
			[]byte{recordHandshake, 3, 1}},
	} {
		t.Run(tc.client, func(t *testing.T) {
			l, err := listen(t.Context(), balancer.Routes{SNI: &balancer.SNI{Fallback: echo(t, "fallback")}}, tc.limits,
				slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			defer l.close()
			r := &rig{t: t, address: l.ln.Addr().String()}
			conn := r.dial()
			_, err = conn.Write(tc.sends)
			require.NoError(t, err)
			ended(t, conn)
			require.EqualValues(t, 1, l.counts.read().Refused.NoClientHello)
		})
	}
}

func TestPlainListenerCounts(t *testing.T) {
	upstream := echo(t, "up")
	r := newRig(t, balancer.Routes{Upstream: upstream})
	one, two := r.dial(), r.dial()
	answers(t, one, "up")
	answers(t, two, "up")
	c := r.counts()
	require.EqualValues(t, 2, c.Accepted)
	require.EqualValues(t, 2, c.Open)
	require.EqualValues(t, 2*len("hello\n"), c.BytesToUpstream)
	require.EqualValues(t, 2*len("up:hello\n"), c.BytesToClient)
	require.Equal(t, map[string]int64{upstream: 2}, c.Connected)

	require.NoError(t, one.Close())
	r.until("1 open", func(c balancer.ListenerCounts) bool { return c.Open == 1 })
	require.NoError(t, r.Latency(r.ctx, "l", time.Millisecond, 0))
	require.NoError(t, r.HealAll(r.ctx))
	require.EqualValues(t, 2, r.counts().Accepted, "a fault and its end must not lose counts")

	require.NoError(t, r.ResetConnections(r.ctx))
	answers(t, two, "up")
	c = r.counts()
	require.EqualValues(t, 0, c.Accepted)
	require.EqualValues(t, 1, c.Open, "a reset leaves open connections counted")
	require.EqualValues(t, len("hello\n"), c.BytesToUpstream)
}

func TestUpstreamsTakeTurns(t *testing.T) {
	a, b := echo(t, "a"), echo(t, "b")
	r := newRig(t, balancer.Routes{Upstreams: []string{a, b}})
	for _, name := range []string{"a", "b", "a", "b"} {
		answers(t, r.dial(), name)
	}
	require.Equal(t, map[string]int64{a: 2, b: 2}, r.counts().Connected)
}

func TestRoutesAreReplacedLive(t *testing.T) {
	r := newRig(t, balancer.Routes{Upstream: echo(t, "old")})
	old := r.dial()
	answers(t, old, "old")
	want := balancer.Routes{SNI: &balancer.SNI{Routes: map[string]string{"new": echoTLS(t, "new")}}}
	require.NoError(t, r.SetRoutes(r.ctx, "l", want))
	got, err := r.Routes(r.ctx, "l")
	require.NoError(t, err)
	require.Equal(t, want, got)
	conn, err := r.dialTLS("new")
	require.NoError(t, err)
	answers(t, conn, "new")
	answers(t, old, "old")

	err = r.SetRoutes(r.ctx, "l", balancer.Routes{Upstream: "nowhere"})
	require.ErrorContains(t, err, `upstream: "nowhere" is not an address`)
	err = r.SetRoutes(r.ctx, "m", want)
	require.ErrorContains(t, err, `there is no listener "m"; there is l`)
}

func TestUnreachableUpstreamEndsTheConnection(t *testing.T) {
	ln := listenLoopback(t)
	closed := ln.Addr().String()
	require.NoError(t, ln.Close())
	r := newRig(t, balancer.Routes{Upstream: closed})
	ended(t, r.dial())
	require.EqualValues(t, 1, r.counts().Refused.UpstreamUnreachable)
}

func TestHangingUpstreamHoldsUpNobodyElse(t *testing.T) {
	r := newRig(t, balancer.Routes{Upstreams: []string{hanging(t), echo(t, "alive")}})
	stuck := r.dial()
	r.until("the stuck connection", func(c balancer.ListenerCounts) bool { return c.Accepted == 1 })
	answers(t, r.dial(), "alive") // it is behind the stuck one, in toxiproxy as in the router
	require.EqualValues(t, 2, r.counts().Open)
	_, err := r.Cut(r.ctx, "l", balancer.FIN)
	require.NoError(t, err)
	ended(t, stuck)
	require.Zero(t, r.counts().Refused.Total(), "a dial that was cut is not an unreachable upstream")
}

// hanging is an address whose queue of connections is full, so that a dial to it never ends.
func hanging(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", portOf(name))
	for range 10 {
		conn, err := net.DialTimeout("tcp", address, 100*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	require.FailNow(t, "the queue of the hanging upstream never filled up")
	return ""
}

func TestRouterPassesAHalfCloseOn(t *testing.T) {
	// An upstream that answers only after the client's end. It is asked at the router: toxiproxy closes both directions
	// together.
	address := serve(t, listenLoopback(t), func(conn net.Conn) {
		all, _ := io.ReadAll(conn)
		_, _ = fmt.Fprintf(conn, "got %s\n", all)
	})
	r := newRig(t, balancer.Routes{Upstream: address})
	r.address = r.server.listeners["l"].ln.Addr().String()
	conn := r.dial()
	_, err := conn.Write([]byte("everything"))
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	line, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "got everything\n", line)
}

func TestBlockedNameEndsTheConnection(t *testing.T) {
	upstream := echoTLS(t, "open")
	r := newRig(t, balancer.Routes{SNI: &balancer.SNI{Routes: map[string]string{"open": upstream, "shut": upstream},
		Fallback: upstream, Blocked: []string{"SHUT"}}})
	conn, err := r.dialTLS("open")
	require.NoError(t, err)
	answers(t, conn, "open")
	_, err = r.dialTLS("shut")
	require.ErrorIs(t, err, io.EOF, "a blocked name, whatever its route")
	c := r.until("1 refused", func(c balancer.ListenerCounts) bool { return c.Refused.Total() == 1 })
	require.Equal(t, balancer.Refused{Blocked: 1}, c.Refused)
	require.Empty(t, c.UnknownServerNames)
}

package main

import (
	"bytes"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// fault is a rig with a plain echo upstream, an open connection that has worked, and two ways to heal.
func fault(t *testing.T) (*rig, net.Conn) {
	r := newRig(t, balancer.Routes{Upstream: echo(t, "up")})
	conn := r.dial()
	answers(t, conn, "up")
	return r, conn
}

func healed(r *rig) {
	r.t.Helper()
	require.NoError(r.t, r.Heal(r.ctx, "l"))
	answers(r.t, r.dial(), "up")
	state, err := r.State(r.ctx)
	require.NoError(r.t, err)
	require.Empty(r.t, state["l"].Toxics)
	require.True(r.t, state["l"].Enabled)
}

func reset(t *testing.T, conn net.Conn) {
	t.Helper()
	n, err := conn.Read(make([]byte, 1))
	require.ErrorIsf(t, err, syscall.ECONNRESET, "want a reset, got %d bytes", n)
}

func TestDownRefusesAndUpAccepts(t *testing.T) {
	r, conn := fault(t)
	require.NoError(t, r.Down(r.ctx, "l"))
	ended(t, conn)
	_, err := net.Dial("tcp", r.address)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.NoError(t, r.Up(r.ctx, "l"))
	answers(t, r.dial(), "up")
	require.NoError(t, r.Down(r.ctx, "l"))
	healed(r)
	require.NoError(t, r.Down(r.ctx, "l"))
	require.NoError(t, r.HealAll(r.ctx))
	answers(t, r.dial(), "up")
}

func TestAListenerWithoutAHostTakesIPv4AndIPv6(t *testing.T) {
	r := newRigAt(t, ":0", balancer.Routes{Upstream: echo(t, "up")}, steerLimit)
	_, port, err := net.SplitHostPort(r.address)
	require.NoError(t, err)
	hosts := []string{"127.0.0.1"}
	if ln, err := net.Listen("tcp", "[::1]:0"); err == nil { // a machine may have no IPv6
		require.NoError(t, ln.Close())
		hosts = append(hosts, "::1")
	}
	for _, when := range []string{"at first", "after it was down"} {
		for _, host := range hosts {
			r.address = net.JoinHostPort(host, port)
			answers(t, r.dial(), "up")
			require.NotZero(t, r.counts().Accepted, "%s, at %s", when, host)
			require.NoError(t, r.ResetConnections(r.ctx))
		}
		require.NoError(t, r.Down(r.ctx, "l"))
		for _, host := range hosts {
			_, err := net.Dial("tcp", net.JoinHostPort(host, port))
			require.ErrorIs(t, err, syscall.ECONNREFUSED, host)
		}
		require.NoError(t, r.HealAll(r.ctx))
	}
}

func TestBlackHoleKeepsConnectionsOpenAndSilent(t *testing.T) {
	r, conn := fault(t)
	require.NoError(t, r.BlackHole(r.ctx, "l"))
	fresh := r.dial()
	for _, c := range []net.Conn{conn, fresh} {
		_, err := c.Write([]byte("lost\n"))
		require.NoError(t, err)
		silent(t, c)
	}
	require.EqualValues(t, 2, r.counts().Open)
	healed(r)
	ended(t, conn)
	ended(t, fresh)
}

func TestBlackHoleAndTimeoutSwallowBothDirections(t *testing.T) {
	for name, set := range map[string]func(*rig) error{
		"black hole": func(r *rig) error { return r.BlackHole(r.ctx, "l") },
		"timeout":    func(r *rig) error { return r.Timeout(r.ctx, "l", time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			arrived := make(chan string, 1)
			r := newRig(t, balancer.Routes{Upstream: serve(t, listenLoopback(t), func(conn net.Conn) {
				_, _ = conn.Write([]byte("an upstream that speaks first"))
				buf := make([]byte, 10)
				n, _ := conn.Read(buf)
				arrived <- string(buf[:n])
			})})
			require.NoError(t, set(r))
			conn := r.dial()
			_, err := conn.Write([]byte("lost"))
			require.NoError(t, err)
			silent(t, conn)
			require.NoError(t, r.Heal(r.ctx, "l"))
			require.Empty(t, <-arrived, "what the client sent reached the upstream")
		})
	}
}

func TestBlackHoleOverSNIHoldsTheClientHello(t *testing.T) {
	r := newRig(t, balancer.Routes{SNI: &balancer.SNI{Fallback: echo(t, "up")}})
	require.NoError(t, r.BlackHole(r.ctx, "l"))
	conn := r.dial()
	_, err := conn.Write([]byte("lost\n"))
	require.NoError(t, err)
	silent(t, conn)
	healed(r)
}

func TestLatencyDelaysOncePerRoundTrip(t *testing.T) {
	r, conn := fault(t)
	const delay = 100 * time.Millisecond
	require.NoError(t, r.Latency(r.ctx, "l", time.Millisecond, 0))
	require.NoError(t, r.Latency(r.ctx, "l", delay, 0), "a second latency replaces the first")
	began := time.Now()
	answers(t, conn, "up")
	require.GreaterOrEqual(t, time.Since(began), delay)
	healed(r)
	answers(t, conn, "up")
}

func TestResetStrikesOnTheNextData(t *testing.T) {
	r, conn := fault(t)
	require.NoError(t, r.Reset(r.ctx, "l", 0))
	silent(t, conn)
	fresh := r.dial()
	for _, c := range []net.Conn{conn, fresh} {
		_, err := c.Write([]byte("lost\n"))
		require.NoError(t, err)
		reset(t, c)
	}
	idle := r.dial()
	r.until("the idle connection", func(c balancer.ListenerCounts) bool { return c.Open == 1 })
	healed(r)
	answers(t, idle, "up")
	require.NoError(t, r.Down(r.ctx, "l"))
	ended(t, idle) // after the fault an end is an end again
}

func TestTimeoutClosesAfterSilence(t *testing.T) {
	r, conn := fault(t)
	require.NoError(t, r.Timeout(r.ctx, "l", 50*time.Millisecond))
	ended(t, conn)
	fresh := r.dial()
	_, err := fresh.Write([]byte("lost\n"))
	require.NoError(t, err)
	ended(t, fresh)
	healed(r)
}

func TestIdleCutSparesABusyConnection(t *testing.T) {
	r, conn := fault(t)
	const idle = 300 * time.Millisecond
	require.NoError(t, r.IdleCut(r.ctx, "l", idle))
	quiet := r.dial()
	tick := time.NewTicker(idle / 10)
	defer tick.Stop()
	for range 15 {
		<-tick.C
		answers(t, conn, "up")
	}
	ended(t, quiet)
	ended(t, conn)
	healed(r)
}

func TestBandwidthAndSlicerDeliverEverything(t *testing.T) {
	payload := bytes.Repeat([]byte("0123456789abcdef"), 4<<10)
	address := serve(t, listenLoopback(t), func(conn net.Conn) { _, _ = conn.Write(payload) })
	r := newRig(t, balancer.Routes{Upstream: address})
	require.NoError(t, r.Bandwidth(r.ctx, "l", 400)) // 64 KiB take 164 ms
	began := time.Now()
	got, err := io.ReadAll(r.dial())
	require.NoError(t, err)
	require.Equal(t, payload, got)
	require.GreaterOrEqual(t, time.Since(began), 100*time.Millisecond)
	require.NoError(t, r.HealAll(r.ctx))

	require.NoError(t, r.Slicer(r.ctx, "l", 1000, 100*time.Microsecond))
	conn := r.dial()
	first := make([]byte, 2000)
	n, err := conn.Read(first)
	require.NoError(t, err)
	rest, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, payload, append(first[:n:n], rest...))
}

func TestCut(t *testing.T) {
	r, conn := fault(t)
	n, err := r.Cut(r.ctx, "l", balancer.RST)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	reset(t, conn)
	require.EqualValues(t, 0, r.counts().Open, "a cut connection is counted as closed when the call returns")

	conn = r.dial()
	answers(t, conn, "up")
	n, err = r.Cut(r.ctx, "l", balancer.FIN)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	ended(t, conn)

	_, err = r.Cut(r.ctx, "l", "softly")
	require.ErrorContains(t, err, "write fin, reset or half-open")
}

func TestHalfOpenForgetsOpenConnectionsOnly(t *testing.T) {
	r, conn := fault(t)
	n, err := r.Cut(r.ctx, "l", balancer.HalfOpen)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	for range 3 {
		_, err = conn.Write([]byte("lost\n"))
		require.NoError(t, err)
		silent(t, conn)
	}
	answers(t, r.dial(), "up")
	require.EqualValues(t, 2, r.counts().Open)
	_, err = r.Cut(r.ctx, "l", balancer.FIN)
	require.NoError(t, err)
	ended(t, conn)
}

func TestFaultsRefuseWhatMakesNoSense(t *testing.T) {
	r, conn := fault(t)
	for what, err := range map[string]error{
		"needs a number of 1 or more":   r.Bandwidth(r.ctx, "l", 0),
		"attributes.average_size":       r.Slicer(r.ctx, "l", 0, 0),
		"the latency 1µs is too short":  r.Latency(r.ctx, "l", time.Microsecond, 0),
		"not between 0 and the latency": r.Latency(r.ctx, "l", time.Second, time.Minute),
		"time-out 0s is too short":      r.Timeout(r.ctx, "l", 0),
		"idle time 0s is too short":     r.IdleCut(r.ctx, "l", 0),
		"proxy not found":               r.BlackHole(r.ctx, "m"),
		`listener "m": proxy not found`: r.Down(r.ctx, "m"),
	} {
		require.ErrorContains(t, err, what)
	}
	answers(t, conn, "up")
}

func TestCheckToxic(t *testing.T) {
	for _, tc := range []struct {
		kind, attributes string
		update           bool
		want             string // empty: accepted
	}{
		{kind: "slicer", attributes: `{"average_size":10,"size_variation":9}`},
		{kind: "slicer", attributes: `{"average_size":10,"size_variation":10}`, want: "size_variation"},
		{kind: "slicer", attributes: `{"average_size":10,"size_variation":-1}`, want: "size_variation"},
		{kind: "slicer", attributes: `{"size_variation":1}`, update: true, want: "size_variation"},
		{kind: "slicer", attributes: `{"delay":1}`, update: true},
		{kind: "slicer", want: "average_size"},
		{kind: "bandwidth", attributes: `{"rate":-1}`, update: true, want: "rate"},
		{kind: "idle_cut", attributes: `{"idle":"long"}`, want: "attributes"},
		{kind: "latency", attributes: `{"latency":5}`},
	} {
		err := checkToxic(tc.kind, []byte(tc.attributes), tc.update)
		if tc.want == "" {
			require.NoErrorf(t, err, "%+v", tc)
		} else {
			require.ErrorContainsf(t, err, tc.want, "%+v", tc)
		}
	}
}

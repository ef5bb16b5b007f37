package main

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// Both benchmarks measure the chain and the direct way in turns of one run, as only their ratio says something on a
// busy machine.

func BenchmarkThroughput(b *testing.B) {
	r := newRig(b, balancer.Routes{Upstream: counted(b, 64<<20)})
	direct := counted(b, 64<<20)
	payload := make([]byte, 64<<10)
	send := func(address string) time.Duration {
		conn, err := net.Dial("tcp", address)
		require.NoError(b, err)
		defer conn.Close()
		began := time.Now()
		for range (64 << 20) / len(payload) {
			_, err := conn.Write(payload)
			require.NoError(b, err)
		}
		_, err = conn.Read(make([]byte, 1))
		require.NoError(b, err)
		return time.Since(began)
	}
	var chain, alone time.Duration
	b.SetBytes(64 << 20)
	for b.Loop() {
		chain += send(r.address)
		b.StopTimer()
		alone += send(direct)
		b.StartTimer()
	}
	b.ReportMetric(float64(chain)/float64(alone), "x-direct")
}

// counted answers one byte after n bytes have arrived.
func counted(t testing.TB, n int64) string {
	return serve(t, listenLoopback(t), func(conn net.Conn) {
		if _, err := io.CopyN(io.Discard, conn, n); err == nil {
			_, _ = conn.Write([]byte("x"))
		}
	})
}

func BenchmarkConnect(b *testing.B) {
	upstream := echo(b, "up")
	r := newRig(b, balancer.Routes{Upstream: upstream})
	connect := func(address string) time.Duration {
		began := time.Now()
		conn, err := net.Dial("tcp", address)
		require.NoError(b, err)
		defer conn.Close()
		_, err = ask(conn, "x")
		require.NoError(b, err)
		return time.Since(began)
	}
	var chain, alone time.Duration
	for b.Loop() {
		chain += connect(r.address)
		b.StopTimer()
		alone += connect(upstream)
		b.StartTimer()
	}
	b.ReportMetric(float64(chain)/float64(alone), "x-direct")
}

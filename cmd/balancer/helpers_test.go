package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled)
	goleak.VerifyTestMain(m)
}

// rig is one running balancer with one listener named "l", and its client.
type rig struct {
	*balancer.Client
	t       testing.TB
	ctx     context.Context
	server  *server
	address string // of the listener
}

func newRig(t testing.TB, routes balancer.Routes) *rig { return newRigWith(t, routes, steerLimit) }

func newRigWith(t testing.TB, routes balancer.Routes, steer time.Duration) *rig {
	t.Helper()
	return newRigAt(t, "127.0.0.1:0", routes, steer)
}

func newRigAt(t testing.TB, listen string, routes balancer.Routes, steer time.Duration) *rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cfg := balancer.Config{API: "127.0.0.1:0", Listeners: []balancer.Listener{{Name: "l", Listen: listen, Routes: routes}}}
	require.NoError(t, cfg.Validate())
	s, err := start(ctx, cfg, steer, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(s.close)
	r := &rig{Client: balancer.New("http://" + s.address()), t: t, ctx: ctx, server: s}
	require.NoError(t, r.Ready(ctx))
	state, err := r.State(ctx)
	require.NoError(t, err)
	r.address = state["l"].Listen
	return r
}

func (r *rig) counts() balancer.ListenerCounts {
	r.t.Helper()
	c, err := r.Connections(r.ctx)
	require.NoError(r.t, err)
	return c.Listeners["l"]
}

// until reads the counts until they satisfy ok: the end of a connection reaches the router a moment after the client
// saw it.
func (r *rig) until(what string, ok func(balancer.ListenerCounts) bool) balancer.ListenerCounts {
	r.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(5 * time.Second)
	for {
		c := r.counts()
		if ok(c) {
			return c
		}
		select {
		case <-tick.C:
		case <-deadline:
			require.FailNow(r.t, "the counts never showed: "+what, "last: %+v", c)
		}
	}
}

func (r *rig) dial() net.Conn {
	r.t.Helper()
	conn, err := net.DialTimeout("tcp", r.address, 5*time.Second)
	require.NoError(r.t, err, "connect to the balancer")
	r.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(r.t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	return conn
}

// serve accepts on loopback and hands each connection to handle, until the test ends.
func serve(t testing.TB, ln net.Listener, handle func(net.Conn)) string {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[conn] = true
			mu.Unlock()
			wg.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		mu.Lock()
		for conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return ln.Addr().String()
}

func listenLoopback(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return ln
}

// echo answers every line with "name:line".
func echo(t testing.TB, name string) string {
	return serve(t, listenLoopback(t), func(conn net.Conn) { echoLines(conn, name) })
}

func echoLines(conn net.Conn, name string) {
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if _, err := fmt.Fprintf(conn, "%s:%s\n", name, lines.Text()); err != nil {
			return
		}
	}
}

// echoTLS is echo behind TLS, with a certificate of its own.
func echoTLS(t testing.TB, name string) string {
	cfg := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	return serve(t, tls.NewListener(listenLoopback(t), cfg), func(conn net.Conn) { echoLines(conn, name) })
}

func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "upstream"},
		NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// ask sends one line and reads one.
func ask(conn net.Conn, line string) (string, error) {
	if _, err := fmt.Fprintln(conn, line); err != nil {
		return "", err
	}
	return bufio.NewReader(conn).ReadString('\n')
}

// answers checks that a line makes it to the upstream called name and back.
func answers(t testing.TB, conn net.Conn, name string) {
	t.Helper()
	got, err := ask(conn, "hello")
	require.NoError(t, err, "ask the upstream %q", name)
	require.Equal(t, name+":hello\n", got)
}

// silent checks that nothing comes and that the connection stays open meanwhile.
func silent(t testing.TB, conn net.Conn) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(150*time.Millisecond)))
	n, err := conn.Read(make([]byte, 1))
	require.Truef(t, errors.Is(err, os.ErrDeadlineExceeded), "want a read that times out, got %d bytes and %v", n, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
}

// ended checks that the connection ends in order.
func ended(t testing.TB, conn net.Conn) {
	t.Helper()
	n, err := conn.Read(make([]byte, 1))
	require.Truef(t, errors.Is(err, io.EOF), "want EOF, got %d bytes and %v", n, err)
}

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

const (
	recordHandshake = 0x16
	// maxPeek bounds what is kept of one client. crypto/tls stops at a handshake message of 64 KiB, but its records may be
	// tiny.
	maxPeek = 256 << 10
)

var (
	errPeeked   = errors.New("the ClientHello was seen")
	errPeekFull = errors.New("the ClientHello is too long")
)

// hello is how a client opened its connection.
type hello struct {
	name string // the server name; empty without one, and when it is not TLS
	raw  []byte // all bytes read so far; the upstream gets them first
}

// peek reads a ClientHello without answering it. firstByte is how long the client may stay silent, whole how long the
// rest may take. An error means that the connection ended, or a time-out passed, before it was clear what the client
// speaks.
func peek(ctx context.Context, conn net.Conn, firstByte, whole time.Duration) (hello, error) {
	defer func() { _ = conn.SetReadDeadline(time.Time{}) }()
	if err := conn.SetReadDeadline(time.Now().Add(firstByte)); err != nil {
		return hello{}, err
	}
	r := &recorder{Conn: conn}
	first := make([]byte, 1)
	if _, err := r.Read(first); err != nil {
		return hello{}, fmt.Errorf("wait for the client's first byte: %w", err)
	}
	if first[0] != recordHandshake {
		return hello{raw: r.raw}, nil
	}
	if err := conn.SetReadDeadline(time.Now().Add(whole)); err != nil {
		return hello{}, err
	}
	r.replay = first
	var name string
	seen := false
	err := tls.Server(r, &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		name, seen = h.ServerName, true
		return nil, errPeeked
	}}).HandshakeContext(ctx)
	if !seen && r.err != nil {
		return hello{raw: r.raw}, fmt.Errorf("read the ClientHello: %w", errors.Join(r.err, err))
	}
	// A handshake record that holds no valid ClientHello is for the fallback, as is all that is not TLS.
	return hello{name: name, raw: r.raw}, nil
}

// recorder is a connection that keeps what is read and sends nothing.
type recorder struct {
	net.Conn
	replay []byte // read again before the connection
	raw    []byte
	err    error // the first error of the connection itself
}

func (r *recorder) Read(p []byte) (int, error) {
	if len(r.replay) > 0 {
		n := copy(p, r.replay)
		r.replay = r.replay[n:]
		return n, nil
	}
	if len(r.raw) >= maxPeek {
		return 0, errPeekFull
	}
	n, err := r.Conn.Read(p)
	r.raw = append(r.raw, p[:n]...)
	if err != nil && r.err == nil {
		r.err = err
	}
	return n, err
}

// Write swallows the alert that crypto/tls sends when it is told to stop.
func (r *recorder) Write(p []byte) (int, error) { return len(p), nil }

func (r *recorder) Close() error { return nil }

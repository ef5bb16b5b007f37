package main

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// session is one connection through the router.
type session struct {
	client *net.TCPConn       // from toxiproxy
	cancel context.CancelFunc // ends a dial that is under way
	done   chan struct{}      // closed when the session is over and counted so

	mu       sync.Mutex
	upstream *net.TCPConn // nil until it is reached
	closed   bool
	halfOpen bool
}

// attach gives the session its upstream. False: it was cut meanwhile.
func (s *session) attach(upstream *net.TCPConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = upstream.Close()
		return false
	}
	s.upstream = upstream
	return true
}

// cut ends the session in the way asked for, and reports whether there was something to end. An upstream that is not
// reached yet cannot be forgotten, so HalfOpen leaves such a session alone.
func (s *session) cut(how balancer.How) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if how == balancer.HalfOpen {
		if s.upstream == nil || s.halfOpen {
			return false
		}
		s.halfOpen = true
		_ = s.upstream.Close()
		return true
	}
	s.closed = true
	s.cancel()
	for _, conn := range []*net.TCPConn{s.client, s.upstream} {
		if conn == nil {
			continue
		}
		if how == balancer.RST {
			_ = conn.SetLinger(0)
		}
		_ = conn.Close()
	}
	return true
}

func (s *session) forgotten() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halfOpen
}

// carry passes data both ways, the first bytes ahead, until both directions have ended.
func (s *session) carry(first []byte, counts *counters) {
	if len(first) > 0 {
		if err := write(s.upstream, first, &counts.up); err != nil {
			return
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { s.copy(s.upstream, s.client, &counts.up) })
	s.copy(s.client, s.upstream, &counts.down)
	wg.Wait()
}

// copy passes one direction on. The end of the source ends that direction only; an error ends the session. It does not
// hand the copy to the kernel (io.Copy would), as bytes would then be counted only at the end of the connection.
func (s *session) copy(to, from *net.TCPConn, bytes *atomic.Int64) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			// What the client sends on a half-open connection vanishes.
			if err := write(to, buf[:n], bytes); err != nil && !s.forgotten() {
				s.cut(balancer.FIN)
				return
			}
		}
		switch {
		case err == nil:
		case s.forgotten():
			return
		case errors.Is(err, io.EOF):
			_ = to.CloseWrite()
			return
		default:
			s.cut(balancer.FIN)
			return
		}
	}
}

// write counts before it writes: whoever holds an answer then finds it counted.
func write(to *net.TCPConn, data []byte, bytes *atomic.Int64) error {
	bytes.Add(int64(len(data)))
	n, err := to.Write(data)
	bytes.Add(int64(n - len(data)))
	return err
}

// drain tells the client that nothing will come and reads on for a while: closing with data unread would be a reset
// instead of an end.
func (s *session) drain(limit time.Duration) {
	_ = s.client.CloseWrite()
	_ = s.client.SetReadDeadline(time.Now().Add(limit))
	_, _ = io.Copy(io.Discard, s.client)
}

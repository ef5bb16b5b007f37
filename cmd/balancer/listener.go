package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// listener is the router of one listener. It stands between toxiproxy and the upstream because toxiproxy dials in its
// accept loop and without a time-out: it always reaches the router at once, and here every connection dials for itself.
type listener struct {
	config balancer.Listener // as it was opened; its routes may have changed since
	ln     net.Listener
	log    *slog.Logger
	counts *counters
	table  atomic.Pointer[table]
	limits limits
	wg     sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	sessions map[*session]struct{}
}

// limits are the router's time-outs.
type limits struct {
	// firstByte is long: a connection in a black hole looks just like a silent client, and must stay open.
	firstByte time.Duration
	hello     time.Duration // from the first byte to a whole ClientHello
	dial      time.Duration
	drain     time.Duration // how long a refused client may go on sending
}

var usualLimits = limits{firstByte: 5 * time.Minute, hello: 10 * time.Second, dial: 5 * time.Second, drain: time.Second}

func listen(ctx context.Context, r balancer.Routes, limits limits, log *slog.Logger) (*listener, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &listener{ln: ln, log: log, counts: newCounters(), limits: limits, sessions: map[*session]struct{}{}}
	l.table.Store(newTable(r))
	l.wg.Go(func() { l.accept(ctx) })
	return l, nil
}

// is reports whether the listener is what cfg describes.
func (l *listener) is(cfg balancer.Listener) bool {
	return l.config.Listen == cfg.Listen && reflect.DeepEqual(l.table.Load().routes, cfg.Routes)
}

func (l *listener) accept(ctx context.Context) {
	for {
		conn, err := l.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, most likely: others may close some
			l.log.Warn("accept a connection", "error", err)
			<-time.After(20 * time.Millisecond)
			continue
		}
		ctx, cancel := context.WithCancel(ctx)
		s := &session{client: conn.(*net.TCPConn), cancel: cancel, done: make(chan struct{})}
		if !l.add(s) {
			s.cut(balancer.FIN)
			return
		}
		l.wg.Go(func() {
			defer l.remove(s)
			l.serve(ctx, s)
		})
	}
}

func (l *listener) add(s *session) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.sessions[s] = struct{}{}
	l.counts.add(func(c *balancer.ListenerCounts) { c.Accepted++; c.Open++ })
	return true
}

func (l *listener) remove(s *session) {
	s.cut(balancer.FIN)
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.sessions, s)
	l.counts.add(func(c *balancer.ListenerCounts) { c.Open-- })
	close(s.done)
}

// serve carries one connection from its first byte to its end.
func (l *listener) serve(ctx context.Context, s *session) {
	upstream, first, ok := l.route(ctx, s.client)
	if !ok {
		s.drain(l.limits.drain)
		return
	}
	dialer := net.Dialer{Timeout: l.limits.dial}
	conn, err := dialer.DialContext(ctx, "tcp", upstream)
	if err != nil {
		if ctx.Err() == nil {
			l.counts.add(func(c *balancer.ListenerCounts) { c.Refused.UpstreamUnreachable++ })
			l.log.Warn("reach the upstream", "upstream", upstream, "error", err)
			s.drain(l.limits.drain)
		}
		return
	}
	l.counts.add(func(c *balancer.ListenerCounts) { c.Connected[upstream]++ })
	if !s.attach(conn.(*net.TCPConn)) {
		return
	}
	s.carry(first, l.counts)
}

// route finds a connection's upstream and the bytes that were read to find it, or counts why there is none.
func (l *listener) route(ctx context.Context, client net.Conn) (upstream string, first []byte, ok bool) {
	t := l.table.Load()
	if t.routes.SNI == nil {
		return t.plain(), nil, true
	}
	h, err := peek(ctx, client, l.limits.firstByte, l.limits.hello)
	if err != nil {
		l.log.Debug("no ClientHello", "error", err)
		l.counts.add(func(c *balancer.ListenerCounts) { c.Refused.NoClientHello++ })
		return "", nil, false
	}
	if h.name == "" {
		if upstream = t.routes.SNI.Fallback; upstream == "" {
			l.counts.add(func(c *balancer.ListenerCounts) { c.Refused.NoServerName++ })
		}
		return upstream, h.raw, upstream != ""
	}
	upstream, known := t.named(h.name)
	if !known {
		upstream = t.routes.SNI.FallbackUnknown
	}
	blocked := t.blocked[strings.ToLower(h.name)]
	if blocked {
		upstream = ""
	}
	l.counts.add(func(c *balancer.ListenerCounts) {
		countName(c.ServerNames, h.name)
		if blocked {
			c.Refused.Blocked++
		}
		if known {
			return
		}
		countName(c.UnknownServerNames, h.name)
		if upstream == "" {
			c.Refused.UnknownServerName++
		}
	})
	return upstream, h.raw, upstream != ""
}

// cut ends the open connections and returns how many. It waits until they are counted as closed, except half-open ones.
func (l *listener) cut(ctx context.Context, how balancer.How) int {
	cut := l.cutAll(how)
	if how == balancer.HalfOpen {
		return len(cut)
	}
	for _, s := range cut {
		select {
		case <-s.done:
		case <-ctx.Done():
			return len(cut)
		}
	}
	return len(cut)
}

// cutAll ends the open connections without waiting, and returns those that it ended.
func (l *listener) cutAll(how balancer.How) []*session {
	l.mu.Lock()
	defer l.mu.Unlock()
	var cut []*session
	for s := range l.sessions {
		if s.cut(how) {
			cut = append(cut, s)
		}
	}
	return cut
}

// close ends the router and returns when its last goroutine has.
func (l *listener) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	_ = l.ln.Close()
	l.cutAll(balancer.FIN)
	l.wg.Wait()
}

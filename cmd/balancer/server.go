package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// server is one running balancer: client -> toxiproxy's proxy -> listener -> upstream, for every listener, and the API.
type server struct {
	ctx     context.Context // what start was given: connections of listeners that come later end with it, too
	log     *slog.Logger
	toxi    *toxiproxy.ApiServer
	steer   *steering
	api     net.Listener
	http    *http.Server
	failed  chan error // receives once, when the API stops on its own
	changes sync.Mutex // one change of the listeners at a time

	mu        sync.Mutex
	since     time.Time
	listeners map[string]*listener
}

// start opens all listeners and then the API: an API that answers means that everything is up. When ctx ends, no
// further connection reaches its upstream; close ends the others. steer is how long a call to toxiproxy may take.
func start(ctx context.Context, cfg balancer.Config, steer time.Duration, log *slog.Logger) (*server, error) {
	registerToxics()
	s := &server{
		ctx: ctx, log: log,
		toxi:      toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()),
		listeners: make(map[string]*listener, len(cfg.Listeners)),
		steer:     &steering{limit: steer, running: map[int]time.Time{}},
		failed:    make(chan error, 1),
		since:     time.Now(),
	}
	for _, l := range cfg.Listeners {
		if err := s.open(ctx, l, log); err != nil {
			s.close()
			return nil, err
		}
	}
	api, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.API)
	if err != nil {
		s.close()
		return nil, fmt.Errorf("open the balancer's API on %s: %w", cfg.API, err)
	}
	s.api = api
	s.http = &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := s.http.Serve(api); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("serve the balancer's API: %w", err)
		}
	}()
	return s, nil
}

func (s *server) open(ctx context.Context, cfg balancer.Listener, log *slog.Logger) error {
	l, err := listen(ctx, cfg.Routes, usualLimits, log.With("listener", cfg.Name))
	if err != nil {
		return fmt.Errorf("open the router of listener %q: %w", cfg.Name, err)
	}
	l.config = cfg
	s.mu.Lock()
	s.listeners[cfg.Name] = l
	s.mu.Unlock()
	proxy := toxiproxy.NewProxy(s.toxi, cfg.Name, cfg.Listen, l.ln.Addr().String())
	if err := s.toxi.Collection.Add(proxy, true); err != nil {
		return fmt.Errorf("open listener %q on %s: %w", cfg.Name, cfg.Listen, err)
	}
	return nil
}

func (s *server) address() string { return s.api.Addr().String() }

// close ends everything within a second. It does not wait longer for toxiproxy, which may be stuck (see steering).
func (s *server) close() {
	if s.http != nil {
		_ = s.http.Close()
	}
	cleared := make(chan struct{})
	go func() {
		defer close(cleared)
		_ = s.toxi.Collection.Clear() // it never returns an error
	}()
	select {
	case <-cleared:
	case <-time.After(500 * time.Millisecond):
	}
	for _, l := range s.all() {
		l.close()
	}
}

// find is the listener of that name, or nil.
func (s *server) find(name string) *listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listeners[name]
}

// all are the listeners now.
func (s *server) all() map[string]*listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.listeners)
}

func (s *server) counts() balancer.Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := balancer.Counts{Since: s.since, Listeners: make(map[string]balancer.ListenerCounts, len(s.listeners))}
	for name, l := range s.listeners {
		c.Listeners[name] = l.counts.read()
	}
	return c
}

func (s *server) resetCounts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = time.Now()
	for _, l := range s.listeners {
		l.counts.reset()
	}
}

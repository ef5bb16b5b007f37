package main

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// maxNames bounds what a client that makes up server names can make the balancer remember.
const maxNames = 1000

// counters are one listener's counts. Bytes are apart because every read and write of every connection adds to them.
type counters struct {
	up, down atomic.Int64

	mu sync.Mutex
	c  balancer.ListenerCounts
}

func newCounters() *counters {
	k := &counters{}
	k.reset()
	return k
}

func (k *counters) add(change func(*balancer.ListenerCounts)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(&k.c)
}

func (k *counters) read() balancer.ListenerCounts {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.c
	c.BytesToUpstream, c.BytesToClient = k.up.Load(), k.down.Load()
	c.Connected = maps.Clone(c.Connected)
	c.ServerNames = maps.Clone(c.ServerNames)
	c.UnknownServerNames = maps.Clone(c.UnknownServerNames)
	return c
}

func (k *counters) reset() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.up.Store(0)
	k.down.Store(0)
	k.c = balancer.ListenerCounts{
		Open: k.c.Open, Connected: map[string]int64{}, ServerNames: map[string]int64{},
		UnknownServerNames: map[string]int64{},
	}
}

func countName(names map[string]int64, name string) {
	if _, known := names[name]; !known && len(names) >= maxNames {
		name = "(others)"
	}
	names[name]++
}

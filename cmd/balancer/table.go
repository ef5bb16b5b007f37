package main

import (
	"strings"
	"sync/atomic"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// table is balancer.Routes made ready for look-up. It never changes; a listener swaps it for another.
type table struct {
	routes    balancer.Routes
	upstreams []string
	next      atomic.Uint64
	exact     map[string]string
	suffixes  map[string]string // ".suffix" of "*.suffix"
	blocked   map[string]bool
}

func newTable(r balancer.Routes) *table {
	t := &table{routes: r, upstreams: r.Upstreams, exact: map[string]string{}, suffixes: map[string]string{},
		blocked: map[string]bool{}}
	if r.Upstream != "" {
		t.upstreams = []string{r.Upstream}
	}
	if r.SNI != nil {
		for name, upstream := range r.SNI.Routes {
			name = strings.ToLower(name)
			if suffix, wildcard := strings.CutPrefix(name, "*"); wildcard {
				t.suffixes[suffix] = upstream
			} else {
				t.exact[name] = upstream
			}
		}
		for _, name := range r.SNI.Blocked {
			t.blocked[strings.ToLower(name)] = true
		}
	}
	return t
}

// plain is the upstream whose turn it is.
func (t *table) plain() string {
	return t.upstreams[(t.next.Add(1)-1)%uint64(len(t.upstreams))]
}

// named is the upstream for a server name: the exact route, or that of the longest suffix.
func (t *table) named(name string) (upstream string, known bool) {
	name = strings.ToLower(name)
	if upstream, known = t.exact[name]; known {
		return upstream, true
	}
	for i := 1; i < len(name); i++ {
		if name[i] == '.' {
			if upstream, known = t.suffixes[name[i:]]; known {
				return upstream, true
			}
		}
	}
	return "", false
}

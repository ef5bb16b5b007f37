// Package pool leases running clusters to scenarios. Starting Elasticsearch costs ten seconds of a core, everything
// else costs milliseconds: so clusters are reused between scenarios that want the same one, and a lease is exclusive,
// so that logs and connection counts belong to one scenario.
package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Starter starts and stops clusters; *lab.Lab is one.
type Starter interface {
	Start(ctx context.Context, spec lab.ClusterSpec) (*lab.Cluster, error)
	Stop(ctx context.Context, c *lab.Cluster) error
}

// Pool keeps at most max nodes running at once.
type Pool struct {
	starter Starter
	max     int

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever a cluster becomes free or goes away
	slots   []*slot
	clock   int              // counts leases: the least recently used idle cluster is the one with the smallest stamp
	broken  map[string]error // key -> why a cluster like it did not start
}

type slot struct {
	key     string
	nodes   int
	cluster *lab.Cluster // nil while it starts
	busy    bool
	used    int
}

// New is an empty pool.
func New(starter Starter, maxNodes int) *Pool {
	return &Pool{starter: starter, max: maxNodes, changed: make(chan struct{}), broken: map[string]error{}}
}

// Lease is the exclusive use of some clusters until it is released.
type Lease struct {
	Clusters []*lab.Cluster // in the order of the specs
	pool     *Pool
	slots    []*slot
	release  func(ctx context.Context, dirty bool) error // instead, for clusters that are not the pool's
}

// Borrow returns a lease on clusters that the pool does not own. Release calls release instead of returning them to the
// pool.
func Borrow(release func(ctx context.Context, dirty bool) error, clusters ...*lab.Cluster) *Lease {
	return &Lease{Clusters: clusters, release: release}
}

// Lease waits until all the specs can be had at once (so that two scenarios never hold half of what the other needs),
// starts what is not running yet, and answers the clusters. It is an error to want more than the pool may hold.
func (p *Pool) Lease(ctx context.Context, specs ...lab.ClusterSpec) (*Lease, error) {
	nodes := 0
	for _, spec := range specs {
		nodes += size(spec)
	}
	if nodes > p.max {
		return nil, fmt.Errorf("the scenario needs %d nodes, and this machine's memory holds %d", nodes, p.max)
	}
	if err := p.hopeless(specs); err != nil {
		return nil, err
	}
	var taken, evicted []*slot
	for {
		var ok bool
		var wait <-chan struct{}
		taken, evicted, ok, wait = p.take(specs)
		if ok {
			break
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for a free cluster: %w", context.Cause(ctx))
		}
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, s := range evicted {
		group.Go(func() error { return p.starter.Stop(groupCtx, s.cluster) })
	}
	for i, s := range taken {
		if s.cluster != nil {
			continue
		}
		group.Go(func() error {
			c, err := p.starter.Start(groupCtx, specs[i])
			p.mu.Lock()
			defer p.mu.Unlock()
			var broken *lab.StartError
			if errors.As(err, &broken) && groupCtx.Err() == nil { // not one that was given up because another one failed
				p.broken[s.key] = broken
			}
			s.cluster = c
			return err
		})
	}
	lease := &Lease{pool: p, slots: taken}
	if err := group.Wait(); err != nil {
		return nil, errors.Join(err, lease.Release(ctx, true))
	}
	for _, s := range taken {
		lease.Clusters = append(lease.Clusters, s.cluster)
	}
	return lease, nil
}

// size is how many nodes a cluster has.
func size(spec lab.ClusterSpec) int { return max(1, spec.Nodes) }

// hopeless saves a scenario from waiting again for a cluster that did not come up for an earlier one.
func (p *Pool) hopeless(specs []lab.ClusterSpec) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, spec := range specs {
		if err := p.broken[spec.Key()]; err != nil {
			return fmt.Errorf("not tried again: %w", err)
		}
	}
	return nil
}

// take marks a slot busy for every spec, or none; what has to be stopped to make room is answered too.
func (p *Pool) take(specs []lab.ClusterSpec) (taken, evicted []*slot, ok bool, wait <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	picked := map[*slot]bool{}
	nodes := 0 // that run, or will
	for _, s := range p.slots {
		nodes += s.nodes
	}
	taken = make([]*slot, len(specs))
	for i, spec := range specs {
		for _, s := range p.slots {
			if s.key == spec.Key() && !s.busy && !picked[s] {
				taken[i], picked[s] = s, true
				break
			}
		}
		if taken[i] == nil {
			nodes += size(spec)
		}
	}
	for nodes > p.max {
		oldest := p.oldestIdle(picked)
		if oldest == nil {
			return nil, nil, false, p.changed
		}
		picked[oldest] = true
		evicted = append(evicted, oldest)
		nodes -= oldest.nodes
	}
	for _, s := range evicted {
		p.drop(s)
	}
	p.clock++
	for i, spec := range specs {
		if taken[i] == nil {
			taken[i] = &slot{key: spec.Key(), nodes: size(spec)}
			p.slots = append(p.slots, taken[i])
		}
		taken[i].busy, taken[i].used = true, p.clock
	}
	return taken, evicted, true, nil
}

// oldestIdle is the slot that is unused for longest, without those in picked; nil if there is none. The caller holds
// the lock.
func (p *Pool) oldestIdle(picked map[*slot]bool) *slot {
	var oldest *slot
	for _, s := range p.slots {
		if !s.busy && !picked[s] && (oldest == nil || s.used < oldest.used) {
			oldest = s
		}
	}
	return oldest
}

// drop forgets a slot; the caller holds the lock.
func (p *Pool) drop(gone *slot) {
	for i, s := range p.slots {
		if s == gone {
			p.slots = append(p.slots[:i], p.slots[i+1:]...)
			return
		}
	}
}

// Release gives the clusters back. Dirty ones (a scenario broke them, or could not clean up) are stopped,
// so that no later scenario meets them. Releasing twice does nothing.
func (l *Lease) Release(ctx context.Context, dirty bool) error {
	if l.release != nil {
		return l.release(ctx, dirty)
	}
	p := l.pool
	var stop []*lab.Cluster
	p.mu.Lock()
	for _, s := range l.slots {
		s.busy = false
		if s.cluster == nil || dirty {
			p.drop(s)
			if s.cluster != nil {
				stop = append(stop, s.cluster)
			}
		}
	}
	l.slots = nil
	close(p.changed)
	p.changed = make(chan struct{})
	p.mu.Unlock()
	var errs []error
	for _, c := range stop {
		errs = append(errs, p.starter.Stop(context.WithoutCancel(ctx), c))
	}
	return errors.Join(errs...)
}

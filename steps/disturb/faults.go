// Package disturb holds what happens to a connection: faults of the load balancer, restarts, upgrades, an IPv6
// network that joins; and the watcher who searches meanwhile.
package disturb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

// Faults are those of one scenario's load balancer and clusters.
type Faults struct {
	world    *world.World
	remotes  *remotes.Remotes
	faulty   bool      // the load balancer has had a fault, and will be healed
	ended    time.Time // when the last fault did
	accepted int64     // connections at the load balancer's listener when the last fault began
}

// NewFaults are the faults of a scenario that has had none.
func NewFaults(w *world.World, r *remotes.Remotes) *Faults { return &Faults{world: w, remotes: r} }

// Steps are the steps that break something, heal it, and look at what comes back.
func (f *Faults) Steps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "the load balancer refuses connections on port {int}", Handler: f.refuseConnections,
			Doc: "Open connections are closed, new ones refused."},
		{Expression: "the load balancer swallows everything on port {int}", Handler: f.swallowEverything,
			Doc: "A black hole: connections stay open, no data passes, in both directions, on new ones too."},
		{Expression: "the load balancer {string} every connection on port {int}", Handler: f.cutConnections,
			Doc: `Once, the open ones: "closes" (FIN), "resets" (RST) or "leaves half open" (towards the remote cluster only).`},
		{Expression: "the load balancer resets connections on port {int} after {int} ms", Handler: f.resetConnections,
			Doc: "Every connection is reset that long after it was opened, in the middle of whatever passes."},
		{Expression: "the load balancer delays everything on port {int} by {int} ms", Handler: f.delayData,
			Doc: "Latency in both directions."},
		{Expression: `the load balancer passes {int} KB\/s on port {int}`, Handler: f.limitBandwidth,
			Doc: "Bandwidth in both directions."},
		{Expression: "the load balancer slices data on port {int} into {int} bytes", Handler: f.sliceData,
			Doc: "Small pieces, a millisecond apart."},
		{Expression: "the load balancer closes connections on port {int} that are idle for {int} s",
			Handler: f.closeIdleConnections,
			Doc:     "As load balancers do with connections that they take for abandoned."},
		{Expression: "the load balancer heals", Handler: f.heal,
			Doc: "Every fault ends. The time until a search works again counts from here."},
		{Expression: "the load balancer spreads port {int} over both remote clusters", Handler: f.spreadOverRemotes,
			Doc: "Of four new connections three go to the other one like it: " +
				"so many that tries again do not make up for all of them."},
		{Expression: "the load balancer sends port {int} to the other remote cluster", Handler: f.routeToOther,
			Doc: "New connections go there; open ones stay where they are."},
		{Expression: "something on the local side accepts connections to port {int} and closes them",
			Handler: f.closeOnLocalSide,
			Doc: "As a sidecar or an egress proxy without a way out does. The load balancer stands for it: it reaches for " +
				"nothing on the remote side."},
		{Expression: "no connection has reached the remote cluster", Handler: f.expectNoneReached,
			Doc: "By the load balancer's counts since the scenario began."},
		{Expression: "the local cluster connects again on port {int} by itself", Handler: f.expectReconnected,
			Doc: "The load balancer counts connections that were made after its last fault began, " +
				"and nothing was searched since."},
		{Expression: "the remote cluster restarts", Handler: f.restartRemote,
			Doc: "The node stops and starts on the same data. The time until a search works again counts from here."},
		{Expression: "searching {string} finds {int} document(s) again", Handler: f.expectHitsAgain,
			Doc: "As without \"again\", and the seconds since the fault ended are reported as a measurement."},
	}
}

// fault brings the load balancer's listener of port into a state that Close ends.
func (f *Faults) fault(ctx context.Context, port int, do func(listener string) error) error {
	if err := f.world.Ready(ctx); err != nil {
		return err
	}
	if !f.faulty {
		f.faulty = true
		f.world.Undo.Later("heal the load balancer", func(ctx context.Context) error {
			if err := f.world.Remote().Balancer.HealAll(ctx); err != nil {
				return err
			}
			return f.world.Remote().Balancer.Healthy(ctx)
		})
	}
	listener := topology.ListenerName(port)
	counts, err := f.world.Remote().Balancer.Connections(ctx)
	if err != nil {
		return err
	}
	f.accepted = counts.Listeners[listener].Accepted
	if err := do(listener); err != nil {
		return fmt.Errorf("set the fault on port %d: %w", port, err)
	}
	return nil
}

func (f *Faults) refuseConnections(ctx context.Context, port int) error {
	return f.fault(ctx, port, func(l string) error { return f.world.Remote().Balancer.Down(ctx, l) })
}

func (f *Faults) swallowEverything(ctx context.Context, port int) error {
	return f.fault(ctx, port, func(l string) error { return f.world.Remote().Balancer.BlackHole(ctx, l) })
}

func (f *Faults) cutConnections(ctx context.Context, how string, port int) error {
	kinds := map[string]balancer.How{"closes": balancer.FIN, "resets": balancer.RST, "leaves half open": balancer.HalfOpen}
	kind, ok := kinds[how]
	if !ok {
		return fmt.Errorf("the load balancer closes, resets or leaves half open, and does not %q", how)
	}
	return f.fault(ctx, port, func(l string) error {
		n, err := f.world.Remote().Balancer.Cut(ctx, l, kind)
		if err == nil && n == 0 {
			return errors.New("there is no open connection")
		}
		f.ended = time.Now()
		return err
	})
}

func (f *Faults) resetConnections(ctx context.Context, port, ms int) error {
	return f.fault(ctx, port, func(l string) error { return f.world.Remote().Balancer.Reset(ctx, l, milliseconds(ms)) })
}

func (f *Faults) delayData(ctx context.Context, port, ms int) error {
	return f.fault(ctx, port, func(l string) error {
		return f.world.Remote().Balancer.Latency(ctx, l, milliseconds(ms), 0)
	})
}

func (f *Faults) limitBandwidth(ctx context.Context, rate, port int) error {
	return f.fault(ctx, port, func(l string) error { return f.world.Remote().Balancer.Bandwidth(ctx, l, rate) })
}

func (f *Faults) sliceData(ctx context.Context, port, size int) error {
	return f.fault(ctx, port, func(l string) error {
		return f.world.Remote().Balancer.Slicer(ctx, l, size, time.Millisecond)
	})
}

func (f *Faults) closeIdleConnections(ctx context.Context, port, seconds int) error {
	return f.fault(ctx, port, func(l string) error {
		return f.world.Remote().Balancer.IdleCut(ctx, l, time.Duration(seconds)*time.Second)
	})
}

func (f *Faults) expectReconnected(ctx context.Context, port int) error {
	listener := topology.ListenerName(port)
	return world.Await(ctx, "connections on "+listener, f.world.Env.Timeouts.Connect, func(ctx context.Context) error {
		counts, err := f.world.Remote().Balancer.Connections(ctx)
		if err != nil {
			return err
		}
		if made := counts.Listeners[listener].Accepted - f.accepted; made <= 0 {
			return &verdict.Mismatch{What: "the load balancer", Wanted: "new connections on " + listener, Got: "none"}
		}
		return nil
	})
}

func (f *Faults) expectNoneReached(ctx context.Context) error {
	if err := f.world.Ready(ctx); err != nil {
		return err
	}
	counts, err := f.world.Remote().Balancer.Connections(ctx)
	if err != nil {
		return err
	}
	for name, listener := range counts.Listeners {
		for upstream, n := range listener.Connected {
			if n > 0 {
				return &verdict.Mismatch{What: "the load balancer", Wanted: "no connection to the remote cluster",
					Got: fmt.Sprintf("%d from %s to %s", n, name, upstream)}
			}
		}
	}
	return nil
}

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func (f *Faults) heal(ctx context.Context) error {
	if err := f.world.Remote().Balancer.HealAll(ctx); err != nil {
		return fmt.Errorf("heal the load balancer: %w", err)
	}
	f.ended = time.Now()
	return nil
}

func (f *Faults) spreadOverRemotes(ctx context.Context, port int) error {
	return f.routeOver(ctx, port, func(other string) []string {
		return []string{f.world.Remote().InternalAddress(port), other, other, other}
	})
}

func (f *Faults) routeToOther(ctx context.Context, port int) error {
	return f.routeOver(ctx, port, func(other string) []string { return []string{other} })
}

func (f *Faults) closeOnLocalSide(ctx context.Context, port int) error {
	if err := f.world.Ready(ctx); err != nil {
		return err
	}
	return f.reroute(ctx, port, balancer.Nowhere())
}

// routeOver sends new connections on port to the upstreams in turn, given the other remote cluster's.
func (f *Faults) routeOver(ctx context.Context, port int, upstreams func(other string) []string) error {
	if err := f.world.Ready(ctx); err != nil {
		return err
	}
	if f.world.Clusters.Other == nil {
		return errors.New("there is one remote cluster only: describe another one like it")
	}
	other := f.world.Clusters.Other.InternalAddress(port)
	return f.reroute(ctx, port, balancer.Routes{Upstreams: upstreams(other)})
}

// reroute sends new connections on port along other routes, until the scenario is over.
func (f *Faults) reroute(ctx context.Context, port int, routes balancer.Routes) error {
	listener := topology.ListenerName(port)
	before, err := f.world.Remote().Balancer.Routes(ctx, listener)
	if err != nil {
		return fmt.Errorf("read the routes of port %d: %w", port, err)
	}
	f.world.Undo.Later("route to the remote cluster alone again",
		func(ctx context.Context) error { return f.world.Remote().Balancer.SetRoutes(ctx, listener, before) })
	if err := f.world.Remote().Balancer.SetRoutes(ctx, listener, routes); err != nil {
		return fmt.Errorf("route port %d: %w", port, err)
	}
	return nil
}

func (f *Faults) restartRemote(ctx context.Context) error {
	if err := f.world.Ready(ctx); err != nil {
		return err
	}
	if err := f.world.Remote().Restart(ctx); err != nil {
		f.world.Undo.Spoil()
		return fmt.Errorf("restart the remote cluster: %w", err)
	}
	f.ended = time.Now()
	return nil
}

func (f *Faults) expectHitsAgain(ctx context.Context, target string, n int) error {
	if f.ended.IsZero() {
		return errors.New("nothing was healed, cut or restarted before this step")
	}
	if err := f.remotes.ExpectHits(ctx, target, n); err != nil {
		return err
	}
	f.world.Notes.Measured["recovery"] = time.Since(f.ended).Seconds()
	return nil
}

package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

const anotherLike = "another remote cluster like it"

var faultSteps = []gherkin.Definition{
	{Expression: "the load balancer refuses connections on port {int}", Handler: (*Scenario).refuses,
		Doc: "Open connections are closed, new ones refused."},
	{Expression: "the load balancer swallows everything on port {int}", Handler: (*Scenario).swallows,
		Doc: "A black hole: connections stay open, no data passes, in both directions, on new ones too."},
	{Expression: "the load balancer {string} every connection on port {int}", Handler: (*Scenario).cuts,
		Doc: `Once, the open ones: "closes" (FIN), "resets" (RST) or "leaves half open" (towards the remote cluster only).`},
	{Expression: "the load balancer resets connections on port {int} after {int} ms", Handler: (*Scenario).resets,
		Doc: "Every connection is reset that long after it was opened, in the middle of whatever passes."},
	{Expression: "the load balancer delays everything on port {int} by {int} ms", Handler: (*Scenario).delays,
		Doc: "Latency in both directions."},
	{Expression: `the load balancer passes {int} KB\/s on port {int}`, Handler: (*Scenario).throttles,
		Doc: "Bandwidth in both directions."},
	{Expression: "the load balancer slices data on port {int} into {int} bytes", Handler: (*Scenario).slices,
		Doc: "Small pieces, a millisecond apart."},
	{Expression: "the load balancer closes connections on port {int} that are idle for {int} s", Handler: (*Scenario).cutsIdle,
		Doc: "As load balancers do with connections that they take for abandoned."},
	{Expression: "the load balancer heals", Handler: (*Scenario).heals,
		Doc: "Every fault ends. The time until a search works again counts from here."},
	{Expression: anotherLike, Handler: (*Scenario).anotherRemote,
		Doc: "A second remote cluster of the same description, of another name."},
	{Expression: "the load balancer spreads port {int} over both remote clusters", Handler: (*Scenario).spreads,
		Doc: "Of four new connections three go to the other one like it: so many that tries again do not make up for all of them."},
	{Expression: "the load balancer sends port {int} to the other remote cluster", Handler: (*Scenario).misroutes,
		Doc: "New connections go there; open ones stay where they are."},
	{Expression: "{string} is shown as {word}", Handler: (*Scenario).shownAs,
		Doc: `"connected" or "disconnected": _remote/info is read, and nothing makes the local cluster connect.`},
	{Expression: "the local cluster connects again on port {int} by itself", Handler: (*Scenario).reconnects,
		Doc: "The load balancer counts connections that were made after its last fault began, and nothing was searched since."},
	{Expression: "the remote cluster restarts", Handler: (*Scenario).remoteRestarts,
		Doc: "The node stops and starts on the same data. The time until a search works again counts from here."},
	{Expression: "searching {string} finds {int} document(s) again", Handler: (*Scenario).recovers,
		Doc: "As without \"again\", and the seconds since the fault ended are reported as a measurement."},
}

// fault brings the load balancer's listener of port into a state that Close ends.
func (s *Scenario) fault(ctx context.Context, port int, do func(listener string) error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if !s.faulty {
		s.faulty = true
		s.later("heal the load balancer", func(ctx context.Context) error {
			if err := s.remote.Balancer.HealAll(ctx); err != nil {
				return err
			}
			return s.remote.Balancer.Healthy(ctx)
		})
	}
	listener := topology.ListenerName(port)
	counts, err := s.remote.Balancer.Connections(ctx)
	if err != nil {
		return err
	}
	s.accepts = counts.Listeners[listener].Accepted
	if err := do(listener); err != nil {
		return fmt.Errorf("set the fault on port %d: %w", port, err)
	}
	return nil
}

func (s *Scenario) refuses(ctx context.Context, port int) error {
	return s.fault(ctx, port, func(l string) error { return s.remote.Balancer.Down(ctx, l) })
}

func (s *Scenario) swallows(ctx context.Context, port int) error {
	return s.fault(ctx, port, func(l string) error { return s.remote.Balancer.BlackHole(ctx, l) })
}

func (s *Scenario) cuts(ctx context.Context, how string, port int) error {
	kinds := map[string]balancer.How{"closes": balancer.FIN, "resets": balancer.RST, "leaves half open": balancer.HalfOpen}
	kind, ok := kinds[how]
	if !ok {
		return fmt.Errorf("the load balancer closes, resets or leaves half open, and does not %q", how)
	}
	return s.fault(ctx, port, func(l string) error {
		n, err := s.remote.Balancer.Cut(ctx, l, kind)
		if err == nil && n == 0 {
			return errors.New("there is no open connection")
		}
		s.healed = time.Now()
		return err
	})
}

func (s *Scenario) resets(ctx context.Context, port, ms int) error {
	return s.fault(ctx, port, func(l string) error { return s.remote.Balancer.Reset(ctx, l, milliseconds(ms)) })
}

func (s *Scenario) delays(ctx context.Context, port, ms int) error {
	return s.fault(ctx, port, func(l string) error { return s.remote.Balancer.Latency(ctx, l, milliseconds(ms), 0) })
}

func (s *Scenario) throttles(ctx context.Context, rate, port int) error {
	return s.fault(ctx, port, func(l string) error { return s.remote.Balancer.Bandwidth(ctx, l, rate) })
}

func (s *Scenario) slices(ctx context.Context, port, size int) error {
	return s.fault(ctx, port, func(l string) error { return s.remote.Balancer.Slicer(ctx, l, size, time.Millisecond) })
}

func (s *Scenario) cutsIdle(ctx context.Context, port, seconds int) error {
	return s.fault(ctx, port, func(l string) error {
		return s.remote.Balancer.IdleCut(ctx, l, time.Duration(seconds)*time.Second)
	})
}

func (s *Scenario) reconnects(ctx context.Context, port int) error {
	listener := topology.ListenerName(port)
	return waitFor(ctx, "connections on "+listener, s.env.Timeouts.Connect, func(ctx context.Context) error {
		counts, err := s.remote.Balancer.Connections(ctx)
		if err != nil {
			return err
		}
		if made := counts.Listeners[listener].Accepted - s.accepts; made <= 0 {
			return &verdict.Mismatch{What: "the load balancer", Wanted: "new connections on " + listener, Got: "none"}
		}
		return nil
	})
}

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func (s *Scenario) heals(ctx context.Context) error {
	if err := s.remote.Balancer.HealAll(ctx); err != nil {
		return fmt.Errorf("heal the load balancer: %w", err)
	}
	s.healed = time.Now()
	return nil
}

func (s *Scenario) anotherRemote(context.Context) error {
	s.wantsOther = true
	return s.describe()
}

func (s *Scenario) spreads(ctx context.Context, port int) error {
	return s.reroute(ctx, port, func() []string {
		other := s.other.InternalAddress(port)
		return []string{s.remote.InternalAddress(port), other, other, other}
	})
}

func (s *Scenario) misroutes(ctx context.Context, port int) error {
	return s.reroute(ctx, port, func() []string { return []string{s.other.InternalAddress(port)} })
}

// reroute sends new connections on port to the upstreams in turn, until the scenario is over.
func (s *Scenario) reroute(ctx context.Context, port int, upstreams func() []string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if s.other == nil {
		return errors.New("there is one remote cluster only: describe another one like it")
	}
	listener := topology.ListenerName(port)
	before, err := s.remote.Balancer.Routes(ctx, listener)
	if err != nil {
		return fmt.Errorf("read the routes of port %d: %w", port, err)
	}
	s.later("route to the remote cluster alone again", func(ctx context.Context) error { return s.remote.Balancer.SetRoutes(ctx, listener, before) })
	if err := s.remote.Balancer.SetRoutes(ctx, listener, balancer.Routes{Upstreams: upstreams()}); err != nil {
		return fmt.Errorf("route port %d: %w", port, err)
	}
	return nil
}

func (s *Scenario) remoteRestarts(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if err := s.remote.Restart(ctx); err != nil {
		s.dirty = true
		return fmt.Errorf("restart the remote cluster: %w", err)
	}
	s.healed = time.Now()
	return nil
}

func (s *Scenario) recovers(ctx context.Context, target string, n int) error {
	if s.healed.IsZero() {
		return errors.New("nothing was healed, cut or restarted before this step")
	}
	if err := s.searchFinds(ctx, target, n); err != nil {
		return err
	}
	s.measured["recovery"] = time.Since(s.healed).Seconds()
	return nil
}

func (s *Scenario) shownAs(ctx context.Context, name, state string) error {
	if state != "connected" && state != "disconnected" {
		return fmt.Errorf("a remote cluster is shown as connected or disconnected, and not as %q", state)
	}
	alias := s.alias(name)
	return waitFor(ctx, "_remote/info of "+alias, s.env.Timeouts.Connect, func(ctx context.Context) error {
		info, err := s.info(ctx, alias)
		if err != nil {
			return err
		}
		if wanted := state == "connected"; info["connected"] != wanted {
			return &verdict.Mismatch{What: "_remote/info of " + alias, Wanted: "connected " + text(wanted), Got: "connected " + text(info["connected"])}
		}
		return nil
	})
}

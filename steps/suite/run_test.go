package suite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench stands in for everything around the runner: what the steps do, the observer, the evidence and the Engine.
type bench struct {
	t     *testing.T
	do    map[string]func(context.Context, *stub) error // what the step "it NAME" does; without an entry it passes
	close error
	gone  error
	// interrupt ends the run, and limit is how long starting clusters and a scenario may each take; both may be missing.
	interrupt context.CancelCauseFunc
	limit     time.Duration
	// expressions of the vocabulary; nil stands for "it {word}" alone.
	expressions []string

	mu       sync.Mutex
	events   []string
	lanes    map[string][]int // the lanes that a pair was in
	evidence map[string]string
}

// stub is the world of one scenario.
type stub struct {
	*bench
	pair steps.Pair
}

func (s *stub) Clusters() []*lab.Cluster {
	return []*lab.Cluster{{Name: "remote-" + s.pair.Remote.String(), Version: s.pair.Remote.String(),
		Image: image.Image{Lacks: []image.Lack{{Capability: "ml"}}}}}
}
func (s *stub) Evidence(context.Context) map[string][]byte {
	s.event("evidence")
	return map[string][]byte{"local.log": []byte("it says why")}
}
func (s *stub) Observation() *catalogue.Observation { return nil }
func (s *stub) Timeline() *reports.Timeline         { return nil }
func (s *stub) Measured() map[string]float64        { return map[string]float64{"recovery": 0.5} }
func (s *stub) RemoteInfo() ([]reports.RemoteInfo, []string) {
	return []reports.RemoteInfo{{Alias: "partner", Mode: "proxy"}}, []string{"it is odd"}
}

func (s *stub) Topology(context.Context) *reports.Topology {
	return &reports.Topology{Balancer: reports.Balancer{Name: "balancer"}}
}

func (s *stub) Close(context.Context) error {
	s.event("close")
	return s.close
}

func (s *stub) Definitions() []gherkin.Definition {
	if s.expressions == nil {
		return []gherkin.Definition{{Expression: "it {word}", Handler: s.step}}
	}
	var all []gherkin.Definition
	for _, e := range s.expressions {
		var handler any = func(ctx context.Context) error { return s.step(ctx, e) }
		if strings.Contains(e, "{") {
			handler = s.step
		}
		all = append(all, gherkin.Definition{Expression: e, Handler: handler})
	}
	return all
}

func (s *stub) step(ctx context.Context, name string) error {
	if do := s.do[name]; do != nil {
		return do(ctx, s)
	}
	return ctx.Err()
}

func (b *bench) event(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, text)
}

func (b *bench) RunStarted(reports.Plan)               {}
func (b *bench) Note(text string)                      { b.event("note " + text) }
func (b *bench) ClusterChanged(reports.ClusterEvent)   {}
func (b *bench) RunFinished(*reports.Result, string)   {}
func (b *bench) StepFinished(_ string, s reports.Step) { b.event("step " + s.Verdict.String()) }
func (b *bench) ScenarioStarted(s reports.Scenario, index int) {
	b.event(fmt.Sprintf("start %d %s", index, s.Name))
	b.mu.Lock()
	defer b.mu.Unlock()
	if pair := s.Local; !slices.Contains(b.lanes[pair], s.Lane) {
		b.lanes[pair] = append(b.lanes[pair], s.Lane)
	}
}
func (b *bench) ScenarioFinished(s reports.Scenario) {
	b.event("end " + s.Name + " " + s.Verdict.String())
}

// Evidence and WriteEvidence keep what is written in memory.
func (b *bench) Evidence(id string) (string, error) { return "evidence/" + id, nil }
func (b *bench) WriteEvidence(id, name string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.evidence[name] = string(data)
	return nil
}

// items are scenarios named like the step they have, "it NAME", after a step that passes; all of them on each pair.
func (b *bench) items(pairs []steps.Pair, names ...string) []Item {
	b.t.Helper()
	vocabulary, err := gherkin.NewVocabulary((&stub{bench: b}).Definitions())
	require.NoError(b.t, err)
	text := "Feature: f\n"
	for _, name := range names {
		text += fmt.Sprintf("\n  Scenario: %[1]s\n    Given it begins\n    Then it %[1]s\n    And it ends\n", name)
	}
	scenarios, err := gherkin.Parse("a.feature", []byte(text))
	require.NoError(b.t, err)
	var items []Item
	for _, pair := range pairs {
		for _, s := range scenarios {
			bound, err := vocabulary.Bind(s)
			require.NoError(b.t, err)
			items = append(items, Item{Scenario: s, Pair: pair, vocabulary: vocabulary, bound: bound})
		}
	}
	return items
}

func (b *bench) run(ctx context.Context, o Options, items []Item) Outcome {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	b.lanes, b.evidence = map[string][]int{}, map[string]string{}
	timeouts := topology.DefaultTimeouts()
	if b.limit > 0 {
		timeouts.Scenario, timeouts.ClusterStart = b.limit, b.limit
	}
	o.Env, o.Observer, o.Evidence = &steps.Env{Timeouts: timeouts}, b, b
	o.Alive = func(context.Context) error { return b.gone }
	return run(ctx, items, o, func(pair steps.Pair) world { return &stub{b, pair} })
}

// verdicts reads "name verdict: reason" for every scenario.
func verdicts(out Outcome) []string {
	var all []string
	for _, s := range out.Scenarios {
		text := s.Name + " " + s.Verdict.String()
		if s.Reason != "" {
			first, _, _ := strings.Cut(s.Reason, "\n")
			text += ": " + first
		}
		all = append(all, text)
	}
	return all
}

var onePair = []steps.Pair{pairOf("9.2.0", "9.2.0")}

func fails(context.Context, *stub) error {
	return &verdict.Mismatch{What: "the search", Wanted: "3", Got: "0"}
}

func breaks(context.Context, *stub) error { return errors.New("no such container") }

func TestScenariosRunInOrderAndEachIsJudged(t *testing.T) {
	b := &bench{t: t, do: map[string]func(context.Context, *stub) error{
		"fails": fails, "breaks": breaks,
		"panics": func(context.Context, *stub) error { panic("a nil map") },
		"skips":  func(context.Context, *stub) error { return &verdict.SkippedError{Reason: "no time"} },
	}}
	items := b.items(onePair, "passes", "fails", "breaks", "panics", "skips", "applies-not")
	items[5].Unsupported = &verdict.UnsupportedError{Fact: "wire", Reason: "too far apart"}
	out := b.run(t.Context(), Options{Lanes: 1}, items)
	require.Equal(t, []string{
		"passes passed", "fails failed: the search", "breaks error: no such container",
		"panics error: the step panicked: a nil map",
		"skips skipped: no time", "applies-not unsupported: too far apart",
	}, verdicts(out))
	require.Empty(t, out.Unfinished, "everything ran")
	require.Equal(t, []string{"ml"}, out.Clusters[0].Lacks, "the clusters of the scenarios are in the report")
	var started []string
	for _, e := range b.events {
		if strings.HasPrefix(e, "start ") {
			started = append(started, e)
		}
	}
	require.Equal(t, []string{"start 1 passes", "start 2 fails", "start 3 breaks", "start 4 panics", "start 5 skips"},
		started)
	require.Equal(t, 0, out.Scenarios[5].Attempts, "what does not apply never runs")
}

func TestEvidenceIsGatheredBeforeTheCleanUp(t *testing.T) {
	b := &bench{t: t, do: map[string]func(context.Context, *stub) error{"fails": fails}}
	out := b.run(t.Context(), Options{Lanes: 1}, b.items(onePair, "fails"))
	require.Equal(t, []string{"start 1 fails", "step passed", "step failed", "step skipped", "evidence", "close",
		"end fails failed"}, b.events)
	require.Equal(t, "it says why", b.evidence["local.log"])
	require.Equal(t, "evidence/"+out.Scenarios[0].ID, out.Scenarios[0].Evidence)
	require.Equal(t, "3", out.Scenarios[0].Steps[1].Wanted)
}

func TestACleanUpThatFailsIsAnError(t *testing.T) {
	b := &bench{t: t, do: map[string]func(context.Context, *stub) error{"fails": fails},
		close: errors.New("the index stays")}
	out := b.run(t.Context(), Options{Lanes: 1}, b.items(onePair, "passes", "fails"))
	require.Equal(t, []string{"passes error: clean up: the index stays", "fails failed: the search"}, verdicts(out),
		"trouble while cleaning up does not hide a failure")
	last := out.Scenarios[0].Steps[3]
	require.Equal(t, reports.Step{Keyword: "Finally", Text: "the scenario cleans up", Verdict: verdict.Error,
		Message: "the index stays"}, last)
}

func TestALaneKeepsToAPair(t *testing.T) {
	pairs := []steps.Pair{pairOf("9.2.0", "9.2.0"), pairOf("9.3.2", "9.2.0"), pairOf("8.19.4", "9.2.0")}
	var arrived atomic.Int32
	all := make(chan struct{})
	b := &bench{t: t, do: map[string]func(context.Context, *stub) error{"meets": func(ctx context.Context, _ *stub) error {
		if int(arrived.Add(1)) == len(pairs) {
			close(all)
		}
		select {
		case <-all:
			return nil
		case <-ctx.Done():
			return errors.New("the pairs do not run side by side")
		}
	}}}
	out := b.run(t.Context(), Options{Lanes: 3}, b.items(pairs, "meets", "second", "third"))
	for _, v := range verdicts(out) {
		require.Contains(t, v, "passed")
	}
	used := map[int]bool{}
	for pair, lanes := range b.lanes {
		require.Len(t, lanes, 1, "all scenarios of local %s are in one lane", pair)
		used[lanes[0]] = true
	}
	require.Len(t, used, 3, "every lane has its pair: %v", b.lanes)
}

func TestResultsAreInTheOrderOfThePlan(t *testing.T) {
	b := &bench{t: t}
	items := b.items([]steps.Pair{pairOf("9.2.0", "9.2.0"), pairOf("9.3.2", "9.2.0")}, "one", "two")
	items[1], items[2] = items[2], items[1] // the pairs take turns in the plan
	out := b.run(t.Context(), Options{}, items)
	require.Len(t, out.Scenarios, 4)
	for i, s := range out.Scenarios {
		require.Equal(t, items[i].Report().ID, s.ID)
		require.Equal(t, 1, s.Lane, "no lanes at all are one")
	}
}

func TestARunStopsEarly(t *testing.T) {
	interrupt := errors.New("interrupt signal received")
	for name, c := range map[string]struct {
		names      []string
		do         func(stop context.CancelCauseFunc) func(context.Context, *stub) error
		failFast   bool
		gone       error
		want       []string
		unfinished string
	}{
		"after the first failure": {
			names: []string{"passes", "stops", "later"}, failFast: true,
			do: func(context.CancelCauseFunc) func(context.Context, *stub) error { return fails },
			want: []string{"passes passed", "stops failed: the search",
				"later skipped: not run: stopped after the first failure (--fail-fast)"},
			unfinished: "stopped after the first failure (--fail-fast)",
		},
		"not when the failure was the last": {
			names: []string{"passes", "stops"}, failFast: true,
			do:   func(context.CancelCauseFunc) func(context.Context, *stub) error { return fails },
			want: []string{"passes passed", "stops failed: the search"},
		},
		"not after a failure without being asked to": {
			names: []string{"stops", "later"},
			do:    func(context.CancelCauseFunc) func(context.Context, *stub) error { return fails },
			want:  []string{"stops failed: the search", "later passed"},
		},
		"the Engine goes away": {
			names: []string{"stops", "later"}, gone: errors.New("no answer"),
			do: func(context.CancelCauseFunc) func(context.Context, *stub) error { return breaks },
			want: []string{"stops error: no such container",
				"later skipped: not run: the Docker Engine went away: no answer"},
			unfinished: "the Docker Engine went away: no answer",
		},
		"a step that broke while the Engine lives": {
			names: []string{"stops", "later"},
			do:    func(context.CancelCauseFunc) func(context.Context, *stub) error { return breaks },
			want:  []string{"stops error: no such container", "later passed"},
		},
		"a signal": {
			names: []string{"stops", "later"},
			do: func(stop context.CancelCauseFunc) func(context.Context, *stub) error {
				return func(ctx context.Context, _ *stub) error {
					stop(interrupt)
					return fmt.Errorf("wait for a free cluster: %w", context.Cause(ctx))
				}
			},
			want: []string{"stops skipped: the run was interrupted: interrupt signal received",
				"later skipped: not run: interrupt signal received"},
			unfinished: "interrupt signal received",
		},
		"a signal that the step does not notice": {
			names: []string{"stops", "later"},
			do: func(stop context.CancelCauseFunc) func(context.Context, *stub) error {
				return func(ctx context.Context, s *stub) error { stop(interrupt); return fails(ctx, s) }
			},
			want:       []string{"stops failed: the search", "later skipped: not run: interrupt signal received"},
			unfinished: "interrupt signal received",
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancelCause(t.Context())
			defer stop(nil)
			b := &bench{t: t, gone: c.gone, do: map[string]func(context.Context, *stub) error{"stops": c.do(stop)}}
			out := b.run(ctx, Options{Lanes: 1, FailFast: c.failFast}, b.items(onePair, c.names...))
			require.Equal(t, c.want, verdicts(out))
			require.Equal(t, c.unfinished, out.Unfinished)
			closed := 0
			for _, e := range b.events {
				if e == "close" {
					closed++
				}
			}
			for _, s := range out.Scenarios {
				closed -= s.Attempts
			}
			require.Zero(t, closed, "what ran is cleaned up, and nothing else is: %v", b.events)
		})
	}
}

func TestAStuckLoadBalancerIsNotTheProductsFailure(t *testing.T) {
	stuck := fmt.Errorf("heal the load balancer: %w",
		&balancer.Error{Status: http.StatusServiceUnavailable, Message: "toxiproxy is stuck"})
	for name, c := range map[string]struct {
		close error
		want  []string
	}{
		"stuck": {stuck, []string{"passes error: clean up: heal the load balancer: toxiproxy is stuck (status 503)",
			"stops error: clean up: heal the load balancer: toxiproxy is stuck (status 503)"}},
		"something else is left": {errors.New("a container stays"),
			[]string{"passes error: clean up: a container stays", "stops failed: the search"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{t: t, close: c.close, do: map[string]func(context.Context, *stub) error{"stops": fails}}
			out := b.run(t.Context(), Options{Lanes: 1}, b.items(onePair, "passes", "stops"))
			require.Equal(t, c.want, verdicts(out))
			require.Equal(t, map[string]float64{"recovery": 0.5}, out.Scenarios[0].Measurements,
				"what the steps measured reaches the report")
			require.Equal(t, []reports.RemoteInfo{{Alias: "partner", Mode: "proxy"}}, out.Scenarios[0].RemoteInfo)
			require.Equal(t, []string{"it is odd"}, out.Scenarios[0].Notes)
		})
	}
}

func TestFailFastInterruptsTheOtherLanes(t *testing.T) {
	running := make(chan struct{})
	b := &bench{t: t, do: map[string]func(context.Context, *stub) error{"stops": func(ctx context.Context, s *stub) error {
		if s.pair.Local.Major() == 9 { // waits for the other pair, fails, and ends the run
			select {
			case <-running:
				return fails(ctx, s)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		close(running)
		<-ctx.Done()
		return fmt.Errorf("get _remote/info: %w", context.Cause(ctx))
	}}}
	out := b.run(t.Context(), Options{Lanes: 2, FailFast: true},
		b.items([]steps.Pair{pairOf("9.2.0", "9.2.0"), pairOf("8.19.4", "9.2.0")}, "stops"))
	require.Equal(t, []string{"stops failed: the search",
		"stops skipped: the run was interrupted: stopped after the first failure (--fail-fast)"}, verdicts(out),
		"a scenario that another one's failure cuts off broke nothing")
}

func TestAScenarioThatTakesTooLongIsAnError(t *testing.T) {
	b := &bench{t: t, limit: time.Millisecond}
	b.do = map[string]func(context.Context, *stub) error{"hangs": func(ctx context.Context, _ *stub) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}}
	items := b.items(onePair, "hangs", "later")
	out := b.run(t.Context(), Options{}, items)
	require.Equal(t, "hangs error: the scenario took longer than 2ms", verdicts(out)[0])
}

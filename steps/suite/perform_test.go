package suite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cucumber/godog"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// act is what a step does.
type act = func(context.Context, *stub) error

// shown is a scenario as "verdict (fact): reason", and each of its steps as "verdict: message, wanted/got"; of a text
// with a stack only the first line.
func shown(s reports.Scenario) []string {
	line := func(text string) string { first, _, _ := strings.Cut(text, "\n"); return first }
	all := []string{fmt.Sprintf("%s (%s): %s", s.Verdict, s.Fact, line(s.Reason))}
	for _, step := range s.Steps {
		text := step.Verdict.String()
		if step.Message != "" {
			text += ": " + line(step.Message)
		}
		if step.Wanted != "" || step.Got != "" {
			text += ", " + step.Wanted + "/" + step.Got
		}
		all = append(all, text)
	}
	return all
}

func TestWhatBecomesOfAStepIsItsVerdict(t *testing.T) {
	interrupt := errors.New("interrupt signal received")
	returns := func(err error) act { return func(context.Context, *stub) error { return err } }
	for name, c := range map[string]struct {
		do   act
		want []string
	}{
		"passes": {returns(nil), []string{"passed (): ", "passed", "passed", "passed"}},
		"mismatch": {fails,
			[]string{"failed (): the search", "passed", "failed: the search, 3/0", "skipped"}},
		"a mismatch within an error": {returns(fmt.Errorf("judge: %w", fails(t.Context(), nil))),
			[]string{"failed (): the search", "passed", "failed: the search, 3/0", "skipped"}},
		"a mismatch of nothing in particular": {returns(&verdict.Mismatch{Wanted: "3", Got: "0"}),
			[]string{"failed (): it acts", "passed", "failed, 3/0", "skipped"}},
		"error": {breaks, []string{"error (): no such container", "passed", "error: no such container", "skipped"}},
		"unsupported": {returns(&verdict.UnsupportedError{Fact: "ipv6", Reason: "no IPv6 here"}),
			[]string{"unsupported (ipv6): no IPv6 here", "passed", "skipped: no IPv6 here", "skipped"}},
		"skipped": {returns(&verdict.SkippedError{Reason: "no time"}),
			[]string{"skipped (): no time", "passed", "skipped: no time", "skipped"}},
		"a panic": {func(context.Context, *stub) error { panic("a nil map") },
			[]string{"error (): the step panicked: a nil map", "passed", "error: the step panicked: a nil map", "skipped"}},
		"a panic with an error": {func(context.Context, *stub) error { panic(context.Canceled) },
			[]string{"error (): the step panicked: context canceled", "passed",
				"error: the step panicked: context canceled", "skipped"}},
		"pending": {returns(godog.ErrPending),
			[]string{"error (): step implementation is pending", "passed", "error: step implementation is pending", "skipped"}},
		"skipped for godog": {returns(godog.ErrSkip), []string{"error (): skipped", "passed", "error: skipped", "skipped"}},
		"undefined for godog": {returns(godog.ErrUndefined),
			[]string{"error (): step is undefined", "passed", "error: step is undefined", "skipped"}},
		"ambiguous for godog": {returns(godog.ErrAmbiguous),
			[]string{"error (): ambiguous step definition", "passed", "error: ambiguous step definition", "skipped"}},
		"the run is interrupted during the step": {func(ctx context.Context, s *stub) error {
			s.interrupt(interrupt)
			return fmt.Errorf("wait for a cluster: %w", context.Cause(ctx))
		}, []string{"skipped (): the run was interrupted: interrupt signal received", "passed",
			"skipped: the run was interrupted: interrupt signal received", "skipped"}},
		"the run is interrupted, and a request says so": {func(ctx context.Context, s *stub) error {
			s.interrupt(interrupt)
			return fmt.Errorf("GET /: %w", ctx.Err())
		}, []string{"skipped (): the run was interrupted", "passed", "skipped: the run was interrupted", "skipped"}},
		"the run is interrupted before the next step": {func(_ context.Context, s *stub) error {
			s.interrupt(interrupt)
			return nil
		},
			[]string{"skipped (): the run was interrupted", "passed", "passed", "skipped: the run was interrupted"}},
		"the run is interrupted, and the step fails all the same": {func(ctx context.Context, s *stub) error {
			s.interrupt(interrupt)
			return fails(ctx, s)
		}, []string{"failed (): the search", "passed", "failed: the search, 3/0", "skipped"}},
		"the scenario takes too long": {func(ctx context.Context, _ *stub) error { <-ctx.Done(); return context.Cause(ctx) },
			[]string{"error (): the scenario took longer than 200ms", "passed",
				"error: the scenario took longer than 200ms", "skipped"}},
		"a request takes too long": {returns(fmt.Errorf("GET /: %w", context.DeadlineExceeded)),
			[]string{"error (): GET /: context deadline exceeded", "passed",
				"error: GET /: context deadline exceeded", "skipped"}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancelCause(t.Context())
			defer stop(nil)
			b := &bench{t: t, interrupt: stop, do: map[string]act{"acts": c.do}}
			if strings.HasPrefix(name, "the scenario takes too long") {
				b.limit = 100 * time.Millisecond
			}
			out := b.run(ctx, Options{Lanes: 1}, b.items(onePair, "acts"))
			require.Equal(t, c.want, shown(out.Scenarios[0]))
			live := []string{}
			for _, e := range b.events {
				if step, ok := strings.CutPrefix(e, "step "); ok {
					live = append(live, step)
				}
			}
			steps := []string{}
			for _, step := range out.Scenarios[0].Steps {
				steps = append(steps, step.Verdict.String())
			}
			require.Equal(t, steps, live, "the live view is told of every step once, in order")
		})
	}
}

func TestAScenarioWithoutStepsPasses(t *testing.T) {
	b := &bench{t: t}
	scenarios, err := gherkin.Parse("a.feature", []byte("Feature: f\n  Scenario: empty\n"))
	require.NoError(t, err)
	items := b.items(onePair, "passes")
	items[0].Scenario, items[0].bound = scenarios[0], nil
	require.Equal(t, []string{"passed (): "}, shown(b.run(t.Context(), Options{}, items).Scenarios[0]))
}

func TestAPanicKeepsItsStack(t *testing.T) {
	b := &bench{t: t, do: map[string]act{"panics": func(context.Context, *stub) error { panic("a nil map") }}}
	out := b.run(t.Context(), Options{}, b.items(onePair, "panics"))
	message := out.Scenarios[0].Steps[1].Message
	require.Contains(t, message, "TestAPanicKeepsItsStack", "the stack names the function that panicked")
}

func TestStepsFinishWhileTheScenarioRuns(t *testing.T) {
	b := &bench{t: t}
	var before []string
	b.do = map[string]act{"looks": func(context.Context, *stub) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		before = append(before, b.events...)
		return nil
	}}
	b.run(t.Context(), Options{}, b.items(onePair, "looks"))
	require.Equal(t, []string{"start 1 looks", "step passed"}, before, "what the live view knew when the second step ran")
}

func TestWhatTheEngineDoesBesideThePlanIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		expressions []string // of the vocabulary that the run knows; empty: the one of the plan
		change      func(*Item)
		want        []string
	}{
		"a step that the vocabulary does not know": {expressions: []string{"other {word}"},
			want: []string{"error (): step is undefined: it begins",
				"error: step is undefined: it begins", "skipped", "skipped"}},
		"a step that two expressions match": {expressions: []string{"it {word}", "it begins"},
			want: []string{"error (): ambiguous step definition, step text: it begins",
				"error: ambiguous step definition, step text: it begins", "skipped", "skipped"}},
		"a scenario of no file": {change: func(i *Item) { i.Scenario = gherkin.Scenario{File: "b.feature"} },
			want: []string{"error (): godog carried out 0 of the 3 planned steps", "skipped", "skipped", "skipped"}},
		"a step is missing": {change: func(i *Item) { i.bound = append(i.bound, i.bound[2]) },
			want: []string{"error (): godog carried out 3 of the 4 planned steps", "passed", "passed", "passed", "skipped"}},
		"another step": {change: func(i *Item) { i.bound[1].Text = "it rests" },
			want: []string{`error (): godog carried out the step "it passes", which is not the next one of the plan`,
				"passed", "skipped", "skipped"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{t: t}
			items := b.items(onePair, "passes")
			if c.change != nil {
				c.change(&items[0])
			}
			if b.expressions = c.expressions; b.expressions != nil {
				vocabulary, err := gherkin.NewVocabulary((&stub{bench: b}).Definitions())
				require.NoError(t, err)
				items[0].vocabulary = vocabulary
			}
			require.Equal(t, c.want, shown(b.run(t.Context(), Options{}, items).Scenarios[0]))
		})
	}
}

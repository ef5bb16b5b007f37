package suite

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

func TestRetries(t *testing.T) {
	type does = func(context.Context, *stub) error
	passes := func(context.Context, *stub) error { return nil }
	fails2 := func(context.Context, *stub) error { return &verdict.Mismatch{What: "the other search"} }
	interrupted := errors.New("interrupt signal received")
	for name, c := range map[string]struct {
		retries  int
		attempts []does
		want     string
		count    int
		notes    []string
		evidence string // folder; empty when nothing went wrong
	}{
		"none without the flag": {0, []does{fails, passes}, "it failed: the search", 1, nil, "1"},
		"passes at once":        {2, []does{passes, fails}, "it passed", 1, nil, ""},
		"failed, then passed": {2, []does{fails, passes, fails}, "it flaky: failed at first: the search", 2, nil,
			"1"},
		"broke, then passed": {1, []does{breaks, passes}, "it flaky: broke at first: no such container", 2, nil,
			"1"},
		"passes at the last attempt": {2, []does{fails, fails2, passes}, "it flaky: failed at first: the search", 3,
			[]string{"attempt 2 failed: the other search"}, "1"},
		"never passes": {1, []does{fails, fails2, passes}, "it failed: the search", 2,
			[]string{"attempt 2 failed: the other search"}, "1"},
		"failed, then broke": {1, []does{fails, breaks}, "it failed: the search", 2,
			[]string{"attempt 2 broke: no such container"}, "1"},
		"broke, then failed": {1, []does{breaks, fails}, "it failed: the search", 2,
			[]string{"attempt 1 broke: no such container"}, "2"},
		"the run is over before another": {3, []does{fails, nil}, "it failed: the search", 2,
			[]string{"attempt 2 was skipped: the run was interrupted: " + interrupted.Error()}, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancelCause(t.Context())
			defer stop(nil)
			n := 0
			b := &bench{t: t, do: map[string]does{"does": func(ctx context.Context, s *stub) error {
				n++
				if c.attempts[n-1] == nil {
					stop(interrupted)
					return context.Cause(ctx)
				}
				return c.attempts[n-1](ctx, s)
			}}}
			items := b.items(onePair, "does")
			items[0].Scenario.Name = "it"
			out := b.run(ctx, Options{Lanes: 1, Retries: c.retries}, items)
			require.Equal(t, []string{c.want}, verdicts(out))
			got := out.Scenarios[0]
			require.Equal(t, c.count, got.Attempts)
			require.Equal(t, c.count, n, "attempts that were made")
			require.Equal(t, append([]string{"it is odd"}, c.notes...), got.Notes, "what each attempt noticed stands there once")
			switch c.evidence {
			case "":
				require.Empty(t, got.Evidence)
			case "1":
				require.Equal(t, "evidence/"+got.ID, got.Evidence, "the first failure's evidence")
			case "2":
				require.Equal(t, "evidence/"+got.ID+" attempt 2", got.Evidence, "the evidence of the failure that is reported")
			}
			if got.Verdict == verdict.Flaky {
				require.Nil(t, got.Broken(), "the steps are those that passed")
			}
		})
	}
}

func TestFailFastWaitsForTheRetry(t *testing.T) {
	n := 0
	b := &bench{t: t, do: map[string]func(context.Context, *stub) error{"stops": func(ctx context.Context, s *stub) error {
		if n++; n == 1 {
			return fails(ctx, s)
		}
		return nil
	}}}
	out := b.run(t.Context(), Options{Lanes: 1, Retries: 1, FailFast: true}, b.items(onePair, "stops", "later"))
	require.Equal(t, []string{"stops flaky: failed at first: the search", "later passed"}, verdicts(out))
}

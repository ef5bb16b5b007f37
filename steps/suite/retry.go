package suite

import (
	"context"
	"fmt"
	"slices"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// retry runs a scenario that failed or broke again, as often as the run allows and until it passes.
func (r *runner) retry(ctx context.Context, item Item, result reports.Scenario) reports.Scenario {
	for n := 2; n <= 1+r.Retries && broke(result) && ctx.Err() == nil; n++ {
		r.Observer.Note(fmt.Sprintf("attempt %d of %s: it %s", n, result.ID, past(result.Verdict)))
		again := item.report()
		again.Lane, again.Attempts = result.Lane, n
		r.attempt(ctx, item, &again)
		result = settle(result, again)
	}
	return result
}

// together is both lists, each note once.
func together(a, b []string) []string {
	all := slices.Clone(a)
	for _, note := range b {
		if !slices.Contains(all, note) {
			all = append(all, note)
		}
	}
	return all
}

func broke(s reports.Scenario) bool {
	return s.Verdict == verdict.Failed || s.Verdict == verdict.Error
}

// settle is the verdict on a scenario after one more attempt. One that passed now is flaky: it keeps why it did not
// pass at first, and the evidence of that. One that never passed is reported as it was first, only that a failure of
// the product comes before trouble with the harness.
func settle(first, again reports.Scenario) reports.Scenario {
	seconds := first.Seconds + again.Seconds
	kept, other, number := first, again, again.Attempts
	switch {
	case again.Verdict == verdict.Passed:
		kept = again
		kept.Verdict, kept.Reason = verdict.Flaky, fmt.Sprintf("%s at first: %s", past(first.Verdict), first.Reason)
		kept.Evidence, kept.Notes = first.Evidence, together(first.Notes, again.Notes)
	case again.Verdict == verdict.Failed && first.Verdict == verdict.Error:
		kept, other, number = again, first, first.Attempts
		kept.Notes = together(first.Notes, again.Notes)
	}
	if kept.Verdict != verdict.Flaky {
		kept.Notes = append(kept.Notes, fmt.Sprintf("attempt %d %s: %s", number, past(other.Verdict), other.Reason))
	}
	kept.Attempts, kept.Seconds = again.Attempts, seconds
	return kept
}

// past is a verdict in a sentence about what happened.
func past(v verdict.Verdict) string {
	switch v {
	case verdict.Error:
		return "broke"
	case verdict.Skipped, verdict.Unsupported:
		return "was " + v.String()
	}
	return v.String()
}

// evidenceID names the evidence of an attempt: the first one's stands under the scenario's own id.
func evidenceID(s *reports.Scenario) string {
	if s.Attempts > 1 {
		return fmt.Sprintf("%s attempt %d", s.ID, s.Attempts)
	}
	return s.ID
}

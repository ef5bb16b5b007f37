package reports

import (
	"strings"

	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// The exit codes of a run. Wrong use of the command line ends with 64, before there is a result.
const (
	ExitConformant    = 0
	ExitNotConformant = 1
	ExitHarnessBroke  = 2
	ExitIncomplete    = 3
)

// ExitCode judges a run by its scenarios. When several hold, the lowest code but 0 wins: a product that differs is
// reported even when the harness broke elsewhere, and a broken harness before an unfinished run. A run in which nothing
// passed, or in which a selected scenario was skipped, is incomplete; a scenario that passed on a retry did pass.
func ExitCode(r Result) int {
	s := tally(r.Scenarios)
	s.Complete = r.Summary.Complete
	return s.Code()
}

// Code judges counts by the rule of ExitCode.
func (s Summary) Code() int {
	switch {
	case s.Failed > 0:
		return ExitNotConformant
	case s.Error > 0:
		return ExitHarnessBroke
	case !s.Complete || s.Skipped > 0 || s.Passed+s.Flaky == 0:
		return ExitIncomplete
	}
	return ExitConformant
}

// Summarize fills r.Summary from the scenarios. unfinished says in one clause why the run stopped before its end
// ("interrupted after 12 of 46 scenarios"), and is empty when it did not.
func Summarize(r *Result, unfinished string) {
	s := tally(r.Scenarios)
	var incomplete []string
	if unfinished != "" {
		incomplete = append(incomplete, unfinished)
	}
	if s.Skipped > 0 {
		incomplete = append(incomplete, words.Count(s.Skipped, "selected scenario")+" skipped")
	}
	if s.Passed+s.Flaky == 0 {
		incomplete = append(incomplete, "nothing passed")
	}
	s.Complete = len(incomplete) == 0
	r.Summary = s
	r.Summary.ExitCode = ExitCode(*r)

	var reasons []string
	if s.Failed > 0 {
		reasons = append(reasons, words.Count(s.Failed, "scenario")+" failed")
	}
	if s.Error > 0 {
		reasons = append(reasons, "the harness or the machine broke in "+words.Count(s.Error, "scenario"))
	}
	reasons = append(reasons, incomplete...)
	if len(reasons) == 0 {
		reasons = append(reasons, words.Count(s.Passed+s.Flaky, "scenario")+" passed, none failed")
		if s.Flaky > 0 {
			reasons = append(reasons, words.Count(s.Flaky, "scenario")+" only on a retry")
		}
	}
	r.Summary.Reason = strings.Join(reasons, "; ")
}

// Meaning puts an exit code into words.
func Meaning(exitCode int) string {
	switch exitCode {
	case ExitConformant:
		return "conformant"
	case ExitNotConformant:
		return "not conformant"
	case ExitHarnessBroke:
		return "the harness broke"
	case ExitIncomplete:
		return "incomplete"
	}
	return "unknown"
}

// tally counts verdicts. A scenario without one is the harness's mistake.
func tally(scenarios []Scenario) Summary {
	var s Summary
	for _, scenario := range scenarios {
		s.Add(scenario.Verdict)
	}
	return s
}

// Add counts a scenario with a verdict.
func (s *Summary) Add(v verdict.Verdict) {
	s.Total++
	switch v {
	case verdict.Passed:
		s.Passed++
	case verdict.Failed:
		s.Failed++
	case verdict.Skipped:
		s.Skipped++
	case verdict.Unsupported:
		s.Unsupported++
	case verdict.Flaky:
		s.Flaky++
	default:
		s.Error++
	}
}

package reports

import (
	"fmt"
	"io/fs"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// contradiction finds what a run would never have written.
func contradiction(r *Result) string {
	if r.RunID == "" {
		return "has no run_id"
	}
	if problem := r.Shard.contradiction(); problem != "" {
		return problem
	}
	seen := map[string]bool{}
	for i, s := range r.Scenarios {
		switch {
		case s.ID == "":
			return fmt.Sprintf("scenario %d has no id", i+1)
		case seen[s.ID]:
			return fmt.Sprintf("scenario %q stands there twice", s.ID)
		case !s.Verdict.Valid():
			return fmt.Sprintf("scenario %q has no verdict", s.ID)
		case s.Verdict == verdict.Passed && s.Broken() != nil:
			return fmt.Sprintf("scenario %q passed, and its step %q did not", s.ID, s.Broken().Text)
		case s.Evidence != "" && !fs.ValidPath(s.Evidence):
			return fmt.Sprintf("the evidence of scenario %q is at %q, which is not in the run's folder", s.ID, s.Evidence)
		}
		seen[s.ID] = true
		for j, step := range s.Steps {
			if step.Verdict < verdict.Passed || step.Verdict > verdict.Skipped {
				return fmt.Sprintf("step %d of scenario %q has the verdict %s, which a step cannot have", j+1, s.ID, step.Verdict)
			}
		}
	}
	return r.summaryContradiction()
}

// summaryContradiction finds where the summary is not that of the scenarios.
func (r *Result) summaryContradiction() string {
	if r.Summary.Complete && r.Summary.Skipped > 0 {
		return fmt.Sprintf("its summary says that it is complete, and %d selected scenarios were skipped", r.Summary.Skipped)
	}
	counted, written := tally(r.Scenarios), r.Summary
	for _, v := range verdict.Verdicts() {
		if counted.Count(v) != written.Count(v) {
			return fmt.Sprintf("its summary says %d %s, its scenarios say %d", written.Count(v), v, counted.Count(v))
		}
	}
	if counted.Total != written.Total {
		return fmt.Sprintf("its summary says %d scenarios, it holds %d", written.Total, counted.Total)
	}
	if code := ExitCode(*r); code != written.ExitCode {
		return fmt.Sprintf("its summary says exit code %d, its scenarios say %d", written.ExitCode, code)
	}
	return ""
}

// contradiction finds what no shard can be. A whole plan is none.
func (s *Shard) contradiction() string {
	if s == nil {
		return ""
	}
	if s.Index < 1 || s.Index > s.Count {
		return fmt.Sprintf("says that it is part %d of %d", s.Index, s.Count)
	}
	planned := map[string]bool{}
	for _, id := range s.Plan {
		if planned[id] {
			return fmt.Sprintf("its plan names %q twice", id)
		}
		planned[id] = true
	}
	return ""
}

package html

import (
	"fmt"
	"slices"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/reports"
)

// guide is a documentation page whose steps the run covered, as a table.
type guide struct {
	reports.GuideCoverage
	// Said reads "38 of 38 steps passed", or how many of them did.
	Said string
	// Worst is the verdict that needs a look first.
	Worst reports.Verdict
}

// covered are the guides that a scenario of the run carried out a step of; the others would be tables of nothing.
func covered(r *reports.Result) ([]guide, error) {
	known, err := fixtures.DefaultGuides()
	if err != nil {
		return nil, fmt.Errorf("read the guides' steps: %w", err)
	}
	var all []guide
	for _, c := range reports.CoverGuides(known, r.Scenarios) {
		g := guide{GuideCoverage: c}
		passed, ran := 0, false
		for _, step := range c.Steps {
			if step.Verdict == reports.Passed || step.Verdict == reports.Flaky {
				passed++
			}
			ran = ran || step.Verdict.Valid() && step.Verdict != reports.Unsupported
			if step.Verdict.Valid() && (!g.Worst.Valid() || urgency(step.Verdict) < urgency(g.Worst)) {
				g.Worst = step.Verdict
			}
		}
		if !ran {
			continue
		}
		g.Said = fmt.Sprintf("%d of %d steps passed", passed, len(c.Steps))
		all = append(all, g)
	}
	return slices.Clip(all), nil
}

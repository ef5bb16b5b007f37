package reports

import (
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures"
)

// GuideCoverage is a guide with what scenarios say of its steps.
type GuideCoverage struct {
	ID    string         `json:"id"`
	Title string         `json:"title"`
	Steps []StepCoverage `json:"steps"`
}

// StepCoverage is a step of a guide with the scenarios that cover it.
type StepCoverage struct {
	ID      string `json:"id"`
	Section string `json:"section"`
	Kind    string `json:"kind"`
	Number  string `json:"number,omitempty"`
	Title   string `json:"title"`
	// Verdict sums the scenarios up: failed or error if one is, else skipped if one is, else passed if one is, else
	// unsupported; the zero Verdict when no scenario covers the step.
	Verdict   Verdict            `json:"verdict,omitempty"`
	Scenarios []CoveringScenario `json:"scenarios"`
}

// CoveringScenario is a scenario, or a row of an outline, with its verdicts by pair.
type CoveringScenario struct {
	File     string             `json:"file"`
	Line     int                `json:"line"`
	Name     string             `json:"name"`
	Verdicts map[string]Verdict `json:"verdicts"` // "9.3.2 -> 9.3.2" -> verdict
	NotRun   []string           `json:"not_run"`  // the pairs without a verdict
	// Simulated names what around the clusters was not real.
	Simulated []string `json:"simulated"`
}

// CoverGuides says for every step of every guide which of the scenarios cover it, by their tags, and with which verdict.
func CoverGuides(guides []fixtures.Guide, scenarios []Scenario) []GuideCoverage {
	var all []GuideCoverage
	for _, g := range guides {
		coverage := GuideCoverage{ID: g.ID, Title: g.Title}
		for _, step := range g.Steps {
			c := StepCoverage{ID: step.ID, Section: step.Section, Kind: step.Kind, Number: step.Number, Title: step.Title, Scenarios: []CoveringScenario{}}
			for _, s := range scenarios {
				if slices.Contains(s.Tags, "@guide:"+g.ID) && slices.Contains(s.Tags, "@step:"+step.ID) {
					c.add(s)
				}
			}
			if waits := func(s CoveringScenario) bool { return len(s.NotRun) > 0 }; c.Verdict == Unsupported && slices.ContainsFunc(c.Scenarios, waits) {
				c.Verdict = 0 // it may yet be supported where nobody looked
			}
			coverage.Steps = append(coverage.Steps, c)
		}
		all = append(all, coverage)
	}
	return all
}

func (c *StepCoverage) add(s Scenario) {
	at := slices.IndexFunc(c.Scenarios, func(o CoveringScenario) bool { return o.File == s.File && o.Line == s.Line })
	if at < 0 {
		at = len(c.Scenarios)
		c.Scenarios = append(c.Scenarios, CoveringScenario{File: s.File, Line: s.Line, Name: s.Name, Verdicts: map[string]Verdict{}, NotRun: []string{}, Simulated: s.Simulated})
	}
	if !s.Verdict.Valid() {
		c.Scenarios[at].NotRun = append(c.Scenarios[at].NotRun, s.Pair().String())
		return
	}
	c.Scenarios[at].Verdicts[s.Pair().String()] = s.Verdict
	if weight(s.Verdict) > weight(c.Verdict) {
		c.Verdict = s.Verdict
	}
}

// weight orders verdicts by how much they say of a step: what went wrong hides what went well, and never the other way.
func weight(v Verdict) int {
	return slices.Index([]Verdict{0, Unsupported, Passed, Flaky, Skipped, Error, Failed}, v)
}

// Summary reads like "passed on 9.3.2 -> 9.3.2; unsupported on 7.5.2 -> 7.5.2".
func (s CoveringScenario) Summary() string {
	by := map[Verdict][]string{0: slices.Clone(s.NotRun)}
	for pair, v := range s.Verdicts {
		by[v] = append(by[v], pair)
	}
	var parts []string
	for _, v := range []Verdict{Failed, Error, Skipped, Flaky, Passed, Unsupported, 0} {
		if pairs := by[v]; len(pairs) > 0 {
			slices.Sort(pairs)
			name := "not run"
			if v.Valid() {
				name = v.String()
			}
			parts = append(parts, name+" on "+strings.Join(pairs, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

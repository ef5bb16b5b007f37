package reports

import (
	"fmt"
	"slices"
	"strings"
)

// maxCovering is the number of scenarios that a cell of a table names.
const maxCovering = 3

// Place is the scenario's file:line.
func (s Scenario) Place() string { return fmt.Sprintf("%s:%d", s.File, s.Line) }

// String reads like "passed on 9.3.2 -> 9.3.2; unsupported on 7.5.2 -> 7.5.2", the worst state first.
func (p PairsByState) String() string {
	var parts []string
	for _, state := range slices.Backward(coverageStates) {
		if pairs := slices.Clone(p[state]); len(pairs) > 0 {
			slices.Sort(pairs)
			parts = append(parts, string(state)+" on "+strings.Join(pairs, ", "))
		}
	}
	if len(parts) == 0 {
		return string(NotRun)
	}
	return strings.Join(parts, "; ")
}

// Where is the step's place: its line in the page, or its section in the guide.
func (c StepCoverage) Where() string {
	switch {
	case c.Line > 0:
		return fmt.Sprintf("line %d", c.Line)
	case c.Number != "":
		return c.Section + ", " + c.Number
	}
	return c.Section + ", " + c.Kind
}

// Covered is the step's state, with the pairs of versions where there are any.
func (c StepCoverage) Covered() string {
	if c.State == NeverCovered || len(c.On) == 0 {
		return string(c.State)
	}
	return c.On.String()
}

// CoveredBy lists the places of the step's scenarios. The last line says how many more there are when there are more
// than three.
func (c StepCoverage) CoveredBy() []string {
	var all []string
	for i, scenario := range c.Scenarios {
		if i == maxCovering-1 && len(c.Scenarios) > maxCovering {
			return append(all, fmt.Sprintf("and %d more", len(c.Scenarios)-i))
		}
		all = append(all, fmt.Sprintf("%s:%d", scenario.File, scenario.Line))
	}
	return all
}

// Tally reads like "8 steps: 1 failed, 2 passed, 5 never covered", the worst state first.
func (g GuideCoverage) Tally() string {
	counts := []string{}
	for _, state := range slices.Backward(coverageStates) {
		if n := g.Count[state]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(counts) == 0 {
		counts = append(counts, "none")
	}
	return fmt.Sprintf("%d steps: %s", len(g.Steps), strings.Join(counts, ", "))
}

// Strays lists the names in tags @step: that no step of the guide has, a sentence for each. A scenario without such a
// tag is about the guide as a whole and is not listed.
func (g GuideCoverage) Strays() []string {
	var names, lines []string
	first, more := map[string]string{}, map[string]int{}
	for _, u := range g.Unplaced {
		for _, name := range u.Steps {
			if first[name] == "" {
				names, first[name] = append(names, name), u.Scenario
				continue
			}
			more[name]++
		}
	}
	for _, name := range names {
		who := first[name]
		if n := more[name]; n > 0 {
			who += fmt.Sprintf(" and %d more", n)
		}
		lines = append(lines, fmt.Sprintf("%s names @step:%s, which no step of this guide has for its model", who, name))
	}
	return lines
}

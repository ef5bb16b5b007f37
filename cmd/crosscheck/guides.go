package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/reports"
)

// guides prints a table for each guide: every step, the scenarios that cover it, and their verdicts in stored results.
func (c *listCommand) guides(s *streams, planned []reports.Scenario) error {
	guides, err := fixtures.DefaultGuides()
	if err != nil {
		return usageError{err}
	}
	results, err := storedResults(c.Results)
	if err != nil {
		return err
	}
	scenarios := slices.Clone(planned)
	for _, result := range results {
		for _, ran := range result.Scenarios {
			at := slices.IndexFunc(scenarios, func(o reports.Scenario) bool { return o.ID == ran.ID })
			if at < 0 {
				scenarios = append(scenarios, ran)
			} else {
				scenarios[at] = ran
			}
		}
	}
	covered := reports.CoverGuides(guides, scenarios)
	if c.JSON {
		encoder := json.NewEncoder(s.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{"guides": covered})
	}
	for _, g := range covered {
		c.guide(s, g)
	}
	return nil
}

func (c *listCommand) guide(s *streams, g reports.GuideCoverage) {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"section", "step", "title", "verdict", "scenarios"})
	without := 0
	for _, step := range g.Steps {
		var lines []string
		for _, scenario := range step.Scenarios {
			lines = append(lines, fmt.Sprintf("%s:%d %s", scenario.File, scenario.Line, scenario.Summary()))
		}
		verdict := "none"
		switch {
		case len(lines) == 0:
			without++
		case step.Verdict.Valid():
			verdict = step.Verdict.String()
		default:
			verdict = "not run"
		}
		number := step.Kind
		if step.Number != "" {
			number = step.Number
		}
		separator := "\n"
		if c.Markdown {
			separator = "<br>"
		}
		t.AppendRow(table.Row{step.Section, number, step.Title, verdict, strings.Join(lines, separator)})
	}
	if c.Markdown {
		fmt.Fprintf(s.out, "## %s\n\n%s\n\n", g.Title, t.RenderMarkdown())
	} else {
		fmt.Fprintf(s.out, "%s\n%s\n", g.Title, t.Render())
	}
	fmt.Fprintf(s.out, "%d steps, %d without a scenario\n\n", len(g.Steps), without)
}

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

type listCommand struct {
	selection
	JSON  bool `help:"Print JSON: one object with scenarios[], as in result.json but without verdicts of what would run."`
	Steps bool `help:"Print the vocabulary of the features instead."`

	Outcomes bool     `help:"Print the failure catalogue instead: each entry, the scenarios that reproduce it, and where they passed."`
	Results  []string `help:"With --outcomes: stored results to look for passes in (default: out/latest, if there)." type:"path" placeholder:"FILE"`
}

// Run carries out `crosscheck list`.
func (c *listCommand) Run(s *streams) error {
	if c.Steps {
		for _, d := range steps.Vocabulary() {
			fmt.Fprintf(s.out, "%s\n    %s\n", d.Expression, d.Doc)
			if needs := needsOf(d); needs != "" {
				fmt.Fprintf(s.out, "    Needs %s.\n", needs)
			}
		}
		return nil
	}
	if c.Outcomes && len(c.Features) == 0 {
		c.Features = []string{"features"} // the whole catalogue wants every scenario
	}
	selected, err := session.Select(s.ctx, c.options(s))
	if err != nil {
		return err
	}
	// Without an Engine nobody knows which images there are: what is listed holds for assembled ones.
	items, err := selected.Assembled(s.ctx)
	if err != nil {
		return err
	}
	if c.Outcomes {
		return c.outcomes(s, selected, items)
	}
	scenarios := make([]reports.Scenario, 0, len(items))
	for _, item := range items {
		scenarios = append(scenarios, item.Report())
	}
	if c.JSON {
		return c.printJSON(s, scenarios)
	}
	return c.printTable(s, scenarios)
}

// needsOf names the version facts that a step takes; empty when it takes none.
func needsOf(d gherkin.Definition) string {
	needs := slices.Clone(d.Needs)
	if d.NeedsOf != nil {
		needs = append(needs, "what its arguments name came with")
	}
	return strings.Join(needs, ", ")
}

// listed is a scenario as `list --json` prints it.
type listed struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Feature     string   `json:"feature"`
	Tags        []string `json:"tags"`
	Local       string   `json:"local"`
	Remote      string   `json:"remote"`
	Outcome     string   `json:"outcome,omitempty"`
	Supported   bool     `json:"supported"`
	Fact        string   `json:"fact,omitempty"`
	Reason      string   `json:"reason,omitempty"`
	Simulations []string `json:"simulated"`
}

func (c *listCommand) printJSON(s *streams, scenarios []reports.Scenario) error {
	all := make([]listed, 0, len(scenarios))
	for _, r := range scenarios {
		all = append(all, listed{ID: r.ID, Name: r.Name, Feature: r.Feature, Tags: r.Tags, Local: r.Local, Remote: r.Remote,
			Outcome: r.Outcome, Supported: r.Verdict != verdict.Unsupported, Fact: r.Fact, Reason: r.Reason,
			Simulations: r.Simulated})
	}
	encoder := json.NewEncoder(s.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"scenarios": all})
}

func (c *listCommand) printTable(s *streams, scenarios []reports.Scenario) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"scenario", "where", "pair", "would"})
	run := 0
	for _, r := range scenarios {
		would := "run"
		if r.Verdict == verdict.Unsupported {
			would = "be unsupported: " + r.Reason
		} else {
			run++
		}
		t.AppendRow(table.Row{clip(r.Feature+": "+r.Name, 70), fmt.Sprintf("%s:%d", r.File, r.Line), r.Pair().String(),
			clip(would, 90)})
	}
	fmt.Fprintln(s.out, t.Render())
	fmt.Fprintf(s.out, "%d would run, %d unsupported (on assembled images; official ones may support more)\n", run,
		len(scenarios)-run)
	return nil
}

func clip(text string, width int) string {
	text = strings.ReplaceAll(text, "\n", " ")
	if r := []rune(text); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return text
}

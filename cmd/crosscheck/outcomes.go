package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// coverage is one entry of the failure catalogue with what is known of it.
type coverage struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Model      string   `json:"model"`
	Evidence   string   `json:"evidence"`
	Scenarios  []string `json:"scenarios"`  // file:line, once each
	Seen       []string `json:"seen"`       // pairs on which such a scenario passed, in the results that were read
	Reproduced bool     `json:"reproduced"` // some scenario names it
	Needs      []string `json:"needs"`      // what it would take where none does
}

// outcomes prints the failure catalogue and its coverage: which scenario names an entry, and on which pairs of versions
// it was seen in stored results.
func (c *listCommand) outcomes(s *streams, selected *session.Selection, items []suite.Item) error {
	scenarios := map[string][]string{}
	for _, item := range items {
		if item.Outcome != "" && !slices.Contains(scenarios[item.Outcome], item.Scenario.ID()) {
			scenarios[item.Outcome] = append(scenarios[item.Outcome], item.Scenario.ID())
		}
	}
	seen, err := c.seen()
	if err != nil {
		return usageError{err}
	}
	all := []coverage{}
	reproduced := 0
	for _, o := range selected.Catalogue.Outcomes() {
		entry := coverage{ID: o.ID, Title: o.Title, Model: string(o.Model), Evidence: string(o.Evidence),
			Scenarios: []string{}, Seen: []string{}, Needs: []string{}}
		entry.Scenarios = append(entry.Scenarios, scenarios[o.ID]...)
		entry.Seen = append(entry.Seen, seen[o.ID]...)
		for _, n := range o.Needs {
			entry.Needs = append(entry.Needs, n.Kind+": "+n.Why)
		}
		if entry.Reproduced = len(entry.Scenarios) > 0; entry.Reproduced {
			reproduced++
		}
		all = append(all, entry)
	}
	if c.JSON {
		encoder := json.NewEncoder(s.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{"entries": len(all), "reproduced": reproduced, "outcomes": all})
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"entry", "model", "scenarios", "seen on"})
	for _, e := range all {
		where := strings.Join(e.Scenarios, "\n")
		if where == "" {
			where = "none; needs " + strings.Join(e.Needs, ", ")
		}
		t.AppendRow(table.Row{e.ID, e.Model, where, strings.Join(e.Seen, "\n")})
	}
	fmt.Fprintln(s.out, t.Render())
	fmt.Fprintf(s.out, "%d entries, %d reproduced by a scenario\n", len(all), reproduced)
	return nil
}

// seen says on which pairs a scenario of each entry passed, in stored results.
func (c *listCommand) seen() (map[string][]string, error) {
	results, err := storedResults(c.Results)
	if err != nil {
		return nil, err
	}
	seen := map[string][]string{}
	for _, result := range results {
		for _, scenario := range result.Scenarios {
			pair := scenario.Pair().String()
			if scenario.Outcome != "" && scenario.Verdict == verdict.Passed && !slices.Contains(seen[scenario.Outcome], pair) {
				seen[scenario.Outcome] = append(seen[scenario.Outcome], pair)
			}
		}
	}
	return seen, nil
}

// storedResults reads runs, as folders or result.json files. When none is named it is the newest one, and one that is
// missing or of another layout says nothing then: nobody asked for it.
func storedResults(named []string) ([]*reports.Result, error) {
	paths := named
	if len(named) == 0 {
		paths = []string{filepath.Join("out", "latest")}
	}
	var results []*reports.Result
	for _, path := range paths {
		_, result, err := loadResult(path)
		if len(named) == 0 && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, reports.ErrForeign) ||
			errors.Is(err, reports.ErrOlder)) {
			continue
		}
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

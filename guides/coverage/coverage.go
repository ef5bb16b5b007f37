// Package coverage says which steps of a page the scenarios of a run have carried out. A scenario names the page with
// @guide:<page> and the step with @step:<name>: the step's anchor, the anchor of a section that it is in, or what it does.
package coverage

import (
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/reports"
)

// SchemaVersion names the layout of the JSON; docs/guides.schema.json is its schema.
const SchemaVersion = "crosscheck.guides.coverage/1"

// State is how well a step is covered.
type State string

// The states of a step, worst first.
const (
	Never  State = "never covered"
	NotRun State = "covered, not run" // a scenario names it; none was carried out where it applies
	Failed State = "failed"
	Passed State = "passed"
)

// Page is the coverage of one page.
type Page struct {
	Page  string        `json:"page"`
	File  string        `json:"file"`
	Count map[State]int `json:"count"`
	Steps []Step        `json:"steps"`
	// Unplaced are scenarios of this page whose @step: names no step of it, or which have none.
	Unplaced []Unplaced `json:"unplaced"`
}

// Step is the coverage of one step.
type Step struct {
	Anchor    string   `json:"anchor"`
	Line      int      `json:"line"`
	Number    string   `json:"number,omitempty"`
	Title     string   `json:"title"`
	Path      []string `json:"path"` // the tabs and dropdowns around it
	Model     string   `json:"model,omitempty"`
	Names     []string `json:"names"` // what a scenario can call it besides its anchor
	State     State    `json:"state"`
	PassedOn  []string `json:"passed_on"` // pairs of versions, local first
	FailedOn  []string `json:"failed_on"`
	Scenarios []string `json:"scenarios"` // file:line
}

// Unplaced is a scenario that names a page and no step of it.
type Unplaced struct {
	Scenario string   `json:"scenario"`
	Steps    []string `json:"steps"`
}

// Scenario is one that exists, whether it ran or not. reports.Scenario has the same in it; Scenarios takes it out.
type Scenario struct {
	ID      string // file:line
	Tags    []string
	Pair    string
	Verdict reports.Verdict // 0: it did not run
}

// Scenarios are those of results.
func Scenarios(results ...*reports.Result) []Scenario {
	var all []Scenario
	for _, r := range results {
		for _, s := range r.Scenarios {
			id, _, _ := strings.Cut(s.ID, "@")
			all = append(all, Scenario{ID: id, Tags: s.Tags, Pair: s.Pair().String(), Verdict: s.Verdict})
		}
	}
	return all
}

// Of holds scenarios against the steps of a page.
func Of(page *guides.Page, scenarios []Scenario) Page {
	out := Page{Page: page.ID(), File: page.File, Count: map[State]int{}, Steps: []Step{}, Unplaced: []Unplaced{}}
	placed := map[string]bool{}
	for _, s := range page.Steps {
		step := Step{Anchor: s.Anchor, Line: s.Line, Number: s.Number, Title: s.Title, Path: append([]string{}, s.Path...), Model: s.Model,
			Names: append(append([]string{}, s.Actions...), s.Sections...), State: Never, PassedOn: []string{}, FailedOn: []string{}, Scenarios: []string{}}
		for _, scenario := range scenarios {
			if !Covers(scenario.Tags, page.ID(), s) {
				continue
			}
			placed[scenario.ID] = true
			step.add(scenario)
		}
		out.Count[step.State]++
		out.Steps = append(out.Steps, step)
	}
	for _, s := range scenarios {
		if !slices.Contains(s.Tags, "@guide:"+page.ID()) || placed[s.ID] {
			continue
		}
		placed[s.ID] = true
		out.Unplaced = append(out.Unplaced, Unplaced{s.ID, append([]string{}, tagged(s.Tags, "@step:")...)})
	}
	return out
}

// Covers reports whether tags name a step of the page.
func Covers(tags []string, page string, step guides.Step) bool {
	if !slices.Contains(tags, "@guide:"+page) {
		return false
	}
	for _, model := range tagged(tags, "@model:") {
		if step.Model != "" && model != step.Model && (model == guides.APIKey || model == guides.Certificate) {
			return false
		}
	}
	for _, name := range tagged(tags, "@step:") {
		if name == step.Anchor || slices.Contains(step.Actions, name) || slices.Contains(step.Sections, name) ||
			step.Applies != "" && name == guides.Slug(step.Applies) {
			return true
		}
	}
	return false
}

func tagged(tags []string, prefix string) []string {
	var all []string
	for _, t := range tags {
		if rest, ok := strings.CutPrefix(t, prefix); ok {
			all = append(all, rest)
		}
	}
	return all
}

// add counts a scenario. One that failed anywhere makes the step failed; a harness that broke says nothing.
func (s *Step) add(scenario Scenario) {
	once := func(list []string, value string) []string {
		if value == "" || slices.Contains(list, value) {
			return list
		}
		return append(list, value)
	}
	s.Scenarios = once(s.Scenarios, scenario.ID)
	switch scenario.Verdict {
	case reports.Passed, reports.Flaky:
		s.PassedOn = once(s.PassedOn, scenario.Pair)
	case reports.Failed:
		s.FailedOn = once(s.FailedOn, scenario.Pair)
	}
	switch {
	case len(s.FailedOn) > 0:
		s.State = Failed
	case len(s.PassedOn) > 0:
		s.State = Passed
	default:
		s.State = NotRun
	}
}

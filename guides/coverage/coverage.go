// Package coverage says which steps of a guide scenarios have carried out, on which versions, and with which verdict. A
// scenario names the guide with @guide:<id> and the step with @step:<name>. The steps are those of a page, or of a
// guide in fixtures/guides.yaml, whose titles are crosscheck's own. The answer is the model that reports show.
package coverage

import (
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/reports"
)

// SchemaVersion names the layout of the JSON; docs/guides.schema.json is its schema.
const SchemaVersion = "crosscheck.guides.coverage/2"

// OfPages returns the coverage of each page, in the order of pages. A scenario without versions exists and has not run.
func OfPages(pages []*guides.Page, scenarios []reports.Scenario) []reports.GuideCoverage {
	var all []reports.GuideCoverage
	for _, page := range pages {
		all = append(all, fromPage(page).hold(scenarios))
	}
	return all
}

// OfGuides returns the coverage of the guides in fixtures/guides.yaml, in their order. A page that is one of them takes
// its place; the other pages follow. It is an error when fixtures/guides.yaml does not read.
func OfGuides(pages []*guides.Page, scenarios []reports.Scenario) ([]reports.GuideCoverage, error) {
	known, err := sources(pages)
	if err != nil {
		return nil, err
	}
	var all []reports.GuideCoverage
	for _, s := range known {
		all = append(all, s.hold(scenarios))
	}
	return all, nil
}

// OfRun returns what the report on a run shows: the pages, and the guides in fixtures/guides.yaml of which the run
// carried out a step. The other guides would be tables of nothing. Order and errors are those of OfGuides.
func OfRun(pages []*guides.Page, scenarios []reports.Scenario) ([]reports.GuideCoverage, error) {
	all, err := OfGuides(pages, scenarios)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(g reports.GuideCoverage) bool { return g.File == "" && !g.Ran() }), nil
}

// hold holds scenarios against the steps of a guide.
func (s source) hold(scenarios []reports.Scenario) reports.GuideCoverage {
	out := s.guide
	out.Count, out.Unplaced = map[reports.CoverageState]int{}, []reports.UnplacedScenario{}
	out.Steps = append([]reports.StepCoverage{}, s.guide.Steps...)
	placed := map[string]bool{}
	for i := range out.Steps {
		step := &out.Steps[i]
		step.State, step.On, step.Scenarios = reports.NeverCovered, reports.PairsByState{}, []reports.CoveringScenario{}
		for _, scenario := range scenarios {
			if s.covers[i](scenario.Tags) {
				placed[scenario.Place()] = true
				step.Add(scenario)
			}
		}
		out.Count[step.State]++
	}
	for _, scenario := range scenarios {
		place := scenario.Place()
		if placed[place] || !slices.Contains(scenario.Tags, "@guide:"+out.ID) || s.inNotes(scenario.Tags) {
			continue
		}
		placed[place] = true
		names := append([]string{}, tagged(scenario.Tags, "@step:")...)
		out.Unplaced = append(out.Unplaced, reports.UnplacedScenario{Scenario: place, Steps: names})
	}
	return out
}

// Covers reports whether tags name a step of the page with that id.
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

// tagged returns what follows the prefix in the tags that begin with it.
func tagged(tags []string, prefix string) []string {
	var all []string
	for _, t := range tags {
		if rest, ok := strings.CutPrefix(t, prefix); ok {
			all = append(all, rest)
		}
	}
	return all
}

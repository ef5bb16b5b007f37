package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose"
	"github.com/crosscheck-dev/crosscheck/features"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/session"
)

// withGuides adds to every cause the sections of the guides that its scenarios are about.
func withGuides(ctx context.Context, d *diagnose.Diagnosis) error {
	sections, err := guideSections(ctx)
	if err != nil {
		return fmt.Errorf("look up the sections of the guides: %w", err)
	}
	for _, causes := range [][]diagnose.Cause{d.Causes, d.Possible} {
		for i := range causes {
			causes[i].Guides = sections[causes[i].ID]
			for j := range causes[i].SameAs {
				causes[i].SameAs[j].Guides = sections[causes[i].SameAs[j].ID]
			}
		}
	}
	return nil
}

// guideSections are, for each entry of the catalogue, the steps of guides that the scenarios of this entry name.
func guideSections(ctx context.Context) (map[string][]string, error) {
	guides, err := facts.DefaultGuides()
	if err != nil {
		return nil, err
	}
	selected, err := session.Select(ctx, session.Options{
		ScenarioOptions: session.ScenarioOptions{Features: features.FS, Paths: []string{"."}},
		Local:           []string{"9.3.2"}, // any: what a scenario is about does not depend on it
	})
	if err != nil {
		return nil, err
	}
	sections := map[string][]string{}
	for _, item := range selected.Items() {
		if item.Outcome == "" {
			continue
		}
		for _, section := range sectionsOf(item.Scenario, guides) {
			if !slices.Contains(sections[item.Outcome], section) {
				sections[item.Outcome] = append(sections[item.Outcome], section)
			}
		}
	}
	return sections, nil
}

func sectionsOf(s gherkin.Scenario, guides []facts.Guide) []string {
	var sections []string
	named := s.AllTagged("@step:")
	isNamed := func(step string) bool { return slices.Contains(named, step) }
	for _, g := range guides {
		if !slices.Contains(s.AllTagged("@guide:"), g.ID) {
			continue
		}
		for _, step := range g.Steps {
			if isNamed(step.ID) || slices.ContainsFunc(step.Names, isNamed) {
				sections = append(sections, strings.Join([]string{g.Title, step.Section, step.Title}, " > "))
			}
		}
	}
	return sections
}

package coverage

import (
	"fmt"
	"slices"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/reports"
)

// source is a guide's steps before any scenario is held against them.
type source struct {
	guide reports.GuideCoverage
	// covers tells for each step whether a scenario's tags name it.
	covers []func(tags []string) bool
	// notes tell the same for notes of the guide that are no steps of the page in its place.
	notes []func(tags []string) bool
}

// inNotes reports whether tags name a note that is no step of the page.
func (s source) inNotes(tags []string) bool {
	return slices.ContainsFunc(s.notes, func(covers func([]string) bool) bool { return covers(tags) })
}

// fromPage takes the steps of a page.
func fromPage(page *guides.Page) source {
	s := source{guide: reports.GuideCoverage{ID: page.ID(), Title: page.Title, File: page.File}}
	if s.guide.Title == "" {
		s.guide.Title = s.guide.ID
	}
	for _, step := range page.Steps {
		kind, section := "item", ""
		if step.Number != "" {
			kind = "step"
		}
		for _, known := range page.Sections {
			if len(step.Sections) > 0 && known.Anchor == step.Sections[0] {
				section = known.Title
			}
		}
		s.guide.Steps = append(s.guide.Steps, reports.StepCoverage{
			ID: step.Anchor, Kind: kind, Number: step.Number, Section: section, Title: step.Title, Line: step.Line,
			Path: append([]string{}, step.Path...), Model: step.Model,
			Names: slices.Concat([]string{}, step.Actions, step.Sections),
		})
		s.covers = append(s.covers, func(tags []string) bool { return Covers(tags, page.ID(), step) })
	}
	return s
}

// fromGuide takes the steps of a guide in fixtures/guides.yaml.
func fromGuide(g facts.Guide) source {
	s := source{guide: reports.GuideCoverage{ID: g.ID, Title: g.Title}}
	for _, step := range g.Steps {
		s.guide.Steps = append(s.guide.Steps, reports.StepCoverage{
			ID: step.ID, Kind: step.Kind, Number: step.Number, Section: step.Section, Title: step.Title,
			Path: []string{}, Names: append([]string{}, step.Names...),
		})
		names := append([]string{step.ID}, step.Names...)
		s.covers = append(s.covers, func(tags []string) bool {
			return slices.Contains(tags, "@guide:"+g.ID) && slices.ContainsFunc(names, func(name string) bool {
				return slices.Contains(tags, "@step:"+name)
			})
		})
	}
	return s
}

// sources are the guides of fixtures/guides.yaml, each replaced by the page with its id if there is one, then the other
// pages. Notes of a guide are no steps of a page: scenarios that name them are nevertheless in their place.
func sources(pages []*guides.Page) ([]source, error) {
	known, err := facts.DefaultGuides()
	if err != nil {
		return nil, fmt.Errorf("read the guides' steps: %w", err)
	}
	var all []source
	for _, g := range known {
		all = append(all, fromGuide(g))
	}
	for _, page := range pages {
		at := slices.IndexFunc(all, func(s source) bool { return s.guide.ID == page.ID() })
		if at < 0 {
			at, all = len(all), append(all, source{})
		}
		var notes []func(tags []string) bool
		for i, step := range all[at].guide.Steps {
			if step.Kind == "note" {
				notes = append(notes, all[at].covers[i])
			}
		}
		all[at] = fromPage(page)
		all[at].notes = notes
	}
	return all, nil
}

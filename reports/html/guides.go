package html

import (
	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/guides/coverage"
	"github.com/crosscheck-dev/crosscheck/reports"
)

// covered are the guides that the run carried out a step of, and the pages that were asked for; the others would be tables
// of nothing.
func covered(r *reports.Result, pages []*guides.Page) ([]coverage.Guide, error) {
	sources, err := coverage.Sources(pages)
	if err != nil {
		return nil, err
	}
	var all []coverage.Guide
	for _, source := range sources {
		if g := coverage.Of(source, r.Scenarios); g.Ran() || g.File != "" {
			all = append(all, g)
		}
	}
	return all, nil
}

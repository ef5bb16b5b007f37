package markdown

import (
	"fmt"
	"html"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
)

// maxTitle is how many characters of a step's title the table of a guide shows.
const maxTitle = 200

// Guide writes the steps of a guide as a section with a table: what covers each step, then how many steps are in which
// state, then the names that no step has. It ends with a line break.
func Guide(g reports.GuideCoverage) string {
	var b strings.Builder
	w := table.NewWriter()
	w.AppendHeader(table.Row{"step", "where", "what", "coverage", "scenarios"})
	for _, s := range g.Steps {
		title := html.EscapeString(words.Clip(s.Title, maxTitle))
		w.AppendRow(table.Row{html.EscapeString(s.ID), html.EscapeString(s.Where()), title, s.Covered(),
			strings.Join(s.CoveredBy(), "<br>")})
	}
	fmt.Fprintf(&b, "## %s\n\n%s\n\n%s\n", html.EscapeString(g.Title), w.RenderMarkdown(), g.Tally())
	for i, line := range g.Strays() {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, "- "+html.EscapeString(line))
	}
	return b.String()
}

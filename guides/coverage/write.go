package coverage

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/markdown"
	"github.com/crosscheck-dev/crosscheck/reports/words"
)

// maxTitle is how many characters of a step's title the table on a terminal shows.
const maxTitle = 48

// Write writes guides to w as text, markdown or json.
func Write(w io.Writer, format string, all []reports.GuideCoverage) error {
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(map[string]any{
			"schema": SchemaVersion, "guides": append([]reports.GuideCoverage{}, all...),
		})
	}
	write := text
	if format == "markdown" {
		write = markdown.Guide
	}
	var out strings.Builder
	for _, g := range all {
		out.WriteString(write(g) + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// text is a guide as a table for a terminal.
func text(g reports.GuideCoverage) string {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"step", "where", "what", "coverage", "scenarios"})
	for _, s := range g.Steps {
		t.AppendRow(table.Row{s.ID, s.Where(), words.Clip(s.Title, maxTitle), s.Covered(), strings.Join(s.CoveredBy(), "\n")})
	}
	name := g.Title
	if g.File != "" {
		name = g.File
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n%s\n%s\n", name, t.Render(), g.Tally())
	for _, line := range g.Strays() {
		fmt.Fprintln(&out, line)
	}
	return out.String()
}

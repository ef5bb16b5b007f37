package coverage

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Write writes tables: as text for a terminal, or as Markdown.
func Write(w io.Writer, markdown bool, pages []Page) error {
	var out strings.Builder
	for _, p := range pages {
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		t.AppendHeader(table.Row{"step", "line", "what", "coverage", "scenarios"})
		for _, s := range p.Steps {
			t.AppendRow(table.Row{s.Anchor, s.Line, clip(s.Title, 48), s.covered(), s.where()})
		}
		if markdown {
			fmt.Fprintf(&out, "## %s\n\n%s\n\n", p.Page, t.RenderMarkdown())
		} else {
			fmt.Fprintf(&out, "%s\n%s\n", p.File, t.Render())
		}
		fmt.Fprintf(&out, "%d steps: %d passed, %d failed, %d covered and not run, %d never covered\n",
			len(p.Steps), p.Count[Passed], p.Count[Failed], p.Count[NotRun], p.Count[Never])
		for _, name := range unplaced(p.Unplaced) {
			fmt.Fprintln(&out, name)
		}
		out.WriteByte('\n')
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// unplaced says which names no step of the page has, once each. A scenario without a name speaks of the page as a whole.
func unplaced(all []Unplaced) []string {
	var names, lines []string
	first, more := map[string]string{}, map[string]int{}
	for _, u := range all {
		for _, name := range u.Steps {
			if first[name] == "" {
				names, first[name] = append(names, name), u.Scenario
				continue
			}
			more[name]++
		}
	}
	for _, name := range names {
		who := first[name]
		if n := more[name]; n > 0 {
			who += fmt.Sprintf(" and %d more", n)
		}
		lines = append(lines, fmt.Sprintf("%s names @step:%s, which no step of this page has for its model", who, name))
	}
	return lines
}

func (s Step) covered() string {
	switch s.State {
	case Passed:
		return "passed on " + strings.Join(s.PassedOn, ", ")
	case Failed:
		text := "failed on " + strings.Join(s.FailedOn, ", ")
		if len(s.PassedOn) > 0 {
			text += "; passed on " + strings.Join(s.PassedOn, ", ")
		}
		return text
	}
	return string(s.State)
}

func (s Step) where() string {
	switch n := len(s.Scenarios); {
	case n == 0:
		return ""
	case n > 2:
		return fmt.Sprintf("%s and %d more", s.Scenarios[0], n-1)
	}
	return strings.Join(s.Scenarios, ", ")
}

func clip(text string, width int) string {
	if r := []rune(text); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return text
}

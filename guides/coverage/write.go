package coverage

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Write writes guides as text, markdown or json.
func Write(w io.Writer, format string, all []Guide) error {
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(map[string]any{"schema": SchemaVersion, "guides": append([]Guide{}, all...)})
	}
	var out strings.Builder
	for _, g := range all {
		g.write(&out, format == "markdown")
		out.WriteByte('\n')
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (g Guide) write(out *strings.Builder, markdown bool) {
	escape, separator, width := func(s string) string { return s }, "\n", 48
	if markdown {
		escape, separator, width = html.EscapeString, "<br>", 200
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"step", "where", "what", "coverage", "scenarios"})
	for _, s := range g.Steps {
		t.AppendRow(table.Row{escape(s.ID), escape(s.Where()), escape(clip(s.Title, width)), s.covered(), strings.Join(s.by(), separator)})
	}
	if markdown {
		fmt.Fprintf(out, "## %s\n\n%s\n\n", escape(g.Title), t.RenderMarkdown())
	} else {
		name := g.Title
		if g.File != "" {
			name = g.File
		}
		fmt.Fprintf(out, "%s\n%s\n", name, t.Render())
	}
	counts := []string{}
	for _, state := range slices.Backward(states) {
		if n := g.Count[state]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, state))
		}
	}
	fmt.Fprintf(out, "%d steps: %s\n", len(g.Steps), strings.Join(append(counts, "none")[:max(1, len(counts))], ", "))
	for i, line := range g.Strays() {
		if markdown && i == 0 {
			out.WriteByte('\n')
		}
		if markdown {
			line = "- " + escape(line)
		}
		fmt.Fprintln(out, line)
	}
}

// Where is the step's place: in the page's lines, or in the guide's sections.
func (s Step) Where() string {
	switch {
	case s.Line > 0:
		return fmt.Sprintf("line %d", s.Line)
	case s.Number != "":
		return s.Section + ", " + s.Number
	}
	return s.Section + ", " + s.Kind
}

// covered is the state, with pairs of versions where there are any.
func (s Step) covered() string {
	if s.State == Never || len(s.On) == 0 {
		return string(s.State)
	}
	return s.On.String()
}

// maxScenarios is how many scenarios of a step a table names.
const maxScenarios = 3

func (s Step) by() []string {
	var all []string
	for i, scenario := range s.Scenarios {
		if i == maxScenarios-1 && len(s.Scenarios) > maxScenarios {
			return append(all, fmt.Sprintf("and %d more", len(s.Scenarios)-i))
		}
		all = append(all, fmt.Sprintf("%s:%d", scenario.File, scenario.Line))
	}
	return all
}

// Strays says which names no step of the guide has, once each. A scenario without a name speaks of the guide as a whole.
func (g Guide) Strays() []string {
	var names, lines []string
	first, more := map[string]string{}, map[string]int{}
	for _, u := range g.Unplaced {
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
		lines = append(lines, fmt.Sprintf("%s names @step:%s, which no step of this guide has for its model", who, name))
	}
	return lines
}

func clip(text string, width int) string {
	if r := []rune(text); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return text
}

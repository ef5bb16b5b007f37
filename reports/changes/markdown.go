package changes

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// run is a value that several lines in a row show.
type run struct{ from, to, value string }

// row is one thing with its values over the lines.
type row struct {
	what string
	runs []run
}

// table gathers values by what they are of, line by line.
type table struct {
	rows  map[string]*row
	order []string
}

// add gives the value of a line; an empty one says that the line did not show the thing, and ends a run.
func (t *table) add(what, line, value string) {
	if t.rows == nil {
		t.rows = map[string]*row{}
	}
	r := t.rows[what]
	if r == nil {
		r = &row{what: what}
		t.rows[what] = r
		t.order = append(t.order, what)
	}
	if n := len(r.runs); n > 0 && r.runs[n-1].value == value {
		r.runs[n-1].to = line
		return
	}
	r.runs = append(r.runs, run{line, line, value})
}

// changed reports whether the lines that show the thing show it differently.
func (r row) changed() bool {
	values := map[string]bool{}
	for _, each := range r.runs {
		if each.value != "" {
			values[each.value] = true
		}
	}
	return len(values) > 1
}

func (r run) lines() string {
	if r.from == r.to {
		return r.from
	}
	return r.from + " to " + r.to
}

const intro = `# What changes from line to line

What real clusters of each line, with a remote cluster of the same version, showed of remote clusters; made by
` + "`crosscheck changes --markdown`" + ` from [what surveys observed](survey.md) and not to be edited. A failure stands here
where lines show it differently. ` + "`crosscheck changes 8.5 9.3`" + ` prints everything for two versions.
`

// Markdown is the page over all lines that were surveyed.
func (s Source) Markdown() string {
	var lines []*portrait
	for _, f := range s.Survey.Lines() {
		lines = append(lines, portray(f))
	}
	var b strings.Builder
	b.WriteString(intro + "\n| line | measured on | images | passed | failed | errors | unsupported |\n" +
		"|---|---|---|---:|---:|---:|---:|\n")
	for _, p := range lines {
		v := p.file.Verdicts
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %d | %d | %d |\n", p.file.Local, p.file.When,
			strings.Join(p.file.Images, ", "), v.Passed, v.Failed, v.Error, v.Unsupported)
	}
	s.writeInfo(&b, lines)
	s.writeAnswers(&b, lines)
	s.writeLogs(&b, lines)
	s.writeFacts(&b, lines)
	return b.String()
}

// writeInfo writes the fields and defaults of _remote/info.
func (s Source) writeInfo(b *strings.Builder, lines []*portrait) {
	var t table
	keys := map[string]map[string]bool{} // model and mode -> fields of any line
	for _, p := range lines {
		for key, c := range p.connections {
			if keys[key] == nil {
				keys[key] = map[string]bool{}
			}
			for field := range c.fields {
				keys[key][field] = true
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		for _, field := range slices.Sorted(maps.Keys(keys[key])) {
			for _, p := range lines {
				t.add(key+" | "+field, p.file.Local, p.connections[key].shown(field))
			}
		}
	}
	b.WriteString("\n## Fields and defaults of `_remote/info`\n\n" +
		"| model and mode | field | lines: type, and value where nothing sets it |\n|---|---|---|\n")
	for _, what := range t.order {
		fmt.Fprintf(b, "| %s | %s |\n", what, cells(t.rows[what].runs))
	}
}

func (c connection) shown(field string) string {
	kind, there := c.fields[field]
	value, known := c.defaults[field]
	switch {
	case c.fields == nil:
		return "" // no such connection was seen
	case !there:
		return "absent"
	case known && value == "":
		return kind + ", empty"
	case known:
		return kind + ", " + value
	}
	return kind
}

// writeAnswers writes how each failure is answered, where lines differ.
func (s Source) writeAnswers(b *strings.Builder, lines []*portrait) {
	b.WriteString("\n## Answers\n\nOf each failure the status and what is said, on the lines where it was seen.\n")
	s.writeFailures(b, lines, []string{request, searchFails, searchSkips, remoteInfo, resolve})
}

func (s Source) writeLogs(b *strings.Builder, lines []*portrait) {
	b.WriteString("\n## Log words\n\nOf each failure the messages of the logs, without their causes.\n")
	s.writeFailures(b, lines, []string{localLog, remoteLog})
}

func (s Source) writeFailures(b *strings.Builder, lines []*portrait, which []string) {
	for _, entry := range s.Catalogue.Outcomes() {
		var t table
		for _, aspect := range which {
			for _, p := range lines {
				t.add(aspect, p.file.Local, strings.Join(p.failures[entry.ID][aspect], " · "))
			}
		}
		titled := false
		for _, what := range t.order {
			if !t.rows[what].changed() {
				continue
			}
			if !titled {
				fmt.Fprintf(b, "\n### %s\n\n%s.\n\n", entry.ID, entry.Title)
				titled = true
			}
			fmt.Fprintf(b, "- %s\n", what)
			for _, each := range t.rows[what].runs {
				if each.value != "" {
					fmt.Fprintf(b, "  - %s: %s\n", each.lines(), code(each.value))
				}
			}
		}
	}
}

// writeFacts writes which version facts begin or end between the first and the last line.
func (s Source) writeFacts(b *strings.Builder, lines []*portrait) {
	b.WriteString("\n## Version facts\n\n| fact | local | remote |\n|---|---|---|\n")
	for _, fact := range s.Facts.All() {
		fmt.Fprintf(b, "| %s (%s) | %s | %s |\n", escaped(fact.Title), fact.ID, escaped(fact.Local.String()),
			escaped(fact.Remote.String()))
	}
	if len(lines) == 0 {
		b.WriteString("\nNo line was surveyed yet.\n")
	}
}

func cells(runs []run) string {
	var all []string
	for _, r := range runs {
		if r.value != "" {
			all = append(all, r.lines()+": "+escaped(r.value))
		}
	}
	return strings.Join(all, "; ")
}

// code is a text as Markdown shows it letter by letter.
func code(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		return fence + " " + text + " " + fence
	}
	return fence + text + fence
}

func escaped(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`).Replace(text)
}

// Package output writes findings: as text with the source line, as JSON, as SARIF, as Markdown.
package output

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides/check"
	"github.com/crosscheck-dev/crosscheck/reports/words"
)

// SchemaVersion names the layout of the JSON; docs/guides.schema.json is its schema.
const SchemaVersion = "crosscheck.guides.check/1"

// Report is what a check found.
type Report struct {
	Schema      string          `json:"schema"`
	ToolVersion string          `json:"tool_version"`
	Pages       []string        `json:"pages"`
	Summary     Summary         `json:"summary"`
	Findings    []check.Finding `json:"findings"`
}

// Summary counts the findings by severity.
type Summary struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	Notes    int `json:"notes"`
}

// New is a report on pages.
func New(version string, pages []string, findings []check.Finding) Report {
	r := Report{Schema: SchemaVersion, ToolVersion: version, Pages: pages, Findings: findings}
	if r.Findings == nil {
		r.Findings = []check.Finding{}
	}
	for _, f := range findings {
		switch f.Severity {
		case check.Error:
			r.Summary.Errors++
		case check.Warning:
			r.Summary.Warnings++
		default:
			r.Summary.Notes++
		}
	}
	return r
}

// Formats are the names that Write knows.
var Formats = []string{"text", "json", "sarif", "markdown"}

// Write writes a report in one of the Formats.
func Write(w io.Writer, format string, r Report) error {
	switch format {
	case "text":
		return text(w, r)
	case "json":
		return indented(w, r)
	case "sarif":
		return indented(w, sarif(r))
	case "markdown":
		return markdown(w, r)
	}
	return fmt.Errorf("unknown format %q; it is one of %s", format, strings.Join(Formats, ", "))
}

func indented(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

func (s Summary) String() string {
	return fmt.Sprintf("%s, %s, %s", words.Count(s.Errors, "error"), words.Count(s.Warnings, "warning"),
		words.Count(s.Notes, "note"))
}

func text(w io.Writer, r Report) error {
	var out strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&out, "%s:%d:%d: %s: %s [%s]\n", f.File, f.Line, f.Column, f.Severity, f.What, f.Rule)
		line, column := window(f.Excerpt, f.Column)
		number := fmt.Sprintf("%5d | ", f.Line)
		fmt.Fprintf(&out, "%s%s\n", number, line)
		width := min(max(f.Width, 1), max(len([]rune(line))-column+1, 1))
		fmt.Fprintf(&out, "%s%s%s\n", strings.Repeat(" ", len(number)-2)+"| ", strings.Repeat(" ", max(column-1, 0)),
			"^"+strings.Repeat("~", width-1))
		fmt.Fprintf(&out, "      why  %s\n      fix  %s\n", f.Reason, f.Fix)
		if len(f.Also) > 0 {
			fmt.Fprintf(&out, "      also %s\n", strings.Join(f.Also, ", "))
		}
		out.WriteByte('\n')
	}
	fmt.Fprintf(&out, "%s: %s\n", words.Count(len(r.Pages), "page"), r.Summary)
	_, err := io.WriteString(w, out.String())
	return err
}

// window is the part of a line around a column that fits on a screen, and the column in it. Control characters would
// move the cursor; they are shown as blanks.
func window(line string, column int) (shown string, at int) {
	runes := []rune(line)
	for i, r := range runes {
		if r < ' ' || r == 0x7f {
			runes[i] = ' '
		}
	}
	const width, before = 110, 60
	if len(runes) <= width {
		return string(runes), column
	}
	start := max(0, min(column-1-before, len(runes)-width))
	end := min(len(runes), start+width)
	shown = string(runes[start:end])
	at = column - start
	if start > 0 {
		shown, at = "…"+shown, at+1
	}
	if end < len(runes) {
		shown += "…"
	}
	return shown, at
}

// cell makes a text fit into a table's cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(text)
}

func markdown(w io.Writer, r Report) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\n", words.Count(len(r.Pages), "page"), r.Summary)
	if len(r.Findings) > 0 {
		out.WriteString("\n| place | severity | rule | finding | suggestion |\n|---|---|---|---|---|\n")
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&out, "| %s:%d | %s | %s | %s | %s |\n", cell(f.File), f.Line, f.Severity, f.Rule, cell(f.What),
			cell(f.Fix))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

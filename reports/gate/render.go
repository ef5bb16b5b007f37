package gate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
)

// labels are the kinds of findings in words.
var labels = map[string]string{
	NewFailure: "new failure", Vanished: "vanished", Skipped: "skipped", Unsupported: "unsupported without a fact",
	Flaky: "flaky", Slower: "slower", RemoteInfoShape: "_remote/info shape", RemoteInfoDefault: "_remote/info default",
	Broke: "error", OtherPair: "different pair", ExpiredEntry: "expired", BrokeBaseline: "error in the baseline",
	"fixed": "fixed",
}

// JSON is the report for programs; docs/gate.schema.json is its schema.
func (r *Report) JSON() ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return nil, fmt.Errorf("encode the gate's report: %w", err)
	}
	return buf.Bytes(), nil
}

// headline is the verdict in one line.
func (r *Report) headline() string {
	return fmt.Sprintf("crosscheck gate: %s; exit %d, %s", line(r.Reason), r.ExitCode, reports.Meaning(r.ExitCode))
}

// line is a text without line breaks and other control characters: what a result holds must not steer a terminal.
func line(text string) string {
	return strings.Join(strings.FieldsFunc(text,
		func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }), " ")
}

func (r *Report) sections() []section {
	return []section{{"findings", r.Findings}, {"expected", r.Expected}, {"fixed", r.Fixed}}
}

type section struct {
	name     string
	findings []Finding
}

// until is how an entry of the policy is told: what is a finding all the same is expected no longer.
func (s section) until() string {
	if s.name == "findings" {
		return "was expected until"
	}
	return "expected until"
}

// pairs are the compared ones in words.
func (r *Report) pairs() string {
	var all []string
	for _, p := range r.Pairs {
		text := p.Result.String()
		if p.Baseline != p.Result {
			text += " (baseline: " + p.Baseline.String() + ")"
		}
		all = append(all, line(text))
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

func (run Run) String() string {
	return line(fmt.Sprintf("%s   run %s of %s, crosscheck %s", run.Path, run.RunID,
		run.Finished.UTC().Format(time.DateOnly), run.ToolVersion))
}

// where names the scenarios of a finding: the first ones in full.
func where(f Finding) string {
	const shown = 2
	ids := f.Scenarios
	text := line(strings.Join(ids[:min(len(ids), shown)], ", "))
	if more := len(ids) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Text is the report for a terminal or a log.
func (r *Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "baseline  %s\nresult    %s\n", r.Baseline, r.Result)
	if r.Policy != "" {
		fmt.Fprintf(&b, "policy    %s\n", line(r.Policy))
	}
	fmt.Fprintf(&b, "compared  %s on %s\n", words.Count(r.Compared, "scenario"), r.pairs())
	for _, s := range r.sections() {
		if len(s.findings) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", s.name)
		for _, f := range s.findings {
			fmt.Fprintf(&b, "  %-26s %s", labels[f.Kind], line(f.Title))
			if f.Pair != (reports.Pair{}) && f.Kind != OtherPair {
				fmt.Fprintf(&b, "   %s", line(f.Pair.String()))
			}
			fmt.Fprintf(&b, "\n      %s\n", line(change(f)))
			if w := where(f); w != "" {
				fmt.Fprintf(&b, "      %s\n", w)
			}
			if e := f.Expected; e != nil && f.Kind != ExpiredEntry {
				fmt.Fprintf(&b, "      %s %s: %s   %s\n", s.until(), e.Until, line(e.Reason), line(e.Link))
			}
		}
	}
	if len(r.Notes) > 0 {
		b.WriteString("\nnotes\n")
		for _, n := range r.Notes {
			fmt.Fprintf(&b, "  %s\n", line(n))
		}
	}
	fmt.Fprintf(&b, "\n%s\n", r.headline())
	return b.String()
}

// change is the finding's sentence, with the verdicts where they differ.
func change(f Finding) string {
	switch f.Kind {
	case NewFailure, Skipped, Unsupported, Flaky, Broke, "fixed":
		if f.Was != "" {
			return f.Text + " (it was " + f.Was + ")"
		}
	case Vanished:
		return f.Text + ", where it was " + f.Was
	}
	return f.Text
}

// Markdown is the report for a CI job's summary.
func (r *Report) Markdown() string {
	var b strings.Builder
	mark := "✔"
	if r.ExitCode != reports.ExitConformant {
		mark = "✘"
	}
	fmt.Fprintf(&b, "## %s %s\n\n", mark, markdown(r.headline()))
	fmt.Fprintf(&b, "| | |\n|---|---|\n| baseline | %s |\n| result | %s |\n", markdown(r.Baseline.String()),
		markdown(r.Result.String()))
	if r.Policy != "" {
		fmt.Fprintf(&b, "| policy | %s |\n", markdown(r.Policy))
	}
	fmt.Fprintf(&b, "| compared | %s on %s |\n", words.Count(r.Compared, "scenario"), markdown(r.pairs()))
	for _, s := range r.sections() {
		if len(s.findings) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n### %s (%d)\n\n| what | pair | about | how | where |\n|---|---|---|---|---|\n",
			strings.ToUpper(s.name[:1])+s.name[1:], len(s.findings))
		for _, f := range s.findings {
			how := markdown(change(f))
			if e := f.Expected; e != nil && f.Kind != ExpiredEntry {
				how += fmt.Sprintf("; %s %s: %s %s", s.until(), e.Until, markdown(e.Reason), markdown(e.Link))
			}
			pair := ""
			if f.Pair != (reports.Pair{}) {
				pair = markdown(f.Pair.String())
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", markdown(labels[f.Kind]), pair, markdown(f.Title), how,
				markdown(where(f)))
		}
	}
	if len(r.Notes) > 0 {
		fmt.Fprintf(&b, "\n### Notes (%d)\n\n", len(r.Notes))
		for _, n := range r.Notes {
			fmt.Fprintf(&b, "- %s\n", markdown(n))
		}
	}
	return b.String()
}

// markdownEscapes keeps text from being read as Markdown, a table's end or HTML.
var markdownEscapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "<", "&lt;", "[",
	`\[`, "#", `\#`, "~", `\~`)

func markdown(text string) string { return markdownEscapes.Replace(line(text)) }

// Package markdown writes a run as the summary of a CI job.
package markdown

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// maxBytes is what the job summary of a CI service takes; a longer one is refused as a whole.
const maxBytes = 1 << 20

// maxText is how much of a wanted or got value is shown.
const maxText = 2000

// Summary writes r: the verdict, a table of pairs, what did not pass with wanted and got, what does not apply, and the
// steps of guides with what covers them. It stays below 1 MiB and says what it leaves out.
func Summary(r *reports.Result, guides []reports.GuideCoverage) []byte {
	var b strings.Builder
	word := reports.Meaning(r.Summary.ExitCode)
	fmt.Fprintf(&b, "# crosscheck: %s\n\n%s.\n\n", word,
		text(strings.ToUpper(r.Summary.Reason[:min(1, len(r.Summary.Reason))])+r.Summary.Reason[min(1,
			len(r.Summary.Reason)):]))
	b.WriteString(pairs(r) + "\n")
	fmt.Fprintf(&b, "\nRun %s, %s, crosscheck %s, exit code %d. Simulated: %s.\n", code(r.RunID),
		words.Seconds(r.Seconds), text(r.ToolVersion), r.Summary.ExitCode, simulated(r))

	end := unsupported(r)
	left := 0
	for _, v := range []verdict.Verdict{verdict.Failed, verdict.Error, verdict.Flaky, verdict.Skipped} {
		headed := false
		for _, s := range r.Scenarios {
			if s.Verdict != v {
				continue
			}
			part := problem(r, s)
			if !headed {
				part, headed = fmt.Sprintf("\n## %s (%d)\n", strings.ToUpper(v.String()[:1])+v.String()[1:],
					r.Summary.Count(v))+part, true
			}
			if b.Len()+len(part)+len(end)+200 > maxBytes {
				left++
				continue
			}
			b.WriteString(part)
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n%d more did not pass and did not fit in here; report.html has them.\n", left)
	}
	if b.Len()+len(end) <= maxBytes {
		b.WriteString(end)
	}
	for _, g := range guides {
		part := Guide(g) + "\n"
		if b.Len()+len(part) > maxBytes-200 {
			fmt.Fprintf(&b, "\nThe steps of %s did not fit in here; report.html has them.\n", text(g.ID))
			continue
		}
		b.WriteString("\n" + part)
	}
	return []byte(b.String())
}

// pairs is the table of verdicts by pair.
func pairs(r *reports.Result) string {
	order := make([]reports.Pair, 0, len(r.Pairs))
	facts := map[reports.Pair]reports.TestedPair{}
	for _, p := range r.Pairs {
		order, facts[p.Pair()] = append(order, p.Pair()), p
	}
	counts := map[reports.Pair]map[verdict.Verdict]int{}
	for _, s := range r.Scenarios {
		if !slices.Contains(order, s.Pair()) {
			order = append(order, s.Pair())
		}
		if counts[s.Pair()] == nil {
			counts[s.Pair()] = map[verdict.Verdict]int{}
		}
		counts[s.Pair()][s.Verdict]++
	}
	w := table.NewWriter()
	header := table.Row{"Local", "Remote", "Connects", "Search supported"}
	for _, v := range verdict.Verdicts() {
		header = append(header, v.String())
	}
	w.AppendHeader(header)
	for _, p := range order {
		row := table.Row{text(p.Local), text(p.Remote), yesNo(facts[p].Connects), yesNo(facts[p].CCSSupported)}
		for _, v := range verdict.Verdicts() {
			row = append(row, counts[p][v])
		}
		w.AppendRow(row)
	}
	return w.RenderMarkdown()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// problem is a scenario that did not pass, folded.
func problem(r *reports.Result, s reports.Scenario) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n<details><summary><b>%s</b>, %s</summary>\n\n", text(s.Name), text(s.Pair().String()))
	fmt.Fprintf(&b, "%s, %s\n", text(s.Feature), code(s.ID))
	if step := s.Broken(); step != nil {
		fmt.Fprintf(&b, "\n**%s** %s\n", text(step.Keyword), text(step.Text))
		for _, l := range []struct{ label, text string }{{"Problem", step.Message}, {"Wanted", step.Wanted},
			{"Got", step.Got}} {
			if l.text != "" {
				fmt.Fprintf(&b, "\n%s\n%s", l.label, block(l.text))
			}
		}
		if step.Polled != "" {
			fmt.Fprintf(&b, "\nAsked until the time was up: %s.\n", text(step.Polled))
		}
		if step.Hint != "" {
			fmt.Fprintf(&b, "\nHint\n%s", block(step.Hint))
		}
	} else {
		fmt.Fprintf(&b, "\n%s\n", text(s.Reason))
	}
	for _, o := range r.Outcomes {
		if o.ID == s.Outcome {
			fmt.Fprintf(&b, "\nExpected failure: %s (%s).\n", text(o.Title), code(o.ID))
		}
	}
	b.WriteString("\n</details>\n")
	return b.String()
}

func unsupported(r *reports.Result) string {
	counts, reasons := map[string]int{}, map[string]string{}
	var order []string
	for _, s := range r.Scenarios {
		if s.Verdict == verdict.Unsupported {
			if counts[s.Fact] == 0 {
				order = append(order, s.Fact)
				reasons[s.Fact] = s.Reason
			}
			counts[s.Fact]++
		}
	}
	if len(order) == 0 {
		return ""
	}
	w := table.NewWriter()
	w.AppendHeader(table.Row{"Scenarios", "Fact", "For example"})
	for _, fact := range order {
		w.AppendRow(table.Row{counts[fact], code(fact), text(reasons[fact])})
	}
	return fmt.Sprintf("\n## Does not apply (%d)\n\n%s\n", r.Summary.Unsupported, w.RenderMarkdown())
}

func simulated(r *reports.Result) string {
	var names []string
	for _, s := range r.Scenarios {
		for _, name := range s.Simulated {
			if s.Attempts > 0 && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return "nothing"
	}
	slices.Sort(names)
	return text(strings.Join(names, ", "))
}

var escaper = strings.NewReplacer("\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "<",
	"&lt;", ">", "&gt;", "&", "&amp;",
	"|", "\\|", "#", "\\#", "~", "\\~", "@", "&#64;", "\r", " ", "\n", " ")

// text is s on one line with nothing in it that Markdown or HTML would read as its own. The @ would call people by
// name.
func text(s string) string { return escaper.Replace(s) }

// code is s as a piece of code on one line.
func code(s string) string {
	return "`" + strings.NewReplacer("`", "'", "\n", " ", "\r", " ", "|", "\\|").Replace(s) + "`"
}

// block is s as a block of code, whose fence is longer than any in s.
func block(s string) string {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + fmt.Sprintf("\n... and %d more bytes", len(s)-maxText)
	}
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return "\n" + fence + "text\n" + s + "\n" + fence + "\n"
}

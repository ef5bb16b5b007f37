package terminal

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// account is the end of a run: counts by pair, what failed and broke, what did not run and why, and a last line for a
// ticket.
func (v *View) account(r *reports.Result, report string) string {
	var b strings.Builder
	section := func(lines []string) {
		if len(lines) > 0 {
			b.WriteString("\n" + strings.Join(lines, "\n") + "\n")
		}
	}
	section(append([]string{v.pairTable(r)}, v.unsupportedPairs(r)...))
	for _, verdict := range []verdict.Verdict{verdict.Failed, verdict.Error} {
		for _, s := range r.Scenarios {
			if s.Verdict == verdict {
				lines := []string{"  " + v.title(s)}
				for _, line := range v.problem(s, filepath.ToSlash(filepath.Dir(report))) {
					lines = append(lines, "      "+line)
				}
				section(lines)
			}
		}
	}
	section(v.byReason(r, verdict.Unsupported))
	section(v.byReason(r, verdict.Skipped))
	section(v.flaky(r))
	section(v.notes(r))
	section(v.simulated(r))
	section([]string{"  " + v.line(r.Summary.Reason), v.ticketLine(r, report)})
	return b.String()
}

func (v *View) pairTable(r *reports.Result) string {
	pairs := slices.Clone(r.Pairs)
	known := func(p reports.Pair) bool {
		return slices.ContainsFunc(pairs, func(o reports.TestedPair) bool { return o.Pair() == p })
	}
	counts := map[reports.Pair]map[verdict.Verdict]int{}
	for _, s := range r.Scenarios {
		if !known(s.Pair()) {
			pairs = append(pairs, reports.TestedPair{Local: s.Local, Remote: s.Remote})
		}
		if counts[s.Pair()] == nil {
			counts[s.Pair()] = map[verdict.Verdict]int{}
		}
		counts[s.Pair()][s.Verdict]++
	}
	w := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "  ", ""
	style.Format.Header = text.FormatDefault
	w.SetStyle(style)
	header := table.Row{"local", "remote", "connects", "ccs supported"}
	for _, each := range verdict.Verdicts() {
		header = append(header, each.String())
	}
	w.AppendHeader(append(header, "total"))
	for _, pair := range pairs {
		row, total := table.Row{v.line(pair.Local), v.line(pair.Remote), yesNo(pair.Connects), yesNo(pair.CCSSupported)}, 0
		for _, each := range verdict.Verdicts() {
			n := counts[pair.Pair()][each]
			total += n
			cell := fmt.Sprint(n)
			if n > 0 {
				cell = v.paintText(colors[each], cell)
			}
			row = append(row, cell)
		}
		w.AppendRow(append(row, total))
	}
	var columns []table.ColumnConfig
	for i := range len(verdict.Verdicts()) + 1 {
		columns = append(columns, table.ColumnConfig{Number: 5 + i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	w.SetColumnConfigs(columns)
	return w.Render()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// unsupportedPairs says why searching across a pair that connects is not documented as supported.
func (v *View) unsupportedPairs(r *reports.Result) []string {
	var lines []string
	for _, p := range r.Pairs {
		if p.Connects && !p.CCSSupported {
			lines = append(lines, fmt.Sprintf("  %s connects, and cross-cluster search over it is not documented as "+
				"supported: %s", v.line(p.String()), v.line(p.CCSReason)))
		}
	}
	return lines
}

// notes lists what was noticed beside the verdicts, each thing once for a pair.
func (v *View) notes(r *reports.Result) []string {
	counts := map[string]int{}
	var lines []string
	for _, s := range r.Scenarios {
		for _, note := range s.Notes {
			line := fmt.Sprintf("  note   %s   %s", v.line(s.Pair().String()), v.line(note))
			if counts[line] == 0 {
				lines = append(lines, line)
			}
			counts[line]++
		}
	}
	for i, line := range lines {
		lines[i] = line + "   (" + words.Count(counts[line], "scenario") + ")"
	}
	return lines
}

// byReason counts the scenarios with a verdict by fact, or by reason where there is none.
func (v *View) byReason(r *reports.Result, verdict verdict.Verdict) []string {
	counts, texts := map[string]int{}, map[string]string{}
	var keys []string
	for _, s := range r.Scenarios {
		if s.Verdict != verdict {
			continue
		}
		key, text := v.line(s.Reason), v.line(s.Reason)
		if s.Fact != "" {
			key, text = v.line(s.Fact), v.line(s.Fact)+": "+text
		}
		if counts[key] == 0 {
			keys = append(keys, key)
			texts[key] = text
		}
		counts[key]++
	}
	slices.SortStableFunc(keys, func(a, b string) int { return counts[b] - counts[a] })
	var lines []string
	for _, key := range keys {
		lines = append(lines, fmt.Sprintf("  %s %3d %s   %s", v.mark(verdict), counts[key], verdict, texts[key]))
	}
	return lines
}

func (v *View) flaky(r *reports.Result) []string {
	var lines []string
	for _, s := range r.Scenarios {
		if s.Verdict == verdict.Flaky {
			lines = append(lines, fmt.Sprintf("  %s   passed on attempt %d: %s", v.title(s), s.Attempts, v.line(s.Reason)))
		}
	}
	return lines
}

// simulated says in how many scenarios which thing was not real.
func (v *View) simulated(r *reports.Result) []string {
	counts := map[string]int{}
	var names []string
	for _, s := range r.Scenarios {
		for _, name := range s.Simulated {
			if s.Attempts == 0 {
				continue
			}
			if counts[name] == 0 {
				names = append(names, name)
			}
			counts[name]++
		}
	}
	var lines []string
	for _, name := range names {
		lines = append(lines, fmt.Sprintf("  simulated in %s: %s", words.Count(counts[name], "scenario"), v.line(name)))
	}
	return lines
}

// ticketLine is the run in one line that can stand alone.
func (v *View) ticketLine(r *reports.Result, report string) string {
	var pairs, counts []string
	for _, pair := range r.Pairs {
		pairs = append(pairs, v.line(pair.String()))
	}
	for _, v := range verdict.Verdicts() {
		if n := r.Summary.Count(v); n > 0 || v <= verdict.Failed {
			counts = append(counts, fmt.Sprintf("%d %s", n, v))
		}
	}
	color := red
	if r.Summary.ExitCode == reports.ExitConformant {
		color = green
	}
	part := ""
	if r.Shard != nil {
		part = fmt.Sprintf(", part %d of %d", r.Shard.Index, r.Shard.Count)
	}
	return fmt.Sprintf("crosscheck %s%s: %s: %s of %d; %s; report %s", v.line(r.ToolVersion), part,
		strings.Join(pairs, ", "),
		strings.Join(counts, ", "), r.Summary.Total,
		v.paintText(color, fmt.Sprintf("exit %d, %s", r.Summary.ExitCode, reports.Meaning(r.Summary.ExitCode))),
		v.line(report))
}

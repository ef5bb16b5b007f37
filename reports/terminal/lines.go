package terminal

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// The colors, as the numbers that select them.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	purple = "35"
)

var (
	marks = map[verdict.Verdict]string{verdict.
		Passed: "✔", verdict.Failed:     "✘", verdict.Error: "!", verdict.Skipped: "–", verdict.
		Unsupported: "○", verdict.Flaky: "~",
	}
	colors = map[verdict.Verdict]string{verdict.
		Passed: green, verdict.Failed:   red, verdict.Error: purple, verdict.Skipped: yellow, verdict.
		Unsupported: dim, verdict.Flaky: yellow,
	}
)

func (v *View) mark(given verdict.Verdict) string {
	mark, ok := marks[given]
	if !ok {
		mark, given = "!", verdict.Error
	}
	return v.paintText(colors[given], mark)
}

func (v *View) paintText(color, text string) string {
	if !v.options.Color || color == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// clean makes text fit to be shown: without secrets, and without control characters, which could move the cursor.
func (v *View) clean(text string) string {
	text = strings.ReplaceAll(v.options.Redactor.String(text), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, strings.TrimRight(text, "\n"))
}

// line is clean on one line.
func (v *View) line(text string) string { return strings.Join(strings.Fields(v.clean(text)), " ") }

// header is the plan in one line.
func (v *View) header(afterVersion, afterCounts string) string {
	left, right := v.headerParts(afterVersion)
	return left + afterCounts + right
}

func (v *View) headerParts(afterVersion string) (left, right string) {
	p := v.plan
	left = fmt.Sprintf("crosscheck %s%s%s, %s, %s", v.line(p.Version), afterVersion,
		words.Count(len(p.Pairs), "pair"), words.Count(p.Scenarios, "scenario"), words.Count(p.Lanes, "lane"))
	if p.EngineVersion == "" {
		return left, "no Docker Engine is needed"
	}
	right = fmt.Sprintf("Docker %s, %s", v.line(p.EngineVersion), words.Count(p.Cores, "core"))
	if p.FreeMemoryBytes > 0 {
		right += fmt.Sprintf(", %.0f GB free", float64(p.FreeMemoryBytes)/1e9)
	}
	return left, right
}

// clusterText reads "9.3.2 remote ready in 11.8 s"; live adds how long the others have taken up to now.
func (v *View) clusterText(c cluster, live bool) string {
	name := v.line(strings.TrimSpace(c.Version + " " + c.Role))
	if name == "" {
		name = v.line(c.Name)
	}
	switch {
	case c.State == reports.ClusterReady:
		return fmt.Sprintf("%s ready in %s", name, words.Seconds(c.Seconds))
	case c.State == reports.ClusterFailed:
		return fmt.Sprintf("%s %s after %s", name, v.paintText(red, "failed"), words.Seconds(c.Seconds))
	case live:
		return fmt.Sprintf("%s %s %s", name, c.State, v.since(c.since))
	}
	return fmt.Sprintf("%s %s", name, c.State)
}

func (v *View) startedText(s reports.Scenario, index int) string {
	return fmt.Sprintf("▸ started %s (%d/%d, lane %d)", v.scenarioText(s), index, v.plan.Scenarios, s.Lane)
}

// finishedText reads "✔ passed 9.3.2 -> 9.3.2 Feature: Scenario (3.1 s, recovery 0.8 s)", with the reason unless it
// passed or a block with more follows.
func (v *View) finishedText(s reports.Scenario) string {
	line := fmt.Sprintf("%s %s %s", v.mark(s.Verdict), s.Verdict, v.scenarioText(s))
	if s.Attempts > 0 {
		line += " (" + words.Seconds(s.Seconds)
		for _, name := range slices.Sorted(maps.Keys(s.Measurements)) {
			line += ", " + v.line(name) + " " + words.Seconds(s.Measurements[name])
		}
		line += ")"
	}
	switch s.Verdict {
	case verdict.Skipped, verdict.Unsupported, verdict.Flaky:
		line += ": " + v.reason(s)
	}
	if len(s.Simulated) > 0 {
		line += " [simulated: " + v.line(strings.Join(s.Simulated, ", ")) + "]"
	}
	return line
}

func (v *View) scenarioText(s reports.Scenario) string {
	return fmt.Sprintf(" %s  %s: %s", v.line(s.Pair().String()), v.line(s.Feature), v.line(s.Name))
}

func (v *View) reason(s reports.Scenario) string {
	reason := v.line(s.Reason)
	if s.Fact != "" {
		reason += " (" + v.line(s.Fact) + ")"
	}
	return reason
}

// title heads a failure: what and where.
func (v *View) title(s reports.Scenario) string {
	return fmt.Sprintf("%s %s   %s:%d   %s", v.mark(s.Verdict), v.paintText(bold, v.line(s.Name)), v.line(s.File), s.Line,
		v.line(s.Pair().String()))
}

// problem gives the lines below a title: the step, wanted and got, and where the evidence lies.
func (v *View) problem(s reports.Scenario, runDir string) []string {
	var lines []string
	add := func(label, text string) {
		if text = v.clean(text); text == "" {
			return
		}
		for i, line := range strings.Split(text, "\n") {
			if i > 0 {
				label = ""
			}
			lines = append(lines, fmt.Sprintf("%-9s %s", label, line))
		}
	}
	if step := s.Broken(); step != nil {
		got := step.Got
		if step.Polled != "" {
			got += "   (" + step.Polled + ")"
		}
		add("step", fmt.Sprintf("%s %s   (line %d)", strings.TrimSpace(step.Keyword), step.Text, step.Line))
		add("problem", step.Message)
		add("wanted", step.Wanted)
		add("got", got)
		add("hint", step.Hint)
	} else {
		add("reason", s.Reason)
	}
	add("simulated", strings.Join(s.Simulated, ", "))
	if s.Evidence != "" {
		add("evidence", path.Join(runDir, s.Evidence)+"/")
	}
	return lines
}

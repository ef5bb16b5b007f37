package terminal

import (
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// Show prints one scenario of a stored result: its steps, what was wanted and got, how far connections came, and what
// the catalogue says of the failure that it expects. runDir is where its evidence lies.
func (v *View) Show(s reports.Scenario, outcome *reports.ExpectedFailure, runDir string) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s, %s\n", v.title(s), v.line(s.Feature), v.line(s.Verdict.String()))
	add := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  %-12s %s\n", label, text)
		}
	}
	if s.Verdict != verdict.Passed {
		add("reason", v.reason(s))
	}
	if s.Attempts > 0 {
		add("took", words.Seconds(s.Seconds))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Measurements)) {
		add(v.line(name), words.Seconds(s.Measurements[name]))
	}
	add("tags", v.line(strings.Join(s.Tags, " ")))
	add("simulated", v.line(strings.Join(s.Simulated, ", ")))
	v.topology(add, s.Topology)
	if len(s.Steps) > 0 {
		b.WriteString("\n")
	}
	for _, step := range s.Steps {
		fmt.Fprintf(&b, "  %s %8s  %s %s\n", v.mark(step.Verdict), words.Seconds(step.Seconds), v.line(step.Keyword),
			v.line(step.Text))
		for _, row := range step.Table {
			fmt.Fprintf(&b, "               | %s |\n", v.line(strings.Join(row, " | ")))
		}
	}
	if step := s.Broken(); step != nil {
		b.WriteString("\n")
		for _, line := range v.problem(s, runDir) {
			b.WriteString("  " + line + "\n")
		}
	}
	if outcome != nil {
		b.WriteString("\n")
		add("expects", v.line(outcome.ID)+": "+v.line(outcome.Title))
		add("mistake", v.line(outcome.Done))
		add("cause", v.line(outcome.Cause))
		add("fix", v.line(outcome.Fix))
	}
	if s.Evidence != "" && s.Broken() == nil {
		add("evidence", v.line(path.Join(runDir, s.Evidence))+"/")
	}
	_, _ = io.WriteString(v.out, b.String())
}

func (v *View) topology(add func(label, text string), t *reports.Topology) {
	if t == nil {
		return
	}
	for _, c := range t.Clusters {
		add(v.line(c.Role), v.line(c.Name)+" "+v.line(c.Version))
	}
	for _, r := range t.Remotes {
		text := fmt.Sprintf("%s mode, %s", v.line(r.Mode), v.line(r.Address))
		if r.ServerName != "" {
			text += ", server name " + v.line(r.ServerName)
		}
		add(v.line(r.Alias), text)
	}
	for _, l := range t.Balancer.Listeners {
		if l.Accepted > 0 || l.Open > 0 {
			add(fmt.Sprintf("port %d", l.Port), fmt.Sprintf("%d open, %s in all", l.Open,
				words.Count(int(l.Accepted), "connection")))
		}
	}
	if t.Broke != nil {
		add("ends here", v.line(t.Broke.Text))
	}
}

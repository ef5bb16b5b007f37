package terminal

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/crosscheck-dev/crosscheck/reports"
)

// timeline gives the events and outages of a scenario in the order in which they began, one a line.
func (v *View) timeline(t *reports.Timeline) []string {
	if t == nil {
		return nil
	}
	type entry struct {
		at   float64
		text string
	}
	var all []entry
	for _, e := range t.Events {
		all = append(all, entry{e.At, v.line(e.Text)})
	}
	for _, o := range t.Outages {
		all = append(all, entry{o.From, v.paintText(yellow,
			fmt.Sprintf("the watcher's searches fail for %.1f s, until %.1f s: %s (%s)",
				o.To-o.From, o.To, v.line(o.Kind), countOf(o.Searches, "search", "searches")))})
	}
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(a.at, b.at) })
	lines := make([]string, 0, len(all)+1)
	for _, e := range all {
		lines = append(lines, fmt.Sprintf("%7.1fs  %s", e.at, e.text))
	}
	if len(t.Outages) == 0 && t.Searches > 0 {
		lines = append(lines, fmt.Sprintf("          none of the watcher's %s failed",
			countOf(t.Searches, "search", "searches")))
	}
	return lines
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

package drift

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/guides/coverage"
	"github.com/crosscheck-dev/crosscheck/reports"
)

// SchemaVersion names the layout of the JSON; docs/guides.schema.json is its schema.
const SchemaVersion = "crosscheck.guides.drift/1"

// Drift is the difference between two states of a page.
type Drift struct {
	Schema   string   `json:"schema"`
	Old      string   `json:"old"`
	New      string   `json:"new"`
	Added    []Change `json:"added"`
	Removed  []Change `json:"removed"`
	Changed  []Change `json:"changed"`
	Reworded int      `json:"reworded"` // steps that say the same in other words
	Same     int      `json:"same"`
	// Look are the scenarios that name a step which changed.
	Look []string `json:"look"`
}

// Change is a step that differs.
type Change struct {
	Old     string   `json:"old,omitempty"` // anchors
	New     string   `json:"new,omitempty"`
	OldLine int      `json:"old_line,omitempty"`
	NewLine int      `json:"new_line,omitempty"`
	Action  string   `json:"action,omitempty"`
	Gone    []string `json:"gone"`    // terms
	Come    []string `json:"come"`    // terms
	Snippet []string `json:"snippet"` // what became of its snippets
}

// Empty reports whether nothing changed in substance.
func (d Drift) Empty() bool { return len(d.Added)+len(d.Removed)+len(d.Changed) == 0 }

// Between compares two fingerprints. Scenarios are those of either page.
func Between(before, after Fingerprint, scenarios []reports.Scenario) Drift {
	d := Drift{Schema: SchemaVersion, Old: before.Page, New: after.Page, Added: []Change{}, Removed: []Change{},
		Changed: []Change{}, Look: []string{}}
	partner := match(before.Steps, after.Steps)
	found := make([]bool, len(after.Steps))
	var oldSteps, newSteps []Step
	for i, o := range before.Steps {
		j := partner[i]
		if j < 0 {
			d.Removed = append(d.Removed, Change{Old: o.Anchor, OldLine: o.Line, Action: first(o.Actions), Gone: o.Terms,
				Come: []string{}, Snippet: []string{}})
			oldSteps = append(oldSteps, o)
			continue
		}
		found[j] = true
		n := after.Steps[j]
		c := Change{Old: o.Anchor, New: n.Anchor, OldLine: o.Line, NewLine: n.Line, Action: first(n.Actions),
			Gone: without(o.Terms, n.Terms, n.Words), Come: without(n.Terms, o.Terms, o.Words),
			Snippet: snippets(o.Snippets, n.Snippets)}
		switch {
		case len(c.Gone)+len(c.Come)+len(c.Snippet) > 0:
			d.Changed = append(d.Changed, c)
			oldSteps, newSteps = append(oldSteps, o), append(newSteps, n)
		case slices.Equal(o.Words, n.Words):
			d.Same++
		default:
			d.Reworded++
		}
	}
	for j, n := range after.Steps {
		if !found[j] {
			d.Added = append(d.Added, Change{New: n.Anchor, NewLine: n.Line, Action: first(n.Actions), Come: n.Terms,
				Gone: []string{}, Snippet: []string{}})
			newSteps = append(newSteps, n)
		}
	}
	d.look(before.Page, oldSteps, scenarios)
	d.look(after.Page, newSteps, scenarios)
	slices.Sort(d.Look)
	d.Look = slices.Compact(d.Look)
	return d
}

// look finds the scenarios that name a step of a page.
func (d *Drift) look(page string, steps []Step, scenarios []reports.Scenario) {
	for _, s := range steps {
		step := guides.Step{Anchor: s.Anchor, Actions: s.Actions, Sections: s.Sections, Model: s.Model, Applies: s.Applies}
		for _, scenario := range scenarios {
			if coverage.Covers(scenario.Tags, page, step) {
				d.Look = append(d.Look, scenario.Place())
			}
		}
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// without are the terms of a that b does not have, not even in other letters.
func without(a, b, words []string) []string {
	out := []string{}
	for _, t := range a {
		if !slices.Contains(b, t) && !slices.Contains(words, strings.ToLower(t)) {
			out = append(out, t)
		}
	}
	return out
}

// snippets says what became of them.
func snippets(before, after []Snippet) []string {
	out := []string{}
	has := func(list []Snippet, hash string) bool {
		return slices.ContainsFunc(list, func(s Snippet) bool { return s.Hash == hash })
	}
	var gone, come []Snippet
	for _, s := range before {
		if !has(after, s.Hash) {
			gone = append(gone, s)
		}
	}
	for _, s := range after {
		if !has(before, s.Hash) {
			come = append(come, s)
		}
	}
	for len(gone) > 0 && len(come) > 0 && gone[0].Language == come[0].Language {
		out = append(out, fmt.Sprintf("changed: %s", come[0].Head))
		gone, come = gone[1:], come[1:]
	}
	for _, s := range gone {
		out = append(out, "removed: "+s.Head)
	}
	for _, s := range come {
		out = append(out, "added: "+s.Head)
	}
	return out
}

// match finds for every old step the new one that it became, or -1: the pairs that are most alike first.
func match(before, after []Step) []int {
	type pair struct {
		i, j  int
		score float64
	}
	var pairs []pair
	for i, o := range before {
		for j, n := range after {
			if s := alike(o, n); s >= 0.35 {
				pairs = append(pairs, pair{i, j, s})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	partner := make([]int, len(before))
	for i := range partner {
		partner[i] = -1
	}
	taken := make([]bool, len(after))
	for _, p := range pairs {
		if partner[p.i] < 0 && !taken[p.j] {
			partner[p.i], taken[p.j] = p.j, true
		}
	}
	return partner
}

// alike is how alike two steps are, from 0 to 1: by their words, what they are about, and where they stand.
func alike(a, b Step) float64 {
	if a.Model != "" && b.Model != "" && a.Model != b.Model {
		return 0
	}
	score := 0.6 * share(a.Words, b.Words)
	if first(a.Actions) == first(b.Actions) {
		score += 0.15
		if a.Number != "" && a.Number == b.Number {
			score += 0.1
		}
	}
	if a.Anchor == b.Anchor {
		score += 0.1
	}
	if len(a.Snippets) > 0 && len(b.Snippets) > 0 && a.Snippets[0].Language == b.Snippets[0].Language {
		score += 0.15
	}
	return score
}

// share is how many of the words of both are in both.
func share(a, b []string) float64 {
	if len(a)+len(b) == 0 {
		return 1
	}
	common := 0
	for _, w := range a {
		if _, ok := slices.BinarySearch(b, w); ok {
			common++
		}
	}
	return float64(common) / float64(len(a)+len(b)-common)
}

// Write writes a drift as text.
func Write(w io.Writer, d Drift) error {
	var out strings.Builder
	line := func(sign, anchor string, at int, action string) {
		fmt.Fprintf(&out, "%s %s", sign, anchor)
		if at > 0 {
			fmt.Fprintf(&out, " (line %d)", at)
		}
		if action != "" && !strings.Contains(anchor, action) {
			fmt.Fprintf(&out, "  %s", action)
		}
		out.WriteByte('\n')
	}
	terms := func(what string, list []string) {
		if len(list) > 0 {
			fmt.Fprintf(&out, "    %s %s\n", what, strings.Join(list, ", "))
		}
	}
	for _, c := range d.Removed {
		line("-", c.Old, c.OldLine, c.Action)
	}
	for _, c := range d.Added {
		line("+", c.New, c.NewLine, c.Action)
	}
	for _, c := range d.Changed {
		line("~", c.New, c.NewLine, c.Action)
		terms("no longer", c.Gone)
		terms("now      ", c.Come)
		terms("snippet  ", c.Snippet)
	}
	fmt.Fprintf(&out, "%s -> %s: %d added, %d removed, %d changed, %d reworded, %d the same\n",
		d.Old, d.New, len(d.Added), len(d.Removed), len(d.Changed), d.Reworded, d.Same)
	for _, s := range d.Look {
		fmt.Fprintf(&out, "look at %s\n", s)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

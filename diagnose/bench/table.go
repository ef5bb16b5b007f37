package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/crosscheck-dev/crosscheck/diagnose"
	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

// Row is one failure with its ranks by view.
type Row struct {
	Outcome, Pair, Scenario string
	Ranks                   map[View]Rank
}

// Table is a bench: failures that were provoked, and where each view has them.
type Table struct {
	Rows []Row
}

// Measure diagnoses an observation from each offline view. No hint is given: whoever pastes a log says no versions.
func Measure(e *diagnose.Engine, seen catalogue.Observation) (Row, error) {
	row := Row{Outcome: seen.Outcome, Pair: seen.Local + " -> " + seen.Remote, Scenario: seen.Scenario,
		Ranks: map[View]Rank{}}
	for _, view := range Offline {
		in, err := Input(seen, view)
		if err != nil {
			return row, err
		}
		if len(in.Pieces) == 0 {
			continue
		}
		d, err := e.Diagnose(in, evidence.Hints{})
		if err != nil {
			return row, fmt.Errorf("diagnose %s from %s: %w", seen.Scenario, view, err)
		}
		row.Ranks[view] = Of(d, seen.Outcome)
	}
	return row, nil
}

// MeasureCase diagnoses a case from all that it has. Of a case in which nothing is wrong, no named cause is the first
// place.
func MeasureCase(e *diagnose.Engine, c Case) (Row, error) {
	row := Row{Outcome: c.Right()[0], Pair: c.ID, Scenario: c.ID, Ranks: map[View]Rank{}}
	in, err := c.Input()
	if err != nil {
		return row, err
	}
	d, err := e.Diagnose(in, c.Hints())
	if err != nil {
		return row, fmt.Errorf("diagnose the case %s: %w", c.ID, err)
	}
	rank := Of(d, c.Right()...)
	if c.Sound() && !rank.Named {
		rank.Place = 1
	}
	row.Ranks[All] = rank
	return row, nil
}

// Score is how often a view has the right cause first, and among the first three. Alone is how often it is first
// without other entries beside it that look the same.
type Score struct {
	Seen, First, Alone, Three, Wrong int
}

// Percent is part of all in percent.
func (s Score) Percent(part int) float64 {
	if s.Seen == 0 {
		return 0
	}
	return 100 * float64(part) / float64(s.Seen)
}

// Score counts one view over all rows. Wrong is another cause that was named with enough confidence.
func (t Table) Score(view View) Score {
	var s Score
	for _, row := range t.Rows {
		r, seen := row.Ranks[view]
		if !seen {
			continue
		}
		s.Seen++
		switch {
		case r.Place == 1:
			s.First++
			s.Three++
			if r.Alike == 0 {
				s.Alone++
			}
			continue
		case r.Place > 0 && r.Place <= 3:
			s.Three++
		}
		if r.Named {
			s.Wrong++
		}
	}
	return s
}

// views are those that any row has, in their order.
func (t Table) views() []View {
	var used []View
	for _, v := range append(slices.Clone(Offline), Live) {
		if slices.ContainsFunc(t.Rows, func(r Row) bool { _, ok := r.Ranks[v]; return ok }) {
			used = append(used, v)
		}
	}
	return used
}

// String is the table for people: a line for each failure, and below the percentages.
func (t Table) String() string {
	views := t.views()
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	head := table.Row{"failure", "on"}
	for _, v := range views {
		head = append(head, string(v))
	}
	w.AppendHeader(head)
	slices.SortFunc(t.Rows, func(a, b Row) int {
		return strings.Compare(a.Outcome+a.Pair+a.Scenario, b.Outcome+b.Pair+b.Scenario)
	})
	for _, row := range t.Rows {
		line := table.Row{row.Outcome, row.Pair}
		for _, v := range views {
			line = append(line, row.Ranks[v].String())
		}
		w.AppendRow(line)
	}
	var b strings.Builder
	b.WriteString(w.Render() + "\n")
	for _, v := range views {
		s := t.Score(v)
		fmt.Fprintf(&b, "%-13s first %3.0f %% (alone %3.0f %%), among three %3.0f %%, another cause named %3.0f %%, of %d\n",
			v, s.Percent(s.First), s.Percent(s.Alone), s.Percent(s.Three), s.Percent(s.Wrong), s.Seen)
	}
	return b.String()
}

// String is the rank for a table: its place, how many look the same, and otherwise what was said instead.
func (r Rank) String() string {
	switch {
	case !r.Seen:
		return ""
	case r.Place == 0:
		return "- (" + r.First + ")"
	case r.Alike > 0:
		return fmt.Sprintf("%d (with %d alike)", r.Place, r.Alike)
	case r.Place > 1:
		return fmt.Sprintf("%d (after %s)", r.Place, r.First)
	}
	return fmt.Sprint(r.Place)
}

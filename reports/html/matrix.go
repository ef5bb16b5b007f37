package html

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// matrix has a row for each version of the local cluster and a column for each of the remote one, newest first.
type matrix struct {
	Remotes []string
	Rows    []matrixRow
	Reasons []reason
}

// reason says why a pair does not connect, or is not documented as supported.
type reason struct {
	reports.Pair
	Text string
}

type matrixRow struct {
	Local string
	Cells []cell
}

// cell is a pair of versions. Worst is its most urgent verdict.
type cell struct {
	Pair    reports.Pair
	Asked   bool
	Worst   verdict.Verdict
	Counts  []count // those that are not 0
	Applies int     // scenarios that are not unsupported
	Passed  int
	// Note is what the version facts say of the pair, Why their reason; empty for a pair that is supported.
	Note, Why   string
	Link, Label string
}

func newMatrix(r *reports.Result) matrix {
	byPair := map[reports.Pair]map[verdict.Verdict]int{}
	var locals, remotes []string
	add := func(p reports.Pair) map[verdict.Verdict]int {
		if byPair[p] == nil {
			byPair[p] = map[verdict.Verdict]int{}
			if !slices.Contains(locals, p.Local) {
				locals = append(locals, p.Local)
			}
			if !slices.Contains(remotes, p.Remote) {
				remotes = append(remotes, p.Remote)
			}
		}
		return byPair[p]
	}
	tested := map[reports.Pair]reports.TestedPair{}
	for _, p := range r.Pairs {
		add(p.Pair())
		tested[p.Pair()] = p
	}
	for _, s := range r.Scenarios {
		add(s.Pair())[s.Verdict]++
	}
	newest := func(a, b string) int { return facts.CompareVersions(b, a) }
	slices.SortFunc(locals, newest)
	slices.SortFunc(remotes, newest)
	m := matrix{Remotes: remotes}
	for _, local := range locals {
		row := matrixRow{Local: local}
		for _, remote := range remotes {
			pair := reports.Pair{Local: local, Remote: remote}
			c := newCell(pair, byPair[pair], tested[pair])
			row.Cells = append(row.Cells, c)
			if c.Note != "" {
				m.Reasons = append(m.Reasons, reason{pair, c.sentence()})
			}
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

func newCell(pair reports.Pair, counts map[verdict.Verdict]int, known reports.TestedPair) cell {
	c := cell{Pair: pair, Asked: counts != nil, Worst: verdict.Unsupported}
	var words []string
	switch {
	case known.ConnectsReason == "": // nobody asked for the pair
	case !known.Connects:
		c.Note, c.Why = "does not connect", known.ConnectsReason
	case !known.CCSSupported:
		c.Note, c.Why = "search not documented", known.CCSReason
	}
	for _, v := range verdict.Verdicts() {
		n := counts[v]
		if n == 0 {
			continue
		}
		c.Counts = append(c.Counts, count{v, n})
		words = append(words, fmt.Sprintf("%d %s", n, v))
		if urgency(v) < urgency(c.Worst) {
			c.Worst = v
		}
		if v != verdict.Unsupported {
			c.Applies += n
		}
	}
	c.Passed = counts[verdict.Passed] + counts[verdict.Flaky]
	c.Link = "#/?local=" + url.QueryEscape(pair.Local) + "&remote=" + url.QueryEscape(pair.Remote)
	if c.Note != "" {
		words = append(words, c.Note)
	}
	c.Label = fmt.Sprintf("local %s, remote %s: %s", pair.Local, pair.Remote, strings.Join(words, ", "))
	return c
}

func (c cell) sentence() string {
	if c.Note == "does not connect" {
		return "The transport protocols do not fit: " + c.Why + "."
	}
	return "The clusters connect, and cross-cluster search over them is not documented as supported: " + c.Why + "."
}

// icon is a verdict's mark. Each has a shape of its own, so that colour is never all there is.
func icon(given any) template.HTML {
	name := fmt.Sprint(given)
	if v, err := verdict.ParseVerdict(name); err != nil || v.String() != name {
		name = "skipped"
	}
	//nolint:gosec // one of six names
	return template.HTML(`<svg class="icon ` + name +
		`" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><use href="#i-` + name + `"/></svg>`)
}

package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
)

// ParsePairs reads mappings of pairs, "9.2.0->9.2.0=9.3.2->9.2.0".
func ParsePairs(texts []string) (map[reports.Pair]reports.Pair, error) {
	all := map[reports.Pair]reports.Pair{}
	for _, text := range texts {
		from, to, ok := strings.Cut(text, "=")
		a, errA := parsePair(from)
		b, errB := parsePair(to)
		if !ok || errA != nil || errB != nil {
			return nil, fmt.Errorf("--pair %s: write a pair of the baseline, = and a pair of the result, such as "+
				"'8.19.0->9.2.0=8.19.0->9.3.2'", text)
		}
		if _, twice := all[a]; twice {
			return nil, fmt.Errorf("--pair %s: the pair %s of the baseline is mapped already", text, a)
		}
		all[a] = b
	}
	return all, nil
}

func parsePair(text string) (reports.Pair, error) {
	local, remote, ok := strings.Cut(text, "->")
	p := reports.Pair{Local: strings.TrimSpace(local), Remote: strings.TrimSpace(remote)}
	if !ok || p.Local == "" || p.Remote == "" || strings.Contains(p.Remote, "->") {
		return p, fmt.Errorf("%q is no pair", text)
	}
	return p, nil
}

// pairsOf lists the pairs that a result is about, each once.
func pairsOf(r *reports.Result) []reports.Pair {
	var all []reports.Pair
	add := func(p reports.Pair) {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	for _, p := range r.Pairs {
		add(p.Pair())
	}
	for _, s := range r.Scenarios {
		add(s.Pair())
	}
	return all
}

// pairs settles which pairs are compared. A pair that only one side has is a finding.
func (g *comparison) pairs() error {
	before, after := pairsOf(g.Baseline.Result), pairsOf(g.Result.Result)
	if g.AnyVersions && len(g.Pairs) == 0 {
		if len(before) != 1 || len(after) != 1 {
			return fmt.Errorf("--any-versions: %s has %s and %s has %s; it takes one each, map several with --pair",
				g.Baseline.Path, words.Count(len(before), "pair"), g.Result.Path, words.Count(len(after), "pair"))
		}
		g.Pairs = map[reports.Pair]reports.Pair{before[0]: after[0]}
	}
	taken := map[reports.Pair]reports.Pair{}
	for from, to := range g.Pairs {
		if !slices.Contains(before, from) {
			return fmt.Errorf("--pair %s=%s: %s has no pair %s; it has %s", from, to, g.Baseline.Path, from, list(before))
		}
		if !slices.Contains(after, to) {
			return fmt.Errorf("--pair %s=%s: %s has no pair %s; it has %s", from, to, g.Result.Path, to, list(after))
		}
	}
	for _, from := range before {
		to, mapped := g.Pairs[from]
		if !mapped {
			to = from
		}
		if other, twice := taken[to]; twice {
			return fmt.Errorf("--pair: %s and %s are both compared with %s; map each pair of the baseline to one of its own",
				other, from, to)
		}
		if slices.Contains(after, to) {
			taken[to] = from
			g.report.Pairs = append(g.report.Pairs, Compared{from, to})
			continue
		}
		g.found(Finding{Kind: OtherPair, Pair: from, Title: from.String(), Scenarios: []string{}, Was: "in the baseline",
			Is: "absent",
			Text: fmt.Sprintf("the result has no such pair, and its %s were not compared; run it, or map it to another pair "+
				"with --pair",
				words.Count(len(of(g.Baseline.Result, from)), "scenario"))})
	}
	for _, to := range after {
		if _, compared := taken[to]; !compared {
			g.found(Finding{Kind: OtherPair, Pair: to, Title: to.String(), Scenarios: []string{}, Was: "absent",
				Is: "in the result",
				Text: fmt.Sprintf("the baseline has no such pair, and nothing to hold %s against; accept a baseline that has it, "+
					"or map a pair to it with --pair",
					words.Count(len(of(g.Result.Result, to)), "scenario"))})
		}
	}
	return nil
}

func list(pairs []reports.Pair) string {
	var all []string
	for _, p := range pairs {
		all = append(all, p.String())
	}
	return strings.Join(all, ", ")
}

// of are the scenarios on a pair.
func of(r *reports.Result, pair reports.Pair) []reports.Scenario {
	var all []reports.Scenario
	for _, s := range r.Scenarios {
		if s.Pair() == pair {
			all = append(all, s)
		}
	}
	return all
}

// place is file:line of a scenario's id.
func place(id string) string {
	file, _, _ := strings.Cut(id, "@")
	return file
}

// name is what a scenario is called, whatever its line and pair.
func name(s reports.Scenario) reports.ScenarioKey {
	key := s.Key()
	key.Pair = reports.Pair{}
	return key
}

// match finds for each scenario before the one that it is after: the one of its name at its place; else, when lines
// have moved, the one of its name, in their order where several have it; else, renamed, the one at its place. It
// answers for each scenario before the index after, or -1, and which ones after were met by none.
func match(before, after []reports.Scenario) (met []int, fresh []int) {
	type at struct {
		key   reports.ScenarioKey
		place string
	}
	full := func(s reports.Scenario) any { return at{name(s), place(s.ID)} }
	named := func(s reports.Scenario) any { return name(s) }
	placed := func(s reports.Scenario) any { return place(s.ID) }
	met = make([]int, len(before))
	for i := range met {
		met[i] = -1
	}
	taken := make([]bool, len(after))
	for _, by := range []func(reports.Scenario) any{full, named, placed} {
		free := map[any][]int{}
		for j, s := range after {
			if !taken[j] {
				free[by(s)] = append(free[by(s)], j)
			}
		}
		for i, s := range before {
			if met[i] >= 0 {
				continue
			}
			if key := by(s); len(free[key]) > 0 {
				met[i], free[key] = free[key][0], free[key][1:]
				taken[met[i]] = true
			}
		}
	}
	for j := range after {
		if !taken[j] {
			fresh = append(fresh, j)
		}
	}
	return met, fresh
}

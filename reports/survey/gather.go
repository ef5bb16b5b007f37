// Package survey makes what a survey keeps of its runs: the observations of a pair in a form that stays the same from
// run to run and fits into the repository, and the table of verdicts of all pairs.
package survey

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// Ended is a scenario as the last run that carried it out left it.
type Ended struct {
	reports.Scenario
	Folder string // of that run
}

// Pair is what all runs of one pair came to.
type Pair struct {
	reports.Pair
	Scenarios []Ended // by file and line
	Clusters  []reports.Cluster
	Results   []*reports.Result // that hold the pair, oldest first
}

// ErrNoResult says that the folder of a run holds no result: the run goes on, or was killed.
var ErrNoResult = errors.New("it holds no result.json: the run has not ended, or was killed; run it again")

// Gather reads the results in the folders of runs, and answers what they came to by pair, in the order in which the
// pairs are met. Of several runs of a scenario the last one counts, but for one that skipped it.
func Gather(folders ...string) ([]*Pair, error) {
	type run struct {
		folder string
		result *reports.Result
	}
	var runs []run
	for _, folder := range folders {
		file := filepath.Join(folder, reports.ResultFile)
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", folder, ErrNoResult)
		}
		result, err := reports.Load(file)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run{folder, result})
	}
	slices.SortStableFunc(runs, func(a, b run) int { return a.result.Started.Compare(b.result.Started) })
	var pairs []*Pair
	for _, r := range runs {
		for _, s := range r.result.Scenarios {
			p := find(&pairs, s.Pair())
			p.add(Ended{s, r.folder})
			if !slices.Contains(p.Results, r.result) {
				p.Results = append(p.Results, r.result)
				p.Clusters = append(p.Clusters, r.result.Clusters...)
			}
		}
	}
	for _, p := range pairs {
		slices.SortStableFunc(p.Scenarios, func(a, b Ended) int {
			return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
		})
	}
	return pairs, nil
}

func find(pairs *[]*Pair, of reports.Pair) *Pair {
	for _, p := range *pairs {
		if p.Pair == of {
			return p
		}
	}
	p := &Pair{Pair: of}
	*pairs = append(*pairs, p)
	return p
}

func (p *Pair) add(s Ended) {
	for i, before := range p.Scenarios {
		if before.Key() == s.Key() {
			if s.Verdict != verdict.Skipped {
				p.Scenarios[i] = s
			}
			return
		}
	}
	p.Scenarios = append(p.Scenarios, s)
}

// Ran reports whether the scenario came to an end, whatever its verdict.
func (p *Pair) Ran(key reports.ScenarioKey) bool {
	return slices.ContainsFunc(p.Scenarios, func(s Ended) bool {
		return s.Key() == key && s.Verdict != verdict.Skipped
	})
}

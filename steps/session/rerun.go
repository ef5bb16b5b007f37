package session

import (
	"fmt"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// defaultProfile is the profile of a command that names none.
const defaultProfile = "default"

// readFailed reads the scenarios that did not come to a good end in a stored result, and the pairs that they were on.
func (s *Selection) readFailed() ([]reports.Scenario, error) {
	o := s.options
	if len(o.Paths)+len(o.Local)+len(o.Remote) > 0 || o.Tags != "" || o.Profile != "" && o.Profile != defaultProfile {
		return nil, usagef("--rerun-failed: %s names the scenarios and pairs; "+
			"give no features, tags, versions or profile beside it", o.RerunFailed)
	}
	result, err := reports.Load(o.RerunFailed)
	if err != nil {
		return nil, fmt.Errorf("--rerun-failed: %w", err)
	}
	var files []string
	var failed []reports.Scenario
	for _, w := range result.Scenarios {
		if w.Verdict != verdict.Failed && w.Verdict != verdict.Error && w.Verdict != verdict.Skipped {
			continue
		}
		failed = append(failed, w)
		if !slices.Contains(files, w.File) {
			files = append(files, w.File)
		}
		pair, err := storedPair(w)
		if err != nil {
			return nil, usagef("--rerun-failed: %s: scenario %q has the pair %s, which is none (%w)",
				o.RerunFailed, w.ID, w.Pair(), err)
		}
		if !slices.ContainsFunc(s.Pairs, func(p steps.Pair) bool { return p.String() == pair.String() }) {
			s.Pairs = append(s.Pairs, pair)
		}
	}
	if len(failed) == 0 {
		return nil, usagef("--rerun-failed: nothing failed, broke or was skipped in %s; there is nothing to run again",
			o.RerunFailed)
	}
	if s.scenarios, err = gherkin.Load(o.Features, files...); err != nil {
		return nil, fmt.Errorf("--rerun-failed: %w; %s was written from other features", err, o.RerunFailed)
	}
	return failed, nil
}

// storedPair is the pair of versions that a stored scenario was on.
func storedPair(s reports.Scenario) (pair steps.Pair, err error) {
	if pair.Local, err = semver.StrictNewVersion(s.Local); err == nil {
		pair.Remote, err = semver.StrictNewVersion(s.Remote)
	}
	return pair, err
}

// keepFailed keeps the scenarios that are to be run again: by their place where it still holds one of that name, and
// else by what stays when lines move.
func (s *Selection) keepFailed(failed []reports.Scenario) error {
	byID, byKey := map[string]reports.Scenario{}, map[reports.ScenarioKey][]string{}
	for _, item := range s.items {
		now := item.Report()
		byID[now.ID] = now
		byKey[now.Key()] = append(byKey[now.Key()], now.ID)
	}
	s.only = map[string]bool{}
	var gone []string
	for _, w := range failed {
		switch now, there := byID[w.ID]; {
		case there && now.Key() == w.Key():
			s.only[w.ID] = true
		case len(byKey[w.Key()]) == 1:
			s.only[byKey[w.Key()][0]] = true
		default:
			gone = append(gone, fmt.Sprintf("%s (%s: %s)", w.ID, w.Feature, w.Name))
		}
	}
	if len(gone) > 0 {
		return usagef("--rerun-failed: %s: the features no longer hold %s; "+
			"run those that took their place by name, or everything again", s.options.RerunFailed, strings.Join(gone, ", "))
	}
	s.items = s.selected(s.items)
	return nil
}

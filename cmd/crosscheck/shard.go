package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// defaultProfile is what runs when nothing is named.
const defaultProfile = "default"

// divide keeps the part of the plan that --shard names. How the plan is split hangs on the command line and the data alone,
// never on the machine: every part must come to the same answer.
func (s selection) divide(ctx context.Context, out *selected) error {
	shard, err := suite.ParseShard(s.Shard)
	if err != nil {
		return usageError{err}
	}
	if shard.Count == 0 {
		if len(s.Costs) > 0 {
			return usagef("--costs: says how to split a plan; give --shard too")
		}
		return nil
	}
	var known []*reports.Result
	for _, path := range s.Costs {
		result, err := reports.Load(path)
		if err != nil {
			return usageError{fmt.Errorf("--costs: %w", err)}
		}
		known = append(known, result)
	}
	items, err := out.plan(out.assembledLacks)
	if err != nil {
		return err
	}
	for _, item := range items {
		out.whole = append(out.whole, item.Report().ID)
	}
	out.shard = shard
	if out.only, err = shard.Split(items, suite.Clusters(ctx, out.rules.Facts), suite.CostsOf(known...)); err != nil {
		return usageError{err}
	}
	return nil
}

// part is the shard as the result holds it; nil for a whole plan.
func (s *selected) part() *reports.Shard {
	if s.shard.Count == 0 {
		return nil
	}
	return &reports.Shard{Index: s.shard.Index, Count: s.shard.Count, Plan: s.whole}
}

// failedOf selects what did not come to a good end in a stored result.
func (s selection) failedOf(out *selected) error {
	if len(s.Features)+len(s.Local)+len(s.Remote) > 0 || s.Tags != "" || s.Profile != defaultProfile {
		return usagef("--rerun-failed: %s names the scenarios and pairs; give no features, tags, versions or profile beside it", s.RerunFailed)
	}
	result, err := reports.Load(s.RerunFailed)
	if err != nil {
		return usageError{fmt.Errorf("--rerun-failed: %w", err)}
	}
	var files []string
	var wanted []reports.Scenario
	for _, w := range result.Scenarios {
		if w.Verdict != verdict.Failed && w.Verdict != verdict.Error && w.Verdict != verdict.Skipped {
			continue
		}
		wanted = append(wanted, w)
		if !slices.Contains(files, w.File) {
			files = append(files, w.File)
		}
		pair := steps.Pair{}
		if pair.Local, err = semver.StrictNewVersion(w.Local); err == nil {
			pair.Remote, err = semver.StrictNewVersion(w.Remote)
		}
		if err != nil {
			return usagef("--rerun-failed: %s: scenario %q has the pair %s, which is none (%w)", s.RerunFailed, w.ID, w.Pair(), err)
		}
		if !slices.ContainsFunc(out.pairs, func(p steps.Pair) bool { return p.String() == pair.String() }) {
			out.pairs = append(out.pairs, pair)
		}
	}
	if len(wanted) == 0 {
		return usagef("--rerun-failed: nothing failed, broke or was skipped in %s; there is nothing to run again", s.RerunFailed)
	}
	if out.scenarios, err = gherkin.Load(anyPath{}, files...); err != nil {
		return usageError{fmt.Errorf("--rerun-failed: %w; %s was written from other features", err, s.RerunFailed)}
	}
	return out.find(s.RerunFailed, wanted)
}

// find keeps the wanted scenarios: by their place where it still holds one of that name, and else by what stays when lines
// move.
func (s *selected) find(file string, wanted []reports.Scenario) error {
	items, err := s.plan(nil)
	if err != nil {
		return err
	}
	byID, byKey := map[string]reports.Scenario{}, map[reports.ScenarioKey][]string{}
	for _, item := range items {
		now := item.Report()
		byID[now.ID] = now
		byKey[now.Key()] = append(byKey[now.Key()], now.ID)
	}
	s.only = map[string]bool{}
	var gone []string
	for _, w := range wanted {
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
		return usagef("--rerun-failed: %s: the features no longer hold %s; run those that took their place by name, or everything again",
			file, strings.Join(gone, ", "))
	}
	return nil
}

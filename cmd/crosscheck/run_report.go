package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// report writes the result, also after an interruption, and turns it into the exit code.
func (r *run) report(on *session.Session, out suite.Outcome, closing error) error {
	result := &reports.Result{
		Schema: reports.SchemaVersion, RunID: r.id, ToolVersion: version,
		Started: r.began.UTC(), Finished: time.Now().UTC(), Seconds: time.Since(r.began).Seconds(),
		Machine: reports.Machine{
			EngineVersion: on.Info.Version, APIVersion: on.Info.APIVersion, Cores: on.Info.CPUs, MemoryBytes: on.Info.Memory,
		},
		Command:   reports.Command{Line: commandLine(), Profile: r.profile(), Features: r.Features, Tags: r.Tags},
		Shard:     on.Shard(),
		Clusters:  out.Clusters,
		Scenarios: out.Scenarios,
	}
	for _, p := range on.Pairs {
		result.Pairs = append(result.Pairs, tested(on.Facts, p))
	}
	result.Outcomes = expected(on.Catalogue, result.Scenarios)
	reports.Summarize(result, out.Unfinished)
	path, err := r.store.WriteResult(result)
	if err != nil {
		return errors.Join(err, closing)
	}
	report, err := writeReports(r.store, path, r.pages...)
	if err == nil {
		err = r.store.Latest()
	}
	if err != nil {
		return errors.Join(err, closing)
	}
	r.view.RunFinished(result, report)
	if r.Keep && on.Engine != nil {
		r.view.Note("the clusters are kept: docker ps --filter label=" + docker.LabelRun + "=" + r.id +
			"; crosscheck clean --kept removes them")
	}
	if left := on.Left(); len(left) > 0 {
		r.view.Note("the cluster keeps " + words.Named("namespace", left) + "; crosscheck clean --kept --kubeconfig " +
			r.Kubeconfig + " removes them")
	}
	if closing != nil {
		return fmt.Errorf("clean up: %w; the next run, or crosscheck clean, removes what is left", closing)
	}
	if result.Summary.ExitCode != reports.ExitConformant {
		return exitError(result.Summary.ExitCode)
	}
	return nil
}

// tested is a pair with what the version facts say of it.
func tested(known *facts.Facts, p steps.Pair) reports.TestedPair {
	t := reports.TestedPair{Local: p.Local.Original(), Remote: p.Remote.Original()}
	t.Connects, t.ConnectsReason = known.Connects(p.Local, p.Remote)
	t.CCSSupported, t.CCSReason = known.CCSSupported(p.Local, p.Remote)
	return t
}

func (r *run) profile() string {
	if len(r.Local)+len(r.Remote) > 0 || r.RerunFailed != "" {
		return ""
	}
	return r.Profile
}

// plan is what the view shows of the session when the run starts.
func (r *run) plan(on *session.Session) reports.Plan {
	plan := reports.Plan{Version: version, Scenarios: len(on.Items()), Lanes: on.Lanes, RunDir: r.store.Dir(),
		EngineVersion: on.Info.Version, Cores: on.Info.CPUs, FreeMemoryBytes: on.FreeMemory}
	for _, p := range on.Pairs {
		plan.Pairs = append(plan.Pairs, reports.Pair{Local: p.Local.Original(), Remote: p.Remote.Original()})
	}
	at := map[string]int{}
	for _, item := range on.Items() {
		s := item.Report()
		key := s.Feature + "\x00" + s.Pair().String()
		if _, ok := at[key]; !ok {
			at[key] = len(plan.Groups)
			plan.Groups = append(plan.Groups, reports.Group{Feature: s.Feature, Pair: s.Pair()})
		}
		plan.Groups[at[key]].Scenarios++
	}
	return plan
}

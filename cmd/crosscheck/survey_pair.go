package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports"
	surveyed "github.com/crosscheck-dev/crosscheck/reports/survey"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// pairRun is one pair of a survey.
type pairRun struct {
	*surveyRun
	streams *streams
	pair    facts.Pair
}

// run carries out what the pair's results do not have yet, and answers the pair's row. An error ends the survey.
func (p *pairRun) run() (surveyed.Row, error) {
	name := reports.Pair{Local: p.pair.Local.Original(), Remote: p.pair.Remote.Original()}
	before, err := p.gathered()
	if err != nil {
		return surveyed.Row{}, usageError{err}
	}
	rc, missing, err := p.command(before)
	if err != nil {
		return surveyed.Row{}, err
	}
	if missing == 0 {
		return surveyed.NewRow(name, before, ""), p.keep(p.streams, before)
	}
	if p.streams.ctx.Err() != nil {
		// Whoever interrupts a survey still reads the table of what is there; the row says what is missing.
		return surveyed.NewRow(name, before, p.cut(missing)), nil //nolint:nilerr // see above
	}
	var code exitError
	why := ""
	r := &run{runCommand: rc, streams: p.streams, id: session.NewRunID(), witness: logsAreRead}
	if err := r.start(); err != nil && !errors.As(err, &code) {
		if !canGoOn(p.streams.ctx, err) {
			return surveyed.Row{}, err
		}
		why = "cannot be run: " + err.Error()
		fmt.Fprintf(p.streams.err, "crosscheck: %s %s\n", name, why)
	}
	after, err := p.gathered()
	if err != nil {
		return surveyed.Row{}, usageError{err}
	}
	asked := *p.surveyRun
	asked.RerunFailed = false // what failed again is not missing
	if _, missing, err = (&pairRun{&asked, p.streams, p.pair}).command(after); err != nil {
		return surveyed.Row{}, err
	}
	if why == "" {
		why = p.cut(missing)
	}
	row := surveyed.NewRow(name, after, why)
	if why != "" {
		return row, nil // what is stored of a whole survey is not replaced by a part of one
	}
	return row, p.keep(p.streams, after)
}

func (p *pairRun) cut(missing int) string {
	if missing == 0 {
		return ""
	}
	return fmt.Sprintf("%d scenarios were not run; the same command goes on with them", missing)
}

// folder is where the runs of the pair are.
func (p *pairRun) folder() string {
	return filepath.Join(p.Out, p.pair.Local.Original()+"--"+p.pair.Remote.Original())
}

// gathered is what earlier runs of the pair came to; nil without any. Runs that were killed have no result, and count
// for nothing.
func (p *pairRun) gathered() (*surveyed.Pair, error) {
	results, err := filepath.Glob(filepath.Join(p.folder(), "*", reports.ResultFile))
	if err != nil || len(results) == 0 {
		return nil, err
	}
	var folders []string
	for _, file := range results {
		folder := filepath.Dir(file)
		if info, err := os.Lstat(folder); err == nil && info.IsDir() { // not the link to the newest one
			folders = append(folders, folder)
		}
	}
	pairs, err := surveyed.Gather(folders...)
	if err != nil {
		return nil, err
	}
	for _, of := range pairs {
		if of.Local == p.pair.Local.Original() && of.Remote == p.pair.Remote.Original() {
			return of, nil
		}
	}
	return nil, nil
}

// command is the run of what is missing, and how many scenarios that are.
func (p *pairRun) command(before *surveyed.Pair) (*runCommand, int, error) {
	rc := &runCommand{Lanes: p.Lanes, Timeouts: p.Timeouts, Out: p.folder()}
	rc.Features, rc.Tags, rc.Profile, rc.Drafts = p.Features, p.Tags, p.Profile, p.Drafts
	rc.Image, rc.Images = p.Image, p.Images
	rc.Local, rc.Remote = []string{p.pair.Local.Original()}, []string{p.pair.Remote.Original()}
	selected, err := session.Select(p.streams.ctx, rc.selection.options(p.streams))
	if err != nil {
		return nil, 0, err
	}
	if before == nil {
		return rc, len(selected.Items()), nil
	}
	var features []string
	for _, item := range selected.Items() {
		if !p.done(before, item.Report().Key()) {
			features = append(features, item.Scenario.ID())
		}
	}
	if len(features) < len(selected.Items()) {
		rc.Features, rc.Tags = features, ""
	}
	return rc, len(features), nil
}

// done reports whether a scenario needs no further run.
func (p *pairRun) done(before *surveyed.Pair, key reports.ScenarioKey) bool {
	return before.Ran(key) && !(p.RerunFailed && slices.ContainsFunc(before.Scenarios, func(s surveyed.Ended) bool {
		return s.Key() == key && (s.Verdict == verdict.Failed || s.Verdict == verdict.Error)
	}))
}

// logsAreRead is a witness that asks nothing: with a witness logs are read of every failure, also where its entry
// expects nothing of them.
func logsAreRead(context.Context, catalogue.Observation, *lab.Cluster, *lab.Cluster) error {
	return nil
}

// stopsEverything reports whether an error is about the machine or the command line, so that no pair can be run.
func stopsEverything(err error) bool {
	var unreachable *docker.UnreachableError
	var setting *docker.SettingError
	var options *session.UsageError
	var usage usageError
	return errors.As(err, &unreachable) || errors.As(err, &setting) || errors.As(err, &options) || errors.As(err, &usage)
}

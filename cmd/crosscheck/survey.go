package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/fixtures/survey"
	"github.com/crosscheck-dev/crosscheck/reports"
	surveyed "github.com/crosscheck-dev/crosscheck/reports/survey"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
)

type surveyCommand struct {
	Run   surveyRun   `cmd:"" default:"withargs" help:"Run the pairs that are not complete yet, and print the table of all."`
	Store surveyStore `cmd:"" help:"Keep what runs observed, a file a pair, for the replay in make test and for crosscheck changes."`
}

type surveyRun struct {
	Features    []string          `arg:"" optional:"" help:"Feature files or folders, or FILE:LINE (default: those of the profile)."`
	Tags        string            `help:"Cucumber tag expression." placeholder:"EXPR"`
	Profile     string            `help:"Entry of fixtures/profiles.yaml whose features are run when neither features nor tags are given." default:"full" placeholder:"ID"`
	Lines       []string          `help:"Only these lines as the local cluster, such as 8.5 or 8.5.0 (default: all of fixtures/survey.yaml)." placeholder:"LINE"`
	Pairs       string            `help:"self: each line with itself. all: also with the next and with the last one as the remote cluster." enum:"self,all" default:"all"`
	Shard       string            `help:"Only one of several parts of the pairs, for several machines: 1/4 to 4/4." placeholder:"I/N"`
	RerunFailed bool              `help:"Also run again what failed or broke in pairs that are complete."`
	Drafts      bool              `help:"Also scenarios tagged @draft."`
	Image       map[string]string `help:"Use this image for a version." placeholder:"VERSION=REF"`
	Images      string            `help:"YAML file that names images by version." type:"path" placeholder:"FILE"`
	Lanes       int               `help:"Pairs of clusters to work on at the same time." placeholder:"N"`
	Timeouts    string            `help:"Scale all time limits (2x), or set some." placeholder:"SPEC"`
	Out         string            `help:"Folder for results, a folder a pair. A survey that was cut goes on from what is there." default:"out/survey" type:"path"`
	Store       string            `help:"Keep what each pair observed in this folder, as crosscheck survey store does." type:"path" placeholder:"DIR"`
}

// Run carries out `crosscheck survey`.
func (c *surveyRun) Run(s *streams) error {
	plan, err := survey.DefaultPlan()
	if err != nil {
		return usageError{err}
	}
	pairs, err := c.pairs(plan)
	if err != nil {
		return usageError{err}
	}
	t := surveyed.Table{}
	for _, pair := range pairs {
		row, err := (&pairRun{surveyRun: c, streams: s, pair: pair}).run()
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, row)
	}
	if err := c.report(s, t); err != nil {
		return err
	}
	if code := t.ExitCode(); code != reports.ExitConformant {
		return exitError(code)
	}
	return nil
}

// pairs are those that the flags choose.
func (c *surveyRun) pairs(plan *survey.Plan) ([]facts.Pair, error) {
	var only []*semver.Version
	for _, text := range c.Lines {
		i := slices.IndexFunc(plan.Lines, func(v *semver.Version) bool {
			return v.Original() == text || strings.HasPrefix(v.Original(), strings.TrimSuffix(text, ".x")+".")
		})
		if i < 0 {
			return nil, fmt.Errorf("--lines %s: no line of fixtures/survey.yaml; there are %s", text, lineNames(plan))
		}
		only = append(only, plan.Lines[i])
	}
	all := plan.Pairs(survey.Partners(c.Pairs), only...)
	shard, err := suite.ParseShard(c.Shard)
	if err != nil || shard.Count == 0 {
		return all, err
	}
	var part []facts.Pair
	for i := shard.Index - 1; i < len(all); i += shard.Count {
		part = append(part, all[i])
	}
	return part, nil
}

func lineNames(plan *survey.Plan) string {
	var names []string
	for _, v := range plan.Lines {
		names = append(names, v.Original())
	}
	return strings.Join(names, ", ")
}

// report prints the table, and writes it beside the results.
func (c *surveyRun) report(s *streams, t surveyed.Table) error {
	fmt.Fprintln(s.out, t.Text())
	for _, r := range t.Rows {
		if r.Missing != "" {
			fmt.Fprintf(s.out, "%s -> %s is not complete: %s\n", r.Local, r.Remote, r.Missing)
		}
	}
	data, err := t.JSON()
	if err != nil {
		return err
	}
	return errors.Join(reports.WriteFile(filepath.Join(c.Out, "survey.json"), data),
		reports.WriteFile(filepath.Join(c.Out, "survey.md"), []byte(t.Markdown())))
}

// keep stores what the pair observed, where that was asked for. Of some features or tags alone it is added to what is
// stored of the others.
func (c *surveyRun) keep(s *streams, p *surveyed.Pair) error {
	if c.Store == "" || p == nil {
		return nil
	}
	storing, err := newStoring(s)
	if err != nil {
		return err
	}
	part := len(c.Features) > 0 || c.Tags != ""
	return (&surveyStore{Dir: c.Store, Add: part}).store(s, storing, p)
}

// canGoOn reports whether an error is about one pair, such as an image that cannot be had, so that others can still be
// run.
func canGoOn(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !stopsEverything(err)
}

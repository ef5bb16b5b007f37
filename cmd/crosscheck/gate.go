package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/gate"
)

type gateCommand struct {
	Result      string   `arg:"" help:"The result.json to judge."`
	Baseline    string   `required:"" help:"The result.json of the last accepted run." placeholder:"FILE"`
	Policy      string   `help:"What may pass: limits for recoveries, expected failures (docs/gate.md)." placeholder:"FILE"`
	Pair        []string `help:"Compare a pair of the baseline with another pair of the result, for an upgrade." placeholder:"'A->B=C->D'" sep:"none"`
	AnyVersions bool     `help:"Compare the only pair of the baseline with the only pair of the result, whatever their versions."`
	Format      string   `help:"text, markdown or json." enum:"text,markdown,json" default:"text"`
}

// Run carries out `crosscheck gate`.
func (c *gateCommand) Run(s *streams) error {
	in, err := c.read()
	if err != nil {
		return usageError{err}
	}
	report, err := gate.Judge(*in)
	if err != nil {
		return usageError{err}
	}
	out := report.Text()
	switch c.Format {
	case "markdown":
		out = report.Markdown()
	case "json":
		data, err := report.JSON()
		if err != nil {
			return err
		}
		out = string(data)
	}
	if _, err := fmt.Fprint(s.out, s.redactor.String(out)); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if report.ExitCode != reports.ExitConformant {
		return exitError(report.ExitCode)
	}
	return nil
}

// read loads both results, the policy and the data. All that is wrong with the files is said at once.
func (c *gateCommand) read() (*gate.Input, error) {
	in := gate.Input{PolicyPath: c.Policy, AnyVersions: c.AnyVersions, Now: time.Now()}
	in.Baseline.Path, in.Result.Path = c.Baseline, c.Result
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	var err error
	in.Baseline.Result, err = reports.Load(c.Baseline)
	keep(err)
	in.Result.Result, err = reports.Load(c.Result)
	keep(err)
	if c.Policy != "" {
		data, err := os.ReadFile(c.Policy)
		if err != nil {
			keep(fmt.Errorf("--policy: %w; name a policy as docs/gate.md describes it", err))
		} else {
			in.Policy, err = gate.LoadPolicy(c.Policy, data)
			keep(err)
		}
	}
	in.Pairs, err = gate.ParsePairs(c.Pair)
	keep(err)
	if len(in.Pairs) > 0 && c.AnyVersions {
		keep(errors.New("--any-versions: says what --pair says too; give one of them"))
	}
	in.Facts, err = facts.Default()
	keep(err)
	in.Catalogue, err = catalogue.Default()
	keep(err)
	return &in, errors.Join(errs...)
}

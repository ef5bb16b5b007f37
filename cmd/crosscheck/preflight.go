package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/preflight"
)

type preflightCommand struct {
	selection
	Fix bool `help:"As root on Debian or Ubuntu: install and start what is missing. CROSSCHECK_FIX=0 forbids it."`
}

// Run carries out `crosscheck preflight`.
func (c *preflightCommand) Run(s *streams) error {
	if _, err := docker.Find(docker.ThisEnvironment()); err != nil {
		return err // a setting is wrong: there is no Engine to look at, and none to install
	}
	selected, err := session.Select(s.ctx, c.options(s))
	if err != nil {
		return err
	}
	cache, err := image.CacheDir()
	if err != nil {
		return err
	}
	nodes := selected.Nodes()
	options := preflight.Options{
		Versions: selected.Versions(), Nodes: max(3*min(3, len(selected.Pairs)), nodes.Most), MultiNode: nodes.Several,
		OpenFiles: nodes.ECK, CacheDir: cache, Log: s.out,
		ImagePlan: func(ctx context.Context, version string) (preflight.Plan, error) {
			return s.imagePlan(ctx, selected, version)
		},
	}
	report := preflight.Check(s.ctx, options)
	if c.Fix {
		report = preflight.Fix(s.ctx, report, options)
	}
	fmt.Fprint(s.out, report)
	if !report.OK() {
		fmt.Fprintln(s.err, "crosscheck: this machine is not ready, see above")
		return exitError(reports.ExitHarnessBroke)
	}
	return nil
}

// imagePlan says where the image of a version comes from. The Engine may have come up only just now, so each call
// connects.
func (s *streams) imagePlan(ctx context.Context, selected *session.Selection, version string,
) (_ preflight.Plan, err error) {
	engine, err := docker.Connect(ctx, "preflight", s.log)
	if err != nil {
		return preflight.Plan{}, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	resolver, err := image.New(image.Options{Engine: engine, Catalogue: selected.Published, Images: selected.Images,
		Log: s.log})
	if err != nil {
		return preflight.Plan{}, err
	}
	plan, err := resolver.Plan(ctx, version)
	if err != nil {
		return preflight.Plan{}, err
	}
	source := string(plan.Source) + " " + plan.Ref
	switch {
	case plan.Ready:
		source += ", present"
	case plan.Source == image.Assembled:
		source += ", to be assembled from published artifacts"
	case plan.Source == image.Registry:
		source += ", to be pulled"
	}
	if plan.Note != "" {
		source += " (" + strings.TrimPrefix(plan.Note, "; ") + ")"
	}
	return preflight.Plan{Source: source, Assemble: plan.Source == image.Assembled && !plan.Ready}, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/eck/build"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

type eckUp struct {
	Operator string            `help:"Version of the operator (default: the first in fixtures/eck.yaml)." placeholder:"VERSION"`
	ECKTrial bool              `name:"eck-trial" help:"Start the trial of ECK's enterprise features: you accept its license agreement."`
	Image    map[string]string `help:"Use this image for a version." placeholder:"VERSION=REF"`
	Images   string            `help:"YAML file that names images by version." type:"path" placeholder:"FILE"`
	Timeouts string            `help:"Scale all time limits (2x), or set some (cluster_start=5m)." placeholder:"SPEC"`
}

// Run carries out `crosscheck eck up`: it ends with Ctrl-C, and removes everything.
func (c *eckUp) Run(s *streams) error {
	timeouts, err := parseTimeouts(c.Timeouts)
	if err != nil {
		return usageError{err}
	}
	published, err := image.ReadCatalogue(fixtures.FS)
	if err != nil {
		return usageError{err}
	}
	explicit, err := selection{Image: c.Image, Images: c.Images}.images()
	if err != nil {
		return usageError{err}
	}
	builder, err := eckBuilder(func(string, string) {})
	if err != nil {
		return err
	}
	if c.Operator != "" {
		if _, err := builder.Pins.Operator(c.Operator); err != nil {
			return usagef("eck up --operator: %w", err)
		}
	}
	// Before anything is started.
	if err := eck.OwnEnvironment(); err != nil {
		return err
	}
	if _, err := builder.ControlPlane(); err != nil {
		return err
	}
	if _, err := builder.Operator(c.Operator); err != nil {
		return err
	}
	options := labOptions{published: published, explicit: explicit, timeouts: timeouts, progress: s.out}
	return withLab(s, options, func(b bench) error { return c.open(s, builder, b) })
}

func (c *eckUp) open(s *streams, builder *build.Builder, b bench) (err error) {
	environment, err := eck.Start(s.ctx, eck.Options{Run: b.engine.Run(), Builder: builder, Engine: b.engine, Lab: b.lab, Images: b.images, Secrets: s.redactor,
		Trial: c.ECKTrial, Log: s.log})
	defer func() { err = errors.Join(err, environment.Close(s.ctx)) }()
	if err != nil {
		return err
	}
	opened, err := environment.Open(s.ctx, c.Operator)
	defer func() { opened.Close(context.WithoutCancel(s.ctx)) }()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, `Kubernetes %s with ECK %s at %s

  export KUBECONFIG=%s
  kubectl is %s

Nodes are containers here and load balancers are toxiproxy; what the operator makes of a manifest is its own.
Ctrl-C removes everything.
`, builder.Pins.Kubernetes.Version, opened.Operator, opened.Server, opened.Kubeconfig, opened.Kubectl)
	return c.wait(s, opened)
}

// wait stays until the user has had enough, or a part of it has ended.
func (c *eckUp) wait(s *streams, opened *eck.Opened) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			if cause := context.Cause(s.ctx); !errors.Is(cause, context.Canceled) {
				return cause
			}
			fmt.Fprintln(s.out, "removing everything")
			return nil
		case <-tick.C:
			if err := opened.Alive(); err != nil {
				fmt.Fprintf(s.err, "crosscheck: %v\n", err)
				return exitError(reports.ExitHarnessBroke)
			}
		}
	}
}

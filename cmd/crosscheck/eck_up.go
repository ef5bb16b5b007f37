package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/eck/build"
)

type eckUp struct {
	Operator string            `help:"Version of the operator (default: the first in fixtures/eck.yaml)." placeholder:"VERSION"`
	ECKTrial bool              `name:"eck-trial" help:"Start the trial of ECK's enterprise features: you accept its license agreement."`
	Image    map[string]string `help:"Use this image for a version." placeholder:"VERSION=REF"`
	Images   string            `help:"YAML file that names images by version." type:"path" placeholder:"FILE"`
	Timeouts string            `help:"Scale all time limits (2x), or set some (cluster_start=5m)." placeholder:"SPEC"`
}

// Run carries out `crosscheck eck up`: it ends with Ctrl-C, and removes everything.
func (c *eckUp) Run(s *streams) (err error) {
	timeouts, err := parseTimeouts(c.Timeouts)
	if err != nil {
		return usageError{err}
	}
	o := s.options()
	o.Images, o.ImagesFile, o.Timeouts = c.Image, c.Images, timeouts
	o.Note = func(text string) { fmt.Fprintln(s.out, text) }
	selected, err := session.Select(s.ctx, o)
	if err != nil {
		return err
	}
	builder, err := session.ECKBuilder(nil)
	if err != nil {
		return err
	}
	if c.Operator != "" {
		if _, err := builder.Pins.Operator(c.Operator); err != nil {
			return usagef("eck up --operator: %w", err)
		}
	}
	// Before anything is started.
	if _, err := builder.ControlPlane(); err != nil {
		return err
	}
	if _, err := builder.Operator(c.Operator); err != nil {
		return err
	}
	on, err := selected.Open(s.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, on.Close(s.ctx)) }()
	return c.open(s, builder, on)
}

func (c *eckUp) open(s *streams, builder *build.Builder, on *session.Session) (err error) {
	environment, err := eck.Start(s.ctx, eck.Options{
		Run: on.Engine.Run(), Builder: builder, Engine: on.Engine, Lab: on.Lab, Images: on.Resolver,
		Secrets: s.redactor, Trial: c.ECKTrial, Log: s.log,
	})
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

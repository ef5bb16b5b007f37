package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
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
func (c *eckUp) Run(s *streams) (err error) {
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
	if _, err := builder.ControlPlane(); err != nil {
		return err
	}
	if _, err := builder.Operator(c.Operator); err != nil {
		return err
	}
	balancer, err := balancerBinary()
	if err != nil {
		return err
	}
	engine, err := docker.Connect(s.ctx, newRunID(), s.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	if _, err := engine.SweepDead(s.ctx, false); err != nil {
		return fmt.Errorf("remove what earlier runs left: %w", err)
	}
	images, err := image.New(image.Options{Engine: engine, Catalogue: published, Images: explicit, Log: s.log,
		Progress: func(e image.Event) { fmt.Fprintln(s.out, e.String()) }})
	if err != nil {
		return err
	}
	lab, err := topology.NewLab(s.ctx, topology.Options{Engine: engine, Images: images, Secrets: s.redactor, Timeouts: timeouts, Balancer: balancer, Log: s.log,
		Observe: func(topology.Event) {}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lab.Close(s.ctx)) }()
	environment, err := eck.Start(s.ctx, eck.Options{Run: engine.Run(), Builder: builder, Engine: engine, Lab: lab, Images: images, Secrets: s.redactor,
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

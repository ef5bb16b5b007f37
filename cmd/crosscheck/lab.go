package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// labOptions are what a command that needs clusters, and is no run of scenarios, says of them.
type labOptions struct {
	published *image.Catalogue
	explicit  map[string]string
	timeouts  topology.Timeouts
	progress  io.Writer       // what is told of images
	observe   func(lab.Event) // may be nil
}

// bench is a lab with what it is made of.
type bench struct {
	engine *docker.Engine
	images *image.Resolver
	lab    *lab.Lab
}

// withLab lends a lab, after the sweep that every command begins with, and takes everything down that was started in it.
func withLab(s *streams, o labOptions, use func(bench) error) (err error) {
	var b bench
	if b.engine, err = docker.Connect(s.ctx, newRunID(), s.log); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.engine.Close()) }()
	if _, err := b.engine.SweepDead(s.ctx, false); err != nil {
		return fmt.Errorf("remove what earlier runs left: %w", err)
	}
	balancer, err := balancerBinary()
	if err != nil {
		return err
	}
	if b.images, err = image.New(image.Options{Engine: b.engine, Catalogue: o.published, Images: o.explicit, Log: s.log,
		Progress: func(e image.Event) { fmt.Fprintln(o.progress, e.String()) }}); err != nil {
		return err
	}
	observe := o.observe
	if observe == nil {
		observe = func(lab.Event) {}
	}
	if b.lab, err = lab.NewLab(s.ctx, lab.Options{Engine: b.engine, Images: b.images, Secrets: s.redactor, Timeouts: o.timeouts, Balancer: balancer,
		Log: s.log, Observe: observe}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.lab.Close(s.ctx)) }()
	return use(b)
}

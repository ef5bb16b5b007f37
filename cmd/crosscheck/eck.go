package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/eck/build"
)

type eckCommand struct {
	List  eckList  `cmd:"" default:"withargs" help:"List what an ECK environment is built from, and what is in the cache."`
	Check eckCheck `cmd:"" help:"Ask the Kubernetes cluster of a kubeconfig what it knows of ECK; changes nothing."`
	Up    eckUp    `cmd:"" help:"Start a Kubernetes with the real ECK on this machine, until Ctrl-C. Takes what eck build has built."`
	Build eckBuild `cmd:"" help:"Build a Kubernetes control plane and the ECK operator into the cache, once; about ten minutes."`
}

type eckList struct{}

type eckCheck struct {
	Kubeconfig string `help:"Kubeconfig of the cluster (default: what kubectl takes)." type:"path" placeholder:"FILE"`
}

type eckBuild struct {
	Operator []string `help:"Versions of the operator (default: all in fixtures/eck.yaml)." placeholder:"VERSION"`
}

// Run carries out `crosscheck eck list`.
func (eckList) Run(s *streams) error {
	b, err := session.ECKBuilder(nil)
	if err != nil {
		return err
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"program", "in the cache"})
	add := func(p build.Product, err error) error {
		var missing *build.MissingError
		switch {
		case errors.As(err, &missing):
			t.AppendRow(table.Row{missing.Name, "no: " + missing.Why})
		case err != nil:
			return err
		default:
			t.AppendRow(table.Row{p.Name, p.Program})
		}
		return nil
	}
	if err := add(b.ControlPlane()); err != nil {
		return err
	}
	for _, m := range b.Pins.Operators {
		if err := add(b.Operator(m.Version)); err != nil {
			return err
		}
	}
	fmt.Fprintln(s.out, t.Render())
	return nil
}

// Run carries out `crosscheck eck check`.
func (c eckCheck) Run(s *streams) error {
	in, err := eck.Inspect(s.ctx, c.Kubeconfig)
	if err != nil {
		return err
	}
	how := "no spec.remoteClusterServer: only the certificate model can be exposed " +
		"(the API key model takes ECK 2.16 or later)"
	switch {
	case in.ServiceOverride:
		how = "the remote cluster server is exposed by spec.remoteClusterServer.service"
	case in.RemoteServer:
		how = "the remote cluster server is exposed by a service of one's own, such as kubectl expose makes " +
			"(ECK 3.3 and later can override the operator's)"
	}
	fmt.Fprintf(s.out, "%s: ECK definitions %s; %s\n", in.Server, cmp.Or(in.Operator, "of unknown version"), how)
	return nil
}

// Run carries out `crosscheck eck build`.
func (c eckBuild) Run(s *streams) error {
	b, err := session.ECKBuilder(func(subject, text string) { fmt.Fprintf(s.out, "%s: %s\n", subject, text) })
	if err != nil {
		return err
	}
	versions := c.Operator
	for _, v := range versions {
		if _, err := b.Pins.Operator(v); err != nil {
			return usagef("eck build --operator: %w", err)
		}
	}
	if len(versions) == 0 {
		versions = b.Pins.Versions()
	}
	_, err = b.Build(s.ctx, versions...)
	return err
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/crosscheck-dev/crosscheck/steps/cloud"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

type upCommand struct {
	Cloud upCloudCommand `cmd:"" help:"Two organizations of a simulated Elastic Cloud: real clusters, and the REST API around them."`
}

type upCloudCommand struct {
	Local    string            `help:"Version of the local deployment." default:"9.3.2" placeholder:"VERSION"`
	Remote   string            `help:"Version of the other deployments (default: the same)." placeholder:"VERSION"`
	Image    map[string]string `help:"Use this image for a version." placeholder:"VERSION=REF"`
	Images   string            `help:"YAML file that names images by version." type:"path" placeholder:"FILE"`
	Timeouts string            `help:"Scale all time limits (2x), or set some (cluster_start=5m)." placeholder:"SPEC"`
}

// Run carries out `crosscheck up cloud`: it ends with Ctrl-C, and removes everything.
func (c *upCloudCommand) Run(s *streams) (err error) {
	timeouts, err := parseTimeouts(c.Timeouts)
	if err != nil {
		return usageError{err}
	}
	o := s.options()
	o.Local, o.Images, o.ImagesFile, o.Timeouts = []string{c.Local}, c.Image, c.Images, timeouts
	if c.Remote != "" {
		o.Remote = []string{c.Remote}
	}
	o.Note = func(text string) { fmt.Fprintln(s.out, text) }
	o.Observe = func(e lab.Event) { fmt.Fprintf(s.out, "%s %s %s\n", e.Version, e.Name, e.State) }
	selected, err := session.Select(s.ctx, o)
	if err != nil {
		return err
	}
	for _, v := range selected.Versions() {
		for _, l := range selected.Published.Lacks(v) {
			if _, own := selected.Images[v]; l.Capability == "security" && !own {
				return usagef("the image of %s lacks security, which Elastic Cloud does not do without; "+
					"name another version, or an image of your own with --image", v)
			}
		}
	}
	on, err := selected.Open(s.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, on.Close(s.ctx)) }()
	sandbox, err := cloud.OpenSandbox(s.ctx, on.Lab, on.Pairs[0], on.Facts, s.redactor, s.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sandbox.Close()) }()
	return c.wait(s, sandbox)
}

// wait tells what there is, and keeps it until the user has had enough.
func (c *upCloudCommand) wait(s *streams, sandbox *cloud.Sandbox) (err error) {
	dir, err := os.MkdirTemp("", "crosscheck-cloud-") // 0700
	if err != nil {
		return fmt.Errorf("make a folder for the keys: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "cloud.json")
	encoded, err := json.MarshalIndent(sandbox, "", "  ")
	if err != nil {
		return fmt.Errorf("write down the keys: %w", err)
	}
	if err := os.WriteFile(file, encoded, 0o600); err != nil {
		return fmt.Errorf("write down the keys: %w", err)
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"organization", "deployment", "deployment ID", "cluster ID", "version"})
	for _, d := range sandbox.Deployments {
		t.AppendRow(table.Row{d.Organization, d.Name, d.ID, d.ClusterID, d.Version})
	}
	fmt.Fprintf(s.out, "\n%s\n\nAPI   %s\n"+
		"keys  %s (API keys, the API's certificate authority, addresses and passwords of the clusters)\n\n"+
		"Ctrl-C removes everything.\n",
		t.Render(), sandbox.API, file)
	<-s.ctx.Done()
	if cause := context.Cause(s.ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	fmt.Fprintln(s.out, "removing everything")
	return nil
}

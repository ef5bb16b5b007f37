package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

type imagesCommand struct {
	List  imagesList  `cmd:"" default:"withargs" help:"List the images that crosscheck made."`
	Build imagesBuild `cmd:"" help:"Assemble the images of versions, from published artifacts."`
	Rm    imagesRm    `cmd:"" help:"Remove images, and with --all the bases and downloads too."`
}

type imagesList struct{}

type imagesBuild struct {
	Versions []string `arg:"" help:"For example 9.3.2 or 8.19.x."`
	Force    bool     `help:"Build again what is there."`
}

type imagesRm struct {
	Versions []string `arg:"" optional:"" help:"Versions to remove."`
	All      bool     `help:"Remove every image that crosscheck made."`
}

// with opens the Engine and a resolver for one of the subcommands.
func (s *streams) with(do func(*image.Resolver, *image.Catalogue) error) (err error) {
	engine, err := docker.Connect(s.ctx, "images", s.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	catalogue, err := image.ReadCatalogue(fixtures.FS)
	if err != nil {
		return usageError{err}
	}
	resolver, err := image.New(image.Options{Engine: engine, Catalogue: catalogue, Log: s.log,
		Progress: func(e image.Event) { fmt.Fprintln(s.out, e) }})
	if err != nil {
		return err
	}
	return do(resolver, catalogue)
}

// Run carries out `crosscheck images list`.
func (imagesList) Run(s *streams) error {
	return s.with(func(r *image.Resolver, c *image.Catalogue) error {
		built, err := r.List(s.ctx)
		if err != nil {
			return err
		}
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		t.AppendHeader(table.Row{"image", "version", "MB", "made", "up to date", "lacks"})
		for _, b := range built {
			var lacks []string
			for _, l := range b.Lacks {
				lacks = append(lacks, l.Capability)
			}
			t.AppendRow(table.Row{b.Ref, b.Version, b.Size / 1e6, b.Created.Format("2006-01-02 15:04"), b.Current,
				strings.Join(lacks, " ")})
		}
		fmt.Fprintln(s.out, t.Render())
		fmt.Fprintln(s.out, "can be assembled here:", strings.Join(c.Published(), ", "))
		return nil
	})
}

// Run carries out `crosscheck images build`.
func (b imagesBuild) Run(s *streams) error {
	return s.with(func(r *image.Resolver, c *image.Catalogue) error {
		for _, text := range b.Versions {
			v, err := session.ParseVersion("images build", text, c)
			if err != nil {
				return err
			}
			img, err := r.Build(s.ctx, v.Original(), b.Force)
			if err != nil {
				return err
			}
			fmt.Fprintln(s.out, "built", img.Ref)
		}
		return nil
	})
}

// Run carries out `crosscheck images rm`.
func (c imagesRm) Run(s *streams) error {
	if len(c.Versions) == 0 && !c.All {
		return usagef("images rm: name versions, or give --all")
	}
	return s.with(func(r *image.Resolver, catalogue *image.Catalogue) error {
		var versions []string
		for _, text := range c.Versions {
			v, err := session.ParseVersion("images rm", text, catalogue)
			if err != nil {
				return err
			}
			versions = append(versions, v.Original())
		}
		removed, err := r.Remove(s.ctx, versions...)
		for _, ref := range removed {
			fmt.Fprintln(s.out, "removed", ref)
		}
		return err
	})
}

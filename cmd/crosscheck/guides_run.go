package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/strict"
	"github.com/crosscheck-dev/crosscheck/guides"
	guiderun "github.com/crosscheck-dev/crosscheck/guides/run"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/session"
)

type guidesRunCommand struct {
	Page     string            `arg:"" help:"A page."`
	Model    string            `help:"The model whose steps are carried out: api-key or certificate." enum:"api-key,certificate" default:"api-key"`
	Local    string            `help:"Version of the local cluster." default:"9.3.x" placeholder:"VERSION"`
	Remote   string            `help:"Version of the remote cluster (default: the local one's)." placeholder:"VERSION"`
	Set      map[string]string `help:"Value of a placeholder, named without brackets." placeholder:"NAME=VALUE"`
	Bind     string            `help:"YAML mapping of placeholders to values (default: the page's name with .bind.yaml, if there)." type:"path" placeholder:"FILE"`
	Image    map[string]string `help:"Use this image for a version." placeholder:"VERSION=REF"`
	Timeouts string            `help:"Scale all time limits (2x), or set some." placeholder:"SPEC"`
	ECK      bool              `name:"eck" help:"Build what a page about ECK needs where it is missing (about ten minutes, once); without this its manifests and commands are not run then."`
	Format   string            `help:"text or json." enum:"text,json" default:"text"`
}

// guideRun is what `guides run --format json` prints; docs/guides.schema.json is its schema.
type guideRun struct {
	Schema string          `json:"schema"`
	Page   string          `json:"page"`
	Model  string          `json:"model"`
	Local  string          `json:"local"`
	Remote string          `json:"remote"`
	Count  map[string]int  `json:"count"`
	Steps  []guiderun.Step `json:"steps"`
}

// Run carries out `crosscheck guides run`.
func (c *guidesRunCommand) Run(s *streams) error {
	pages, err := readPages([]string{c.Page})
	if err != nil {
		return err
	}
	guide := guiderun.Guide{Page: pages[0], Model: c.Model}
	if guide.Bindings, err = c.bindings(); err != nil {
		return usageError{err}
	}
	timeouts, err := parseTimeouts(c.Timeouts)
	if err != nil {
		return usageError{err}
	}
	o := s.options()
	o.Local, o.Images, o.Timeouts = []string{c.Local}, c.Image, timeouts
	if c.Remote != "" {
		o.Remote = []string{c.Remote}
	}
	o.Note = func(text string) { fmt.Fprintln(s.err, text) }
	selected, err := session.Select(s.ctx, o)
	if err != nil {
		return err
	}
	pair := selected.Pairs[0]
	result := guideRun{Schema: "crosscheck.guides.run/1", Page: c.Page, Model: c.Model, Local: pair.Local.Original(),
		Remote: pair.Remote.Original(),
		Count:  map[string]int{}, Steps: []guiderun.Step{}}
	kubernetes, err := c.kubernetes(s, pages[0])
	if err != nil {
		return err
	}
	err = withClusters(s.ctx, selected, kubernetes, func(env *steps.Env) error {
		return guide.Walk(s.ctx, env, pair, func(step guiderun.Step) {
			step.Got = s.redactor.String(step.Got)
			result.Steps = append(result.Steps, step)
			result.Count[step.State]++
			if c.Format == "text" {
				printGuideStep(s.out, step)
			}
		})
	})
	if err != nil {
		return err
	}
	if c.Format == "json" {
		if err := writeJSON(s.out, result); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(s.out, "%s, %s model, %s: %d done, %d failed, %d not run\n", c.Page, c.Model, pair,
			result.Count[guiderun.Done], result.Count[guiderun.Failed], result.Count[guiderun.NotRun])
	}
	if result.Count[guiderun.Failed] > 0 {
		return exitError(reports.ExitNotConformant)
	}
	return nil
}

// kubernetes reports whether the page is carried out on a Kubernetes with ECK, and builds that where it is wanted.
func (c *guidesRunCommand) kubernetes(s *streams, page *guides.Page) (bool, error) {
	if !guiderun.AboutECK(page) {
		return false, nil
	}
	missing, err := session.ECKMissing()
	if err != nil || missing == "" {
		return err == nil, err
	}
	if !c.ECK {
		fmt.Fprintln(s.err, "crosscheck: manifests and kubectl commands are not run: "+missing+", or give --eck")
		return false, nil
	}
	b, err := session.ECKBuilder(func(subject, text string) { fmt.Fprintln(s.err, subject+": "+text) })
	if err != nil {
		return false, err
	}
	_, err = b.Build(s.ctx, b.Pins.Versions()...)
	return err == nil, err
}

func printGuideStep(w io.Writer, s guiderun.Step) {
	sign := map[string]string{guiderun.Done: "✔", guiderun.Failed: "✘", guiderun.NotRun: "·"}[s.State]
	fmt.Fprintf(w, "%s %4d  %s\n         %s\n", sign, s.Line, clip(s.Title, 90), s.How)
	if s.State == guiderun.Failed {
		wanted := s.Wanted
		if wanted == "" {
			wanted = "that it works as it stands"
		}
		fmt.Fprintf(w, "         wanted %s\n         got    %s\n", wanted,
			strings.ReplaceAll(s.Got, "\n", "\n                "))
	}
}

// bindings are those of the file, and before them those of the command line.
func (c *guidesRunCommand) bindings() (map[string]string, error) {
	name := c.Bind
	if name == "" {
		name = strings.TrimSuffix(c.Page, "."+extension(c.Page)) + ".bind.yaml"
	}
	all := map[string]string{}
	data, err := os.ReadFile(name)
	switch {
	case err == nil:
		r := strict.NewReader(name)
		if root := r.OptionalDocument(data); root != nil {
			all = r.Scalars(root, "the file of values")
		}
		if err := r.Err(); err != nil {
			return nil, err
		}
	case c.Bind != "":
		return nil, &strict.Problem{File: name, What: "cannot be read",
			Remedy: "name a YAML mapping of placeholders to values"}
	}
	maps.Copy(all, c.Set)
	for name := range all {
		if !guides.IsPlaceholder("<" + name + ">") {
			return nil, fmt.Errorf("%q is no name of a placeholder; leave the brackets away", name)
		}
	}
	return all, nil
}

func extension(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// withClusters lends clusters, and a Kubernetes with ECK where one is wanted, to walk through a page.
func withClusters(
	ctx context.Context, selected *session.Selection, kubernetes bool, use func(*steps.Env) error,
) (err error) {
	on, err := selected.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, on.Close(ctx)) }()
	env := *on.Env()
	if !kubernetes {
		env.ECK = nil
	}
	return use(&env)
}

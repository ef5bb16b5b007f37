package main

import (
	"encoding/json"
	"fmt"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/fixtures/survey"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/changes"
)

type changesCommand struct {
	From     string `arg:"" optional:"" help:"A version or line, for example 8.5 or 8.14.3."`
	To       string `arg:"" optional:"" help:"Another one."`
	JSON     bool   `name:"json" help:"As JSON."`
	Markdown bool   `help:"The table of all lines that were surveyed, instead of two versions; docs/changes.md is this."`
	Out      string `help:"With --markdown: the file to write (default: standard output)." type:"path" placeholder:"FILE"`
}

// Run carries out `crosscheck changes`: what differs between two versions, as surveys of real clusters observed it.
func (c *changesCommand) Run(s *streams) error {
	source, err := changesSource()
	if err != nil {
		return usageError{err}
	}
	switch {
	case c.Markdown && c.From != "":
		return usagef("changes --markdown: is about all lines; name no versions beside it")
	case c.Markdown:
		return c.markdown(s, source)
	case c.Out != "":
		return usagef("changes --out: goes with --markdown")
	case c.To == "":
		return usagef("changes: name two versions, such as 8.5 9.3, or give --markdown for all lines")
	}
	var versions []*semver.Version
	for _, text := range []string{c.From, c.To} {
		v, err := semver.NewVersion(text)
		if err != nil || v.Major() == 0 {
			return usagef("changes %s: is no version; write it like 8.5 or 8.14.3", text)
		}
		versions = append(versions, v)
	}
	found, err := source.Between(versions[0], versions[1])
	if err != nil {
		return usageError{err}
	}
	if !c.JSON {
		_, err = fmt.Fprint(s.out, found.Text())
		return err
	}
	encoder := json.NewEncoder(s.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(found)
}

func (c *changesCommand) markdown(s *streams, source changes.Source) error {
	page := source.Markdown()
	if c.Out == "" {
		_, err := fmt.Fprint(s.out, page)
		return err
	}
	return reports.WriteFile(c.Out, []byte(page))
}

// changesSource is what was compiled in.
func changesSource() (source changes.Source, err error) {
	if source.Survey, err = survey.Default(); err != nil {
		return source, err
	}
	if source.Facts, err = facts.Default(); err != nil {
		return source, err
	}
	source.Catalogue, err = catalogue.Default()
	return source, err
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/guides/check"
	pagecoverage "github.com/crosscheck-dev/crosscheck/guides/coverage"
	"github.com/crosscheck-dev/crosscheck/guides/drift"
	"github.com/crosscheck-dev/crosscheck/guides/output"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

// guidesCommand is everything about documentation pages.
type guidesCommand struct {
	Check       guidesCheckCommand       `cmd:"" help:"Find snippets that do not work, and contradictions. Needs no Docker."`
	Coverage    guidesCoverageCommand    `cmd:"" help:"List every step of guides or pages with the scenarios that carried it out."`
	Drift       guidesDriftCommand       `cmd:"" help:"Say which steps came, went or changed since an earlier state of a page."`
	Fingerprint guidesFingerprintCommand `cmd:"" help:"Store what a later drift compares with."`
	Run         guidesRunCommand         `cmd:"" help:"Carry out the steps of a page on a live pair."`
}

// readPages reads pages; whatever is no page is wrong use.
func readPages(names []string) ([]*guides.Page, error) {
	var pages []*guides.Page
	var errs []error
	for _, name := range names {
		page, err := guides.ReadFile(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		pages = append(pages, page)
	}
	if len(errs) > 0 {
		return nil, usageError{errors.Join(errs...)}
	}
	return pages, nil
}

type guidesCheckCommand struct {
	Pages  []string `arg:"" optional:"" help:"Pages: Markdown, AsciiDoc or text. Several are also checked against each other."`
	Format string   `help:"text, json, sarif or markdown." enum:"text,json,sarif,markdown" default:"text"`
	Level  string   `help:"Exit with 1 when something of this level or above is found: note, warning or error." default:"warning" placeholder:"LEVEL"`
	Ignore string   `help:"YAML list of findings that are no defects, each with a reason." type:"path" placeholder:"FILE"`
	CRDs   string   `name:"crds" help:"YAML file with ECK's custom resource definitions (default: those of ECK's Go module, where this machine has it)." type:"path" placeholder:"FILE"`
	Output string   `short:"o" help:"Write to this file instead of standard output." type:"path" placeholder:"FILE"`
	Rules  bool     `help:"List the rules instead."`
}

// Run carries out `crosscheck guides check`.
func (c *guidesCheckCommand) Run(s *streams) error {
	if c.Rules {
		for _, r := range check.Rules() {
			fmt.Fprintf(s.out, "%-21s %-8s %s\n", r.ID, r.Severity, r.Doc)
		}
		return nil
	}
	if len(c.Pages) == 0 {
		return usagef("no page; name one or more")
	}
	level, err := check.ParseSeverity(c.Level)
	if err != nil {
		return usagef("--level: %w", err)
	}
	var ignores []check.Ignore
	if c.Ignore != "" {
		if ignores, err = check.ReadIgnores(c.Ignore); err != nil {
			return usageError{err}
		}
	}
	tools := check.Tools{}
	if tools.Facts, err = facts.Default(); err != nil {
		return usageError{err}
	}
	if c.CRDs == "" {
		tools.Schemas = check.CachedDefinitions()
	} else if tools.Schemas, err = check.LoadDefinitions(c.CRDs); err != nil {
		return usageError{err}
	}
	pages, err := readPages(c.Pages)
	if err != nil {
		return err
	}
	findings := check.Pages(pages, tools, ignores)
	if tools.Schemas == nil && slices.ContainsFunc(pages, check.NeedsSchemas) {
		fmt.Fprintln(s.err, "crosscheck: ECK's resources were checked without their schema: --crds names a file with it")
	}
	if err := written(s.out, c.Output, func(w io.Writer) error {
		return output.Write(w, c.Format, output.New(version, c.Pages, findings))
	}); err != nil {
		return err
	}
	if slices.ContainsFunc(findings, func(f check.Finding) bool { return f.Severity >= level }) {
		return exitError(reports.ExitNotConformant)
	}
	return nil
}

// written passes a writer to fill: out, or a file that is there whole or not at all.
func written(out io.Writer, name string, fill func(io.Writer) error) error {
	if name == "" {
		return fill(out)
	}
	file, err := os.CreateTemp(filepath.Dir(name), ".crosscheck-*")
	if err != nil {
		return usagef("%s: cannot be written; name a file in a folder that is there", name)
	}
	defer os.Remove(file.Name())
	if err := errors.Join(fill(file), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(file.Name(), name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

type guidesCoverageCommand struct {
	Pages    []string `arg:"" optional:"" help:"Pages (default: the guides that crosscheck knows the steps of)."`
	Results  []string `help:"Runs, as folders or result.json files (default: out/latest, if there)." type:"path" placeholder:"PATH"`
	Features []string `help:"Features that name steps." default:"features" placeholder:"PATH"`
	Format   string   `help:"text, json or markdown." enum:"text,json,markdown" default:"text"`
}

// Run carries out `crosscheck guides coverage`.
func (c *guidesCoverageCommand) Run(s *streams) error {
	pages, err := readPages(c.Pages)
	if err != nil {
		return err
	}
	scenarios, err := scenariosOf(c.Features)
	if err != nil {
		return err
	}
	results, err := storedResults(c.Results)
	if err != nil {
		return err
	}
	var ran []reports.Scenario
	for _, r := range results {
		ran = append(ran, r.Scenarios...)
	}
	scenarios = append(ran, scenarios...)
	if len(pages) > 0 {
		return pagecoverage.Write(s.out, c.Format, pagecoverage.OfPages(pages, scenarios))
	}
	all, err := pagecoverage.OfGuides(nil, scenarios)
	if err != nil {
		return usageError{err}
	}
	return pagecoverage.Write(s.out, c.Format, all)
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// scenariosOf are the scenarios that there are, as if none had run.
func scenariosOf(features []string) ([]reports.Scenario, error) {
	loaded, err := gherkin.Load(anyPath{}, features...)
	if err != nil {
		return nil, usageError{err}
	}
	var all []reports.Scenario
	for _, s := range loaded {
		all = append(all, reports.Scenario{Name: s.Name, File: s.File, Line: s.Line, Tags: s.Tags})
	}
	return all, nil
}

type guidesDriftCommand struct {
	Pages       []string `arg:"" help:"The old page and the new one; only the new one with --fingerprint."`
	Fingerprint string   `help:"Compare with this stored fingerprint." type:"path" placeholder:"FILE"`
	Features    []string `help:"Features that name steps." default:"features" placeholder:"PATH"`
	Format      string   `help:"text or json." enum:"text,json" default:"text"`
}

// Run carries out `crosscheck guides drift`.
func (c *guidesDriftCommand) Run(s *streams) error {
	if want := 2; c.Fingerprint == "" && len(c.Pages) != want || c.Fingerprint != "" && len(c.Pages) != 1 {
		return usagef("%d pages; name OLD and NEW, or --fingerprint FILE and NEW", len(c.Pages))
	}
	pages, err := readPages(c.Pages)
	if err != nil {
		return err
	}
	var before drift.Fingerprint
	if c.Fingerprint == "" {
		before = drift.Of(pages[0])
	} else if before, err = drift.Load(c.Fingerprint); err != nil {
		return usageError{err}
	}
	scenarios, err := scenariosOf(c.Features)
	if err != nil {
		return err
	}
	d := drift.Between(before, drift.Of(pages[len(pages)-1]), scenarios)
	if c.Format == "json" {
		err = writeJSON(s.out, d)
	} else {
		err = drift.Write(s.out, d)
	}
	if err == nil && !d.Empty() {
		return exitError(reports.ExitNotConformant)
	}
	return err
}

type guidesFingerprintCommand struct {
	Page   string `arg:"" help:"A page."`
	Output string `arg:"" help:"The file to write."`
}

// Run carries out `crosscheck guides fingerprint`.
func (c *guidesFingerprintCommand) Run(*streams) error {
	pages, err := readPages([]string{c.Page})
	if err != nil {
		return err
	}
	if err := drift.Of(pages[0]).Save(c.Output); err != nil {
		return usageError{err}
	}
	return nil
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/guides"
	pagecoverage "github.com/crosscheck-dev/crosscheck/guides/coverage"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/cucumber"
	"github.com/crosscheck-dev/crosscheck/reports/html"
	"github.com/crosscheck-dev/crosscheck/reports/markdown"
	"github.com/crosscheck-dev/crosscheck/reports/terminal"
)

type reportCommand struct {
	Render  renderCommand  `cmd:"" help:"Write a stored result as HTML, JUnit, Cucumber messages, Markdown or JSON."`
	Show    showCommand    `cmd:"" help:"Print a stored result, or one of its scenarios."`
	Summary summaryCommand `cmd:"" help:"Print how many scenarios of a stored result got which verdict, in one line for scripts."`
	Merge   mergeCommand   `cmd:"" help:"Join the results of all shards of a plan into one, and check that nothing is missing or there twice."`
}

// content is what a format can show.
type content struct {
	result *reports.Result
	// folder is the run's, with the evidence.
	folder fs.FS
	// guides are the pages that were asked for and the guides of which the run carried out a step; pages are the former
	// alone.
	guides, pages []reports.GuideCoverage
}

// newContent holds the scenarios of a result against the guides that crosscheck knows, and against pages.
func newContent(result *reports.Result, folder fs.FS, pages []*guides.Page) (content, error) {
	all, err := pagecoverage.OfRun(pages, result.Scenarios)
	if err != nil {
		return content{}, err
	}
	return content{result, folder, all, pagecoverage.OfPages(pages, result.Scenarios)}, nil
}

// format is a way to write a result, and the name of the file that it is written to.
type format struct {
	name, file string
	render     func(content) ([]byte, error)
}

// formats are in the order in which they are written: the one that people open comes last.
var formats = []format{
	{"json", reports.ResultFile, func(c content) ([]byte, error) { return reports.JSON(c.result) }},
	{"junit", reports.JUnitFile, func(c content) ([]byte, error) { return reports.JUnit(c.result) }},
	{"cucumber", "messages.ndjson", func(c content) ([]byte, error) { return cucumber.Messages(c.result) }},
	{"markdown", "summary.md", func(c content) ([]byte, error) { return markdown.Summary(c.result, c.pages), nil }},
	{"html", "report.html", func(c content) ([]byte, error) { return html.Render(c.result, c.folder, c.guides) }},
}

type renderCommand struct {
	Result string   `arg:"" help:"A result.json, or the folder of a run." type:"path"`
	Format []string `help:"html, junit, cucumber, markdown or json; may be given more than once." enum:"html,junit,cucumber,markdown,json" default:"html"`
	Guide  []string `help:"A page: its steps, with what covers them, are put into the HTML and Markdown report; may be given more than once." type:"path" placeholder:"PAGE" sep:"none"`
	Out    string   `help:"A folder, a file where there is one format, or - for standard output (default: beside the result)." placeholder:"PATH"`
}

// Run carries out `crosscheck report render`. Everything is rendered before anything is written.
func (c *renderCommand) Run(s *streams) (err error) {
	path, result, err := loadResult(c.Result)
	if err != nil {
		return err
	}
	pages, err := readPages(c.Guide)
	if err != nil {
		return err
	}
	folder, err := os.OpenRoot(filepath.Dir(path)) // evidence outside of it is none
	if err != nil {
		return fmt.Errorf("open the folder of the result: %w", err)
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	var chosen []format
	for _, f := range formats {
		if slices.Contains(c.Format, f.name) {
			chosen = append(chosen, f)
		}
	}
	shown, err := newContent(result, folder.FS(), pages)
	if err != nil {
		return err
	}
	rendered := map[string][]byte{}
	var targets []string
	for _, f := range chosen {
		target, err := c.target(f, filepath.Dir(path), len(chosen))
		if err != nil {
			return err
		}
		if same(target, path) {
			return usagef("%s: is the result itself; name another place with --out", target)
		}
		data, err := f.render(shown)
		if err != nil {
			return err
		}
		rendered[target] = data
		targets = append(targets, target)
	}
	return s.writeReports(targets, rendered)
}

// writeReports writes each report to its target and says where it is. The target - is standard output.
func (s *streams) writeReports(targets []string, rendered map[string][]byte) (err error) {
	for _, target := range targets {
		if target == "-" {
			_, err = s.out.Write(rendered[target])
		} else if err = os.MkdirAll(filepath.Dir(target), 0o755); err == nil {
			err = reports.WriteFile(target, rendered[target])
		}
		if err != nil {
			return usageError{fmt.Errorf("%s: cannot be written: %w; name another place with --out", target, err)}
		}
		if target != "-" {
			fmt.Fprintln(s.out, target)
		}
	}
	return nil
}

// expected are the catalogue's entries that scenarios expect.
func expected(known *catalogue.Catalogue, scenarios []reports.Scenario) []reports.ExpectedFailure {
	var all []reports.ExpectedFailure
	for _, o := range known.Outcomes() {
		if slices.ContainsFunc(scenarios, func(s reports.Scenario) bool { return s.Outcome == o.ID }) {
			all = append(all, reports.ExpectedFailure{ID: o.ID, Title: o.Title, Done: o.Done, Cause: o.Cause, Fix: o.Fix,
				Source: o.Source})
		}
	}
	return all
}

// writeReports writes every format of a run beside its result, from what was written there, and gives the one for
// people.
func writeReports(store *reports.Store, path string, pages ...*guides.Page) (report string, err error) {
	result, err := reports.Load(path)
	if err != nil {
		return "", fmt.Errorf("read the result again: %w", err)
	}
	shown, err := newContent(result, os.DirFS(store.Dir()), pages)
	if err != nil {
		return "", err
	}
	for _, f := range formats {
		if f.file == reports.ResultFile {
			continue
		}
		data, err := f.render(shown)
		if err != nil {
			return "", err
		}
		if err := store.WriteReport(f.file, data); err != nil {
			return "", err
		}
		report = filepath.Join(store.Dir(), f.file)
	}
	return report, nil
}

// target is where a format goes. A place that ends like a file of the format is that file; any other is a folder.
func (c *renderCommand) target(f format, beside string, formats int) (string, error) {
	switch {
	case c.Out == "":
		return filepath.Join(beside, f.file), nil
	case c.Out == "-" && formats > 1, formats > 1 && filepath.Ext(c.Out) == filepath.Ext(f.file) && !isFolder(c.Out):
		return "", usagef("--out %s: %d formats do not fit into one file; name a folder", c.Out, formats)
	case c.Out == "-":
		return c.Out, nil
	case isFolder(c.Out), filepath.Ext(c.Out) == "", strings.HasSuffix(c.Out, string(filepath.Separator)):
		return filepath.Join(c.Out, f.file), nil
	}
	return c.Out, nil
}

type showCommand struct {
	Result   string `arg:"" optional:"" help:"A result.json, or the folder of a run (default: out/latest)." type:"path" default:"out/latest"`
	Scenario string `arg:"" optional:"" help:"A scenario's id, or a part of its id or name that no other has."`
}

// Run carries out `crosscheck report show`.
func (c *showCommand) Run(s *streams) error {
	path, result, err := loadResult(c.Result)
	if err != nil {
		return err
	}
	view := terminal.New(s.out, terminal.Detect(s.out, s.redactor))
	defer view.Close()
	if c.Scenario == "" {
		view.RunFinished(result, path)
		return nil
	}
	scenario, err := pick(result, c.Scenario)
	if err != nil {
		return err
	}
	var outcome *reports.ExpectedFailure
	for i := range result.Outcomes {
		if result.Outcomes[i].ID == scenario.Outcome {
			outcome = &result.Outcomes[i]
		}
	}
	view.Show(scenario, outcome, filepath.Dir(path))
	return nil
}

// pick finds the scenario with that id, or the only one that has the words in its id or name.
func pick(r *reports.Result, words string) (reports.Scenario, error) {
	var found []reports.Scenario
	for _, s := range r.Scenarios {
		if s.ID == words {
			return s, nil
		}
		if strings.Contains(s.ID, words) || strings.Contains(strings.ToLower(s.Name), strings.ToLower(words)) {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 0:
		return reports.Scenario{}, usagef("no scenario has %q in its id or name; crosscheck report show without one "+
			"lists them", words)
	case 1:
		return found[0], nil
	}
	var b bytes.Buffer
	for _, s := range found[:min(len(found), 10)] {
		fmt.Fprintf(&b, "\n  %s  %s", s.ID, s.Name)
	}
	return reports.Scenario{}, usagef("%d scenarios have %q in their id or name; name one by its id:%s", len(found),
		words, b.String())
}

// loadResult reads a result by its file or by the folder of its run. One that cannot be used is wrong use.
func loadResult(path string) (string, *reports.Result, error) {
	if isFolder(path) {
		path = filepath.Join(path, reports.ResultFile)
	}
	result, err := reports.Load(path)
	if err != nil {
		return "", nil, usageError{err}
	}
	return path, result, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// same reports whether two paths lead to one file, through links too.
func same(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

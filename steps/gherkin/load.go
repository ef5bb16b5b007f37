// Package gherkin turns feature files into scenarios and binds their steps to a vocabulary. Parsing, pickles, tag
// expressions and step expressions are Cucumber's own libraries, and godog carries the steps out; see
// docs/decisions/002.
package gherkin

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	parser "github.com/cucumber/gherkin/go/v42"
	messages "github.com/cucumber/messages/go/v34"
)

// Scenario is one scenario, or one row of a scenario outline's examples, with the background's steps in front.
type Scenario struct {
	File    string // as given, with slashes
	Line    int    // of the scenario, or of the examples row
	Feature string
	Name    string
	Tags    []string // with their @, inherited ones first
	// Examples are the cells of the row by their column; nil for a plain scenario.
	Examples map[string]string
	Steps    []Step

	source *source  // the file that it was read from
	nodes  []string // ids in that file: the scenario's, and the row's
}

// ID names the scenario in messages and on the command line: file:line.
func (s Scenario) ID() string { return fmt.Sprintf("%s:%d", s.File, s.Line) }

// Tagged answers what follows the first tag that begins with prefix: Tagged("@model:") for @model:api-key is
// "api-key".
func (s Scenario) Tagged(prefix string) (string, bool) {
	for _, tag := range s.Tags {
		if rest, ok := strings.CutPrefix(tag, prefix); ok {
			return rest, true
		}
	}
	return "", false
}

// AllTagged is Tagged for every such tag.
func (s Scenario) AllTagged(prefix string) []string {
	var all []string
	for _, tag := range s.Tags {
		if rest, ok := strings.CutPrefix(tag, prefix); ok {
			all = append(all, rest)
		}
	}
	return all
}

// Step is one line of a scenario.
type Step struct {
	Keyword string // Given, When, Then, And, But
	Text    string
	Line    int
	Table   Table
	Doc     string
}

// Table is the data table below a step.
type Table [][]string

// Load reads features: folders (searched for *.feature), files, or file:line for one scenario or examples row. Every
// file that does not parse is reported.
func Load(fsys fs.FS, paths ...string) ([]Scenario, error) {
	var scenarios []Scenario
	var errs []error
	seen := map[string]bool{}
	for _, p := range paths {
		file, line := cutLine(p)
		files, err := find(fsys, file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		matched := false
		for _, f := range files {
			found, err := loadFile(fsys, f)
			if err != nil {
				errs = append(errs, err)
				matched = true
				continue
			}
			for _, s := range found {
				if line != 0 && s.Line != line {
					continue
				}
				matched = true
				if !seen[s.ID()] {
					seen[s.ID()] = true
					scenarios = append(scenarios, s)
				}
			}
		}
		if !matched && line != 0 {
			errs = append(errs, fmt.Errorf("%s: no scenario and no examples row begins at this line", p))
		}
	}
	return scenarios, errors.Join(errs...)
}

func cutLine(p string) (file string, line int) {
	i := strings.LastIndexByte(p, ':')
	if i < 0 {
		return p, 0
	}
	if _, err := fmt.Sscanf(p[i+1:], "%d", &line); err != nil || line <= 0 {
		return p, 0
	}
	return p[:i], line
}

func find(fsys fs.FS, name string) ([]string, error) {
	name = path.Clean(name)
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("%s: there is no such feature file or folder", name)
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var files []string
	err = fs.WalkDir(fsys, name, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() && path.Ext(p) == ".feature" {
			files = append(files, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("search %s for features: %w", name, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: there is no feature file in this folder", name)
	}
	slices.Sort(files)
	return files, nil
}

func loadFile(fsys fs.FS, name string) ([]Scenario, error) {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return Parse(name, content)
}

// Parse reads the scenarios of one feature file.
func Parse(name string, content []byte) ([]Scenario, error) {
	document, err := parser.ParseGherkinDocument(bytes.NewReader(content), (&messages.Incrementing{}).NewId)
	if err != nil {
		text := strings.TrimSpace(strings.TrimPrefix(err.Error(), "Parser errors:\n"))
		return nil, errors.New(parserPosition.ReplaceAllString(text, name+":$1:$2:"))
	}
	if document.Feature == nil {
		return nil, fmt.Errorf("%s: there is no Feature in this file", name)
	}
	at, file := locate(document.Feature), newSource(content, document.Feature)
	var scenarios []Scenario
	for _, p := range parser.Pickles(*document, name, (&messages.Incrementing{}).NewId) {
		begin := at[p.AstNodeIds[len(p.AstNodeIds)-1]]
		s := Scenario{
			File: name, Feature: document.Feature.Name, Name: p.Name, Line: begin.line, Examples: begin.cells,
			source: file, nodes: p.AstNodeIds,
		}
		for _, tag := range p.Tags {
			s.Tags = append(s.Tags, tag.Name)
		}
		for _, step := range p.Steps {
			node := at[step.AstNodeIds[0]]
			s.Steps = append(s.Steps, newStep(node, step))
		}
		scenarios = append(scenarios, s)
	}
	return scenarios, nil
}

// parserPosition is how the parser names a place: "(3:5):".
var parserPosition = regexp.MustCompile(`(?m)^\((\d+):(\d+)\):`)

func newStep(node node, step *messages.PickleStep) Step {
	s := Step{Keyword: node.keyword, Text: step.Text, Line: node.line}
	if step.Argument == nil {
		return s
	}
	if step.Argument.DocString != nil {
		s.Doc = step.Argument.DocString.Content
	}
	if step.Argument.DataTable != nil {
		s.Table = newTable(step.Argument.DataTable)
	}
	return s
}

func newTable(from *messages.PickleTable) Table {
	var table Table
	for _, row := range from.Rows {
		var cells []string
		for _, cell := range row.Cells {
			cells = append(cells, cell.Value)
		}
		table = append(table, cells)
	}
	return table
}

type node struct {
	line    int
	keyword string
	cells   map[string]string // of an examples row
}

// locate maps the ids of scenarios, examples rows and steps to their place: pickles carry ids only.
func locate(feature *messages.Feature) map[string]node {
	at := map[string]node{}
	steps := func(all []*messages.Step) {
		for _, s := range all {
			at[s.Id] = node{line: int(s.Location.Line), keyword: strings.TrimSpace(s.Keyword)}
		}
	}
	scenario := func(s *messages.Scenario) {
		at[s.Id] = node{line: int(s.Location.Line)}
		steps(s.Steps)
		for _, e := range s.Examples {
			for _, row := range e.TableBody {
				cells := map[string]string{}
				for i, cell := range row.Cells {
					cells[e.TableHeader.Cells[i].Value] = cell.Value
				}
				at[row.Id] = node{line: int(row.Location.Line), cells: cells}
			}
		}
	}
	background := func(b *messages.Background) {
		if b != nil {
			steps(b.Steps)
		}
	}
	for _, child := range feature.Children {
		background(child.Background)
		if child.Scenario != nil {
			scenario(child.Scenario)
		}
		if child.Rule != nil {
			for _, inner := range child.Rule.Children {
				background(inner.Background)
				if inner.Scenario != nil {
					scenario(inner.Scenario)
				}
			}
		}
	}
	return at
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose"
	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/diagnose/read"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/reports"
)

type diagnoseCommand struct {
	Input []string `arg:"" optional:"" help:"Files with whatever there is: logs, answers, elasticsearch.yml, manifests; - or nothing is standard input. What is no file and has a space in it is taken for words."`

	Local  []string `help:"Files that are of the local side." placeholder:"FILE"`
	Remote []string `help:"Files that are of the remote side." placeholder:"FILE"`

	LocalVersion  string `help:"A hint, never needed: the version of the local cluster." placeholder:"VERSION"`
	RemoteVersion string `help:"A hint: the version of the remote cluster." placeholder:"VERSION"`
	Alias         string `help:"A hint: the alias of the remote cluster." placeholder:"NAME"`
	Model         string `help:"A hint: api-key, certificate or none." placeholder:"MODEL"`

	liveFlags

	Format     string   `help:"text or json (docs/diagnosis.schema.json)." enum:"text,json" default:"text"`
	Bench      bool     `help:"Measure instead: provoke every failure of the catalogue on a pair of versions (the hints, default 9.3.2), and diagnose each from all that is seen, from less, and live."`
	Out        string   `help:"With --bench: folder for results." default:"out" type:"path"`
	BenchRuns  []string `name:"bench-run" help:"Measure instead: diagnose what a stored run recognised, from all and from less." type:"path" placeholder:"FOLDER"`
	BenchCases []string `name:"bench-cases" help:"Measure with a file of cases." type:"path" placeholder:"FILE"`

	ExitCode bool `help:"Exit with 1 when a cause is named and with 3 when none is known, for scripts."`
}

// errNothing is an input in which there is nothing to hold against the catalogue.
var errNothing = errors.New("there is nothing in it that says anything about a remote cluster")

// Run carries out `crosscheck diagnose`.
func (c *diagnoseCommand) Run(s *streams) error {
	entries, err := catalogue.Default()
	if err != nil {
		return usageError{err}
	}
	if c.Bench || len(c.BenchRuns)+len(c.BenchCases) > 0 {
		return c.bench(s, entries)
	}
	if err := diagnose.CheckHints(c.hints()); err != nil {
		return usageError{err}
	}
	in, err := c.gather(s)
	if err != nil {
		return err
	}
	d, err := diagnose.New(entries).Diagnose(in, c.hints())
	if err != nil {
		return usageError{err}
	}
	if d.Unknown && ofOpenSearch(in.Notes) { // questions about Elasticsearch would lead nowhere
		return unusable(in.Notes)
	}
	if err := withGuides(s.ctx, d); err != nil {
		return err
	}
	if c.Format == "json" {
		encoder := json.NewEncoder(s.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(d)
	} else {
		_, err = s.out.WriteString(diagnosisText(d, columns(s.out)))
	}
	if err != nil {
		return fmt.Errorf("print the diagnosis: %w", err)
	}
	switch {
	case !c.ExitCode || d.Healthy:
		return nil
	case d.Unknown:
		return exitError(reports.ExitIncomplete)
	}
	return exitError(reports.ExitNotConformant)
}

func (c *diagnoseCommand) hints() evidence.Hints {
	return evidence.Hints{LocalVersion: c.LocalVersion, RemoteVersion: c.RemoteVersion, Alias: c.Alias, Model: c.Model}
}

// gather reads all input. Input without a piece of evidence is an error that says what it was instead.
func (c *diagnoseCommand) gather(s *streams) (evidence.Input, error) {
	var all evidence.Input
	add := func(in evidence.Input, err error) error {
		all.Pieces = append(all.Pieces, in.Pieces...)
		all.Notes = append(all.Notes, in.Notes...)
		return err
	}
	asked, err := c.asked()
	if err != nil {
		return all, err
	}
	if asked {
		if err := add(c.liveFlags.gather(s, c.Alias)); err != nil {
			return all, err
		}
	}
	inputs := c.Input
	if len(inputs)+len(c.Local)+len(c.Remote) == 0 && !asked {
		inputs = []string{"-"}
	}
	for _, name := range inputs {
		if err := add(readInput(name, evidence.Unknown)); err != nil {
			return all, err
		}
	}
	for _, name := range c.Local {
		if err := add(readInput(name, evidence.Local)); err != nil {
			return all, err
		}
	}
	for _, name := range c.Remote {
		if err := add(readInput(name, evidence.Remote)); err != nil {
			return all, err
		}
	}
	if len(all.Pieces) == 0 {
		return all, unusable(all.Notes)
	}
	return all, nil
}

// readInput reads a file, standard input or words.
func readInput(name string, side evidence.Side) (evidence.Input, error) {
	if name == "-" {
		in, err := read.Read("standard input", os.Stdin, side)
		if err != nil {
			return in, fmt.Errorf("read standard input: %w", err)
		}
		return in, nil
	}
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) && strings.ContainsAny(name, " \n") {
		return read.Sentence(name), nil
	}
	if err != nil {
		return evidence.Input{}, usagef("%w; a sentence goes between quotes, a paste into standard input", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return evidence.Input{}, usagef("%s is a folder; name the files in it", name)
	}
	in, err := read.Read(name, f, side)
	if err != nil {
		return in, fmt.Errorf("read %s: %w", name, err)
	}
	return in, nil
}

func ofOpenSearch(notes []evidence.Note) bool {
	return slices.ContainsFunc(notes, func(n evidence.Note) bool { return n.Kind == evidence.OpenSearch })
}

// unusable says what the input was, where nothing of it is evidence.
func unusable(notes []evidence.Note) error {
	var told []string
	for _, n := range notes {
		where := n.Source
		if n.Line > 0 {
			where = fmt.Sprintf("%s:%d", n.Source, n.Line)
		}
		told = append(told, where+": "+n.Text)
	}
	if len(told) == 0 {
		told = []string{"the input: " + errNothing.Error()}
	}
	told = append(told,
		"paste lines of the local cluster's log, the answer to a search of the remote cluster, or GET /_remote/info")
	return usageError{errors.New(strings.Join(told, "\n"))}
}

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/terminal"
	"github.com/crosscheck-dev/crosscheck/steps/session"
)

type mergeCommand struct {
	Results []string `arg:"" help:"The result.json of every shard, or the folders that hold them."`
	Out     string   `help:"Folder for results; the joined one gets a folder in it, with the evidence of all." default:"out" type:"path"`
}

// Run carries out `crosscheck report merge`. It ends with the exit code of the whole, as if it had been one run.
func (c *mergeCommand) Run(s *streams) error {
	var parts []reports.Part
	for _, path := range c.Results {
		path, result, err := loadResult(path)
		if err != nil {
			return err
		}
		parts = append(parts, reports.Part{Path: path, Result: result})
	}
	runID := session.NewRunID()
	merged, err := reports.Merge(runID, parts)
	if err != nil {
		return usageError{err}
	}
	merged.Command.Line = commandLine()
	store, err := reports.Create(c.Out, runID, s.redactor)
	if err != nil {
		return usageError{err}
	}
	path, err := c.write(store, parts, merged)
	if err != nil {
		return errors.Join(err, os.RemoveAll(store.Dir()))
	}
	view := terminal.New(s.out, terminal.Detect(s.out, s.redactor))
	defer view.Close()
	view.RunFinished(merged, path)
	if merged.Summary.ExitCode != reports.ExitConformant {
		return exitError(merged.Summary.ExitCode)
	}
	return nil
}

// write puts the joined result and everything that belongs to it into the store.
func (c *mergeCommand) write(store *reports.Store, parts []reports.Part, merged *reports.Result) (string, error) {
	for _, p := range parts {
		if err := store.CopyEvidence(filepath.Dir(p.Path), p.Result); err != nil {
			return "", usageError{fmt.Errorf("%s: %w; run again to write a new one", p.Path, err)}
		}
	}
	path, err := store.WriteResult(merged)
	if err != nil {
		return "", err
	}
	report, err := writeReports(store, path)
	if err != nil {
		return "", err
	}
	return report, store.Latest()
}

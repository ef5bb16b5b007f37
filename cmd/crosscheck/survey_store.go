package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/survey"
	"github.com/crosscheck-dev/crosscheck/reports"
	surveyed "github.com/crosscheck-dev/crosscheck/reports/survey"
)

type surveyStore struct {
	Folders []string `arg:"" help:"Folders of runs. Of several runs of a scenario the last one counts." type:"path"`
	Dir     string   `help:"Folder for the observations, a file a pair." default:"fixtures/survey" type:"path" placeholder:"DIR"`
	Add     bool     `help:"Keep what the file of a pair has of scenarios that these runs do not have; its counts stay those of the survey."`
}

// Run carries out `crosscheck survey store`: it keeps what runs observed in a form that fits into the repository.
func (c *surveyStore) Run(s *streams) error {
	storing, err := newStoring(s)
	if err != nil {
		return err
	}
	pairs, err := surveyed.Gather(c.Folders...)
	if err != nil {
		return usageError{err}
	}
	for _, p := range pairs {
		if err := c.store(s, storing, p); err != nil {
			return err
		}
	}
	return nil
}

// newStoring stores with the catalogue that was compiled in, and tells notes to who runs the command.
func newStoring(s *streams) (*surveyed.Storing, error) {
	entries, err := catalogue.Default()
	if err != nil {
		return nil, usageError{err}
	}
	return &surveyed.Storing{Catalogue: entries, Commit: commit(),
		Note: func(text string) { fmt.Fprintln(s.err, "crosscheck:", text) }}, nil
}

func (c *surveyStore) store(s *streams, storing *surveyed.Storing, p *surveyed.Pair) error {
	file, err := storing.File(p)
	if err != nil {
		return usageError{err}
	}
	path := filepath.Join(c.Dir, survey.FileName(p.Local, p.Remote))
	if c.Add {
		before, err := readStored(path)
		if err != nil {
			return usageError{err}
		}
		if before != nil {
			file = surveyed.Joined(before, file)
		}
	}
	data, err := file.Encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return usageError{fmt.Errorf("make the folder for observations: %w", err)}
	}
	if err := reports.WriteFile(path, data); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %s, %d failures and %d healthy connections of %d scenarios, %d KB\n", file.Pair(), path,
		len(file.Seen), len(file.Healthy), file.Verdicts.Total(), len(data)/1024)
	return nil
}

// readStored reads a file of observations; nil where there is none.
func readStored(path string) (*survey.File, error) {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what is stored: %w", err)
	}
	return survey.Parse(path, data)
}

// commit is the one that this program was built from; empty where it was built outside of a repository.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return ""
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
)

type mutationsCommand struct {
	Folder string `arg:"" optional:"" help:"Folder of a run (default: out/latest)." type:"path" default:"out/latest"`
}

// Run carries out `crosscheck mutations`: every failure that a run recognised is held against every other entry of the
// catalogue. An entry that fits too could stand in its place without any scenario turning red.
func (c *mutationsCommand) Run(s *streams) error {
	entries, err := catalogue.Default()
	if err != nil {
		return usageError{err}
	}
	files, err := filepath.Glob(filepath.Join(c.Folder, "evidence", "*", suite.ObservationFile))
	if err != nil || len(files) == 0 {
		return usagef("%s holds no observations; run scenarios of failures first", c.Folder)
	}
	swaps, caught := 0, 0
	for _, file := range files {
		var seen catalogue.Observation
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read an observation: %w", err)
		}
		if err := json.Unmarshal(data, &seen); err != nil {
			return usagef("%s: %w; run again to write a new one", file, err)
		}
		for _, other := range entries.Outcomes() {
			fits, err := other.Accepts(seen)
			if err != nil {
				return usagef("%s: %w", file, err)
			}
			if other.ID == seen.Outcome {
				if !fits {
					fmt.Fprintf(s.out, "%s no longer fits %s\n", other.ID, seen.Scenario)
				}
				continue
			}
			swaps++
			if fits {
				fmt.Fprintf(s.out, "%s could stand for %s in %s\n", other.ID, seen.Outcome, seen.Scenario)
			} else {
				caught++
			}
		}
	}
	fmt.Fprintf(s.out, "%d observations, %d swaps of an entry for another, %d caught\n", len(files), swaps, caught)
	if caught < swaps {
		return exitError(reports.ExitNotConformant)
	}
	return nil
}

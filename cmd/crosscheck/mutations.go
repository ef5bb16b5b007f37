package main

import (
	"fmt"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/reports"
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
	observations, err := catalogue.ReadObservations(c.Folder)
	if err != nil {
		return usageError{err}
	}
	swaps, caught, matcher := 0, 0, catalogue.NewMatcher()
	for _, observed := range observations {
		seen, err := catalogue.See(observed)
		if err != nil {
			return usageError{err}
		}
		for _, other := range entries.Outcomes() {
			fits, err := matcher.Accepts(other, seen)
			if err != nil {
				return usagef("hold %s against the observation of %s: %w", other.ID, seen.Scenario, err)
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
	fmt.Fprintf(s.out, "%d observations, %d swaps of an entry for another, %d caught\n", len(observations), swaps, caught)
	if caught < swaps {
		return exitError(reports.ExitNotConformant)
	}
	return nil
}

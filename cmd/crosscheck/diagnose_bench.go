package main

import (
	"fmt"
	"os"

	"github.com/crosscheck-dev/crosscheck/diagnose"
	"github.com/crosscheck-dev/crosscheck/diagnose/bench"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

// bench diagnoses what runs recognised, and the cases of files, and prints how often the right cause comes first.
func (c *diagnoseCommand) bench(s *streams, entries *catalogue.Catalogue) error {
	engine := diagnose.New(entries)
	var t bench.Table
	runs := c.BenchRuns
	var live map[string]bench.Rank
	if c.Bench {
		folder, ranks, err := c.provoke(s, engine)
		if err != nil {
			return err
		}
		runs, live = append(runs, folder), ranks
	}
	for _, folder := range runs {
		observations, err := catalogue.ReadObservations(folder)
		if err != nil {
			return usageError{err}
		}
		for _, seen := range observations {
			row, err := bench.Measure(engine, seen)
			if err != nil {
				return err
			}
			if rank, ok := live[seen.Outcome]; ok {
				row.Ranks[bench.Live] = rank
			}
			t.Rows = append(t.Rows, row)
		}
	}
	for _, file := range c.BenchCases {
		rows, err := benchCases(engine, file)
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, rows...)
	}
	_, err := fmt.Fprint(s.out, t)
	return err
}

// benchCases diagnoses the cases of one file, each from all that it has.
func benchCases(engine *diagnose.Engine, file string) ([]bench.Row, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, usageError{err}
	}
	cases, err := bench.LoadCases(file, data)
	if err != nil {
		return nil, usageError{err}
	}
	var rows []bench.Row
	for _, one := range cases {
		row, err := bench.MeasureCase(engine, one)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

package main

import "fmt"

type summaryCommand struct {
	Result string `arg:"" optional:"" help:"A result.json, or the folder of a run (default: out/latest)." type:"path" default:"out/latest"`
}

// Run carries out `crosscheck report summary`: one line that always has the same form, for scripts.
func (c *summaryCommand) Run(s *streams) error {
	_, result, err := loadResult(c.Result)
	if err != nil {
		return err
	}
	n := result.Summary
	_, err = fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped, %d error, %d unsupported, %d flaky\n",
		n.Passed, n.Failed, n.Skipped, n.Error, n.Unsupported, n.Flaky)
	return err
}

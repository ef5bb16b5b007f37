package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

func TestReportSummary(t *testing.T) {
	stored := doctored(t, func(r *reports.Result) {
		for i, v := range []verdict.Verdict{verdict.Failed, verdict.Skipped, verdict.Skipped, verdict.Error, verdict.Error,
			verdict.Error,
			verdict.Unsupported, verdict.Flaky, verdict.Flaky} {
			r.Scenarios[i].Verdict, r.Scenarios[i].Reason = v, "a reason"
		}
	})
	code, stdout, stderr := crosscheck(t, "report", "summary", stored)
	require.Zero(t, code, "the exit code is that of the command, and not that of the run: %s", stderr)
	require.Equal(t, "5 passed, 1 failed, 2 skipped, 3 error, 1 unsupported, 2 flaky\n", stdout, "scripts read this line")

	code, stdout, stderr = crosscheck(t, "report", "summary", "nowhere.json")
	require.Equal(t, 64, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "nowhere.json: cannot be read")
}

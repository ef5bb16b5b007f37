package reports

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		verdicts   []verdict.Verdict
		unfinished string
		code       int
		reason     string
	}{
		"all passed": {[]verdict.Verdict{verdict.Passed, verdict.Passed}, "", 0,
			"2 scenarios passed, none failed"},
		"passed and unsupported": {[]verdict.Verdict{verdict.Passed, verdict.Unsupported}, "", 0,
			"1 scenario passed, none failed"},
		"passed on a retry": {[]verdict.Verdict{verdict.Passed, verdict.Flaky}, "", 0,
			"2 scenarios passed, none failed; 1 scenario only on a retry"},
		"failed": {[]verdict.Verdict{verdict.Passed, verdict.Failed}, "", 1, "1 scenario failed"},
		"failed and broke": {[]verdict.Verdict{verdict.Error, verdict.Failed, verdict.Skipped}, "", 1,
			"1 scenario failed; the harness or the machine broke in 1 scenario; 1 selected scenario skipped; nothing passed"},
		"failed and interrupted": {[]verdict.Verdict{verdict.Passed, verdict.Failed}, "interrupted", 1,
			"1 scenario failed; interrupted"},
		"broke": {[]verdict.Verdict{verdict.Passed, verdict.Error}, "", 2,
			"the harness or the machine broke in 1 scenario"},
		"no verdict at all": {[]verdict.Verdict{verdict.Passed, 0}, "", 2,
			"the harness or the machine broke in 1 scenario"},
		"broke and interrupted": {[]verdict.Verdict{verdict.Passed, verdict.Error}, "interrupted", 2,
			"the harness or the machine broke in 1 scenario; interrupted"},
		"skipped": {[]verdict.Verdict{verdict.Passed, verdict.Skipped}, "", 3, "1 selected scenario skipped"},
		"interrupted": {[]verdict.Verdict{verdict.Passed}, "interrupted after 1 of 2", 3,
			"interrupted after 1 of 2"},
		"unsupported only": {[]verdict.Verdict{verdict.Unsupported}, "", 3, "nothing passed"},
		"nothing ran":      {nil, "", 3, "nothing passed"},
	} {
		t.Run(name, func(t *testing.T) {
			var r Result
			for _, v := range c.verdicts {
				r.Scenarios = append(r.Scenarios, Scenario{Verdict: v})
			}
			Summarize(&r, c.unfinished)
			assert.Equal(t, c.code, r.Summary.ExitCode, "exit code for %v", c.verdicts)
			assert.Equal(t, c.code, ExitCode(r), "the summary and the judgement of the run must agree")
			assert.Equal(t, c.reason, r.Summary.Reason)
			assert.Equal(t, len(c.verdicts), r.Summary.Total)
		})
	}
}

func TestSummaryCountsEveryVerdict(t *testing.T) {
	summary := sample().Summary
	for _, v := range verdict.Verdicts() {
		assert.Equal(t, 1, summary.Count(v), "the sample has one scenario that is %s", v)
	}
	assert.Equal(t, 6, summary.Total)
	assert.Zero(t, summary.Count(0))
}

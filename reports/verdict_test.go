package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVerdictsReadBackExactlyAsWritten(t *testing.T) {
	for i, v := range Verdicts() {
		assert.Equal(t, Verdict(i+1), v, "verdicts are listed in their order")
		data, err := json.Marshal(v)
		require.NoError(t, err)
		assert.Equal(t, `"`+v.String()+`"`, string(data))
		var back Verdict
		require.NoError(t, json.Unmarshal(data, &back))
		assert.Equal(t, v, back)
	}
	for _, bad := range []string{`"Passed"`, `"pass"`, `""`, `1`, `" passed"`} {
		var v Verdict
		assert.Error(t, json.Unmarshal([]byte(bad), &v), "%s is not a verdict and was accepted as %s", bad, v)
	}
	_, err := json.Marshal(Verdict(0))
	assert.Error(t, err, "a verdict that was never given must not be written")
}

func TestClassify(t *testing.T) {
	mismatch := &Mismatch{What: "remote info", Wanted: "a", Got: "b", Reads: 9, Waited: 30 * time.Second, LastAge: 400 * time.Millisecond, Hint: "h"}
	failed := Step{Verdict: Failed, Message: "remote info", Wanted: "a", Got: "b", Polled: "9 reads in 30 s, last 0.4 s ago", Hint: "h"}
	interrupted := Step{Verdict: Skipped, Message: "the run was interrupted"}
	for name, c := range map[string]struct {
		err     error
		verdict Verdict
		step    Step
	}{
		"no error":                      {nil, Passed, Step{Verdict: Passed}},
		"a mismatch":                    {mismatch, Failed, failed},
		"a wrapped mismatch":            {fmt.Errorf("step: %w", mismatch), Failed, failed},
		"a mismatch and broken cleanup": {errors.Join(errors.New("disk full"), mismatch), Failed, failed},
		"anything else":                 {errors.New("disk full"), Error, Step{Verdict: Error, Message: "disk full"}},
		"a deadline":                    {context.DeadlineExceeded, Error, Step{Verdict: Error, Message: "context deadline exceeded"}},
		"an interrupt":                  {fmt.Errorf("get: %w", context.Canceled), Skipped, interrupted},
		"an interrupt while comparing":  {errors.Join(mismatch, context.Canceled), Skipped, interrupted},
		"unsupported":                   {fmt.Errorf("x: %w", &UnsupportedError{"fact", "too old"}), Unsupported, Step{Verdict: Skipped, Message: "too old"}},
		"skipped":                       {&SkippedError{"no registry"}, Skipped, Step{Verdict: Skipped, Message: "no registry"}},
	} {
		t.Run(name, func(t *testing.T) {
			verdict, step := Classify(c.err)
			assert.Equal(t, c.verdict.String(), verdict.String())
			assert.Empty(t, cmp.Diff(c.step, step), "the step's findings (-want +got)")
		})
	}
}

func TestAMismatchReads(t *testing.T) {
	for _, c := range []struct {
		mismatch Mismatch
		want     string
	}{
		{Mismatch{What: "_remote/info", Wanted: "absent", Got: "present", Reads: 9, Waited: 30 * time.Second, LastAge: 400 * time.Millisecond, Hint: "look there"},
			"_remote/info\nwanted  absent\ngot     present   (9 reads in 30 s, last 0.4 s ago)\nhint    look there"},
		{Mismatch{Wanted: "{\n}", Got: "[\n]", Reads: 1}, "wanted  {\n        }\ngot     [\n        ]   (1 read)"},
		{Mismatch{What: "a search answered"}, "a search answered"},
	} {
		assert.Equal(t, c.want, c.mismatch.Error())
	}
}

func TestSecondsRead(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0 s", 0.04: "0 s", 0.44: "0.4 s", 11.84: "11.8 s", 30: "30 s", 59.96: "1m 0s", 72: "1m 12s", 3700: "1h 1m", -1: "0 s"} {
		assert.Equal(t, want, FormatSeconds(seconds))
	}
}

func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		verdicts   []Verdict
		unfinished string
		code       int
		reason     string
	}{
		"all passed":             {[]Verdict{Passed, Passed}, "", 0, "2 scenarios passed, none failed"},
		"passed and unsupported": {[]Verdict{Passed, Unsupported}, "", 0, "1 scenario passed, none failed"},
		"passed on a retry":      {[]Verdict{Passed, Flaky}, "", 0, "2 scenarios passed, none failed; 1 scenario only on a retry"},
		"failed":                 {[]Verdict{Passed, Failed}, "", 1, "1 scenario failed"},
		"failed and broke":       {[]Verdict{Error, Failed, Skipped}, "", 1, "1 scenario failed; the harness or the machine broke in 1 scenario; 1 selected scenario skipped; nothing passed"},
		"failed and interrupted": {[]Verdict{Passed, Failed}, "interrupted", 1, "1 scenario failed; interrupted"},
		"broke":                  {[]Verdict{Passed, Error}, "", 2, "the harness or the machine broke in 1 scenario"},
		"no verdict at all":      {[]Verdict{Passed, 0}, "", 2, "the harness or the machine broke in 1 scenario"},
		"broke and interrupted":  {[]Verdict{Passed, Error}, "interrupted", 2, "the harness or the machine broke in 1 scenario; interrupted"},
		"skipped":                {[]Verdict{Passed, Skipped}, "", 3, "1 selected scenario skipped"},
		"interrupted":            {[]Verdict{Passed}, "interrupted after 1 of 2", 3, "interrupted after 1 of 2"},
		"unsupported only":       {[]Verdict{Unsupported}, "", 3, "nothing passed"},
		"nothing ran":            {nil, "", 3, "nothing passed"},
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
	for _, v := range Verdicts() {
		assert.Equal(t, 1, summary.Count(v), "the sample has one scenario that is %s", v)
	}
	assert.Equal(t, 6, summary.Total)
	assert.Zero(t, summary.Count(0))
}

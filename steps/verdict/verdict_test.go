package verdict

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

func TestOf(t *testing.T) {
	mismatch := &Mismatch{What: "remote info", Wanted: "a", Got: "b", Reads: 9, Waited: 30 * time.Second,
		LastAge: 400 * time.Millisecond, Hint: "h"}
	failed := Finding{Scenario: Failed, Step: Failed, Message: "remote info", Wanted: "a", Got: "b",
		Polled: "9 reads in 30 s, last 0.4 s ago", Hint: "h"}
	interrupted := Finding{Scenario: Skipped, Step: Skipped, Message: "the run was interrupted"}
	for name, c := range map[string]struct {
		err  error
		want Finding
	}{
		"no error":                      {nil, Finding{Scenario: Passed, Step: Passed}},
		"a mismatch":                    {mismatch, failed},
		"a wrapped mismatch":            {fmt.Errorf("step: %w", mismatch), failed},
		"a mismatch and broken cleanup": {errors.Join(errors.New("disk full"), mismatch), failed},
		"anything else": {errors.New("disk full"),
			Finding{Scenario: Error, Step: Error, Message: "disk full"}},
		"a deadline": {context.DeadlineExceeded,
			Finding{Scenario: Error, Step: Error, Message: "context deadline exceeded"}},
		"an interrupt":                 {fmt.Errorf("get: %w", context.Canceled), interrupted},
		"an interrupt while comparing": {errors.Join(mismatch, context.Canceled), interrupted},
		"unsupported": {fmt.Errorf("x: %w", &UnsupportedError{"fact", "too old"}),
			Finding{Scenario: Unsupported, Step: Skipped, Message: "too old", Fact: "fact"}},
		"skipped": {&SkippedError{"no registry"},
			Finding{Scenario: Skipped, Step: Skipped, Message: "no registry"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, cmp.Diff(c.want, Of(c.err)), "the finding (-want +got)")
		})
	}
}

func TestAMismatchReads(t *testing.T) {
	for _, c := range []struct {
		mismatch Mismatch
		want     string
	}{
		{Mismatch{What: "_remote/info", Wanted: "absent", Got: "present", Reads: 9, Waited: 30 * time.Second,
			LastAge: 400 * time.Millisecond, Hint: "look there"},
			"_remote/info\nwanted  absent\ngot     present   (9 reads in 30 s, last 0.4 s ago)\nhint    look there"},
		{Mismatch{Wanted: "{\n}", Got: "[\n]", Reads: 1}, "wanted  {\n        }\ngot     [\n        ]   (1 read)"},
		{Mismatch{What: "a search answered"}, "a search answered"},
	} {
		assert.Equal(t, c.want, c.mismatch.Error())
	}
}

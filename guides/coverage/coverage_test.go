package coverage

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/reports"
)

const pair, other = "9.3.2 -> 9.3.2", "8.19.0 -> 9.3.2"

func TestOf(t *testing.T) {
	t.Parallel()
	page, err := guides.ReadFile("../testdata/harbor.md")
	require.NoError(t, err)
	tags := func(more ...string) []string { return append([]string{"@guide:harbor"}, more...) }
	got := Of(page, []Scenario{
		{"a:1", tags("@step:prerequisites"), pair, reports.Passed},
		{"a:1", tags("@step:prerequisites"), other, reports.Flaky},
		{"a:2", tags("@step:harbor-key"), pair, reports.Passed},                                            // a section: all steps in it
		{"a:3", tags("@step:harbor-key-2"), pair, reports.Failed},                                          // an anchor
		{"a:4", tags("@model:certificate", "@step:add-the-api-key-to-the-keystore"), pair, reports.Passed}, // the other model's
		{"a:5", tags("@step:trust-on-both-sides"), pair, reports.Unsupported},
		{"a:6", tags("@step:connect-to-a-remote-cluster"), pair, reports.Error},
		{"a:7", tags("@step:nowhere"), pair, reports.Passed},
		{"a:8", []string{"@guide:pier", "@step:verify-the-connection"}, pair, reports.Passed},
		{"a:9", tags(), pair, reports.Passed},
	})
	states := map[string]State{}
	for _, s := range got.Steps {
		states[s.Anchor] = s.State
	}
	assert.Equal(t, map[string]State{
		"harbor-needs-s1": Passed, "harbor-key-1": Passed, "harbor-key-2": Failed, "harbor-key-3": Passed,
		"harbor-trust-1": NotRun, "harbor-trust-2": Never, "harbor-connect-s1": NotRun, "harbor-verify-s1": Never,
	}, states)
	assert.Equal(t, []string{pair, other}, got.Steps[0].PassedOn)
	assert.Equal(t, map[State]int{Passed: 3, Failed: 1, NotRun: 2, Never: 2}, got.Count)
	assert.Equal(t, []Unplaced{{"a:4", []string{"add-the-api-key-to-the-keystore"}}, {"a:7", []string{"nowhere"}}, {"a:9", []string{}}}, got.Unplaced)

	var out strings.Builder
	require.NoError(t, Write(&out, false, []Page{got}))
	assert.Contains(t, out.String(), "8 steps: 3 passed, 1 failed, 2 covered and not run, 2 never covered")
	assert.Contains(t, out.String(), "a:7 names @step:nowhere, which no step of this page has for its model")
	assert.NotContains(t, out.String(), "a:9", "a scenario without @step: speaks of the page as a whole")
}

package html

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
)

func TestGuidesWithStepsOfTheRunAreShown(t *testing.T) {
	on := func(v reports.Verdict, step string) reports.Scenario {
		return reports.Scenario{
			ID: step, Name: "scenario of " + step, Local: "9.3.2", Remote: "9.3.2", Verdict: v, Attempts: 1,
			Tags: []string{"@guide:ech-other-organization", "@step:" + step}, Simulated: []string{"Elastic Cloud console"},
		}
	}
	page := func(scenarios ...reports.Scenario) string {
		data, err := Render(&reports.Result{Schema: reports.SchemaVersion, Scenarios: scenarios}, nil)
		require.NoError(t, err)
		return string(data)
	}
	shown := page(on(reports.Passed, "the-alias-must-match"), on(reports.Failed, "change-the-port-to-9443"))
	require.Contains(t, shown, "1 of 38 steps passed")
	require.Contains(t, shown, "scenario of change-the-port-to-9443")
	require.Contains(t, shown, "failed on 9.3.2 -&gt; 9.3.2 (simulated in part)")
	require.Contains(t, shown, "none in this run")
	require.NotContains(t, page(on(reports.Unsupported, "the-alias-must-match")), "guides-heading", "a guide of which nothing ran")
}

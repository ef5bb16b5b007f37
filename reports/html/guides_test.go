package html

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

func TestAPageStandsInThePlaceOfItsGuide(t *testing.T) {
	page, err := guides.Read("ech-other-organization.md", []byte("# My own title\n\n1. On the remote cluster, create a cross-cluster API key named `<name>`.\n"))
	require.NoError(t, err)
	result := &reports.Result{Schema: reports.SchemaVersion, Scenarios: []reports.Scenario{{ID: "a", Name: "it does", File: "f", Line: 1, Local: "9.3.2", Remote: "9.3.2",
		Verdict: verdict.Passed, Tags: []string{"@guide:ech-other-organization", "@step:create-a-cross-cluster-api-key"}}, {ID: "b", File: "f", Line: 2, Local: "9.3.2", Remote: "9.3.2",
		Verdict: verdict.Passed, Tags: []string{"@guide:ech-other-organization", "@step:log-in"}}}}
	data, err := Render(result, nil, page)
	require.NoError(t, err)
	shown := string(data)
	require.Contains(t, shown, "My own title")
	require.Contains(t, shown, "1 of 1 step passed")
	require.Contains(t, shown, "cross-cluster API key named &lt;name&gt;")
	require.Contains(t, shown, "f:2 names @step:log-in, which no step of this guide has for its model")
	require.NotContains(t, shown, "of 38 steps passed", "crosscheck's own titles")
	data, err = Render(&reports.Result{Schema: reports.SchemaVersion}, nil, page)
	require.NoError(t, err)
	require.Contains(t, string(data), "My own title", "a page that was asked for is shown although nothing ran")
}

func TestGuidesWithStepsOfTheRunAreShown(t *testing.T) {
	on := func(v verdict.Verdict, step string) reports.Scenario {
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
	shown := page(on(verdict.Passed, "the-alias-must-match"), on(verdict.Failed, "change-the-port-to-9443"))
	require.Contains(t, shown, "1 of 38 steps passed")
	require.Contains(t, shown, "scenario of change-the-port-to-9443")
	require.Contains(t, shown, "failed on 9.3.2 -&gt; 9.3.2 (simulated in part)")
	require.Contains(t, shown, "none in this run")
	require.NotContains(t, shown, "My own title")
	require.Contains(t, shown, "never covered")
	require.NotContains(t, page(on(verdict.Unsupported, "the-alias-must-match")), "guides-heading", "a guide of which nothing ran")
}

package html

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
)

func TestGuidesAreShownWithWhatCoversTheirSteps(t *testing.T) {
	const pair = "9.3.2 -> 9.3.2"
	guide := reports.GuideCoverage{
		ID: "harbor", Title: "Join two harbors",
		Count: map[reports.CoverageState]int{"passed": 1, "failed": 1, reports.NeverCovered: 1},
		Steps: []reports.StepCoverage{
			{Title: "Create a key named <name>", Line: 7, Path: []string{"API key", "Console"}, State: "passed",
				Scenarios: []reports.CoveringScenario{
					{Name: "The key is created", On: reports.PairsByState{"passed": {pair}}}}},
			{Title: "Change the port", Section: "Ports", Number: "2", State: "failed", Scenarios: []reports.CoveringScenario{
				{Name: "The port is 9443", On: reports.PairsByState{"failed": {pair}},
					Simulated: []string{"Elastic Cloud console"}}}},
			{Title: "Read on", Section: "Next", Kind: "note", State: reports.NeverCovered},
		},
		Unplaced: []reports.UnplacedScenario{{Scenario: "f:2", Steps: []string{"log-in"}}},
	}
	render := func(guides ...reports.GuideCoverage) string {
		data, err := Render(&reports.Result{Schema: reports.SchemaVersion}, nil, guides)
		require.NoError(t, err)
		return string(data)
	}
	shown := render(guide)
	for what, want := range map[string]string{
		"the title":                      `<span class="summary-name">Join two harbors</span>`,
		"how many passed":                "1 of 3 steps passed",
		"the sign of the worst step":     `<svg class="icon failed"`,
		"a title, escaped":               "Create a key named &lt;name&gt;",
		"a place in a page, with tabs":   "line 7, API key / Console",
		"a place in a guide":             "Ports, 2",
		"a note's place":                 "Next, note",
		"a scenario and its pairs":       `The key is created <span class="muted">passed on 9.3.2 -&gt; 9.3.2</span>`,
		"that something was simulated":   "failed on 9.3.2 -&gt; 9.3.2 (simulated in part)",
		"that nothing covers a step":     "none in this run",
		"the state of a step without it": "never covered",
		"a name that no step has":        "f:2 names @step:log-in, which no step of this guide has for its model",
	} {
		require.Contains(t, shown, want, "the report must show %s", what)
	}
	require.NotContains(t, render(), "guides-heading", "no heading without guides")
}

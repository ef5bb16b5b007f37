package markdown

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crosscheck-dev/crosscheck/reports"
)

func harbor() reports.GuideCoverage {
	by := []reports.CoveringScenario{{File: "a", Line: 1}, {File: "a", Line: 2}, {File: "b", Line: 3},
		{File: "b", Line: 4}}
	return reports.GuideCoverage{
		ID: "harbor", Title: "Join <two> harbors", Count: map[reports.CoverageState]int{"failed": 1, "not run": 1},
		Steps: []reports.StepCoverage{
			{ID: "key-1", Line: 7, Title: "Create <name> | it", State: "failed", Scenarios: by,
				On: reports.PairsByState{"failed": {"9.3.2 -> 9.3.2"}, "passed": {"8.19.0 -> 9.3.2"}}},
			{ID: "key-2", Section: "Keys", Kind: "item", Title: strings.Repeat("é", 201), State: "not run"},
		},
		Unplaced: []reports.UnplacedScenario{
			{Scenario: "a:7", Steps: []string{"nowhere"}}, {Scenario: "a:8", Steps: []string{"nowhere"}}, {Scenario: "a:9"},
		},
	}
}

func TestAGuideIsATable(t *testing.T) {
	assert.Equal(t, `## Join &lt;two&gt; harbors

| step | where | what | coverage | scenarios |
| --- | --- | --- | --- | --- |
| key-1 | line 7 | Create &lt;name&gt; \| it | failed on 9.3.2 -> 9.3.2; `+
		"passed on 8.19.0 -> 9.3.2 | a:1<br>a:2<br>and 2 more |\n"+
		`| key-2 | Keys, item | `+strings.Repeat("é", 199)+`… | not run |  |

2 steps: 1 failed, 1 not run

- a:7 and 1 more names @step:nowhere, which no step of this guide has for its model
`, Guide(harbor()))
}

func TestGuidesStandBehindTheSummary(t *testing.T) {
	got := string(Summary(sample(1), []reports.GuideCoverage{harbor()}))
	assert.True(t, strings.HasSuffix(got, "\n\n"+Guide(harbor())+"\n"), "the summary must end with the guide: ...%s",
		got[len(got)-500:])
	long := harbor()
	for range 1000 {
		long.Steps = append(long.Steps, long.Steps[1])
	}
	got = string(Summary(sample(2000), []reports.GuideCoverage{long}))
	assert.True(t, strings.HasSuffix(got, "\nThe steps of harbor did not fit in here; report.html has them.\n"),
		"a guide that does not fit must be named: ...%s", got[len(got)-200:])
	assert.False(t, strings.Contains(got, "## Join"), "a guide that does not fit is left out as a whole")
	assert.LessOrEqual(t, len(got), maxBytes)
}

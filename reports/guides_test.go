package reports

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures"
)

func TestCoverGuides(t *testing.T) {
	guides := []fixtures.Guide{{ID: "g", Title: "G", Steps: []fixtures.GuideStep{
		{ID: "done", Kind: "step", Number: "1", Title: "Done"}, {ID: "open", Kind: "note"}, {ID: "planned", Kind: "item"}, {ID: "broken", Kind: "item"}, {ID: "old", Kind: "note"}, {ID: "later", Kind: "note"},
	}}}
	scenario := func(line int, local string, v Verdict, tags ...string) Scenario {
		return Scenario{File: "f.feature", Line: line, Name: "n", Local: local, Remote: "9.3.2", Verdict: v, Tags: tags, Simulated: []string{"the console"}}
	}
	got := CoverGuides(guides, []Scenario{
		scenario(1, "9.3.2", Passed, "@guide:g", "@step:done"), scenario(1, "7.5.2", Unsupported, "@guide:g", "@step:done"),
		scenario(2, "9.3.2", Passed, "@guide:other", "@step:open"), scenario(3, "9.3.2", 0, "@guide:g", "@step:planned"),
		scenario(4, "9.3.2", Passed, "@guide:g", "@step:broken"), scenario(5, "9.3.2", Failed, "@guide:g", "@step:broken", "@step:old"),
		scenario(6, "9.3.2", Unsupported, "@guide:g", "@step:old"),
		scenario(7, "7.5.2", Unsupported, "@guide:g", "@step:later"), scenario(7, "9.3.2", 0, "@guide:g", "@step:later"),
	})
	require.Len(t, got, 1)
	steps := got[0].Steps
	require.Equal(t, Passed, steps[0].Verdict, "unsupported on one pair does not hide that it passed on another")
	require.Equal(t, "passed on 9.3.2 -> 9.3.2; unsupported on 7.5.2 -> 9.3.2", steps[0].Scenarios[0].Summary())
	require.Empty(t, steps[1].Scenarios, "a step of the same name in another guide is another step")
	require.False(t, steps[1].Verdict.Valid())
	require.Equal(t, "not run on 9.3.2 -> 9.3.2", steps[2].Scenarios[0].Summary())
	require.Equal(t, Failed, steps[3].Verdict, "one failure is enough")
	require.Equal(t, Failed, steps[4].Verdict)
	require.False(t, steps[5].Verdict.Valid(), "what waits to be run is not unsupported")
	_, err := json.Marshal(got)
	require.NoError(t, err, "also with steps that have no verdict")
}

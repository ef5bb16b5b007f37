package coverage

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

const pair, other = "9.3.2 -> 9.3.2", "8.19.0 -> 9.3.2"

// ran is a scenario of a result; without a pair it is one that only exists.
func ran(line int, pair string, v verdict.Verdict, tags ...string) reports.Scenario {
	local, remote, _ := strings.Cut(pair, " -> ")
	return reports.Scenario{File: "a", Line: line, Name: "n", Local: local, Remote: remote, Verdict: v, Tags: tags,
		Simulated: []string{"the console"}}
}

func harbor(t *testing.T) *guides.Page {
	t.Helper()
	page, err := guides.ReadFile("../testdata/harbor.md")
	require.NoError(t, err)
	return page
}

func TestOfAPage(t *testing.T) {
	t.Parallel()
	tags := func(more ...string) []string { return append([]string{"@guide:harbor"}, more...) }
	got := fromPage(harbor(t)).hold([]reports.Scenario{
		ran(1, pair, verdict.Passed, tags("@step:prerequisites")...),
		ran(1, other, verdict.Flaky, tags("@step:prerequisites")...),
		// a section: all steps in it
		ran(2, pair, verdict.Passed, tags("@step:harbor-key")...),
		ran(3, pair, verdict.Failed, tags("@step:harbor-key-2")...), // an anchor
		// the other model's
		ran(4, pair, verdict.Passed, tags("@model:certificate", "@step:add-the-api-key-to-the-keystore")...),
		ran(5, pair, verdict.Unsupported, tags("@step:trust-on-both-sides")...),
		ran(6, pair, verdict.Error, tags("@step:connect-to-a-remote-cluster")...),
		ran(7, pair, verdict.Passed, tags("@step:nowhere")...),
		ran(8, pair, verdict.Passed, "@guide:pier", "@step:verify-the-connection"),
		ran(9, pair, verdict.Passed, tags()...),
		ran(5, "", 0, tags("@step:trust-on-both-sides")...), // as the features have it
		ran(10, "", 0, tags("@step:nowhere")...),
	})
	states := map[string]reports.CoverageState{}
	for _, s := range got.Steps {
		states[s.ID] = s.State
	}
	assert.Equal(t, map[string]reports.CoverageState{
		"harbor-needs-s1": "flaky", "harbor-key-1": "passed", "harbor-key-2": "failed", "harbor-key-3": "passed",
		"harbor-trust-1": "unsupported", "harbor-trust-2": reports.NeverCovered, "harbor-connect-s1": "error",
		"harbor-verify-s1": reports.NeverCovered,
	}, states)
	assert.Equal(t, reports.PairsByState{"passed": {pair}, "flaky": {other}}, got.Steps[0].On)
	assert.Equal(t, map[reports.CoverageState]int{"flaky": 1, "passed": 2, "failed": 1, "unsupported": 1, "error": 1,
		reports.NeverCovered: 2}, got.Count)
	assert.Equal(t, []reports.UnplacedScenario{
		{Scenario: "a:4", Steps: []string{"add-the-api-key-to-the-keystore"}}, {Scenario: "a:7", Steps: []string{"nowhere"}},
		{Scenario: "a:9", Steps: []string{}}, {Scenario: "a:10", Steps: []string{"nowhere"}},
	}, got.Unplaced)
	assert.Equal(t, 3, got.Passed(), "flaky has passed")
	assert.Equal(t, reports.CoverageState("failed"), got.Worst())

	var out strings.Builder
	require.NoError(t, Write(&out, "text", []reports.GuideCoverage{got}))
	assert.Contains(t, out.String(), "8 steps: 1 failed, 1 error, 1 flaky, 2 passed, 1 unsupported, 2 never covered")
	assert.Contains(t, out.String(), "flaky on 8.19.0 -> 9.3.2; passed on 9.3.2 -> 9.3.2")
	assert.Contains(t, out.String(), "a:7 and 1 more names @step:nowhere, which no step of this guide has for its model")
	assert.NotContains(t, out.String(), "a:9", "a scenario without @step: speaks of the guide as a whole")
	out.Reset()
	require.NoError(t, Write(&out, "markdown", []reports.GuideCoverage{got}))
	assert.Contains(t, out.String(), "cluster.remote.&lt;remote-alias&gt;.credentials",
		"a placeholder must not become a tag")
}

func TestOfAGuide(t *testing.T) {
	t.Parallel()
	guide := fromGuide(facts.Guide{ID: "g", Title: "G", Steps: []facts.GuideStep{
		{ID: "done", Kind: "step", Number: "1", Section: "S"}, {ID: "open", Kind: "note", Section: "S"},
		{ID: "planned", Kind: "item"},
		{ID: "broken", Kind: "item"}, {ID: "old", Kind: "note"}, {ID: "later", Kind: "note"},
	}})
	got := guide.hold([]reports.Scenario{
		ran(1, pair, verdict.Passed, "@guide:g", "@step:done"), ran(1, other, verdict.Unsupported, "@guide:g", "@step:done"),
		ran(2, pair, verdict.Passed, "@guide:other", "@step:open"), ran(3, "", 0, "@guide:g", "@step:planned"),
		ran(4, pair, verdict.Passed, "@guide:g", "@step:broken"),
		ran(5, pair, verdict.Failed, "@guide:g", "@step:broken", "@step:old"),
		ran(6, pair, verdict.Unsupported, "@guide:g", "@step:old"),
		ran(7, other, verdict.Unsupported, "@guide:g", "@step:later"), ran(7, pair, 0, "@guide:g", "@step:later"),
	})
	var lines []string
	for _, s := range got.Steps {
		lines = append(lines, fmt.Sprintf("%s (%s): %s, %s, %d", s.ID, s.Where(), s.State, s.On, len(s.Scenarios)))
	}
	assert.Equal(t, []string{
		"done (S, 1): passed, passed on 9.3.2 -> 9.3.2; unsupported on 8.19.0 -> 9.3.2, 1",
		"open (S, note): never covered, not run, 0", // a step of the same name in another guide is another step
		"planned (, item): not run, not run, 1",
		"broken (, item): failed, failed on 9.3.2 -> 9.3.2; passed on 9.3.2 -> 9.3.2, 2",
		"old (, note): failed, failed on 9.3.2 -> 9.3.2; unsupported on 9.3.2 -> 9.3.2, 2",
		// it may yet be supported where nobody looked
		"later (, note): not run, not run on 9.3.2 -> 9.3.2; unsupported on 8.19.0 -> 9.3.2, 1",
	}, lines)
	assert.Equal(t, []string{"the console"}, got.Steps[0].Scenarios[0].Simulated)
	assert.Empty(t, got.Unplaced)
	assert.False(t, guide.hold([]reports.Scenario{ran(6, pair, verdict.Unsupported, "@guide:g", "@step:old")}).Ran(),
		"nothing was carried out")
}

// A page that crosscheck knows the steps of stands in their place; tags that name one of those count where the page has
// it.
func TestAPageStandsInThePlaceOfItsGuide(t *testing.T) {
	t.Parallel()
	known, err := facts.DefaultGuides()
	require.NoError(t, err)
	data := "# Mine\n\n## Keys\n\n1. On the remote cluster, create a cross-cluster API key.\n2. Copy the encoded key.\n"
	page, err := guides.Read(known[0].ID+".md", []byte(data))
	require.NoError(t, err)
	guide := "@guide:" + page.ID()
	scenarios := []reports.Scenario{
		ran(1, pair, verdict.Passed, guide, "@step:create-a-cross-cluster-api-key"),
		ran(2, pair, verdict.Passed, guide, "@step:log-in"),
		ran(3, pair, verdict.Passed, guide, "@step:note-network-security-policies"),
		ran(4, pair, verdict.Unsupported, "@guide:"+known[1].ID, "@step:"+known[1].Steps[0].ID),
	}
	all, err := OfGuides([]*guides.Page{page, harbor(t)}, scenarios)
	require.NoError(t, err)
	require.Len(t, all, len(known)+1)
	got := all[0]
	assert.Equal(t, page.File, got.File)
	assert.Equal(t, "Mine", got.Title)
	require.Len(t, got.Steps, 2)
	assert.Equal(t, reports.CoverageState("passed"), got.Steps[0].State)
	assert.Equal(t, "Keys", got.Steps[0].Section)
	assert.Equal(t, []reports.UnplacedScenario{{Scenario: "a:2", Steps: []string{"log-in"}}}, got.Unplaced,
		"a note of the guide is not out of place although the page has no such step")
	assert.Equal(t, known[1].ID, all[1].ID, "the other guides stay")

	alone := OfPages([]*guides.Page{harbor(t), page}, scenarios)
	require.Len(t, alone, 2)
	assert.Equal(t, []string{"harbor", page.ID()}, []string{alone[0].ID, alone[1].ID},
		"pages are in the order in which they were named")
}

func TestARunShowsWhatItCarriedOut(t *testing.T) {
	t.Parallel()
	known, err := facts.DefaultGuides()
	require.NoError(t, err)
	shown := func(v verdict.Verdict, pages ...*guides.Page) []string {
		all, err := OfRun(pages, []reports.Scenario{ran(1, pair, v, "@guide:"+known[1].ID, "@step:"+known[1].Steps[0].ID)})
		require.NoError(t, err)
		var ids []string
		for _, g := range all {
			ids = append(ids, g.ID)
		}
		return ids
	}
	assert.Equal(t, []string{known[1].ID}, shown(verdict.Passed))
	assert.Empty(t, shown(verdict.Unsupported), "a guide of which nothing ran")
	assert.Equal(t, []string{"harbor"}, shown(verdict.Unsupported, harbor(t)),
		"a page that was asked for is shown although nothing ran")
}

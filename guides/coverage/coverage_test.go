package coverage

import (
	"fmt"
	"slices"
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
	return reports.Scenario{File: "a", Line: line, Name: "n", Local: local, Remote: remote, Verdict: v, Tags: tags, Simulated: []string{"the console"}}
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
	got := Of(FromPage(harbor(t)), []reports.Scenario{
		ran(1, pair, verdict.Passed, tags("@step:prerequisites")...),
		ran(1, other, verdict.Flaky, tags("@step:prerequisites")...),
		ran(2, pair, verdict.Passed, tags("@step:harbor-key")...),                                            // a section: all steps in it
		ran(3, pair, verdict.Failed, tags("@step:harbor-key-2")...),                                          // an anchor
		ran(4, pair, verdict.Passed, tags("@model:certificate", "@step:add-the-api-key-to-the-keystore")...), // the other model's
		ran(5, pair, verdict.Unsupported, tags("@step:trust-on-both-sides")...),
		ran(6, pair, verdict.Error, tags("@step:connect-to-a-remote-cluster")...),
		ran(7, pair, verdict.Passed, tags("@step:nowhere")...),
		ran(8, pair, verdict.Passed, "@guide:pier", "@step:verify-the-connection"),
		ran(9, pair, verdict.Passed, tags()...),
		ran(5, "", 0, tags("@step:trust-on-both-sides")...), // as the features have it
		ran(10, "", 0, tags("@step:nowhere")...),
	})
	states := map[string]State{}
	for _, s := range got.Steps {
		states[s.ID] = s.State
	}
	assert.Equal(t, map[string]State{
		"harbor-needs-s1": "flaky", "harbor-key-1": "passed", "harbor-key-2": "failed", "harbor-key-3": "passed",
		"harbor-trust-1": "unsupported", "harbor-trust-2": Never, "harbor-connect-s1": "error", "harbor-verify-s1": Never,
	}, states)
	assert.Equal(t, Pairs{"passed": {pair}, "flaky": {other}}, got.Steps[0].On)
	assert.Equal(t, map[State]int{"flaky": 1, "passed": 2, "failed": 1, "unsupported": 1, "error": 1, Never: 2}, got.Count)
	assert.Equal(t, []Unplaced{{"a:4", []string{"add-the-api-key-to-the-keystore"}}, {"a:7", []string{"nowhere"}}, {"a:9", []string{}}, {"a:10", []string{"nowhere"}}}, got.Unplaced)
	assert.Equal(t, 3, got.Passed(), "flaky has passed")
	assert.Equal(t, State("failed"), got.Worst())

	var out strings.Builder
	require.NoError(t, Write(&out, "text", []Guide{got}))
	assert.Contains(t, out.String(), "8 steps: 1 failed, 1 error, 1 flaky, 2 passed, 1 unsupported, 2 never covered")
	assert.Contains(t, out.String(), "flaky on 8.19.0 -> 9.3.2; passed on 9.3.2 -> 9.3.2")
	assert.Contains(t, out.String(), "a:7 and 1 more names @step:nowhere, which no step of this guide has for its model")
	assert.NotContains(t, out.String(), "a:9", "a scenario without @step: speaks of the guide as a whole")
	out.Reset()
	require.NoError(t, Write(&out, "markdown", []Guide{got}))
	assert.Contains(t, out.String(), "cluster.remote.&lt;remote-alias&gt;.credentials", "a placeholder must not become a tag")
}

func TestOfAGuide(t *testing.T) {
	t.Parallel()
	source := FromGuide(facts.Guide{ID: "g", Title: "G", Steps: []facts.GuideStep{
		{ID: "done", Kind: "step", Number: "1", Section: "S"}, {ID: "open", Kind: "note", Section: "S"}, {ID: "planned", Kind: "item"},
		{ID: "broken", Kind: "item"}, {ID: "old", Kind: "note"}, {ID: "later", Kind: "note"},
	}})
	got := Of(source, []reports.Scenario{
		ran(1, pair, verdict.Passed, "@guide:g", "@step:done"), ran(1, other, verdict.Unsupported, "@guide:g", "@step:done"),
		ran(2, pair, verdict.Passed, "@guide:other", "@step:open"), ran(3, "", 0, "@guide:g", "@step:planned"),
		ran(4, pair, verdict.Passed, "@guide:g", "@step:broken"), ran(5, pair, verdict.Failed, "@guide:g", "@step:broken", "@step:old"),
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
		"later (, note): not run, not run on 9.3.2 -> 9.3.2; unsupported on 8.19.0 -> 9.3.2, 1", // it may yet be supported where nobody looked
	}, lines)
	assert.Equal(t, []string{"the console"}, got.Steps[0].Scenarios[0].Simulated)
	assert.Empty(t, got.Unplaced)
	assert.False(t, Of(source, []reports.Scenario{ran(6, pair, verdict.Unsupported, "@guide:g", "@step:old")}).Ran(), "nothing was carried out")
}

// A page that crosscheck knows the steps of stands in their place; tags that name one of those count where the page has it.
func TestSources(t *testing.T) {
	t.Parallel()
	known, err := facts.DefaultGuides()
	require.NoError(t, err)
	data := "# Mine\n\n## Keys\n\n1. On the remote cluster, create a cross-cluster API key.\n2. Copy the encoded key.\n"
	page, err := guides.Read(known[1].ID+".md", []byte(data))
	require.NoError(t, err)
	sources, err := Sources([]*guides.Page{page, harbor(t)})
	require.NoError(t, err)
	require.Len(t, sources, len(known)+1)
	guide := "@guide:" + page.ID()
	got := Of(sources[1], []reports.Scenario{
		ran(1, pair, verdict.Passed, guide, "@step:create-a-cross-cluster-api-key"), ran(2, pair, verdict.Passed, guide, "@step:log-in"),
	})
	assert.Equal(t, page.File, got.File)
	assert.Equal(t, "Mine", got.Title)
	require.Len(t, got.Steps, 2)
	assert.Equal(t, State("passed"), got.Steps[0].State)
	assert.Equal(t, "Keys", got.Steps[0].Section)
	assert.Equal(t, []Unplaced{{"a:2", []string{"log-in"}}}, got.Unplaced)
	builtIn := slices.IndexFunc(sources, func(s Source) bool { return s.guide.File == "" })
	assert.Equal(t, 0, builtIn, "the others stay")
}

package html

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

func scenarios(verdicts ...verdict.Verdict) *reports.Result {
	r := &reports.Result{RunID: "r", Pairs: []reports.TestedPair{{Local: "9.3.2", Remote: "8.19.0"}}}
	for i, v := range verdicts {
		r.Scenarios = append(r.Scenarios, reports.Scenario{ID: fmt.Sprint(i), Name: "n", Local: "9.3.2", Remote: "8.19.0",
			Verdict: v, Reason: "why", Evidence: fmt.Sprintf("evidence/%d", i)})
	}
	reports.Summarize(r, "")
	return r
}

func TestTheVerdictIsASentence(t *testing.T) {
	for want, verdicts := range map[string][]verdict.Verdict{
		"passed Conformant: All 2 scenarios that apply passed, on 1 pair of " +
			"versions.": {verdict.Passed, verdict.Passed, verdict.Unsupported},
		"passed Conformant: All 2 scenarios that apply passed, on 1 pair of versions. 1 of them only on a " +
			"retry.": {verdict.Passed, verdict.Flaky},
		"failed Not conformant: 1 of 2 scenarios that apply failed, on 1 pair of " +
			"versions.": {verdict.Passed, verdict.Failed, verdict.Unsupported},
		"failed Not conformant: 1 of 3 scenarios that apply failed, on 1 pair of versions. The harness or the machine " +
			"broke in 1. 1 did not run.": {verdict.
			Failed, verdict.Error, verdict.Skipped},
		"error The harness broke: The harness or the machine broke in 1 of 2 scenarios. Nothing is known about " +
			"those.": {verdict.Error, verdict.Passed},
		"skipped Incomplete: Nothing passed.":              {verdict.Unsupported},
		"skipped Incomplete: 1 selected scenario skipped.": {verdict.Passed, verdict.Skipped},
	} {
		v := judge(scenarios(verdicts...))
		assert.Equal(t, want, v.Class+" "+v.Word+": "+v.Sentence)
	}
}

func TestTheMatrixSaysWhatWasNotRun(t *testing.T) {
	r := scenarios(verdict.Passed, verdict.Failed, verdict.Unsupported, verdict.Flaky)
	r.Pairs = append(r.Pairs, reports.TestedPair{Local: "8.14.3", Remote: "10.0.0", ConnectsReason: "too far apart"})
	m := newMatrix(r)
	require.Equal(t, []string{"10.0.0", "8.19.0"}, m.Remotes, "versions are ordered as versions, newest first")
	require.Len(t, m.Rows, 2)
	c := m.Rows[0].Cells[1]
	assert.Equal(t, "9.3.2 -> 8.19.0", c.Pair.String())
	assert.Equal(t, verdict.Failed, c.Worst)
	assert.Equal(t, []int{2, 3}, []int{c.Passed, c.Applies}, "flaky has passed, unsupported does not apply")
	assert.Equal(t, "local 9.3.2, remote 8.19.0: 1 passed, 1 failed, 1 unsupported, 1 flaky", c.Label)
	assert.False(t, m.Rows[0].Cells[0].Asked, "nobody asked for 9.3.2 -> 10.0.0")
	assert.Equal(t, []reason{{reports.Pair{Local: "8.14.3", Remote: "10.0.0"},
		"The transport protocols do not fit: too far apart."}}, m.Reasons)
}

func TestEvidenceHasLimits(t *testing.T) {
	r := scenarios(verdict.Passed, verdict.Failed)
	long := strings.Repeat("a", 20_000) + strings.Repeat("é", 20_000) + strings.Repeat("z", 40_000)
	folder := fstest.MapFS{
		"evidence/1/a.log":  {Data: []byte(long)},
		"evidence/1/b.json": {Data: []byte(`{"password": "hunter2hunter2"}` + "\xff")},
		"evidence/1/c/d":    {Data: []byte("deeper")},
	}
	for i := range 200 {
		folder[fmt.Sprintf("evidence/0/%03d.log", i)] = &fstest.MapFile{Data: bytes.Repeat([]byte("x"), maxFile)}
	}
	found := collect(r, folder)
	require.Len(t, found[1], 2, "files only")
	assert.Equal(t, int64(100_000), found[1][0].Bytes)
	assert.Less(t, len(found[1][0].Text), maxFile+100)
	assert.True(t, strings.HasPrefix(found[1][0].Text, "aaa") && strings.HasSuffix(found[1][0].Text, "zzz"),
		"the beginning and the end stay")
	assert.Regexp(t, `^\d+ bytes in the middle are left out$`, found[1][0].Left)
	assert.NotContains(t, found[1][1].Text, "hunter2", "what looks like a credential is replaced once more")
	total := 0
	for _, files := range found {
		for _, f := range files {
			total += len(f.Text)
		}
	}
	assert.LessOrEqual(t, total, maxEvidence+1000, "a report must fit into a mail")
	assert.Empty(t, found[1][1].Left, "what did not pass goes first")
	assert.Equal(t, "left out: the report would be too large", found[0][199].Left, "what has no room is named")
	assert.Empty(t, collect(r, nil))
}

func TestEvidenceOutsideTheFolderIsNone(t *testing.T) {
	r := scenarios(verdict.Failed, verdict.Failed, verdict.Failed)
	for i, path := range []string{"../secret", "/etc", "evidence/none"} {
		r.Scenarios[i].Evidence = path
	}
	assert.Empty(t, collect(r, fstest.MapFS{"secret/a": {Data: []byte("s")}}))
}

// FuzzRender puts a text everywhere, and counts the elements: none may be added.
func FuzzRender(f *testing.F) {
	render := func(t testing.TB, text string) string {
		r := scenarios(verdict.Failed, verdict.Unsupported)
		r.RunID, r.ToolVersion, r.Command.Line, r.Command.Profile = text, text, text, text
		r.Clusters = []reports.Cluster{{Name: text, Version: text, Image: text, Lacks: []string{text},
			LackReasons: map[string]string{text: text}}}
		r.Outcomes = []reports.ExpectedFailure{{ID: text, Title: text}}
		for i := range r.Scenarios {
			s := &r.Scenarios[i]
			s.ID, s.Name, s.Feature, s.Local, s.Reason, s.Fact, s.Outcome, s.Tags, s.Notes = text+fmt.Sprint(i), text, text,
				text, text, text, text, []string{text}, []string{text}
			s.Measurements = map[string]float64{text: 1}
			s.Steps = []reports.Step{{Keyword: text, Text: text, Verdict: verdict.Failed, Message: text, Wanted: text,
				Got: text, Hint: text}}
		}
		data, err := Render(r, nil, nil)
		require.NoError(t, err)
		return string(data)
	}
	elements := func(page string) [4]int {
		lower := strings.ToLower(page)
		return [4]int{strings.Count(lower, "<script"), strings.Count(lower, "</script"), strings.Count(lower, "<style"),
			strings.Count(lower, "<!--")}
	}
	plain := elements(render(f, "plain"))
	f.Add("</script><script>alert(1)</script>")
	f.Add("<!-- \u2028 ]]> {{.}} \x00\xff")
	f.Fuzz(func(t *testing.T, text string) {
		if got := elements(render(t, text)); got != plain {
			t.Fatalf("%q adds elements: %v instead of %v", text, got, plain)
		}
	})
}

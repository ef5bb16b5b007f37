package output

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/guides/check"
)

func report() Report {
	long := strings.Repeat("é", 100) + "<here>" + strings.Repeat("z", 100)
	return New("0.0.0", []string{"docs/a.md"}, []check.Finding{
		{Rule: "json-syntax", Severity: check.Error, File: "docs/a.md", Pos: guides.Pos{Line: 3, Column: 2}, Width: 4,
			What: "a key | twice", Reason: "Why.", Fix: "keep one", Excerpt: "\t\"a\":\x1b 1", Also: []string{"docs/a.md:9"}},
		{Rule: "reference", Severity: check.Note, File: "docs/a.md", Pos: guides.Pos{Line: 7, Column: 101}, Width: 6,
			What: "no anchor", Reason: "Nowhere.", Fix: "link", Excerpt: long},
	})
}

func TestText(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, Write(&out, "text", report()))
	want := `docs/a.md:3:2: error: a key | twice [json-syntax]
    3 |  "a":  1
      |  ^~~~
      why  Why.
      fix  keep one
      also docs/a.md:9

docs/a.md:7:101: note: no anchor [reference]
    7 | …` + strings.Repeat("é", 60) + "<here>" + strings.Repeat("z", 44) + `…
      | ` + strings.Repeat(" ", 61) + `^~~~~~
      why  Nowhere.
      fix  link

1 page: 1 error, 0 warnings, 1 note
`
	assert.Equal(t, want, out.String())
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, Write(&out, "sarif", report()))
	var log sarifLog
	require.NoError(t, json.Unmarshal([]byte(out.String()), &log))
	assert.Equal(t, "2.1.0", log.Version)
	require.Len(t, log.Runs, 1)
	run := log.Runs[0]
	require.Len(t, run.Results, 2)
	for _, r := range run.Results {
		assert.Equal(t, r.RuleID, run.Tool.Driver.Rules[r.RuleIndex].ID)
	}
	first := run.Results[0]
	assert.Equal(t, "error", first.Level)
	assert.Equal(t, "A key | twice. Why. Keep one.", first.Message.Text)
	assert.Equal(t, sarifRegion{3, 2, 6}, first.Locations[0].Physical.Region)
	assert.Equal(t, "docs/a.md", first.Locations[0].Physical.Artifact.URI)
	assert.Equal(t, 9, first.Related[0].Physical.Region.StartLine)
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, Write(&out, "markdown", report()))
	assert.Contains(t, out.String(), `| docs/a.md:3 | error | json-syntax | a key \| twice | keep one |`)
	out.Reset()
	require.NoError(t, Write(&out, "markdown", New("0.0.0", []string{"a.md"}, nil)))
	assert.Equal(t, "1 page: 0 errors, 0 warnings, 0 notes\n", out.String(), "no table without findings")
	assert.ErrorContains(t, Write(&out, "xml", report()), "it is one of text, json, sarif, markdown")
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	guiderun "github.com/crosscheck-dev/crosscheck/guides/run"
	"github.com/crosscheck-dev/crosscheck/reports"
)

const (
	cleanPage = "guides/testdata/harbor.md"
	badPage   = "# A\n\n```json\n{\n```\n\nSee [b](#b).\n"
)

// followsSchema checks a document against docs/guides.schema.json.
func followsSchema(t *testing.T, text string) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("../../docs/guides.schema.json")
	require.NoError(t, err, "the schema itself must be valid")
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(document))
}

func TestGuidesCheck(t *testing.T) {
	bad := write(t, "bad.md", badPage)
	note := write(t, "note.md", "# A\n\nSee [b](#b).\n")
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a clean page": {[]string{cleanPage}, 0, "1 page: 0 errors, 0 warnings, 0 notes"},
		"a bad page": {[]string{bad}, 1,
			"bad.md:4:1: error: this is no JSON: it ends before a key in quotes [json-syntax]"},
		"below the level": {[]string{note}, 0, "note.md:3:6: note: the page has no anchor"},
		"at the level":    {[]string{"--level", "note", note}, 1, "1 page: 0 errors, 0 warnings, 1 note"},
		"the rules":       {[]string{"--rules"}, 0, "snippet-empty         error"},
		"Markdown":        {[]string{"--format", "markdown", bad}, 1, "| error | json-syntax |"},
		"SARIF":           {[]string{"--format", "sarif", bad}, 1, `"ruleId": "json-syntax"`},
		"JSON":            {[]string{"--format", "json", bad}, 1, `"schema": "crosscheck.guides.check/1"`},
	} {
		code, out, errOut := crosscheck(t, append([]string{"guides", "check"}, c.args...)...)
		assert.Equal(t, c.code, code, "%s: %s", name, errOut)
		assert.Contains(t, out, c.want, name)
	}
	_, out, _ := crosscheck(t, "guides", "check", "--format", "json", bad)
	followsSchema(t, out)

	sarif := filepath.Join(t.TempDir(), "out.sarif")
	code, out, _ := crosscheck(t, "guides", "check", "--format", "sarif", "-o", sarif, bad)
	assert.Equal(t, 1, code)
	assert.Empty(t, out)
	data, err := os.ReadFile(sarif)
	require.NoError(t, err)
	assert.True(t, json.Valid(data))
}

func TestGuidesWrongUse(t *testing.T) {
	empty := write(t, "empty.md", "\n")
	list := write(t, "list.yaml", "- {rule: json-syntax}\n")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no page":             {[]string{"check"}, "no page; name one or more"},
		"an empty page":       {[]string{"check", empty}, "is empty; name a page with text in it"},
		"no such page":        {[]string{"coverage", "nowhere.md"}, "nowhere.md: there is no such page"},
		"an unknown level":    {[]string{"check", "--level", "loud", cleanPage}, "--level: unknown level \"loud\""},
		"a reason is missing": {[]string{"check", "--ignore", list, cleanPage}, `list.yaml:1:3: an entry has no "reason"`},
		"no definitions":      {[]string{"check", "--crds", list, cleanPage}, "holds no custom resource definition"},
		"one page to drift":   {[]string{"drift", cleanPage}, "1 pages; name OLD and NEW"},
		"no fingerprint": {[]string{"drift", "--fingerprint", "nowhere.json", cleanPage},
			"there is no such fingerprint"},
		"no features": {[]string{"coverage", "--features", "nowhere", cleanPage},
			"there is no such feature file or folder"},
		"results that are not": {[]string{"coverage", "--results", "nowhere", cleanPage}, "cannot be read"},
		"an unknown model":     {[]string{"run", "--model", "x", cleanPage}, "must be one of"},
		"a list for values": {[]string{"run", "--bind", list, cleanPage},
			"list.yaml:1:1: the file of values is a list; write it as a mapping"},
		"brackets in a name": {[]string{"run", "--set", "<A>=b", cleanPage}, "leave the brackets away"},
	} {
		code, _, errOut := crosscheck(t, append([]string{"guides"}, c.args...)...)
		assert.Equal(t, 64, code, "%s: %s", name, errOut)
		assert.Contains(t, errOut, c.want, name)
	}
}

func TestGuidesCoverageAndDrift(t *testing.T) {
	code, out, errOut := crosscheck(t, "guides", "coverage", "--format", "json", cleanPage)
	assert.Zero(t, code, errOut)
	followsSchema(t, out)

	code, out, errOut = crosscheck(t, "guides", "coverage", "--format", "json")
	require.Zero(t, code, errOut)
	followsSchema(t, out)
	var answer struct {
		Guides []reports.GuideCoverage `json:"guides"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &answer))
	known, err := facts.DefaultGuides()
	require.NoError(t, err)
	require.Len(t, answer.Guides, len(known), "without a page it is the guides that crosscheck knows")
	for _, g := range answer.Guides {
		for _, step := range g.Steps {
			assert.NotEmpty(t, step.Scenarios, "%s: %s has no scenario", g.ID, step.ID)
		}
	}
	code, out, errOut = crosscheck(t, "guides", "coverage", "--format", "markdown")
	require.Zero(t, code, errOut)
	assert.Contains(t, out, "| step | where | what | coverage | scenarios |")

	fingerprint := filepath.Join(t.TempDir(), "harbor.json")
	code, _, errOut = crosscheck(t, "guides", "fingerprint", cleanPage, fingerprint)
	require.Zero(t, code, errOut)
	data, err := os.ReadFile(fingerprint)
	require.NoError(t, err)
	followsSchema(t, string(data))
	code, out, _ = crosscheck(t, "guides", "drift", "--fingerprint", fingerprint, cleanPage)
	assert.Zero(t, code)
	assert.Contains(t, out, "0 added, 0 removed, 0 changed, 0 reworded, 8 the same")

	page, err := os.ReadFile("../../" + cleanPage)
	require.NoError(t, err)
	changed := write(t, "harbor.md", strings.Replace(string(page), "8.14", "9.0", 1))
	code, out, _ = crosscheck(t, "guides", "drift", "--format", "json", cleanPage, changed)
	assert.Equal(t, 1, code, "a step that changed")
	followsSchema(t, out)
}

// A run needs clusters; what it prints is held against the schema without them.
func TestGuideRunFollowsTheSchema(t *testing.T) {
	data, err := json.Marshal(guideRun{Schema: "crosscheck.guides.run/1", Page: "a.md", Model: "api-key", Local: "9.3.2",
		Remote: "9.3.2",
		Count:  map[string]int{guiderun.Done: 1}, Steps: []guiderun.Step{{Anchor: "a", Line: 1, Title: "t",
			State: guiderun.Done, How: "h"}}})
	require.NoError(t, err)
	followsSchema(t, string(data))
}

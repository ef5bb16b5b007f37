package steps

import (
	"testing"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/guides"
)

func testWalk(t *testing.T, content, version string) *walk {
	t.Helper()
	page, err := guides.Read("page.md", []byte(content))
	require.NoError(t, err)
	facts, err := facts.Default()
	require.NoError(t, err)
	v := semver.MustParse(version)
	return &walk{Guide: Guide{Page: page, Model: guides.APIKey}, Scenario: New(&Env{Facts: facts}, Pair{Local: v, Remote: v})}
}

// TestExcluded tells which steps a walk leaves out, and why.
func TestExcluded(t *testing.T) {
	t.Parallel()
	const content = ":::{tab-item} TLS certificate\n1. Trust.\n:::\n\n:::{dropdown} Stack version above 6.7.0 and below 7.6.0\n1. Old.\n:::\n\n" +
		":::{tab-item} stack: ga 9.1\n1. New.\n:::\n\n:::{tab-item} eck: ga 3.3\n1. Elsewhere.\n:::\n"
	for version, want := range map[string][]string{
		"9.3.2": {"it belongs to the certificate model", `it is for "Stack version above 6.7.0 and below 7.6.0", and the local cluster is 9.3.2`, "", ""},
		"7.5.2": {"it belongs to the certificate model", "", `it is for "stack: ga 9.1", and the local cluster is 7.5.2`, ""},
	} {
		w := testWalk(t, content, version)
		var got []string
		for _, step := range w.Page.Steps {
			got = append(got, w.excluded(step))
		}
		assert.Equal(t, want, got, version)
	}
}

// TestPageAlias is the name that the page's own request uses; a placeholder becomes one of the walk's.
func TestPageAlias(t *testing.T) {
	t.Parallel()
	request := func(body string) string { return "Add it:\n\n```console\nPUT /_cluster/settings\n" + body + "\n```\n" }
	for body, want := range map[string]string{
		`{"persistent": {"cluster": {"remote": {"north": {"mode": "proxy"}}}}}`: "north",
		`{"persistent": {"cluster.remote.south.mode": "proxy"}}`:                "south",
	} {
		assert.Equal(t, want, testWalk(t, request(body), "9.3.2").pageAlias(), body)
	}
	assert.Contains(t, testWalk(t, request(`{"persistent": {"cluster": {"remote": {"<alias>": {}}}}}`), "9.3.2").pageAlias(), "partner-")
}

// TestSnippets names why a step's code cannot be run here.
func TestSnippets(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"```sh\nkubectl get pods\n```":               "its manifest or kubectl command needs the ECK environment",
		"```yaml\napiVersion: v1\nkind: Secret\n```": "its manifest or kubectl command needs the ECK environment",
		"```sh\ncurl https://example.org\n```":       "its command calls an API outside of the clusters",
		"```json\n```":                               "its snippet is empty",
		"```console\nGET /_remote/info\n```":         "",
	} {
		w := testWalk(t, "Do this:\n\n"+code+"\n", "9.3.2")
		require.Len(t, w.Page.Steps, 1, code)
		_, _, why := w.snippets(w.Page.Steps[0])
		assert.Equal(t, want, why, code)
	}
}

package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func testWalk(t *testing.T, content, version string) *walk {
	t.Helper()
	page, err := guides.Read("page.md", []byte(content))
	require.NoError(t, err)
	w := worldtest.New(t, version, version)
	return newWalk(Guide{Page: page, Model: guides.APIKey}, w.Env, w.Pair)
}

// TestExcluded tells which steps a walk leaves out, and why.
func TestExcluded(t *testing.T) {
	t.Parallel()
	const content = ":::{tab-item} TLS certificate\n1. Trust.\n:::\n\n" +
		":::{dropdown} Stack version above 6.7.0 and below 7.6.0\n1. Old.\n:::\n\n" +
		":::{tab-item} stack: ga 9.1\n1. New.\n:::\n\n:::{tab-item} eck: ga 3.3\n1. Elsewhere.\n:::\n"
	for version, want := range map[string][]string{
		"9.3.2": {"it belongs to the certificate model",
			`it is for "Stack version above 6.7.0 and below 7.6.0", and the local cluster is 9.3.2`, "", ""},
		"7.5.2": {"it belongs to the certificate model", "",
			`it is for "stack: ga 9.1", and the local cluster is 7.5.2`, ""},
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
	placeholder := testWalk(t, request(`{"persistent": {"cluster": {"remote": {"<alias>": {}}}}}`), "9.3.2")
	assert.Contains(t, placeholder.pageAlias(), "partner-")
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
		_, _, why := w.snippets(w.Page.Steps[0], false)
		assert.Equal(t, want, why, code)
	}
}

// TestRequestsAreFilledIn gives placeholders and examples the values of the pair.
func TestRequestsAreFilledIn(t *testing.T) {
	t.Parallel()
	const page = "Add it on port 9443:\n\n```console\nPUT /_cluster/settings\n{}\n```\n"
	w := testWalk(t, page, "9.3.2")
	w.Bindings = map[string]string{"timeout": "30s"}
	w.world.Names.Call(alias, "partner-1")
	w.world.Clusters.Remote = &lab.Cluster{ServerName: "remote.test", Balancer: lab.Foreign("10.0.0.7", nil)}
	for text, want := range map[string]string{
		`{"proxy_address": "<address>:9443"}`:                   `{"proxy_address": "10.0.0.7:9443"}`,
		`{"proxy_address": "my.example.com:9400"}`:              `{"proxy_address": "10.0.0.7:9400"}`,
		`{"server_name": "my.example.com"}`:                     `{"server_name": "remote.test"}`,
		`GET /<remote-cluster-name>:<index>/_search`:            "GET /partner-1:" + w.world.Names.Unique(index) + "/_search",
		`{"<alias>": {"initial_connect_timeout": "<timeout>"}}`: `{"partner-1": {"initial_connect_timeout": "30s"}}`,
	} {
		filled, open := w.fillIn(text, w.Page.Steps[0])
		assert.Equal(t, want, filled)
		assert.Empty(t, open, text)
	}
	_, open := w.fillIn("GET /<something>", w.Page.Steps[0])
	assert.Equal(t, []string{"<something>"}, open, "what has no value is named")
}

// TestPortOfTheModel is the port of a page's example, unless that is for the other model.
func TestPortOfTheModel(t *testing.T) {
	t.Parallel()
	both := testWalk(t, "Use 9443, or 9300 with certificates:\n\n```console\nPUT /_cluster/settings\n{}\n```\n", "9.3.2")
	one := testWalk(t, "Use this:\n\n```console\nPUT /_cluster/settings\n{}\n```\n", "9.3.2")
	for _, c := range []struct {
		walk       *walk
		model      string
		port, want int
	}{
		{both, guides.Certificate, 9443, 9300},
		{one, guides.Certificate, 9443, 9443},
		{one, guides.Certificate, 9400, 9400},
		{one, guides.APIKey, 9400, 9400},
	} {
		c.walk.Model = c.model
		assert.Equal(t, c.want, c.walk.portFor(c.walk.Page.Steps[0], c.port), "%s, %d", c.model, c.port)
	}
}

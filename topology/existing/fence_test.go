package existing

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// cluster answers what a test lays down, and keeps what it was asked. What is laid down nowhere exists not.
type cluster struct {
	answers map[string]string // "GET /path" -> body of a 200
	asked   []string          // all but GET
}

func (c *cluster) RoundTrip(req *http.Request) (*http.Response, error) {
	call := req.Method + " " + req.URL.Path
	if req.Method != http.MethodGet {
		c.asked = append(c.asked, call)
	}
	body, there := c.answers[call]
	status := http.StatusOK
	switch {
	case there:
	case req.Method != http.MethodGet:
		body = "{}"
	default:
		status, body = http.StatusNotFound, "{}"
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Request: req,
		Body: io.NopCloser(strings.NewReader(body))}, nil
}

// fenced is a client behind a fence for names that begin with crosscheck-x-.
func fenced(t *testing.T, c *cluster) (*elastic.Client, *fence) {
	t.Helper()
	if c.answers == nil {
		c.answers = map[string]string{}
	}
	for path, body := range map[string]string{
		"GET /_remote/info":      `{"theirs":{},"crosscheck-x-file":{}}`,
		"GET /_cluster/settings": `{"persistent":{},"transient":{}}`,
	} {
		if _, ok := c.answers[path]; !ok {
			c.answers[path] = body
		}
	}
	direct, err := elastic.NewOver("es.test", c)
	require.NoError(t, err)
	f := &fence{role: "local", prefix: "crosscheck-x-", next: c, api: direct, made: map[thing]bool{}}
	api, err := elastic.NewOver("es.test", f)
	require.NoError(t, err)
	return api, f
}

func TestWhatIsNotTheRunsIsNotSent(t *testing.T) {
	remote := func(name string) string { return `{"persistent":{"cluster.remote.` + name + `.mode":"proxy"}}` }
	for _, c := range []struct{ method, path, body string }{
		{"PUT", "/logs", ""}, {"DELETE", "/logs", ""}, {"DELETE", "/*", ""}, {"DELETE", "/_all", ""},
		{"DELETE", "/crosscheck-x-*", ""}, {"DELETE", "/crosscheck-x-logs", ""}, {"PUT", "/crosscheck-x-a,logs", ""},
		{"PUT", "/crosscheck-x-", ""}, {"PUT", "/crosscheck-y-logs", ""}, {"PUT", "/%2Fcrosscheck-x-logs", ""},
		{"POST", "/logs/_bulk", "{}"}, {"POST", "/_bulk", "{}"}, {"POST", "/crosscheck-x-logs/_close", ""},
		{"POST", "/logs/_close", ""}, {"POST", "/logs/_delete_by_query", "{}"}, {"POST", "/logs/_search/extra", ""},
		{"PUT", "/_cluster/settings", remote("theirs")}, {"PUT", "/_cluster/settings", remote("crosscheck")},
		{"PUT", "/_cluster/settings", `{"persistent":{"cluster":{"remote":{"theirs":{"mode":null}}}}}`},
		{"PUT", "/_cluster/settings",
			`{"persistent":{"cluster":{"remote":{"crosscheck-x-a":{"mode":null}},"max_shards":1}}}`},
		{"PUT", "/_cluster/settings", `{"persistent":{"cluster.remote.*":null}}`},
		{"PUT", "/_cluster/settings", `{"persistent":{"cluster":{"remote":{"":{"mode":"proxy"}}}}}`},
		{"PUT", "/_cluster/settings", `{"transient":{"cluster.routing.allocation.enable":"none"}}`},
		{"PUT", "/_cluster/settings", `{"defaults":{}}`}, {"PUT", "/_cluster/settings", `no JSON`},
		{"PUT", "/_security/role/qa", "{}"}, {"DELETE", "/_security/role/crosscheck-x-r", ""},
		{"POST", "/_security/user/qa", "{}"}, {"PUT", "/_security/user/elastic/_password", "{}"},
		{"DELETE", "/_security/api_key", `{"ids":["theirs"]}`}, {"DELETE", "/_security/api_key", `{"owner":true}`},
		{"DELETE", "/_security/api_key", `{"ids":[],"realm_name":"native"}`}, {"DELETE", "/_security/api_key", ""},
		{"PUT", "/_security/cross_cluster/api_key/theirs", "{}"},
		{"POST", "/_nodes/reload_secure_settings", ""}, {"POST", "/_license/start_basic", ""}, {"PUT", "/_license", "{}"},
		{"POST", "/_cluster/reroute", "{}"}, {"DELETE", "/_snapshot/backup", ""},
	} {
		there := &cluster{}
		api, _ := fenced(t, there)
		var body any
		if c.body != "" {
			body = c.body
		}
		_, err := api.Do(t.Context(), c.method, c.path, body)
		require.ErrorAs(t, err, new(*lab.UncontrolledError), "%s %s %s", c.method, c.path, c.body)
		require.Empty(t, there.asked, "%s %s %s", c.method, c.path, c.body)
	}
}

func TestWhatExistsIsNotTouched(t *testing.T) {
	exist := map[string]string{"GET /crosscheck-x-logs": "{}", "GET /_security/role/crosscheck-x-r": "{}",
		"GET /_security/user/crosscheck-x-u": "{}",
		"GET /_cluster/settings":             `{"persistent":{"cluster.remote.crosscheck-x-a.mode":"proxy"},"transient":{}}`}
	settings := func(alias string) map[string]any {
		return map[string]any{"persistent": map[string]any{"cluster.remote." + alias + ".mode": "sniff"}}
	}
	for _, c := range []struct {
		method, path string
		body         any
		want         string
	}{
		{"PUT", "/crosscheck-x-logs", nil, "index crosscheck-x-logs"},
		{"PUT", "/_security/role/crosscheck-x-r", "{}", "role crosscheck-x-r"},
		{"PUT", "/_security/user/crosscheck-x-u", "{}", "user crosscheck-x-u"},
		{"PUT", "/_cluster/settings", settings("crosscheck-x-a"), "alias crosscheck-x-a"},
		{"PUT", "/_cluster/settings", settings("crosscheck-x-file"), "alias crosscheck-x-file"},
	} {
		there := &cluster{answers: exist}
		api, _ := fenced(t, there)
		_, err := api.Do(t.Context(), c.method, c.path, c.body)
		require.ErrorAs(t, err, new(*ExistsError))
		require.ErrorContains(t, err,
			c.want+" exists already on the local cluster, and is not this run's: it was not touched")
		require.Empty(t, there.asked, c.want)
	}
}

func TestWhatTheRunMakesIsRemoved(t *testing.T) {
	ctx := t.Context()
	there := &cluster{answers: map[string]string{"POST /_security/cross_cluster/api_key": `{"id":"k1","encoded":"e"}`}}
	api, f := fenced(t, there)
	_, err := api.PutRemote(ctx, "crosscheck-x-a", map[string]any{"mode": "proxy"})
	require.NoError(t, err)
	require.NoError(t, api.AddDocuments(ctx, "crosscheck-x-logs", 2, 0))
	require.NoError(t, api.PutRole(ctx, "crosscheck-x-r", map[string]any{}))
	require.NoError(t, api.PutRole(ctx, "crosscheck-x-r", map[string]any{}), "what is the run's may be changed")
	require.NoError(t, api.PutUser(ctx, "crosscheck-x-u", "password", "crosscheck-x-r"))
	key, err := api.CreateCrossClusterKey(ctx, map[string]any{"name": "any"})
	require.NoError(t, err)
	require.Equal(t, "e", key.Encoded, "the answer with the key is given back whole")
	require.NoError(t, api.InvalidateKey(ctx, key.ID))
	require.NoError(t, api.InvalidateKey(ctx, key.ID), "a scenario may do so, and its end once more")
	require.NoError(t, api.DeleteRole(ctx, "crosscheck-x-r"))
	_, err = api.Search(ctx, "crosscheck-x-a:logs")
	require.NoError(t, err)

	there.asked = nil
	there.answers["GET /crosscheck-x-logs"] = "{}"
	there.answers["GET /_cluster/settings"] = `{"persistent":{"cluster.remote.crosscheck-x-a.mode":"proxy",
		"cluster.remote.theirs.mode":"proxy"},"transient":{}}`
	removed, err := f.sweep(ctx)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"index crosscheck-x-logs", "alias crosscheck-x-a"}, removed,
		"the user was made, and is no longer there")
	require.ElementsMatch(t, []string{"DELETE /crosscheck-x-logs", "PUT /_cluster/settings"}, there.asked)
	removed, err = f.sweep(ctx)
	require.NoError(t, err)
	require.Empty(t, removed)
}

// lost takes a request and gives no answer.
type lost struct{ *cluster }

func (l lost) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, err := l.cluster.RoundTrip(req); err != nil {
		return nil, err
	}
	return nil, errors.New("connection reset")
}

func TestWhatMayHaveBeenMadeIsRemovedToo(t *testing.T) {
	there := &cluster{}
	api, f := fenced(t, there)
	f.next = lost{there}
	require.Error(t, api.AddDocuments(t.Context(), "crosscheck-x-logs", 1, 0))
	there.answers["GET /crosscheck-x-logs"] = "{}"
	removed, err := f.sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"index crosscheck-x-logs"}, removed)
}

func TestAPathInFrontOfElasticsearch(t *testing.T) {
	f := &fence{role: "local", prefix: "crosscheck-x-", base: "/es", made: map[thing]bool{}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://lb/es/_license", bytes.NewReader(nil))
	require.NoError(t, err)
	_, err = f.RoundTrip(req)
	require.ErrorContains(t, err, "PUT /_license")
}

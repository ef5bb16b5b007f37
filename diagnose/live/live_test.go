package live

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/topology/credentials"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// call is one request and its answer, as package real stores them.
type call struct {
	Request string          `json:"request"`
	Status  int             `json:"status"`
	Body    json.RawMessage `json:"body"`
}

// replay is a cluster that gives recorded answers, each in the order in which it came; the last one stays. A request
// that nobody recorded is 404.
func replay(t *testing.T, name string, with ...call) *httptest.Server {
	t.Helper()
	var calls []call
	if name != "" {
		data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &calls))
	}
	for _, c := range with { // takes the place of recorded ones
		calls = slices.DeleteFunc(calls, func(o call) bool { return o.Request == c.Request })
		calls = append(calls, c)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, c := range calls {
			if c.Request == r.Method+" "+r.URL.Path {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.Status)
				_, _ = w.Write(c.Body)
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	return server
}

func answer(request string, status int, body string) call {
	return call{request, status, json.RawMessage(body)}
}

var elasticsearch = answer("GET /", 200, `{"name":"n","cluster_name":"c","version":{"number":"9.3.2"},`+
	`"tagline":"You Know, for Search"}`)

func of(in evidence.Input, kind evidence.Kind) []evidence.Piece {
	var all []evidence.Piece
	for _, p := range in.Pieces {
		if p.Kind == kind {
			all = append(all, p)
		}
	}
	return all
}

func texts(in evidence.Input) string {
	var all strings.Builder
	for _, p := range in.Pieces {
		fmt.Fprintln(&all, p.Text())
	}
	return all.String()
}

func noted(in evidence.Input, kind evidence.NoteKind) string {
	var all []string
	for _, n := range in.Notes {
		if n.Kind == kind {
			all = append(all, n.Source+": "+n.Text)
		}
	}
	return strings.Join(all, "\n")
}

func TestOnlyReadingRequestsLeave(t *testing.T) {
	for _, line := range []string{
		"GET /", "GET /_remote/info", "GET /_nodes", "GET /partner:*/_search", "GET /_resolve/cluster/partner:*",
	} {
		require.True(t, permitted(line), line)
	}
	for _, line := range []string{
		"PUT /_cluster/settings", "POST /_security/api_key", "DELETE /logs", "GET /_nodes/reload_secure_settings",
		"POST /partner:*/_search", "GET /logs/_search", "GET /_snapshot", "GET /_all:*/_search",
	} {
		require.False(t, permitted(line), line)
	}
	server := replay(t, "", elasticsearch)
	c, closeIdle, err := open(evidence.Local, server.URL, credentials.Credentials{})
	require.NoError(t, err)
	defer closeIdle()
	_, err = c.api.Do(t.Context(), http.MethodPut, "/_cluster/settings", "{}")
	require.ErrorContains(t, err, "PUT /_cluster/settings is not in the list")
}

func TestASearchThatHangs(t *testing.T) {
	info := `{"partner":{"connected":%t,"mode":"proxy","proxy_address":"a:9443","initial_connect_timeout":"30s",` +
		`"skip_unavailable":false}}`
	asked := 0
	end := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/":
			_, _ = w.Write(elasticsearch.Body)
		case r.URL.Path == "/_remote/info":
			asked++
			fmt.Fprintf(w, info, asked == 1)
		case strings.HasSuffix(r.URL.Path, "/_search"):
			select {
			case <-end:
			case <-r.Context().Done():
			}
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(end) })
	in, err := Gather(t.Context(), Options{URL: server.URL, Search: 50 * time.Millisecond})
	require.NoError(t, err)
	found := of(in, evidence.Answer)
	require.Len(t, found, 1)
	require.True(t, found[0].NoAnswer)
	require.Equal(t, "GET /partner:*/_search", found[0].Request)
	require.Equal(t, "partner", found[0].Alias)
	infos := of(in, evidence.RemoteInfo)
	require.Len(t, infos, 1, "what it said before the search is replaced")
	require.Equal(t, false, infos[0].Fields["connected"])
}

func TestWithoutThePrivilegeMonitor(t *testing.T) {
	refusal := `{"error":{"root_cause":[],"type":"security_exception","reason":"action [cluster:monitor/remote/info] is ` +
		`unauthorized for user [joe]"},"status":403}`
	server := replay(t, "", elasticsearch, answer("GET /_remote/info", 403, refusal),
		answer("GET /_cluster/settings", 403, refusal))
	in, err := Gather(t.Context(), Options{URL: server.URL, Alias: "partner"})
	require.NoError(t, err)
	require.Contains(t, noted(in, evidence.Refused), "GET /_remote/info: The user lacks the cluster privilege monitor")
	answers := of(in, evidence.Answer)
	require.Len(t, slices.DeleteFunc(answers, func(p evidence.Piece) bool { return p.Status != 403 }), 1)
	require.Equal(t, []string{"security_exception"}, answers[0].Types)
}

func TestRemoteKeys(t *testing.T) {
	local := replay(t, "", elasticsearch, answer("GET /_remote/info", 200, "{}"))
	remote := replay(t, "", elasticsearch,
		answer("GET /_security/_authenticate", 200, `{"username":"joe","roles":["superuser"]}`),
		answer("GET /_security/api_key", 200, `{"api_keys":[
			{"id":"a","name":"old","type":"cross_cluster","expiration":1000},
			{"id":"b","name":"gone","type":"cross_cluster","invalidated":true},
			{"id":"c","name":"rest","type":"rest"}]}`))
	in, err := Gather(t.Context(), Options{URL: local.URL, RemoteURL: remote.URL})
	require.NoError(t, err)
	all := texts(in)
	require.Contains(t, all, "derived: cross-cluster API key old has expired")
	require.Contains(t, all, "derived: cross-cluster API key gone is invalidated")
	require.Contains(t, all, "derived: no valid cross-cluster API key")
	require.NotContains(t, all, "rest")
}

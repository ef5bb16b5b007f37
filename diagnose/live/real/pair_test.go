package real

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/diagnose/live"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/credentials"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

const (
	version = "9.3.2"
	alias   = "partner"
)

// Call is one request and its answer, as they are stored.
type Call struct {
	Request string          `json:"request"`
	Status  int             `json:"status"`
	Body    json.RawMessage `json:"body"`
}

// recorder stands between a diagnosis and a cluster.
type recorder struct {
	*httptest.Server
	mu    sync.Mutex
	calls []Call
}

func record(t *testing.T, access lab.Access) *recorder {
	t.Helper()
	target, err := url.Parse(access.URL)
	require.NoError(t, err)
	r := &recorder{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Header.Del("Accept-Encoding") // answers are to be read
	}}
	proxy.ModifyResponse = func(res *http.Response) error {
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return err
		}
		res.Body = io.NopCloser(bytes.NewReader(body))
		r.mu.Lock()
		defer r.mu.Unlock()
		r.calls = append(r.calls, Call{"GET " + res.Request.URL.Path, res.StatusCode, body})
		return nil
	}
	r.Server = httptest.NewServer(proxy)
	t.Cleanup(r.Close)
	return r
}

// take gives the calls so far, and forgets them.
func (r *recorder) take() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := r.calls
	r.calls = nil
	return calls
}

func store(t *testing.T, name string, calls []Call) {
	t.Helper()
	data, err := json.MarshalIndent(calls, "", " ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join("..", "testdata", name+".json"), append(data, '\n'), 0o644))
}

// volatile are fields that change by themselves.
var volatile = regexp.MustCompile(`"(?:version|took|docs\.count|rx_count|tx_count)":\s*"?\d+"?`)

// state is all that a diagnosis could have changed.
func state(t *testing.T, c *lab.Cluster) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, path := range []string{
		"/_cluster/settings?flat_settings=true",
		"/_cat/indices?format=json&h=index,uuid,pri,rep&expand_wildcards=all&s=index",
		"/_security/api_key", "/_security/user", "/_security/role", "/_security/role_mapping", "/_aliases", "/_ilm/policy",
		"/_index_template?filter_path=index_templates.name", "/_ingest/pipeline?filter_path=*.description", "/_license",
		"/_tasks?actions=*search*,*resolve*&filter_path=nodes.*.tasks.*.action", "/_remote/info",
	} {
		res, err := c.API().Do(t.Context(), http.MethodGet, path, nil)
		require.NoError(t, err)
		all[path] = volatile.ReplaceAllString(string(res.Body), "")
	}
	return all
}

func TestADiagnosisChangesNothing(t *testing.T) {
	if os.Getenv("CROSSCHECK_RECORD") == "" {
		t.Skip("clusters are started with CROSSCHECK_RECORD=1 alone")
	}
	timeouts := topology.DefaultTimeouts()
	timeouts.Scale(3) // the machine may be busy with other things
	s, err := session.Open(t.Context(), session.Options{
		Local: []string{version}, Remote: []string{version}, Timeouts: timeouts, Note: func(text string) { t.Log(text) },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.WithoutCancel(t.Context()))) })
	local, remote := pair(t, s)
	localAccess, remoteAccess := access(t, local), access(t, remote)
	here, there := record(t, localAccess), record(t, remoteAccess)
	options := live.Options{
		URL: here.URL, Auth: credentials.Credentials{User: localAccess.User, Password: localAccess.Password},
		RemoteURL: there.URL, RemoteAuth: credentials.Credentials{User: remoteAccess.User, Password: remoteAccess.Password},
		Probe: true, Timeout: 5 * time.Minute, Search: time.Minute,
	}
	for _, c := range []struct {
		name string
		port int
		want bool
	}{{"connected", 9443, true}, {"http-port", 9200, false}} {
		add(t, local, remote, c.port)
		if c.want {
			connected(t, local)
		}
		before := []map[string]string{state(t, local), state(t, remote)}
		in, err := live.Gather(t.Context(), options)
		require.NoError(t, err)
		require.Equal(t, before, []map[string]string{state(t, local), state(t, remote)})
		info := pieces(in, evidence.RemoteInfo)
		require.Len(t, info, 1, "%+v", in)
		require.Equal(t, c.want, info[0].Fields["connected"])
		tell(t, in)
		store(t, c.name+"-local", here.take())
		store(t, c.name+"-remote", there.take())
	}
	require.NoError(t, local.API().PutUser(t.Context(), "nobody", "nobody-password"))
	options.Auth, options.RemoteURL, options.Alias = credentials.Credentials{User: "nobody", Password: "nobody-password"},
		"", alias
	in, err := live.Gather(t.Context(), options)
	require.NoError(t, err)
	tell(t, in)
	store(t, "no-privileges-local", here.take())
}

// pair starts a local and a remote cluster that a cross-cluster API key connects.
func pair(t *testing.T, s *session.Session) (local, remote *lab.Cluster) {
	t.Helper()
	w := world.New(s.Env(), s.Pairs[0])
	w.Clusters.LocalSpec.TrustedServers = []string{"remote-server"}
	w.Clusters.RemoteSpec.ServerCA = "remote-server"
	remote, err := s.Lab.Start(t.Context(), w.Clusters.RemoteSpec)
	require.NoError(t, err)
	local, err = s.Lab.Start(t.Context(), w.Clusters.LocalSpec)
	require.NoError(t, err)
	require.NoError(t, remote.API().AddDocuments(t.Context(), "logs", 3, 0))
	key, err := remote.API().CreateCrossClusterKey(t.Context(), map[string]any{
		"name": alias, "access": map[string]any{"search": []any{map[string]any{"names": []string{"logs"}}}},
	})
	require.NoError(t, err)
	require.NoError(t, local.AddSecureSetting(t.Context(), "cluster.remote."+alias+".credentials", key.Encoded))
	require.NoError(t, local.API().ReloadSecureSettings(t.Context()))
	return local, remote
}

func access(t *testing.T, c *lab.Cluster) lab.Access {
	t.Helper()
	a, err := c.Access(t.Context())
	require.NoError(t, err)
	return a
}

func add(t *testing.T, local, remote *lab.Cluster, port int) {
	t.Helper()
	address, err := remote.Balancer.Address(port)
	require.NoError(t, err)
	res, err := local.API().PutRemote(t.Context(), alias, map[string]any{
		"mode": "proxy", "proxy_address": address, "server_name": remote.ServerName,
	})
	require.NoError(t, err)
	require.Equal(t, 200, res.Status, "%s", res.Body)
}

func connected(t *testing.T, local *lab.Cluster) {
	t.Helper()
	err := world.Await(t.Context(), "_remote/info of "+alias, time.Minute, func(ctx context.Context) error {
		info, err := local.API().RemoteInfo(ctx)
		if err == nil && info[alias]["connected"] != true {
			err = io.ErrNoProgress
		}
		return err
	})
	require.NoError(t, err)
}

func tell(t *testing.T, in evidence.Input) {
	t.Helper()
	for _, p := range in.Pieces {
		t.Log(p.Kind, p.Side, p.Source, p.Shown, p.Texts)
	}
	for _, n := range in.Notes {
		t.Log("note", n)
	}
}

func pieces(in evidence.Input, kind evidence.Kind) []evidence.Piece {
	var all []evidence.Piece
	for _, p := range in.Pieces {
		if p.Kind == kind {
			all = append(all, p)
		}
	}
	return all
}

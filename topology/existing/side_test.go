package existing

import (
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/credentials"
)

// answer is one of testdata/answers.json.
type answer struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// answers are what two clusters of 9.3.2 answered, by method, path and query.
func answers(t *testing.T) map[string]map[string]answer {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "answers.json"))
	require.NoError(t, err)
	var all map[string]map[string]answer
	require.NoError(t, json.Unmarshal(data, &all))
	return all
}

// serve answers as a side did, but for the calls that are changed, to the user qa alone.
func serve(t *testing.T, side string, changed map[string]answer) http.Handler {
	all := maps.Clone(answers(t)[side])
	maps.Copy(all, changed)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "qa" || password != "qa-password" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		given, ok := all[r.Method+" "+r.URL.RequestURI()]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.WriteHeader(given.Status)
		_, _ = w.Write(given.Body)
	})
}

type secrets map[string]bool

func (s secrets) Add(secret string) { s[secret] = true }

var qa = credentials.Credentials{User: "qa", Password: "qa-password"}

// named are options that name the two servers.
func named(local, remote *httptest.Server) Options {
	return Options{LocalURL: local.URL, RemoteURL: remote.URL, LocalAuth: qa, RemoteAuth: qa, Secrets: secrets{}}
}

func start(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

const info = "GET /_remote/info"

func TestAPairSaysWhatItIs(t *testing.T) {
	local := start(t, serve(t, "local", map[string]answer{info: {200,
		[]byte(`{"staging":{"connected":true,"cluster_credentials":"::es_redacted::"},"old":{"connected":false}}`)}}))
	remote := start(t, serve(t, "remote", nil))
	for name, c := range map[string]struct {
		change func(*Options)
		model  string
		server string
		at     map[int]string // documented port -> address; empty: it is not known
	}{
		"nothing is known of the way": {func(*Options) {}, None, "", map[int]string{9443: "", 9999: "127.0.0.1:9999"}},
		"the remote cluster server": {func(o *Options) { o.Addresses = []string{"es.example:9443"} }, APIKey, "es.example",
			map[int]string{9443: "es.example:9443", 9300: "es.example:9443", 9200: ""}},
		"the transport port": {func(o *Options) { o.Addresses = []string{"es.example:9300"} }, Certificate, "es.example",
			map[int]string{9300: "es.example:9300", 9400: ""}},
		"an odd port": {func(o *Options) { o.Addresses = []string{"10.0.0.7:443"} }, APIKey, "",
			map[int]string{9443: "10.0.0.7:443"}},
		"ports by name": {func(o *Options) {
			o.Addresses = []string{"9443=a.example:443", "9300=b.example:9400", "9999=c.example:1"}
			o.ServerName, o.Model = "es", Certificate
		}, Certificate, "es", map[int]string{9443: "a.example:443", 9300: "b.example:9400", 9999: "c.example:1"}},
		"IPv6":                         {func(o *Options) { o.Addresses = []string{"[2001:db8::1]:9443"} }, APIKey, "", nil},
		"an alias with credentials":    {func(o *Options) { o.Alias = "staging" }, APIKey, "", nil},
		"an alias without credentials": {func(o *Options) { o.Alias = "old" }, None, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := named(local, remote)
			c.change(&o)
			p, err := Open(t.Context(), o)
			require.NoError(t, err)
			require.Equal(t, []string{c.model, c.server, "9.3.2", "9.3.2"},
				[]string{p.Model, p.ServerName, p.Local.Version.String(), p.Remote.Version.String()})
			for port, want := range c.at {
				got, err := p.Address(port)
				require.Equal(t, want == "", err != nil, "port %d: %v", port, err)
				require.Equal(t, want, got)
			}
			require.Equal(t, local.URL+" (local-3, 9.3.2, trial license, as qa)", p.Local.String())
			require.Regexp(t, `^crosscheck-[a-z2-7]{6}-$`, p.Prefix)
			require.Contains(t, o.Secrets, "qa-password")
		})
	}
}

func TestWhatKeepsARunFromBeginning(t *testing.T) {
	body := func(status int, text string) answer { return answer{status, []byte(text)} }
	local, remote := start(t, serve(t, "local", map[string]answer{info: body(200, `{"b":{},"a":{}}`)})),
		start(t, serve(t, "remote", nil))
	changed := func(call string, a answer) string { return start(t, serve(t, "local", map[string]answer{call: a})).URL }
	nodes := "GET " + nodesPath
	pages := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	tls := httptest.NewUnstartedServer(serve(t, "local", nil))
	tls.StartTLS()
	t.Cleanup(tls.Close)
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"one side alone":   {func(o *Options) { o.RemoteURL = "" }, "name a pair; give both"},
		"no URL":           {func(o *Options) { o.LocalURL = "es.example:9200" }, "--local-url: write it like https://"},
		"no scheme":        {func(o *Options) { o.LocalURL = "127.0.0.1:9200" }, "--local-url is no URL"},
		"no port":          {func(o *Options) { o.RemoteURL = "https://es" }, "--remote-url has no port"},
		"a query":          {func(o *Options) { o.RemoteURL += "/?pretty" }, "holds more than an address"},
		"a wrong password": {func(o *Options) { o.LocalAuth.Password = "x" }, `does not take the password of user "qa"`},
		"a wrong API key": {func(o *Options) { o.LocalAuth = credentials.Credentials{APIKey: "eA=="} },
			"does not take the API key"},
		"no credentials": {func(o *Options) { o.RemoteAuth = credentials.Credentials{} },
			"into a file (--remote-auth FILE) or into CROSSCHECK_REMOTE_USER"},
		"credentials twice": {func(o *Options) { o.LocalURL = strings.Replace(o.LocalURL, "://", "://a:b@", 1) },
			"credentials in its URL, and others beside it"},
		"a user and an API key": {func(o *Options) { o.LocalAuth.APIKey = "x" }, "a user and an API key; give one of them"},
		"the same cluster": {func(o *Options) { o.RemoteURL = o.LocalURL },
			"lead to the same cluster, local-3; name two"},
		"nobody listens": {func(o *Options) { o.LocalURL = closed.URL }, "does not answer: dial tcp"},
		"TLS to plain HTTP": {func(o *Options) { o.LocalURL = strings.Replace(o.LocalURL, "http", "https", 1) },
			"it does not speak TLS there"},
		"plain HTTP to TLS": {func(o *Options) { o.LocalURL = strings.Replace(tls.URL, "https", "http", 1) },
			"write https://"},
		"an unknown authority": {func(o *Options) { o.LocalURL = tls.URL }, "name its file with --local-ca"},
		"no authority":         {func(o *Options) { o.LocalAuth.CA = "side_test.go" }, "holds no certificate in PEM"},
		"no such file": {func(o *Options) { o.LocalAuth.CA = "missing.pem" },
			"read the authority of the cluster's certificate"},
		"a web server": {func(o *Options) { o.LocalURL = pages.URL }, "no Elasticsearch answers there"},
		"OpenSearch": {func(o *Options) {
			o.LocalURL = changed("GET /", body(200, `{"version":{"number":"2.19.1","distribution":"opensearch"}}`))
		}, "it is opensearch 2.19.1, and not Elasticsearch"},
		"a node without a flavor": {func(o *Options) {
			o.LocalURL = changed(nodes, body(200, `{"nodes":{"a":{"version":"2.19.1"}}}`))
		}, "no Elasticsearch answers there"},
		"an upgrade": {func(o *Options) {
			o.LocalURL = changed(nodes, body(200, `{"nodes":{"a":{"version":"9.3.2","build_flavor":"default"},`+
				`"b":{"version":"9.3.1","build_flavor":"default"}}}`))
		}, "its nodes are of several versions"},
		"no monitor": {func(o *Options) { o.LocalURL = changed(nodes, body(403, `{"status":403}`)) },
			"takes the cluster privilege monitor"},
		"red": {func(o *Options) {
			o.LocalURL = changed("GET /_cluster/health?timeout=5000ms", body(200, `{"status":"red"}`))
		}, `it is not healthy (cluster health is "red")`},
		"few privileges": {func(o *Options) {
			o.LocalURL = start(t, lowPrivileged(serve(t, "local", nil))).URL
		}, `user "qa" lacks privileges: of the cluster manage, manage_security; of the indices crosscheck-`},
		"an address without a port": {func(o *Options) { o.Addresses = []string{"es.example"} }, "write HOST:PORT"},
		"an address of port 0":      {func(o *Options) { o.Addresses = []string{"es.example:0"} }, "write HOST:PORT"},
		"a URL for an address":      {func(o *Options) { o.Addresses = []string{"https://es:9443"} }, "write HOST:PORT"},
		"two addresses": {func(o *Options) { o.Addresses = []string{"a:1", "b:2"} },
			"both a:1 and b:2 are without"},
		"no such alias": {func(o *Options) { o.Alias = "c" }, "no remote cluster of that alias; it has a, b"},
		"no remote cluster server": {func(o *Options) {
			o.Model, o.LocalURL, o.RemoteURL = APIKey, remote.URL, local.URL
		}, "none of its nodes has remote_cluster_server.enabled"},
	} {
		t.Run(name, func(t *testing.T) {
			o := named(local, remote)
			c.change(&o)
			_, err := Open(t.Context(), o)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "qa-password")
			if name == "nobody listens" {
				require.ErrorAs(t, err, new(*UnreachableError))
			} else {
				require.ErrorAs(t, err, new(*SetupError))
			}
		})
	}
}

// lowPrivileged answers _has_privileges as a cluster did for a user with monitor alone.
func lowPrivileged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/_security/user/_has_privileges" {
			next.ServeHTTP(w, r)
			return
		}
		var asked struct{ Index []struct{ Names []string } }
		_ = json.NewDecoder(r.Body).Decode(&asked)
		_, _ = w.Write([]byte(`{"username":"low","has_all_requested":false,` +
			`"cluster":{"monitor":true,"manage_security":false,` +
			`"manage":false},"index":{"` + asked.Index[0].Names[0] + `":{"create_index":false,"manage":false,"read":false,` +
			`"write":false}},"application":{}}`))
	})
}

func TestAnAuthorityOfTheUsers(t *testing.T) {
	tls := httptest.NewTLSServer(serve(t, "local", nil))
	t.Cleanup(tls.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw})
	require.NoError(t, os.WriteFile(file, certificate, 0o600))
	o := named(tls, start(t, serve(t, "remote", nil)))
	o.LocalAuth.CA = file
	p, err := Open(t.Context(), o)
	require.NoError(t, err)
	require.True(t, p.Local.Secured)
}

func TestCredentialsThatAreAskedFor(t *testing.T) {
	local, remote := start(t, serve(t, "local", nil)), start(t, serve(t, "remote", nil))
	o := named(local, remote)
	o.LocalAuth, o.RemoteAuth = credentials.Credentials{User: "qa"}, credentials.Credentials{}
	var asked []string
	o.Ask = func(role string, have credentials.Credentials) (credentials.Credentials, error) {
		asked = append(asked, role+" "+have.User)
		return qa, nil
	}
	_, err := Open(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, []string{"local qa", "remote "}, asked)
	require.Contains(t, o.Secrets, "qa-password")
}

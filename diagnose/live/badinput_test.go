package live

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/credentials"
)

// oneRemote is a cluster with a remote cluster "partner".
func oneRemote(t *testing.T) string {
	return replay(t, "", elasticsearch, answer("GET /_cluster/settings", 200,
		`{"persistent":{"cluster.remote.partner.seeds":["b:9300"]},"transient":{}}`),
		answer("GET /_remote/info", 200, `{"backup":{"connected":true,"mode":"sniff","seeds":["c:9300"],`+
			`"num_nodes_connected":1,"initial_connect_timeout":"30s","skip_unavailable":false}}`)).URL
}

func serveTLS(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(elasticsearch.Body)
	}))
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func TestBadInput(t *testing.T) {
	unauthorized := answer("GET /", 401,
		`{"error":{"type":"security_exception","reason":"unable to authenticate"},"status":401}`)
	kibana := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("kbn-name", "kibana")
		w.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(kibana.Close)
	secure := serveTLS(t)
	joe := credentials.Credentials{User: "joe", Password: "topsecret"}
	empty := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for _, c := range []struct {
		name    string
		options Options
		want    string
	}{
		{"wrong password", Options{URL: replay(t, "", unauthorized).URL, Auth: joe},
			`it does not take the password of user "joe" (401)`},
		{"wrong key", Options{URL: replay(t, "", unauthorized).URL, Auth: credentials.Credentials{APIKey: "topsecret"}},
			"it does not take the API key (401)"},
		{"no credentials", Options{URL: replay(t, "", unauthorized).URL}, "it wants credentials (401), and there are none"},
		{"a misspelt alias", Options{URL: oneRemote(t), Alias: "partnr"},
			`has no remote cluster of this name; did you mean "partner"? It has backup, partner`},
		{"no remote clusters", Options{URL: replay(t, "", elasticsearch, answer("GET /_remote/info", 200, "{}"),
			answer("GET /_cluster/settings", 200, `{"persistent":{},"transient":{}}`)).URL, Alias: "b"},
			"has no remote clusters at all"},
		{"an alias with an index", Options{URL: "https://a:9200", Alias: "b:logs"},
			"--alias b:logs: an alias is the name of one"},
		{"OpenSearch", Options{URL: replay(t, "", answer("GET /", 200,
			`{"version":{"distribution":"opensearch","number":"2.11.0"}}`)).URL}, "it is OpenSearch 2.11.0"},
		{"Kibana", Options{URL: kibana.URL}, "Kibana answers there"},
		{"something else", Options{URL: replay(t, "").URL}, "no Elasticsearch answers there: GET / answered 404"},
		{"self-signed", Options{URL: secure.URL}, "SHA-256 fingerprint " + fingerprint(secure.Certificate())},
		{"plain to TLS", Options{URL: strings.Replace(secure.URL, "https:", "http:", 1)},
			"it speaks TLS there; write https://"},
		{"TLS to plain", Options{URL: strings.Replace(oneRemote(t), "http:", "https:", 1)}, "it does not speak TLS there"},
		{"an empty CA", Options{URL: secure.URL, Auth: credentials.Credentials{CA: empty}}, "--ca: "},
		{"a Cloud ID", Options{URL: "mine:ZXUuZXhhbXBsZS5vcmckYWJjJGRlZg=="}, "https://abc.eu.example.org:443"},
		{"a deployment", Options{URL: "https://cloud.elastic.co/deployments/abc"}, "this is a page of the Cloud console"},
		{"a Kibana of the Cloud", Options{URL: "https://mine.kb.eu.example.org"}, "this is an address of Kibana"},
		{"no scheme", Options{URL: "es.example:9200"}, "write it like https://es.example:9200"},
		{"no URL", Options{URL: "https://joe:topsecret@a b"}, "this is no URL"},
		{"the remote URL", Options{URL: oneRemote(t), RemoteURL: "remote"}, "--remote-url: "},
		{"a user and a key", Options{URL: "https://a", Auth: credentials.Credentials{User: "u", APIKey: "topsecret"}},
			"there are a user and an API key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Gather(t.Context(), c.options)
			var usage *UsageError
			require.ErrorAs(t, err, &usage)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "topsecret")
		})
	}
}

func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	_, err = Gather(t.Context(), Options{URL: "http://joe:topsecret@" + address})
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
	require.ErrorContains(t, err, "http://"+address+" does not answer")
	require.NotContains(t, err.Error(), "topsecret")
}

func TestTheTimeOfEverythingEnds(t *testing.T) {
	end := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-end:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(end) })
	_, err := Gather(t.Context(), Options{URL: server.URL, Timeout: 50 * time.Millisecond})
	require.ErrorContains(t, err, "--timeout gives more")
	var unreachable *UnreachableError
	require.True(t, errors.As(err, &unreachable), "%v", err)
}

func TestAnAuthorityOfOnesOwn(t *testing.T) {
	server := serveTLS(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(file, block, 0o600))
	c, closeIdle, err := open("", server.URL, credentials.Credentials{CA: file})
	require.NoError(t, err)
	defer closeIdle()
	require.NoError(t, c.identify(t.Context()))
	require.Equal(t, "9.3.2", c.version)
	other := serveTLS(t)
	other.TLS.Certificates = []tls.Certificate{}
	require.NotEmpty(t, fingerprint(other.Certificate()))
}

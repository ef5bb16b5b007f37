package elastic

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// request is one request as the server saw it.
type request struct {
	method, uri, body string
	header            http.Header
}

// serve is a client of a server that gives every request the same answer, and the requests that come.
func serve(t *testing.T, status int, answer string) (*Client, func() []request) {
	t.Helper()
	var seen []request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the request: %v", err)
		}
		seen = append(seen, request{r.Method, r.RequestURI, string(body), r.Header})
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	c, err := New(strings.TrimPrefix(server.URL, "http://"))
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return c, func() []request { server.Close(); return seen } // closed: nothing writes to seen any more
}

func TestTLSIsVerified(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{}`)
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "https://")
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	trusting, err := NewTLS(address, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
	require.NoError(t, err)
	res, err := trusting.Do(t.Context(), http.MethodGet, "/", nil)
	require.NoError(t, err)
	require.Equal(t, 200, res.Status)
	other, err := NewTLS(address, &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12})
	require.NoError(t, err)
	_, err = other.Do(t.Context(), http.MethodGet, "/", nil)
	require.ErrorContains(t, err, "certificate signed by unknown authority")
}

func TestATrialIsStartedOnce(t *testing.T) {
	client, seen := serve(t, 200, `{"license":{"type":"basic"}}`)
	require.NoError(t, client.StartTrial(t.Context()))
	all := seen()
	require.Len(t, all, 2)
	require.Equal(t, "POST /_license/start_trial?acknowledge=true", all[1].method+" "+all[1].uri)
	client, seen = serve(t, 200, `{"license":{"type":"trial"}}`)
	require.NoError(t, client.StartTrial(t.Context()))
	require.Len(t, seen(), 1, "a trial is there already")
}

func TestANodeThatStartsHasNoLicenseForAMoment(t *testing.T) {
	client, _ := serve(t, 200, `{"license":{}}`)
	_, err := client.License(t.Context())
	require.EqualError(t, err, "the cluster has no license yet")
	require.Error(t, client.StartTrial(t.Context()), "what it will have is not known")
}

func TestWhoAsks(t *testing.T) {
	basic := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	const key = "ApiKey aWQ6a2V5"
	for name, c := range map[string]struct {
		as   func(*Client) *Client
		want string
	}{
		"nobody":              {func(c *Client) *Client { return c }, ""},
		"a user":              {func(c *Client) *Client { return c.As("admin", "p:w d") }, basic("admin:p:w d")},
		"an API key":          {func(c *Client) *Client { return c.WithAPIKey("aWQ6a2V5") }, key},
		"a key after a user":  {func(c *Client) *Client { return c.As("a", "x").WithAPIKey("aWQ6a2V5") }, key},
		"a user after a key":  {func(c *Client) *Client { return c.WithAPIKey("aWQ6a2V5").As("a", "x") }, basic("a:x")},
		"the original's copy": {func(c *Client) *Client { c.As("admin", "x"); return c }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client, seen := serve(t, 200, "{}")
			_, err := c.as(client).Do(t.Context(), http.MethodGet, "/", nil)
			require.NoError(t, err)
			require.Equal(t, c.want, seen()[0].header.Get("Authorization"))
		})
	}
}

func TestBodies(t *testing.T) {
	for name, c := range map[string]struct {
		body     any
		want     string
		wantType string
	}{
		"none":    {nil, "", ""},
		"a value": {map[string]any{"a": nil, "b": []int{1}}, `{"a":null,"b":[1]}`, "application/json"},
		"text":    {"{\"index\":{}}\n{}\n", "{\"index\":{}}\n{}\n", "application/json"},
		"bytes":   {[]byte(`{"a":1}`), `{"a":1}`, "application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			client, seen := serve(t, 201, `{"ok":true}`)
			res, err := client.Do(t.Context(), http.MethodPut, "/x?y=z", c.body)
			require.NoError(t, err)
			require.Equal(t, Response{Method: "PUT", Path: "/x?y=z", Status: 201, Body: []byte(`{"ok":true}`)}, res)
			got := seen()[0]
			require.Equal(t, "/x?y=z", got.uri)
			require.Equal(t, c.want, got.body)
			require.Equal(t, c.wantType, got.header.Get("Content-Type"))
		})
	}
	client, _ := serve(t, 200, "{}")
	_, err := client.Do(t.Context(), http.MethodPut, "/x", func() {})
	require.ErrorContains(t, err, "PUT /x: encode the request's body: ")
}

func TestAnAnswerOfAnyStatusIsNoErrorAndNotTriedAgain(t *testing.T) {
	for _, status := range []int{302, 400, 401, 429, 500, 502, 503} {
		client, seen := serve(t, status, `{"error":"x"}`)
		res, err := client.Search(t.Context(), "a:b")
		require.NoError(t, err)
		require.Equal(t, status, res.Status)
		require.Len(t, seen(), 1, "a retry or a redirect after %d would hide what the cluster answered first", status)
	}
}

func TestNoAnswerNamesTheRequest(t *testing.T) {
	client, seen := serve(t, 200, "")
	seen()
	_, err := client.RemoteInfo(t.Context())
	require.ErrorContains(t, err, "GET /_remote/info: ")
}

func TestStatusErrorIsCut(t *testing.T) {
	client, _ := serve(t, 403, `{"reason":"`+strings.Repeat("x", 5000)+`"}`)
	err := client.PutRole(t.Context(), "r", nil)
	var status *StatusError
	require.ErrorAs(t, err, &status)
	require.Equal(t, 403, status.Status)
	require.True(t, strings.HasPrefix(err.Error(), `PUT /_security/role/r answered 403: {"reason":"xxx`), err.Error())
	require.True(t, strings.HasSuffix(err.Error(), "xxx..."), "the end of a long body is left out: %s", err)
	require.Less(t, len(err.Error()), 700)
	require.Len(t, status.Body, 5013, "the body itself is whole")
}

func TestWhatIsGoneIsRemoved(t *testing.T) {
	remove := map[string]func(context.Context, *Client) error{
		"index": func(ctx context.Context, c *Client) error { return c.DeleteIndex(ctx, "i") },
		"role":  func(ctx context.Context, c *Client) error { return c.DeleteRole(ctx, "r") },
		"user":  func(ctx context.Context, c *Client) error { return c.DeleteUser(ctx, "u") },
		"key":   func(ctx context.Context, c *Client) error { return c.InvalidateKey(ctx, "k") },
	}
	for name, do := range remove {
		for status, fine := range map[int]bool{200: true, 404: true, 403: false, 500: false} {
			client, seen := serve(t, status, "{}")
			err := do(t.Context(), client)
			require.Equal(t, fine, err == nil, "remove the %s, and the cluster answers %d: %v", name, status, err)
			require.Equal(t, http.MethodDelete, seen()[0].method)
		}
	}
}

func TestReloadSecureSettingsHearsTheNodes(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		answer string
		want   string
	}{
		"reloaded": {200, `{"nodes":{"a":{"name":"local-1-1"}}}`, ""},
		"a node's own error beside a 200": {
			200, `{"nodes":{"a":{"name":"local-1-1","reload_exception":{"type":"x","reason":"the keystore is damaged"}}}}`,
			"node local-1-1 could not reload its secure settings: map[reason:the keystore is damaged",
		},
		"refused":  {403, `{"error":"no"}`, "answered 403"},
		"not JSON": {200, `<html>`, "read the answer to POST /_nodes/reload_secure_settings"},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := serve(t, c.status, c.answer)
			err := client.ReloadSecureSettings(t.Context())
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestReadyWantsYellowOrGreen(t *testing.T) {
	for _, c := range []struct {
		status int
		answer string
		want   string
	}{
		{200, `{"status":"green"}`, ""}, {200, `{"status":"yellow"}`, ""}, {200, `{"status":"red"}`, `health is "red"`},
		{200, `{}`, `health is ""`}, {401, `{"status":401}`, "answered 401"}, {408, `{"status":"red"}`, "answered 408"},
	} {
		client, _ := serve(t, c.status, c.answer)
		err := client.Ready(t.Context())
		if c.want == "" {
			require.NoError(t, err, c.answer)
			continue
		}
		require.ErrorContains(t, err, c.want)
	}
}

func TestNodesWantsOne(t *testing.T) {
	client, _ := serve(t, 200,
		`{"nodes":{"x":{"name":"n","version":"9.2.0","build_hash":"abc","build_flavor":"default"}}}`)
	nodes, err := client.Nodes(t.Context())
	require.NoError(t, err)
	require.Equal(t, []Node{{"n", "9.2.0", "abc", "default"}}, nodes)
	client, _ = serve(t, 200, `{}`)
	_, err = client.Nodes(t.Context())
	require.EqualError(t, err, "the cluster names no node")
}

func TestAddDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		n      int
		answer string
		bulks  int
		want   string
	}{
		"some":    {2, `{"errors":false}`, 1, ""},
		"none":    {0, `{}`, 0, ""},
		"refused": {2, `{"errors":true}`, 1, "index 2 documents into logs: some were refused"},
	} {
		t.Run(name, func(t *testing.T) {
			client, seen := serve(t, 200, c.answer)
			err := client.AddDocuments(t.Context(), "logs", c.n, 0)
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.want)
			}
			all := seen()
			require.Len(t, all, 1+c.bulks)
			if c.bulks > 0 {
				require.Equal(t, "{\"index\":{}}\n{\"number\":1}\n{\"index\":{}}\n{\"number\":2}\n", all[1].body)
			}
		})
	}
}

func TestAKeyAsItIsCreated(t *testing.T) {
	client, _ := serve(t, 200, `{"id":"i","name":"n","api_key":"s","encoded":"e","unknown":1}`)
	for name, create := range map[string]func(context.Context, map[string]any) (Key, error){
		"cross-cluster": client.CreateCrossClusterKey, "REST": client.CreateKey,
	} {
		key, err := create(t.Context(), map[string]any{"name": "n"})
		require.NoError(t, err, name)
		require.Equal(t, Key{ID: "i", Name: "n", Secret: "s", Encoded: "e"}, key, name)
	}
}

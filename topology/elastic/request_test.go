package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// call is what a method of Client sends: the requests in their order, each as "METHOD path?query body".
type call struct {
	do     func(context.Context, *Client) error
	answer string
	want   []string
}

// calls has an entry for every method that sends a request, but for Do, which sends what its caller wrote.
var calls = map[string]call{
	"Ready": {
		func(ctx context.Context, c *Client) error { return c.Ready(ctx) },
		`{"status":"green"}`,
		[]string{"GET /_cluster/health?timeout=5000ms"},
	},
	"Green": {
		func(ctx context.Context, c *Client) error { return c.Green(ctx) },
		`{"status":"green"}`,
		[]string{"GET /_cluster/health?timeout=5000ms&wait_for_status=green"},
	},
	"PutSettings": {
		func(ctx context.Context, c *Client) error {
			return c.PutSettings(ctx, map[string]any{"cluster.remote.partner.mode": nil})
		},
		`{}`,
		[]string{`PUT /_cluster/settings {"persistent":{"cluster.remote.partner.mode":null}}`},
	},
	"Nodes": {
		func(ctx context.Context, c *Client) error { _, err := c.Nodes(ctx); return err },
		`{"nodes":{"x":{"name":"n"}}}`,
		[]string{"GET /_nodes/_all/_none?filter_path=nodes.*.name,nodes.*.version,nodes.*.build_hash,nodes.*.build_flavor"},
	},
	"RemoteInfo": {
		func(ctx context.Context, c *Client) error { _, err := c.RemoteInfo(ctx); return err },
		`{}`,
		[]string{"GET /_remote/info"},
	},
	"PutRemote": {
		func(ctx context.Context, c *Client) error {
			_, err := c.PutRemote(ctx, "partner", map[string]any{"mode": "proxy", "seeds": nil})
			return err
		},
		`{}`,
		[]string{`PUT /_cluster/settings {"persistent":{"cluster":{"remote":{"partner":{"mode":"proxy","seeds":null}}}}}`},
	},
	"RemoveRemote": {
		func(ctx context.Context, c *Client) error { return c.RemoveRemote(ctx, "partner") },
		`{}`,
		[]string{`PUT /_cluster/settings {"persistent":{"cluster.remote.partner.*":null}}`},
	},
	"RemoteSettings": {
		func(ctx context.Context, c *Client) error { _, err := c.RemoteSettings(ctx); return err },
		`{}`,
		[]string{"GET /_cluster/settings?flat_settings=true"},
	},
	"PersistentSettings": {
		func(ctx context.Context, c *Client) error { _, err := c.PersistentSettings(ctx); return err },
		`{}`,
		[]string{"GET /_cluster/settings?flat_settings=true"},
	},
	"Search": {
		func(ctx context.Context, c *Client) error { _, err := c.Search(ctx, "partner:logs"); return err },
		`{}`,
		[]string{"POST /partner:logs/_search?size=0&track_total_hits=true"},
	},
	"Search with a body": {
		func(ctx context.Context, c *Client) error {
			_, err := c.Asking(`{"query":{"match_all":{}}}`).At(c).Search(ctx, "partner:logs")
			return err
		},
		`{}`,
		[]string{`POST /partner:logs/_search?size=0&track_total_hits=true {"query":{"match_all":{}}}`},
	},
	"ResolveCluster": {
		func(ctx context.Context, c *Client) error {
			_, err := c.ResolveCluster(ctx, "partner:logs")
			return err
		},
		`{}`,
		[]string{"GET /_resolve/cluster/partner:logs"},
	},
	"ReloadSecureSettings": {
		func(ctx context.Context, c *Client) error { return c.ReloadSecureSettings(ctx) },
		`{}`,
		[]string{"POST /_nodes/reload_secure_settings"},
	},
	"AddDocuments": {
		func(ctx context.Context, c *Client) error { return c.AddDocuments(ctx, "logs", 2, 1) },
		`{}`,
		[]string{
			`PUT /logs {"settings":{"number_of_replicas":1,"number_of_shards":1}}`,
			"POST /logs/_bulk?refresh=true {\"index\":{}}\n{\"number\":1}\n{\"index\":{}}\n{\"number\":2}\n",
		},
	},
	"DeleteIndex": {
		func(ctx context.Context, c *Client) error { return c.DeleteIndex(ctx, "logs") },
		`{}`,
		[]string{"DELETE /logs"},
	},
	"License": {
		func(ctx context.Context, c *Client) error { _, err := c.License(ctx); return err },
		`{"license":{"type":"basic"}}`,
		[]string{"GET /_license"},
	},
	"StartTrial": {
		func(ctx context.Context, c *Client) error { return c.StartTrial(ctx) },
		`{"license":{"type":"basic"}}`,
		[]string{"GET /_license", "POST /_license/start_trial?acknowledge=true"},
	},
	"CreateCrossClusterKey": {
		func(ctx context.Context, c *Client) error {
			_, err := c.CreateCrossClusterKey(ctx, map[string]any{"name": "n"})
			return err
		},
		`{}`,
		[]string{`POST /_security/cross_cluster/api_key {"name":"n"}`},
	},
	"UpdateCrossClusterKey": {
		func(ctx context.Context, c *Client) error {
			return c.UpdateCrossClusterKey(ctx, "i-d_1", map[string]any{"access": nil})
		},
		`{}`,
		[]string{`PUT /_security/cross_cluster/api_key/i-d_1 {"access":null}`},
	},
	"CreateKey": {
		func(ctx context.Context, c *Client) error {
			_, err := c.CreateKey(ctx, map[string]any{"name": "rest"})
			return err
		},
		`{}`,
		[]string{`PUT /_security/api_key {"name":"rest"}`},
	},
	"InvalidateKey": {
		func(ctx context.Context, c *Client) error { return c.InvalidateKey(ctx, "a", "b") },
		`{}`,
		[]string{`DELETE /_security/api_key {"ids":["a","b"]}`},
	},
	"PutRole": {
		func(ctx context.Context, c *Client) error {
			return c.PutRole(ctx, "r", map[string]any{"cluster": []string{"all"}})
		},
		`{}`,
		[]string{`PUT /_security/role/r {"cluster":["all"]}`},
	},
	"DeleteRole": {
		func(ctx context.Context, c *Client) error { return c.DeleteRole(ctx, "r") },
		`{}`,
		[]string{"DELETE /_security/role/r"},
	},
	"PutUser": {
		func(ctx context.Context, c *Client) error { return c.PutUser(ctx, "u", "pw", "r1", "r2") },
		`{}`,
		[]string{`PUT /_security/user/u {"password":"pw","roles":["r1","r2"]}`},
	},
	"DeleteUser": {
		func(ctx context.Context, c *Client) error { return c.DeleteUser(ctx, "u") },
		`{}`,
		[]string{"DELETE /_security/user/u"},
	},
}

func TestEveryCallHasAnEntry(t *testing.T) {
	other := map[string]bool{"As": true, "At": true, "WithAPIKey": true, "Asking": true, "Do": true}
	client := reflect.TypeFor[*Client]()
	for i := range client.NumMethod() {
		name := client.Method(i).Name
		_, listed := calls[name]
		require.True(t, listed != other[name],
			"%s: list what it sends in calls, or in other if it sends nothing of its own", name)
	}
}

func TestWhatIsSent(t *testing.T) {
	for name, c := range calls {
		t.Run(name, func(t *testing.T) {
			client, seen := serve(t, 200, c.answer)
			require.NoError(t, c.do(t.Context(), client.WithAPIKey("aWQ6a2V5")))
			var got []string
			for _, r := range seen() {
				uri, err := url.QueryUnescape(r.uri)
				require.NoError(t, err)
				got = append(got, strings.TrimSuffix(r.method+" "+uri+" "+r.body, " "))
				require.Equal(t, "ApiKey aWQ6a2V5", r.header.Get("Authorization"))
				contentType := ""
				if r.body != "" {
					contentType = "application/json"
				}
				require.Equal(t, contentType, r.header.Get("Content-Type"))
				for _, header := range []string{"Accept", "X-Elastic-Client-Meta"} {
					require.NotContains(t, r.header, header, "a version of the REST API or a client that 7.x does not know")
				}
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestNamesKeepTheirMeaningInThePath(t *testing.T) {
	escaped := map[string]string{
		"logs":       "logs",
		"a:b,c:d*":   "a:b,c:d%2A",
		"a/b":        "a%2Fb",
		"../x":       "..%2Fx",
		"<x-{now}>":  "%3Cx-%7Bnow%7D%3E",
		"what?size":  "what%3Fsize",
		"a#b":        "a%23b",
		"%2F":        "%252F",
		"partner:*":  "partner:%2A",
		"ä:100% new": "%C3%A4:100%25%20new",
	}
	for paths, do := range map[string]func(context.Context, *Client, string) error{
		"/NAME/_search": func(ctx context.Context, c *Client, name string) error {
			_, err := c.Search(ctx, name)
			return err
		},
		"/_resolve/cluster/NAME": func(ctx context.Context, c *Client, name string) error {
			_, err := c.ResolveCluster(ctx, name)
			return err
		},
		"/NAME /NAME/_bulk": func(ctx context.Context, c *Client, name string) error {
			return c.AddDocuments(ctx, name, 1, 0)
		},
		"/NAME": func(ctx context.Context, c *Client, name string) error { return c.DeleteIndex(ctx, name) },
		"/_security/role/NAME /_security/role/NAME": func(ctx context.Context, c *Client, name string) error {
			return errors.Join(c.PutRole(ctx, name, nil), c.DeleteRole(ctx, name))
		},
		"/_security/user/NAME /_security/user/NAME": func(ctx context.Context, c *Client, name string) error {
			return errors.Join(c.PutUser(ctx, name, "pw"), c.DeleteUser(ctx, name))
		},
		"/_security/cross_cluster/api_key/NAME": func(ctx context.Context, c *Client, name string) error {
			return c.UpdateCrossClusterKey(ctx, name, nil)
		},
	} {
		for name, want := range escaped {
			client, seen := serve(t, 200, "{}")
			require.NoError(t, do(t.Context(), client, name))
			var sent []string
			for _, r := range seen() {
				path, _, _ := strings.Cut(r.uri, "?")
				sent = append(sent, path)
			}
			require.Equal(t, strings.ReplaceAll(paths, "NAME", want), strings.Join(sent, " "), "the name is %q", name)
		}
	}
}

func TestResponseNamesTheRequestThatWasSent(t *testing.T) {
	client, _ := serve(t, 404, `{"unknown":{"field":1}}`)
	res, err := client.Search(t.Context(), "partner:lo gs")
	require.NoError(t, err)
	require.Equal(t, Response{
		Method: "POST", Path: "/partner:lo%20gs/_search?size=0&track_total_hits=true", Status: 404,
		Body: []byte(`{"unknown":{"field":1}}`),
	}, res)
	res, err = client.PutRemote(t.Context(), "partner", nil)
	require.NoError(t, err)
	require.Equal(t, "PUT /_cluster/settings", res.Method+" "+res.Path)
}

func TestFieldsThatNobodyKnowsAreKept(t *testing.T) {
	client, _ := serve(t, 200, `{"partner":{"connected":true,"of the future":{"a":[1]}}}`)
	info, err := client.RemoteInfo(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]any{"connected": true, "of the future": map[string]any{"a": []any{1.0}}}, info["partner"])
}

// silent is a client of a server that answers no request before the test ends.
func silent(t *testing.T) (*Client, <-chan struct{}) {
	t.Helper()
	asked, end := make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-end:
		}
	}))
	t.Cleanup(func() { close(end); server.Close() })
	c, err := New(strings.TrimPrefix(server.URL, "http://"))
	require.NoError(t, err)
	return c, asked
}

func TestACallEndsWithItsContext(t *testing.T) {
	for name, do := range map[string]func(context.Context, *Client) error{
		"a call": func(ctx context.Context, c *Client) error { _, err := c.Search(ctx, "logs"); return err },
		"the user's own": func(ctx context.Context, c *Client) error {
			_, err := c.Do(ctx, "POST", "/logs/_search", nil)
			return err
		},
		"one with an error": func(ctx context.Context, c *Client) error { return c.PutRole(ctx, "r", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := silent(t)
			late, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			err := do(late, client)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Regexp(t, `^(POST /logs/_search|PUT /_security/role/r)`, err.Error(), "the error names the request")

			client, asked := silent(t)
			stopped, stop := context.WithCancel(t.Context())
			go func() { <-asked; stop() }()
			require.ErrorIs(t, do(stopped, client), context.Canceled, "cancelled while the server thinks")
			require.ErrorIs(t, do(stopped, client), context.Canceled, "cancelled before it is sent")
		})
	}
}

func TestBodiesThatCannotBeSent(t *testing.T) {
	client, seen := serve(t, 200, "{}")
	bad := map[string]any{"f": func() {}}
	errs := map[string]error{
		"PutSettings":           client.PutSettings(t.Context(), bad),
		"UpdateCrossClusterKey": client.UpdateCrossClusterKey(t.Context(), "i", bad),
		"PutRole":               client.PutRole(t.Context(), "r", bad),
	}
	_, errs["PutRemote"] = client.PutRemote(t.Context(), "partner", bad)
	_, errs["CreateKey"] = client.CreateKey(t.Context(), bad)
	_, errs["CreateCrossClusterKey"] = client.CreateCrossClusterKey(t.Context(), bad)
	for name, err := range errs {
		var unsupported *json.UnsupportedTypeError
		require.ErrorAs(t, err, &unsupported, name)
		require.ErrorContains(t, err, "encode the request's body: ", name)
	}
	require.Empty(t, seen())
}

// endless gives as many bytes as are asked for.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestAnAnswerThatIsTooLarge(t *testing.T) {
	_, err := read("GET", "/_remote/info", 200, io.NopCloser(endless{}))
	require.EqualError(t, err, "read the answer to GET /_remote/info: the answer is larger than 64 MiB")
	whole, err := read("GET", "/_remote/info", 200, io.NopCloser(io.LimitReader(endless{}, maxAnswer)))
	require.NoError(t, err)
	require.Len(t, whole.Body, maxAnswer)
}

func TestAnAnswerThatBreaksOff(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"half":`)
	}))
	defer server.Close()
	client, err := New(strings.TrimPrefix(server.URL, "http://"))
	require.NoError(t, err)
	_, err = client.RemoteInfo(t.Context())
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.ErrorContains(t, err, "read the answer to GET /_remote/info: ")
}

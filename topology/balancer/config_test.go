package balancer

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
)

const whole = `{"api":"0.0.0.0:8474","listeners":[
	{"name":"transport","listen":":9300","upstreams":["remote-1:9300","remote-2:9300"]},
	{"name":"http","listen":"0.0.0.0:9200","upstream":"remote-1:9200"},
	{"name":"remote-cluster-server","listen":"0.0.0.0:9443","sni":{
		"routes":{"a.example":"remote-1:9443","*.example":"[::1]:9443"},
		"fallback":"remote-1:9443","fallback_unknown":"remote-2:9443"}}]}`

func TestDecodeConfig(t *testing.T) {
	got, err := DecodeConfig([]byte(whole))
	require.NoError(t, err)
	want := Config{API: "0.0.0.0:8474", Listeners: []Listener{
		{Name: "transport", Listen: ":9300", Routes: Routes{Upstreams: []string{"remote-1:9300", "remote-2:9300"}}},
		{Name: "http", Listen: "0.0.0.0:9200", Routes: Routes{Upstream: "remote-1:9200"}},
		{Name: "remote-cluster-server", Listen: "0.0.0.0:9443", Routes: Routes{SNI: &SNI{
			Routes:   map[string]string{"a.example": "remote-1:9443", "*.example": "[::1]:9443"},
			Fallback: "remote-1:9443", FallbackUnknown: "remote-2:9443"}}},
	}}
	require.Empty(t, cmp.Diff(want, got))
}

func TestDecodeConfigNamesTheField(t *testing.T) {
	one := func(listener string) string { return `{"api":":1","listeners":[` + listener + `]}` }
	sni := func(sni string) string { return one(`{"name":"l","listen":":2","sni":` + sni + `}`) }
	for name, tc := range map[string]struct{ config, want string }{
		"empty":            {``, "it is empty"},
		"broken":           {`{"api":`, "unexpected EOF"},
		"trailing":         {whole + "{}", "something follows the JSON object"},
		"unknown field":    {`{"apis":":1"}`, `unknown field "apis"`},
		"wrong type":       {one(`{"name":1}`), "listeners.name"},
		"no api":           {`{"listeners":[]}`, `api: ""`},
		"api without port": {`{"api":"localhost"}`, `api: "localhost" is not an address`},
		"no listener":      {`{"api":":1"}`, "listeners: there is none"},
		"name":             {one(`{"name":"a/b"}`), `listeners[0].name: "a/b"`},
		"no name":          {one(`{}`), `listeners[0].name: ""`},
		"name twice":       {one(`{"name":"l","listen":":2","upstream":"h:1"},{"name":"l"}`), "listeners[1].name"},
		"listen":           {one(`{"name":"l","listen":":65536"}`), `listeners[0].listen: ":65536"`},
		"listen twice": {
			one(`{"name":"l","listen":":2","upstream":"h:1"},{"name":"m","listen":":2"}`),
			"listeners[1].listen: :2 is already taken by listeners[0].listen",
		},
		"listen on the api": {one(`{"name":"l","listen":":1"}`), "taken by api"},
		"no upstream":       {one(`{"name":"l","listen":":2"}`), "listeners[0].upstream: 0 of"},
		"two upstreams":     {one(`{"name":"l","listen":":2","upstream":"h:1","sni":{}}`), "listeners[0].upstream: 2 of"},
		"upstream":          {one(`{"name":"l","listen":":2","upstream":":1"}`), `listeners[0].upstream: ":1" has no host`},
		"upstreams": {
			one(`{"name":"l","listen":":2","upstreams":["h:1","h:0"]}`), `listeners[0].upstreams[1]: "h:0" has no valid port`,
		},
		"no route":         {sni(`{}`), "listeners[0].sni.routes: there is none"},
		"route's name":     {sni(`{"routes":{"a.*":"h:1"}}`), `listeners[0].sni.routes["a.*"]: not a server name`},
		"route's upstream": {sni(`{"routes":{"a":"h"}}`), `listeners[0].sni.routes["a"]: "h" is not an address`},
		"route twice":      {sni(`{"routes":{"a":"h:1","A":"h:1"}}`), `the same name as "A"`},
		"blocked": {
			sni(`{"routes":{"a":"h:1"},"blocked":["a","b"]}`), `listeners[0].sni.blocked[1]: "b" has no route`,
		},
		"fallback":         {sni(`{"fallback":"h"}`), "listeners[0].sni.fallback"},
		"fallback_unknown": {sni(`{"fallback_unknown":"h"}`), "listeners[0].sni.fallback_unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeConfig([]byte(tc.config))
			require.ErrorContains(t, err, tc.want)
			require.True(t, strings.HasPrefix(err.Error(), "balancer config: "), "the message must say what is wrong: %v", err)
		})
	}
}

func FuzzDecodeConfig(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"api":":1","listeners":[{"name":"l","listen":":0","sni":{"routes":{"*.":"h:1"}}}]}`))
	f.Add([]byte(`{"api":":1","listeners":null} `))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := DecodeConfig(data)
		if err != nil {
			return
		}
		again, err := json.Marshal(c)
		require.NoError(t, err)
		back, err := DecodeConfig(again)
		require.NoErrorf(t, err, "what was accepted must be accepted when written again: %s", again)
		require.Empty(t, cmp.Diff(c, back, cmpopts.EquateEmpty()))
	})
}

func FuzzDecodeListeners(f *testing.F) {
	f.Add([]byte(`[{"name": "port-443", "listen": "0.0.0.0:443", "upstreams": ["10.0.0.1:9443"]}]`))
	f.Add([]byte(`[]`))
	f.Add([]byte(`[{"name": "a"}] x`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := DecodeListeners(data)
		if err == nil && len(all) > 0 {
			require.NoError(t, Config{API: "127.0.0.1:0", Listeners: all}.Validate(), "what is accepted is valid")
		}
	})
}

func TestALoadBalancerThatIsNotOursSaysNothing(t *testing.T) {
	_, err := Foreign().Connections(t.Context())
	require.ErrorIs(t, err, ErrForeign)
	require.ErrorIs(t, Foreign().Down(t.Context(), "port-443"), ErrForeign)
}

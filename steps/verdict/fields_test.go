package verdict

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFields(t *testing.T) {
	for name, c := range map[string]struct {
		wanted      map[string]string
		info        string
		differWants string
		differGot   string
	}{
		"the same": {
			map[string]string{"connected": "true", "num_proxy_sockets_connected": "18", "mode": "proxy", "server_name": ""},
			`{"connected":true,"num_proxy_sockets_connected":18,"mode":"proxy","server_name":""}`, "", "",
		},
		"a list":        {map[string]string{"seeds": `["a:9300","b:9300"]`}, `{"seeds":["a:9300","b:9300"]}`, "", ""},
		"another value": {map[string]string{"connected": "true"}, `{"connected":false}`, "connected true", "connected false"},
		"a field less":  {map[string]string{"mode": "proxy"}, `{}`, "mode proxy", "mode absent"},
		"a field more": {map[string]string{}, `{"cluster_credentials":"::es_redacted::"}`, "cluster_credentials absent",
			"cluster_credentials ::es_redacted::"},
		"no such alias": {map[string]string{"mode": "proxy"}, `null`, "mode proxy", "mode absent"},
		"wanted absent": {map[string]string{"cluster_credentials": "absent"}, `{}`, "", ""},
		"several, by name": {
			map[string]string{"b": "1", "c": "3"}, `{"a":true,"b":2,"c":3}`, "a absent\nb 1", "a true\nb 2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var info map[string]any
			require.NoError(t, json.Unmarshal([]byte(c.info), &info))
			err := Fields("_remote/info of partner", c.wanted, info)
			if c.differWants == "" {
				require.NoError(t, err)
				return
			}
			var mismatch *Mismatch
			require.ErrorAs(t, err, &mismatch)
			require.Equal(t, "_remote/info of partner", mismatch.What)
			require.Equal(t, c.differWants, mismatch.Wanted)
			require.Equal(t, c.differGot, mismatch.Got)
		})
	}
}

func TestDifferencesNameBothSides(t *testing.T) {
	before := Values{"setting a": "1", "setting b": "2", "API key: invalidated": "false"}
	wanted, got := before.Differences(Values{"setting a": "1", "API key: invalidated": "true", "setting c": "3"})
	require.Equal(t, []string{"API key: invalidated false", "setting b 2", "setting c absent"}, wanted)
	require.Equal(t, []string{"API key: invalidated true", "setting b absent", "setting c 3"}, got)
	wanted, _ = before.Differences(before)
	require.Empty(t, wanted)
}

package remotes

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
)

const proxyInfo = `{"connected":true,"mode":"proxy","proxy_address":"lb.test:9443","server_name":"",
	"num_proxy_sockets_connected":18,
	"max_proxy_socket_connections":18,"initial_connect_timeout":"30s","skip_unavailable":true}`

func TestRememberedShapes(t *testing.T) {
	added := map[string]any{"mode": "proxy", "proxy_address": "lb.test:9443"}
	for name, c := range map[string]struct {
		info     string
		set      map[string]any
		settings map[string]string
		seen     bool
		defaults map[string]string
		notes    []string
	}{
		"as documented": {proxyInfo, added, nil, true,
			map[string]string{"server_name": "", "max_proxy_socket_connections": "18", "initial_connect_timeout": "30s",
				"skip_unavailable": "true"}, nil},
		"what was set is no default": {proxyInfo, map[string]any{"mode": "proxy", "server_name": "x",
			"proxy_socket_connections": 18, "skip_unavailable": true},
			map[string]string{"cluster.remote.initial_connect_timeout": "30s"}, true, map[string]string{}, nil},
		"a null sets nothing": {proxyInfo, map[string]any{"mode": "proxy", "server_name": "x", "skip_unavailable": nil},
			nil, true,
			map[string]string{"max_proxy_socket_connections": "18", "initial_connect_timeout": "30s",
				"skip_unavailable": "true"}, nil},
		"another default": {`{"connected":true,"mode":"proxy","proxy_address":"x","server_name":"",
			"num_proxy_sockets_connected":9,"max_proxy_socket_connections":9,"initial_connect_timeout":"30s",
			"skip_unavailable":true}`, map[string]any{"mode": "proxy", "server_name": "x", "skip_unavailable": true}, nil, true,
			map[string]string{"max_proxy_socket_connections": "9", "initial_connect_timeout": "30s"},
			[]string{"_remote/info shows max_proxy_socket_connections 9 where nothing set it, " +
				"and fixtures/versions.yaml says 18 for 9.3.2"}},
		"a field more and one less": {`{"connected":true,"mode":"sniff","seeds":["a"],"num_nodes_connected":1,
			"max_connections_per_cluster":3,"skip_unavailable":true,"color":null}`,
			map[string]any{"mode": "sniff", "skip_unavailable": true}, nil, true,
			map[string]string{"max_connections_per_cluster": "3"},
			[]string{"_remote/info in mode sniff has the field color, which is not documented for 9.3.2",
				"_remote/info in mode sniff lacks the field initial_connect_timeout, which is documented for 9.3.2"}},
		"a mode that is not known": {`{"connected":true,"mode":"mesh"}`, map[string]any{"mode": "mesh"}, nil, true,
			map[string]string{},
			[]string{"fixtures/versions.yaml has no shape of _remote/info in mode mesh for 9.3.2"}},
		"not connected":     {`{"connected":false,"mode":"proxy"}`, added, nil, false, nil, nil},
		"not there":         {`null`, added, nil, false, nil, nil},
		"not the scenarios": {proxyInfo, nil, nil, false, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := worldtest.New(t, "9.3.2", "9.3.2")
			r, alias := New(w), w.Names.Alias("partner")
			if c.set != nil {
				r.note(alias).Settings = c.set
			}
			w.Clusters.LocalSpec.Settings = c.settings
			var info map[string]any
			require.NoError(t, json.Unmarshal([]byte(c.info), &info))
			r.remember(alias, info)
			if c.set != nil {
				r.note(alias).Settings = map[string]any{}
				r.remember(alias, info) // the first one counts
			}
			shapes := r.Shapes()
			require.Equal(t, c.notes, w.Notes.All())
			if !c.seen {
				require.Empty(t, shapes)
				return
			}
			require.Len(t, shapes, 1)
			require.Equal(t, c.defaults, shapes[0].Defaults)
			require.Equal(t, "partner", shapes[0].Alias, "as the feature names it")
		})
	}
	w := worldtest.New(t, "7.5.2", "7.5.2")
	r := New(w)
	r.AddForeign("partner").Settings["seeds"] = []string{"a:9300"}
	var info map[string]any
	require.NoError(t, json.Unmarshal([]byte(`{"connected":true,"seeds":["a:9300"],"num_nodes_connected":1,
		"max_connections_per_cluster":3,"initial_connect_timeout":"30s","skip_unavailable":false}`), &info))
	r.remember(w.Names.Alias("partner"), info)
	require.Empty(t, w.Notes.All())
	require.Equal(t, []reports.RemoteInfo{{Alias: "partner", Mode: "none",
		Fields: map[string]string{"connected": "boolean", "seeds": "array", "num_nodes_connected": "number",
			"max_connections_per_cluster": "number",
			"initial_connect_timeout":     "string", "skip_unavailable": "boolean"},
		Defaults: map[string]string{"max_connections_per_cluster": "3", "initial_connect_timeout": "30s",
			"skip_unavailable": "false"}}}, r.Shapes())
}

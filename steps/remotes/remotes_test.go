package remotes

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func TestPortIsWhereTheRemoteClusterWasAdded(t *testing.T) {
	for name, c := range map[string]struct {
		settings map[string]any
		want     int
	}{
		"proxy mode":         {map[string]any{"mode": "proxy", "proxy_address": "lb.test:9443"}, 9443},
		"sniff with a proxy": {map[string]any{"seeds": []string{"remote.test:1"}, "proxy": "lb.test:9400"}, 9400},
		"sniff with a seed":  {map[string]any{"seeds": []string{"lb.test:9300"}}, 9300},
		"several seeds":      {map[string]any{"seeds": []any{"lb.test:9300", "lb.test:9400"}}, 9300},
		"IPv6":               {map[string]any{"proxy_address": "[::1]:9443"}, 9443},
		"without brackets":   {map[string]any{"proxy_address": "::1:9443"}, 9443},
		"brackets, no port":  {map[string]any{"proxy_address": "[::1]"}, 0},
		"no port":            {map[string]any{"proxy_address": "lb.test"}, 0},
		"not a number":       {map[string]any{"proxy_address": "lb.test:https"}, 0},
		"no address":         {map[string]any{"skip_unavailable": true}, 0},
		"never added":        {nil, 0},
		"only a server name": {map[string]any{"server_name": "remote.test"}, 0},
	} {
		require.Equal(t, c.want, (&Remote{Settings: c.settings}).Port(), name)
	}
}

func TestWantedValues(t *testing.T) {
	w := worldtest.New(t, "8.14.3", "9.2.0")
	r := New(w)
	remote := &Remote{Alias: "partner", Settings: map[string]any{"proxy_address": "lb.test:9443",
		"seeds": []string{"lb.test:9300"}, "proxy_socket_connections": 3}}
	for _, c := range []struct{ field, value, want string }{
		{"mode", "proxy", "proxy"},
		{"server_name", "", ""},
		{"skip_unavailable", "<default>", "false"}, // true from 8.15 of the local cluster
		{"initial_connect_timeout", "<default>", "30s"},
		{"proxy_address", "<as added>", "lb.test:9443"},
		{"seeds", "<as added>", `["lb.test:9300"]`},
		{"num_proxy_socket_connections", "<as added>", "3"},
		{"server_name", "<as added>", "absent"},
	} {
		got, err := r.wantedValue(remote, c.field, c.value)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%s %s", c.field, c.value)
	}
	_, err := r.wantedValue(remote, "no_such_field", "<default>")
	require.EqualError(t, err, "fixtures/versions.yaml has no default of no_such_field for 8.14.3")
}

func TestARefusedSettingsUpdateIsAMismatch(t *testing.T) {
	w := worldtest.New(t, "9.2.0", "9.2.0")
	w.Answer = elastic.Response{Status: 400, Body: []byte(`{"error":"unknown setting"}`)}
	var mismatch *verdict.Mismatch
	require.ErrorAs(t, New(w).ExpectConnected(t.Context(), "partner"), &mismatch)
	require.Contains(t, mismatch.Got, `400: {"error":"unknown setting"}`)
}

func TestAddressesThatAreNotThere(t *testing.T) {
	w := worldtest.New(t, "9.3.2", "9.3.2")
	w.Clusters.Lend(nil)
	w.Clusters.Local = &lab.Cluster{Name: "local-1"}
	w.Clusters.Remote = &lab.Cluster{ServerName: "remote.test", Balancer: &lab.LoadBalancer{Name: "balancer.test"}}
	r := New(w)
	err := r.putSettingsOfAlias(t.Context(), "partner", gherkin.Table{{"proxy_address", `"[<IPv6 address>]:9443"`}})
	require.EqualError(t, err, "the load balancer has no IPv6 address: have an IPv6 network join it before")
	err = r.putSettingsOfAlias(t.Context(), "partner", gherkin.Table{{"proxy_address", "<address of nobody>:9300"}})
	require.ErrorContains(t, err, "is on a network that is not crosscheck's")
	_, err = r.fill(t.Context(), "<address of node 1>")
	require.ErrorContains(t, err, "are not on the local cluster's network: describe them so before")
	text, err := r.fill(t.Context(), "<server name> <address:9300> <address:1> <address:9300>")
	require.NoError(t, err)
	require.Equal(t, "remote.test balancer.test:9300 balancer.test:1 balancer.test:9300", text)
}

func TestThroughALoadBalancerThatIsNotOurs(t *testing.T) {
	w := worldtest.New(t, "9.3.2", "9.3.2")
	w.Clusters.Remote = &lab.Cluster{Balancer: lab.Foreign("10.0.0.7", map[int]string{443: "lb.example"})}
	r, partner := New(w), &Remote{Alias: "partner"}
	at := func(address string) map[string]any { return map[string]any{"proxy_address": address} }
	require.NoError(t, r.checkForeignAddress(partner, 443, at("lb.example:443")))
	require.NoError(t, r.checkForeignAddress(partner, 9443, at("10.0.0.7:9443")))
	err := r.checkForeignAddress(partner, 443, at("10.0.0.7:443"))
	var mismatch *verdict.Mismatch
	require.ErrorAs(t, err, &mismatch)
	require.Equal(t, "proxy_address lb.example:443", mismatch.Wanted)
	require.Len(t, w.Notes.All(), 1, "the report says once that nothing could be counted")
}

func TestConnectedBeforeAnythingWasAddedIsAnErrorOfTheFeature(t *testing.T) {
	w := worldtest.New(t, "9.2.0", "9.2.0")
	err := New(w).ExpectConnected(t.Context(), "partner")
	require.ErrorContains(t, err, "add a remote cluster first")
	require.False(t, errors.As(err, new(*verdict.Mismatch)))
}

func TestARequestNamesTheScenariosOwnIndices(t *testing.T) {
	w := worldtest.New(t, "9.3.2", "9.3.2")
	w.Names.Call("partner", "partner-x")
	r := New(w)
	for given, want := range map[string]string{
		"partner:logs":          "/partner-x:" + w.Names.Unique("logs"),
		"partner:logs/_mapping": "/partner-x:" + w.Names.Unique("logs") + "/_mapping",
		"partner:*/_doc/1":      "/partner-x:*/_doc/1",
		"_remote/info":          "/_remote/info",
	} {
		require.Equal(t, want, r.ownPath(given))
	}
	for _, bad := range []string{"", "GET", "GET _remote/info", "GET /"} {
		require.ErrorContains(t, r.ask(t.Context(), bad), "write a method and a path, such as GET /_remote/info", bad)
	}
}

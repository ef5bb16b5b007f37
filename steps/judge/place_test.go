package judge

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func TestWhereAConnectionEnds(t *testing.T) {
	const name = "balancer-remote-1.crosscheck.test"
	up := balancer.State{Enabled: true}
	reached := map[string]int64{"remote-1.crosscheck.test:9443": 18}
	for want, c := range map[string]struct {
		address string
		counts  balancer.ListenerCounts
		state   balancer.State
		routes  balancer.Routes
		place   reports.Place
	}{
		"the address does not lead to the load balancer": {address: "nowhere.test:9443", state: up,
			place: reports.BeforeBalancer},
		"nothing listens on port 9999 of the load balancer": {address: name + ":9999", state: up,
			place: reports.BeforeBalancer},
		"the load balancer refuses connections on port 9443": {
			address: name + ":9443", counts: balancer.ListenerCounts{Accepted: 18, Connected: reached},
			place: reports.BeforeBalancer},
		"the load balancer swallows everything on port 9443": {
			address: name + ":9443", counts: balancer.ListenerCounts{Accepted: 18, Connected: reached},
			state: balancer.State{Enabled: true, Toxics: []balancer.Toxic{{Type: "timeout"}}}, place: reports.AtBalancer},
		"the load balancer resets connections on port 9443": {
			address: name + ":9443", counts: balancer.ListenerCounts{Accepted: 18},
			state: balancer.State{Enabled: true, Toxics: []balancer.Toxic{{Type: "latency"}, {Type: "reset_peer"}}},
			place: reports.AtBalancer},
		"no connection came to port 9443 of the load balancer": {address: name + ":9443", state: up,
			place: reports.BeforeBalancer},
		"1 connection came to the load balancer, and nothing listened behind it": {
			address: name + ":9443", state: up, place: reports.BehindBalancer,
			counts: balancer.ListenerCounts{Accepted: 1, Refused: balancer.Refused{UpstreamUnreachable: 1}}},
		"something on the local side closed 18 connections": {
			address: name + ":9443", state: up, routes: balancer.Nowhere(), place: reports.BeforeBalancer,
			counts: balancer.ListenerCounts{Accepted: 18, Refused: balancer.Refused{UpstreamUnreachable: 18}}},
		"the load balancer has no route for the server name": {
			address: name + ":9443", state: up, place: reports.AtBalancer,
			counts: balancer.ListenerCounts{Accepted: 2, Refused: balancer.Refused{UnknownServerName: 2}}},
		"the load balancer closed 3 connections that sent no server name": {
			address: name + ":9443", state: up, place: reports.AtBalancer,
			counts: balancer.ListenerCounts{Accepted: 3, Refused: balancer.Refused{NoServerName: 3}}},
		"18 connections reached the remote cluster's interface, which sent nothing back": {
			address: name + ":9443", state: up, place: reports.AtInterface,
			counts: balancer.ListenerCounts{Accepted: 20, Connected: reached, BytesToUpstream: 100}},
		"18 connections reached the remote cluster's interface and ended there": {
			address: name + ":9443", state: up, place: reports.AtInterface,
			counts: balancer.ListenerCounts{Accepted: 20, Connected: reached, BytesToUpstream: 100, BytesToClient: 100}},
	} {
		t.Run(want, func(t *testing.T) {
			answers := map[string]any{
				"/connections":      balancer.Counts{Listeners: map[string]balancer.ListenerCounts{"port-9443": c.counts}},
				"/proxies":          map[string]balancer.State{"port-9443": c.state},
				"/routes/port-9443": c.routes,
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				require.Contains(t, answers, r.URL.Path)
				require.NoError(t, json.NewEncoder(w).Encode(answers[r.URL.Path]))
			}))
			defer server.Close()
			w := worldtest.New(t, "9.3.2", "9.3.2")
			w.Clusters.Remote = &lab.Cluster{Balancer: &lab.LoadBalancer{Client: balancer.New(server.URL), Name: name}}
			remote := &remotes.Remote{Settings: map[string]any{"mode": "proxy", "proxy_address": c.address}}
			got := New(w, remotes.New(w)).whereConnecting(t.Context(), remote)
			require.Equal(t, &reports.Break{Place: c.place, Text: want}, got)
		})
	}
}

func TestWhereARequestIsRefused(t *testing.T) {
	for want, c := range map[string]struct {
		request elastic.Response
		place   reports.Place
	}{
		"PUT /_cluster/settings answered 400": {elastic.Response{Method: "PUT", Path: "/_cluster/settings",
			Status: 400}, reports.AtLocal},
		"POST /_nodes/reload_secure_settings answered 403": {elastic.Response{Method: "POST",
			Path: "/_nodes/reload_secure_settings?timeout=1s", Status: 403}, reports.AtLocal},
		"POST /_security/cross_cluster/api_key answered 403": {elastic.Response{Method: "POST",
			Path: "/_security/cross_cluster/api_key", Status: 403}, reports.AtRemote},
		"GET /_security/_authenticate answered 401": {elastic.Response{Method: "GET",
			Path: "/_security/_authenticate", Status: 401}, reports.AtRemote},
		"GET /partner-x:logs-x/_search answered 404": {elastic.Response{Method: "GET",
			Path: "/partner-x:logs-x/_search", Status: 404}, reports.InSearch},
	} {
		w := worldtest.New(t, "9.3.2", "9.3.2")
		w.Answer = c.request
		require.Equal(t, &reports.Break{Place: c.place, Text: want}, New(w, remotes.New(w)).whereAnswered())
	}
	w := worldtest.New(t, "9.3.2", "9.3.2")
	w.Answer = elastic.Response{Method: "PUT", Path: "/_cluster/settings", Status: 200}
	require.Nil(t, New(w, remotes.New(w)).whereAnswered(), "an answer that is no refusal ends nothing")
}

func TestARemoteClusterAsItWasSet(t *testing.T) {
	for _, c := range []struct {
		settings map[string]any
		want     reports.Remote
	}{
		{map[string]any{"mode": "proxy", "proxy_address": "b.test:9443", "server_name": "r.test"},
			reports.Remote{Alias: "partner", Mode: "proxy", Address: "b.test:9443", ServerName: "r.test", Port: 9443}},
		{map[string]any{"seeds": []string{"r.test:1"}, "proxy": "b.test:9300"},
			reports.Remote{Alias: "partner", Mode: "sniff", Address: "b.test:9300", Port: 9300}},
		{map[string]any{"seeds": []any{"a.test:9300", "b.test:9300"}, "proxy": nil},
			reports.Remote{Alias: "partner", Mode: "sniff", Address: "a.test:9300, b.test:9300", Port: 9300}},
		{map[string]any{"proxy_address": 5, "mode": true},
			reports.Remote{Alias: "partner", Mode: "sniff", Address: "5", Port: 5}},
	} {
		require.Equal(t, c.want, reported("partner", &remotes.Remote{Settings: c.settings}))
	}
	w := worldtest.New(t, "9.3.2", "9.3.2")
	require.Nil(t, New(w, remotes.New(w)).Topology(t.Context()), "a scenario without clusters has no topology")
}

package steps

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/await"
)

func TestCompareInfo(t *testing.T) {
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
		"a field more":  {map[string]string{}, `{"cluster_credentials":"::es_redacted::"}`, "cluster_credentials absent", "cluster_credentials ::es_redacted::"},
		"no such alias": {map[string]string{"mode": "proxy"}, `null`, "mode proxy", "mode absent"},
		"wanted absent": {map[string]string{"cluster_credentials": "absent"}, `{}`, "", ""},
		"several, by name": {
			map[string]string{"b": "1", "c": "3"}, `{"a":true,"b":2,"c":3}`, "a absent\nb 1", "a true\nb 2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var info map[string]any
			require.NoError(t, json.Unmarshal([]byte(c.info), &info))
			err := compareInfo("partner", c.wanted, info)
			if c.differWants == "" {
				require.NoError(t, err)
				return
			}
			var mismatch *verdict.Mismatch
			require.ErrorAs(t, err, &mismatch)
			require.Equal(t, "_remote/info of partner", mismatch.What)
			require.Equal(t, c.differWants, mismatch.Wanted)
			require.Equal(t, c.differGot, mismatch.Got)
		})
	}
}

func TestExpand(t *testing.T) {
	s := scenario(t, "8.14.3", "9.2.0")
	s.remotes["partner"] = map[string]any{"proxy_address": "lb.test:9443", "seeds": []string{"lb.test:9300"}, "proxy_socket_connections": 3}
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
		got, err := s.expand("partner", c.field, c.value)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%s %s", c.field, c.value)
	}
	_, err := s.expand("partner", "no_such_field", "<default>")
	require.EqualError(t, err, "fixtures/versions.yaml has no default of no_such_field for 8.14.3")
}

func TestWaitForTurnsALateMismatchIntoAFailure(t *testing.T) {
	mismatch := &verdict.Mismatch{What: "x", Wanted: "1", Got: "2"}
	broken := errors.New("no answer")
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx context.Context
		try func(context.Context) error
		as  func(*testing.T, error)
	}{
		"in time": {t.Context(), func(context.Context) error { return nil }, func(t *testing.T, err error) { require.NoError(t, err) }},
		"never as wanted": {t.Context(), func(context.Context) error { return mismatch }, func(t *testing.T, err error) {
			var got *verdict.Mismatch
			require.ErrorAs(t, err, &got)
			require.Positive(t, got.Reads)
			require.Positive(t, got.Waited)
			require.Zero(t, mismatch.Reads, "the step's own mismatch is left alone")
		}},
		"never answered": {t.Context(), func(context.Context) error { return broken }, func(t *testing.T, err error) {
			var late *await.TimeoutError
			require.ErrorAs(t, err, &late, "what breaks is no failure of the product")
			require.ErrorIs(t, err, broken)
		}},
		"interrupted": {ended, func(context.Context) error { return mismatch }, func(t *testing.T, err error) {
			require.ErrorIs(t, err, context.Canceled)
			given := verdict.Of(err).Scenario
			require.Equal(t, verdict.Skipped, given)
		}},
	} {
		t.Run(name, func(t *testing.T) { c.as(t, waitFor(c.ctx, "x", 20*time.Millisecond, c.try)) })
	}
}

package session

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/redact"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/credentials"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func TestOptionsThatAreForClustersOfCrosschecksOwn(t *testing.T) {
	yours := existing.Options{LocalURL: "https://a.test:9200", RemoteURL: "https://b.test:9200"}
	for want, o := range map[string]Options{
		"--local and --remote":                {Existing: yours, Local: []string{"9.3.2"}},
		"--image and --images":                {Existing: yours, ImageOptions: ImageOptions{ImagesFile: "f"}},
		"--keep":                              {Existing: yours, RunOptions: RunOptions{Keep: true}},
		"--lanes":                             {Existing: yours, RunOptions: RunOptions{Lanes: 2}},
		"--shard":                             {Existing: yours, ScenarioOptions: ScenarioOptions{Shard: "1/2"}},
		"--kubeconfig":                        {Existing: yours, ECK: ECKOptions{Kubeconfig: "f"}},
		"--alias are about clusters of yours": {Existing: existing.Options{Alias: "a"}},
	} {
		_, err := Select(t.Context(), o)
		require.ErrorAs(t, err, new(*UsageError))
		require.ErrorContains(t, err, want)
	}
}

const oneThatFails = `@model:certificate
Feature: One that fails
  Scenario: four
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And a local user who may search "logs" on "partner"
    And a role of the same name grants read access to "logs" on the remote cluster
    And the local cluster adds "partner" in proxy mode on port 9300
    Then searching "partner:logs" finds 4 documents
`

// TestNothingIsLeftOnClustersOfTheUsers compares what two clusters hold before and after runs on them: one that passes,
// one that fails, one that is interrupted. It does nothing unless it is asked for.
func TestNothingIsLeftOnClustersOfTheUsers(t *testing.T) {
	version := os.Getenv("CROSSCHECK_ON_EXISTING")
	if version == "" {
		t.Skip("it starts clusters with CROSSCHECK_ON_EXISTING=VERSION alone")
	}
	local, remote, on := startPair(t, version)
	fails := fstest.MapFS{"fails.feature": &fstest.MapFile{Data: []byte(oneThatFails)}}
	before := map[string]string{"local": contents(t, local), "remote": contents(t, remote)}
	for _, c := range []struct {
		name     string
		features fs.FS
		paths    []string
		steps    int // after so many steps the run is interrupted; 0: it is not
		want     verdict.Verdict
	}{
		{"it passes", os.DirFS("../.."), []string{"features/roles/certificate.feature", "features/search/aliases.feature",
			"features/settings/lifecycle.feature", "features/settings/refused.feature"}, 0, verdict.Passed},
		{"it fails", fails, []string{"fails.feature"}, 0, verdict.Failed},
		{"it is interrupted", fails, []string{"fails.feature"}, 6, verdict.Skipped},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{ScenarioOptions: ScenarioOptions{Features: c.features, Paths: c.paths}, Existing: on}
			o.Timeouts = topology.DefaultTimeouts()
			o.Timeouts.Scale(3)
			o.Timeouts.Search = 30 * time.Second
			var during string
			out := runOn(t, o, c.steps, func() { during = contents(t, remote) })
			verdicts := map[verdict.Verdict]int{}
			for _, s := range out.Scenarios {
				verdicts[s.Verdict]++
			}
			delete(verdicts, verdict.Unsupported)
			require.Equal(t, []verdict.Verdict{c.want}, slices.Collect(maps.Keys(verdicts)))
			if c.steps > 0 {
				require.NotEqual(t, before["remote"], during, "there was something to remove")
			}
			require.Equal(t, before["local"], contents(t, local))
			require.Equal(t, before["remote"], contents(t, remote))
		})
	}
}

// startPair starts two clusters whose transport certificates trust each other, with something of their owner's on them,
// and names them as a user would.
func startPair(t *testing.T, version string) (local, remote *lab.Cluster, on existing.Options) {
	t.Helper()
	timeouts := topology.DefaultTimeouts()
	timeouts.Scale(3)
	s, err := Open(t.Context(), Options{Local: []string{version}, Timeouts: timeouts,
		Note: func(text string) { t.Log(text) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.WithoutCancel(t.Context()))) })
	spec := lab.ClusterSpec{Version: version, Security: true, License: "trial"}
	there, here := spec, spec
	there.Role, there.TransportCA, there.ServerCA = topology.Remote, "remote-transport", "remote-server"
	there.TrustedTransport = []string{"remote-transport", "partner-transport"}
	here.Role, here.TransportCA = topology.Local, "partner-transport"
	here.TrustedTransport = []string{"partner-transport", "remote-transport"}
	lease, err := s.Env().Pool.Lease(t.Context(), there, here)
	require.NoError(t, err)
	remote, local = lease.Clusters[0], lease.Clusters[1]
	address, err := remote.Balancer.Address(topology.TransportPort)
	require.NoError(t, err)
	auth := func(c *lab.Cluster) (string, credentials.Credentials) {
		a, err := c.Access(t.Context())
		require.NoError(t, err)
		return a.URL, credentials.Credentials{User: a.User, Password: a.Password}
	}
	on = existing.Options{Addresses: []string{address}, ServerName: remote.ServerName}
	on.LocalURL, on.LocalAuth = auth(local)
	on.RemoteURL, on.RemoteAuth = auth(remote)
	for _, c := range []*lab.Cluster{local, remote} {
		require.NoError(t, c.API().AddDocuments(t.Context(), "logs", 7, 0))
		require.NoError(t, c.API().PutRole(t.Context(), "searchers", map[string]any{"cluster": []string{"monitor"}}))
		require.NoError(t, c.API().PutUser(t.Context(), "searcher", lab.NewPassword(), "searchers"))
		_, err = c.API().CreateKey(t.Context(), map[string]any{"name": "crosscheck"})
		require.NoError(t, err)
	}
	_, err = local.API().PutRemote(t.Context(), "partner", map[string]any{"mode": "proxy", "proxy_address": address,
		"server_name": remote.ServerName})
	require.NoError(t, err)
	return local, remote, on
}

// contents are what a cluster holds: settings, aliases, indices with documents, roles, users, API keys, license.
func contents(t *testing.T, c *lab.Cluster) string {
	t.Helper()
	var all strings.Builder
	read := func(path string) []byte {
		res, err := c.API().Do(context.WithoutCancel(t.Context()), http.MethodGet, path, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, res.Status, path)
		return res.Body
	}
	all.Write(read("/_cluster/settings?flat_settings"))
	all.Write(read("/_cat/indices?h=index,docs.count&s=index&expand_wildcards=all&index=*,-.*"))
	for _, path := range []string{"/_remote/info", "/_security/role", "/_security/user"} {
		var named map[string]any
		require.NoError(t, json.Unmarshal(read(path), &named))
		fmt.Fprintf(&all, "\n%s %v", path, slices.Sorted(maps.Keys(named)))
	}
	var keys struct {
		Keys []struct {
			ID, Name    string
			Invalidated bool
		} `json:"api_keys"`
	}
	require.NoError(t, json.Unmarshal(read("/_security/api_key"), &keys))
	for _, key := range keys.Keys {
		if !key.Invalidated {
			all.WriteString("\nAPI key " + key.Name)
		}
	}
	all.Write(read("/_license?filter_path=license.type"))
	return all.String()
}

// quiet observes a run, and has do called after so many steps.
type quiet struct {
	reports.Observer
	left int
	do   func()
}

func (q *quiet) ScenarioStarted(reports.Scenario, int) {}
func (q *quiet) ScenarioFinished(reports.Scenario)     {}
func (q *quiet) Note(string)                           {}
func (q *quiet) StepFinished(string, reports.Step) {
	if q.left--; q.left == 0 {
		q.do()
	}
}

// runOn runs the scenarios of o, and interrupts them after so many steps.
func runOn(t *testing.T, o Options, steps int, interrupted func()) suite.Outcome {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.Secrets = redact.New()
	s, err := Open(ctx, o)
	require.NoError(t, err)
	store, err := reports.Create(t.TempDir(), NewRunID(), redact.New())
	require.NoError(t, err)
	out := suite.Run(ctx, s.Items(), suite.Options{Env: s.Env(), Lanes: s.Lanes, Evidence: store, Alive: s.Alive,
		Observer: &quiet{left: steps, do: func() { interrupted(); cancel() }}})
	require.NoError(t, s.Close(ctx))
	return out
}

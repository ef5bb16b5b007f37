package world_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// silent is a process that logs nothing.
type silent struct{}

func (silent) Logs(context.Context, time.Time) (string, error) { return "", nil }
func (silent) State(context.Context) (docker.State, error)     { return docker.State{Running: true}, nil }

func TestWhatIsLeftOfRemoteClustersIsFound(t *testing.T) {
	const lacks = `{"error":{"reason":"node [n] does not have the [remote_cluster_client] role"},"status":400}`
	for name, c := range map[string]struct {
		status         int
		info, settings string
		want           string
		prefix         string // of the run's names, on clusters of the user's; empty: crosscheck's own
	}{
		"nothing":                           {200, `{}`, ``, "", ""},
		"a remote cluster":                  {200, `{"partner":{}}`, ``, `remote cluster "partner" is left on local-1`, ""},
		"nothing, and the node has no role": {400, lacks, `{"persistent":{"indices.a":"1"}}`, "", ""},
		"a setting, and the node has no role": {400, lacks, `{"persistent":{"cluster.remote.partner.mode":"proxy"}}`,
			"the setting cluster.remote.partner.mode is left on local-1", ""},
		"the node is broken":  {503, `{"error":{}}`, ``, "look whether remote clusters are left", ""},
		"of the user's alone": {200, `{"theirs":{}}`, ``, "", "crosscheck-x-"},
		"settings of the user's alone, and the node has no role": {400, lacks,
			`{"persistent":{"cluster.remote.theirs.mode":"proxy"}}`, "", "crosscheck-x-"},
		"a setting of the run's, and the node has no role": {400, lacks,
			`{"persistent":{"cluster.remote.crosscheck-x-a.mode":"proxy"}}`,
			"the setting cluster.remote.crosscheck-x-a.mode is left on local-1", "crosscheck-x-"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, status := `{"status":"green","nodes":{"a":{"name":"n","version":"9.3.2"}}}`, http.StatusOK
				switch r.URL.Path {
				case "/_remote/info":
					body, status = c.info, c.status
				case "/_cluster/settings":
					body = c.settings
				}
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			}))
			defer server.Close()
			api, err := elastic.New(server.Listener.Addr().String())
			require.NoError(t, err)
			l, err := lab.NewLab(t.Context(), lab.Options{Timeouts: topology.DefaultTimeouts()})
			require.NoError(t, err)
			local, err := l.Adopt(t.Context(), lab.Adoption{Name: "local-1", API: api, Process: silent{},
				Spec: lab.ClusterSpec{Role: topology.Local, Version: "9.3.2"}})
			require.NoError(t, err)
			w := worldtest.New(t, "9.3.2", "9.3.2")
			if c.prefix != "" {
				w.Env.Existing = &existing.Pair{Prefix: c.prefix}
			}
			var dirty bool
			w.Clusters.Lend(func(_ context.Context, d bool) error {
				dirty = d
				return nil
			}, local)
			w.Clusters.Local = local
			err = w.Close(t.Context())
			require.Equal(t, c.want != "", dirty, "what was left makes the cluster one that nobody may have")
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

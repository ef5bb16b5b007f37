package access

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// distant is a healthy node of a version, whose container nobody can stop.
type distant struct {
	version string
	posts   []string // the paths of POST requests
}

func (d *distant) Logs(context.Context, time.Time) (string, error) { return "", nil }
func (d *distant) State(context.Context) (docker.State, error) {
	return docker.State{Running: true}, nil
}
func (d *distant) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPost {
		d.posts = append(d.posts, req.URL.Path)
	}
	body := fmt.Sprintf(`{"status":"green","nodes":{"a":{"name":"a","version":%q,"build_hash":"h"}}}`, d.version)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
		Request: req}, nil
}

func TestAVersionTakesUpCredentialsInItsOwnWay(t *testing.T) {
	const restarts = "restart the local cluster: a runs where crosscheck cannot reach into it"
	for _, c := range []struct {
		local, remote string
		restart       bool
	}{
		{"8.9.2", "8.19.4", false}, // it knows no such credentials
		{"8.10.4", "8.19.4", true},
		{"8.12.2", "8.10.4", true},
		{"8.13.4", "8.12.2", false},
		{"9.3.2", "9.3.2", false},
	} {
		t.Run(c.local+" to "+c.remote, func(t *testing.T) {
			l, err := lab.NewLab(t.Context(), lab.Options{Timeouts: topology.DefaultTimeouts()})
			require.NoError(t, err)
			node := &distant{version: c.local}
			api, err := elastic.NewOver("a.test:9200", node)
			require.NoError(t, err)
			w := worldtest.New(t, c.local, c.remote)
			w.Clusters.Local, err = l.Adopt(t.Context(),
				lab.Adoption{Spec: lab.ClusterSpec{Version: c.local}, Name: "a", Process: node, API: api})
			require.NoError(t, err)
			how, err := NewKeys(w, NewUsers(w)).TakeUp(t.Context())
			if c.restart {
				require.EqualError(t, err, restarts)
				require.True(t, w.Undo.Spoiled(), "nobody knows how the cluster is")
				require.Empty(t, node.posts)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "POST _nodes/reload_secure_settings", how)
			require.Equal(t, []string{"/_nodes/reload_secure_settings"}, node.posts)
		})
	}
}

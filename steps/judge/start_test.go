package judge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// process is where a node runs that was healthy once.
type process struct {
	state docker.State
	log   string
}

func (p *process) Logs(context.Context, time.Time) (string, error) { return p.log, nil }
func (p *process) State(context.Context) (docker.State, error)     { return p.state, nil }
func (p *process) RoundTrip(r *http.Request) (*http.Response, error) {
	body := `{"status":"green","nodes":{"a":{"name":"local","version":"7.17.29","build_hash":"h"}}}`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
		Request: r}, nil
}

func TestANodeThatDoesNotStart(t *testing.T) {
	const log = `{"level": "ERROR", "message": "fatal exception while booting Elasticsearch"}
java.lang.IllegalStateException: failed to connect to remote clusters`
	ended := docker.State{Code: 1, Text: "exited with code 1"}
	for name, c := range map[string]struct {
		node process
		id   string
		want string // of the difference or the error; empty: it is as the entry says
	}{
		"it ended":          {process{ended, log}, "local-node-does-not-start", ""},
		"it runs":           {process{docker.State{Running: true}, log}, "local-node-does-not-start", "ends while it starts"},
		"for another cause": {process{ended, "out of memory"}, "local-node-does-not-start", "a line that matches"},
		"not such an entry": {process{ended, log}, "unknown-host", "says nothing of the local log"},
	} {
		t.Run(name, func(t *testing.T) {
			w := worldtest.New(t, "7.17.29", "7.17.29")
			var err error
			w.Env.Catalogue, err = catalogue.Default()
			require.NoError(t, err)
			w.Env.Timeouts.Log = 20 * time.Millisecond
			l, err := lab.NewLab(t.Context(), lab.Options{Timeouts: topology.DefaultTimeouts()})
			require.NoError(t, err)
			api, err := elastic.NewOver("local.test:9200", &c.node)
			require.NoError(t, err)
			local, err := l.Adopt(t.Context(), lab.Adoption{Spec: lab.ClusterSpec{Version: "7.17.29"}, Name: "local",
				Process: &c.node, API: api})
			require.NoError(t, err)
			w.Clusters.Lend(func(context.Context, bool) error { return nil }, local)
			w.Clusters.Local, w.Clusters.Remote = local, local
			j := New(w, remotes.New(w))
			err = j.expectNodeEnds(t.Context(), c.id)
			if c.want == "" {
				require.NoError(t, err)
				require.Equal(t, "the local node does not start: it exited with code 1", j.broke.Text)
				return
			}
			if mismatch, ok := errors.AsType[*verdict.Mismatch](err); ok {
				require.Contains(t, mismatch.Wanted, c.want)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

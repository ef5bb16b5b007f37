package lab

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// looked is a node's container that one may look at.
type looked struct{}

func (looked) Logs(context.Context, time.Time) (string, error) { return "started", nil }
func (looked) State(context.Context) (docker.State, error)     { return docker.State{Running: true}, nil }
func (looked) RoundTrip(req *http.Request) (*http.Response, error) {
	body := `{"status":"green","nodes":{"a":{"name":"pod","version":"9.3.2","build_hash":"h"}}}`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
		Request: req}, nil
}

// reached is one that one may reach into.
type reached struct {
	looked
	did []string
}

func (r *reached) Exec(_ context.Context, stdin string, command ...string) (docker.ExecResult, error) {
	r.did = append(r.did, command[0]+" < "+stdin)
	return docker.ExecResult{Stdout: "old"}, nil
}

func (r *reached) Put(_ context.Context, files ...docker.File) error {
	r.did = append(r.did, files[0].Path+" = "+string(files[0].Content))
	return nil
}

func adopt(t *testing.T, p Process) *Cluster {
	t.Helper()
	l, err := NewLab(t.Context(), Options{Timeouts: topology.DefaultTimeouts()})
	require.NoError(t, err)
	api, err := elastic.NewOver("pod.test:9200", looked{})
	require.NoError(t, err)
	c, err := l.Adopt(t.Context(), Adoption{Spec: ClusterSpec{Version: "9.3.2"}, Name: "pod", Process: p, API: api})
	require.NoError(t, err)
	return c
}

func TestANodeThatCannotBeReachedIntoIsAnError(t *testing.T) {
	c := adopt(t, looked{})
	_, saved := c.SaveKeystore(t.Context())
	for name, err := range map[string]error{
		"save the keystore": saved, "restore it": c.RestoreKeystore(t.Context(), nil), "restart": c.Restart(t.Context()),
		"restart with settings": c.RestartWith(t.Context(), nil),
		"add a setting":         c.AddSecureSetting(t.Context(), "a", "b"), "put a file": c.PutConfig(t.Context(), "a", "b"),
	} {
		require.EqualError(t, err, "pod runs where crosscheck cannot reach into it", name)
	}
	require.Empty(t, c.Processes())
}

func TestAnAdoptedNodeThatCanBeReachedInto(t *testing.T) {
	node := &reached{}
	c := adopt(t, node)
	saved, err := c.SaveKeystore(t.Context())
	require.NoError(t, err)
	require.NoError(t, c.AddSecureSetting(t.Context(), "a", "b"))
	require.NoError(t, c.RestoreKeystore(t.Context(), saved))
	require.Equal(t, []string{
		"cat < ", "cat < ", home + "/bin/elasticsearch-keystore < b", configDir + "/elasticsearch.keystore = old",
	}, node.did)
	require.Equal(t, []ReachableProcess{node}, c.Processes())
	require.EqualError(t, c.Restart(t.Context()), "pod runs where crosscheck cannot reach into it",
		"it is not ours to stop")
}

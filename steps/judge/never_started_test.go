package judge

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

// starter is where the cluster of a role does not start.
type starter struct{ err *lab.StartError }

func (s starter) Start(_ context.Context, spec lab.ClusterSpec) (*lab.Cluster, error) {
	if s.err != nil && spec.Role == s.err.Role {
		return nil, s.err
	}
	return &lab.Cluster{Spec: spec}, nil
}

func (s starter) Stop(context.Context, *lab.Cluster) error { return nil }

func TestARemoteNodeThatNeverStarts(t *testing.T) {
	const id, said = "remote-cluster-profile-by-hand", `{"log.level":"ERROR","message":"fatal exception"}` + "\n" +
		"java.lang.IllegalArgumentException: Remote Access settings should not be configured using the " +
		"[_remote_cluster] profile."
	ended := docker.State{Code: 1, Text: "exited with code 1"}
	for name, c := range map[string]struct {
		id    string
		err   lab.StartError
		wrong bool // a Mismatch; otherwise an error of another kind, where want is not empty
		want  string
	}{
		"it ended":           {id, lab.StartError{Role: topology.Remote, Log: said, State: ended}, false, ""},
		"for another reason": {id, lab.StartError{Role: topology.Remote, Log: "no", State: ended}, true, "none in 1 line"},
		"it was killed": {id, lab.StartError{Role: topology.Remote, Log: said, State: docker.State{Code: 137}}, false,
			"start"},
		"the local one ended": {id, lab.StartError{Role: topology.Local, Log: said, State: ended}, false, "start"},
		"no such entry": {"settings-of-search-remote", lab.StartError{Role: topology.Remote, Log: said, State: ended}, false,
			"says nothing of the remote log"},
	} {
		t.Run(name, func(t *testing.T) {
			w := worldtest.New(t, "9.3.2", "9.3.2")
			var err error
			w.Env.Catalogue, err = catalogue.Default()
			require.NoError(t, err)
			c.err.Err = errors.New("it is not healthy")
			w.Env.Pool = pool.New(starter{&c.err}, 2)
			w.Clusters.LocalSpec.Role, w.Clusters.RemoteSpec.Role = topology.Local, topology.Remote
			j := New(w, remotes.New(w))
			err = j.expectRemoteNeverStarts(t.Context(), c.id)
			if c.want == "" {
				require.NoError(t, err)
				require.Equal(t, "the remote node does not start: it exited with code 1", j.broke.Text)
				require.Len(t, j.Observation().RemoteLog, 2)
				return
			}
			mismatch, isMismatch := errors.AsType[*verdict.Mismatch](err)
			require.Equal(t, c.wrong, isMismatch)
			if isMismatch {
				require.Contains(t, mismatch.Got, c.want)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

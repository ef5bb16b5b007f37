package run

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	platform "github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// TestWhatSaysSomethingAboutThePage tells a step that does not work from a machine that does not.
func TestWhatSaysSomethingAboutThePage(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connect: connection refused")}
	exit := exec.CommandContext(t.Context(), "bash", "-c", "exit 1").Run()
	killed := exec.CommandContext(t.Context(), "bash", "-c", "kill -9 $$").Run()
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"a placeholder without a value": {&pageError{errors.New("no value for <a>; give one with --set")}, true},
		"another answer":                {&verdict.Mismatch{What: "GET /", Wanted: "200", Got: "404"}, true},
		"an answer that refuses":        {fmt.Errorf("create: %w", &elastic.StatusError{}), true},
		"a manifest that is refused":    {&platform.ManifestError{What: `unknown field "spec.a"`}, true},
		"a command that is refused":     {&platform.CommandError{Output: "error: unknown flag", Err: exit}, true},
		"a node that ends":              {&lab.StartError{State: docker.State{Code: 78}, Err: exit}, true},
		"a node that the kernel ended":  {&lab.StartError{State: docker.State{Code: 137}, Err: exit}, false},
		"a node that is slow":           {&lab.StartError{State: docker.State{Running: true}, Err: exit}, false},
		"an API server with no time":    {&await.TimeoutError{Last: apierrors.NewTooManyRequestsError("busy")}, false},
		"somebody else's change": {&await.TimeoutError{
			Last: apierrors.NewConflict(schema.GroupResource{Resource: "secrets"}, "a", nil)}, false},
		"a keystore that refuses a name": {fmt.Errorf("store: %w", &lab.KeystoreError{Code: 65}), true},
		"a stand-in for what is refused": {&stoodIn{&platform.CommandError{Err: exit}}, true},
		"a pod that nobody makes":        {&await.TimeoutError{Last: errors.New("it warns: no such volume")}, true},
		"an API server that is gone":     {fmt.Errorf("apply Secret a: %w", refused), false},
		"an API server that stays away":  {&await.TimeoutError{Last: fmt.Errorf("list the pods: %w", refused)}, false},
		"a command without an API server": {&platform.CommandError{
			Output: "Unable to connect to the server: EOF", Err: exit}, false},
		"a command that is killed":          {&platform.CommandError{Err: killed}, false},
		"what the machine lacks":            {&verdict.UnsupportedError{Fact: "file-limit", Reason: "too few"}, false},
		"an Engine that is gone":            {errors.New("cannot connect to the Docker daemon"), false},
		"a stand-in for what nobody answer": {&stoodIn{refused}, false},
	} {
		assert.Equal(t, c.want, ofPage(c.err), name)
	}
}

// TestJudge is what a report shows of a step, and whether the walk goes on.
func TestJudge(t *testing.T) {
	t.Parallel()
	mismatch := &verdict.Mismatch{What: "GET /", Wanted: "200", Got: "404", Hint: "look there"}
	done := Step{State: Done, How: "h"}
	stops, err := done.judge(t.Context(), nil)
	require.NoError(t, err)
	require.False(t, stops)
	require.Equal(t, Done, done.State)

	failed := Step{State: Done, How: "h"}
	stops, err = failed.judge(t.Context(), mismatch)
	require.NoError(t, err)
	require.True(t, stops)
	require.Equal(t, Step{State: Failed, How: "h", Wanted: "200", Got: "404\nlook there"}, failed)

	mended := Step{State: Done, How: "h"}
	stops, err = mended.judge(t.Context(), &stoodIn{mismatch})
	require.NoError(t, err)
	require.False(t, stops, "what stood in lets the walk go on")
	require.Equal(t, Failed, mended.State)

	broken := Step{State: Done, How: "h"}
	_, err = broken.judge(t.Context(), context.DeadlineExceeded)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, Done, broken.State, "trouble of the machine is no failure of the page")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = broken.judge(ended, mismatch)
	require.ErrorIs(t, err, mismatch, "after Ctrl-C nothing is judged any more")
}

package docker

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/stretchr/testify/require"
)

func TestOwnerLives(t *testing.T) {
	host, err := os.Hostname()
	require.NoError(t, err)
	own := Owner()
	require.Regexp(t, `^.+/\d+/\d+$`, own, "host, process id and start time")
	for name, c := range map[string]struct {
		owner string
		lives bool
	}{
		"this process": {own, true},
		"its id, used again": {fmt.Sprintf("%s/%d/%s0", host, os.Getpid(), startTime(os.Getpid())),
			false},
		"no such process":                        {fmt.Sprintf("%s/%d/12345", host, 1<<30), false},
		"this process, without a start time":     {fmt.Sprintf("%s/%d/", host, os.Getpid()), true},
		"no such process, without a start time":  {fmt.Sprintf("%s/%d/", host, 1<<30), false},
		"another host's, which cannot be judged": {"another-" + host + "/1/1", true},
		"no number":                              {host + "/x/1", false},
		"a part less":                            {host + "/1", false},
		"a part more":                            {host + "/1/1/1", false},
		"nothing":                                {"", false},
	} {
		require.Equal(t, c.lives, OwnerLives(c.owner), "%s: %q", name, c.owner)
	}
}

func TestWhatASweepTakes(t *testing.T) {
	e := &Engine{run: "mine"}
	host, err := os.Hostname()
	require.NoError(t, err)
	dead := host + "/1073741824/1" // more than any process id
	for name, c := range map[string]struct {
		labels             map[string]string
		own, dead, deadToo fate // deadToo: with the kept ones
	}{
		"its own":        {map[string]string{LabelRun: "mine", LabelOwner: Owner()}, remove, living, living},
		"a living run's": {map[string]string{LabelRun: "other", LabelOwner: Owner()}, ignore, living, living},
		"a living run's, kept": {map[string]string{LabelRun: "other", LabelOwner: Owner(), LabelKeep: "true"}, ignore,
			living, living},
		"a dead run's": {map[string]string{LabelRun: "other", LabelOwner: dead}, ignore, remove, remove},
		"a dead run's, kept": {map[string]string{LabelRun: "other", LabelOwner: dead, LabelKeep: "true"}, ignore,
			keep, remove},
		"without an owner": {map[string]string{LabelRun: "other"}, ignore, remove, remove},
		"another host's": {map[string]string{LabelRun: "other", LabelOwner: "another-" + dead}, ignore, living,
			living},
		"of a run named like mine": {map[string]string{LabelRun: "mine-2", LabelOwner: dead}, ignore, remove, remove},
	} {
		require.Equal(t, c.own, e.own(c.labels), "SweepOwn, %s", name)
		require.Equal(t, c.dead, e.dead(false)(c.labels), "SweepDead, %s", name)
		require.Equal(t, c.deadToo, e.dead(true)(c.labels), "SweepDead with the kept ones, %s", name)
	}
}

func TestStartTimeOfAProcess(t *testing.T) {
	require.Regexp(t, `^\d+$`, startTime(os.Getpid()))
	require.Equal(t, startTime(os.Getpid()), startTime(os.Getpid()))
	require.Empty(t, startTime(1<<30), "there is no such process")
}

func TestTheBalancersImageIsItsBinaryAlone(t *testing.T) {
	packed, err := balancerContext([]byte("a binary"))
	require.NoError(t, err)
	r := tar.NewReader(packed)
	files := map[string]string{}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		files[h.Name] = fmt.Sprintf("%o %s", h.Mode, content)
	}
	require.Equal(t, map[string]string{
		"Dockerfile": "755 FROM scratch\nCOPY balancer /balancer\nENTRYPOINT [\"/balancer\"]\n",
		"balancer":   "755 a binary",
	}, files)
}

func TestDescribe(t *testing.T) {
	for want, state := range map[string]*container.State{
		"in an unknown state":                    nil,
		"running":                                {Running: true, Status: "running"},
		"exited with code 137 (out of memory)":   {Status: "exited", ExitCode: 137, OOMKilled: true},
		"exited with code 78":                    {Status: "exited", ExitCode: 78},
		"created with code 127 no such file /es": {Status: "created", ExitCode: 127, Error: "no such file /es"},
	} {
		require.Equal(t, want, strings.TrimSpace(describe(state)))
	}
}

// The Engine of this machine answers all the while, and must not be taken in place of the one that was asked for.
func TestADeadEngineIsNeverReplacedByAnother(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix://"+t.TempDir()+"/none.sock")
	e, err := Connect(t.Context(), "test", nil)
	require.Nil(t, e)
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
	require.ErrorContains(t, err, "none.sock (DOCKER_HOST): ", "it says which Engine, and why that one")
	require.ErrorContains(t, err, "set DOCKER_HOST to another Engine, or unset DOCKER_HOST", "it says what to do")
}

func TestAProcessThatNobodyWaitsForHasEnded(t *testing.T) {
	cmd := exec.Command("true")
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return startTime(cmd.Process.Pid) == "" }, 10*time.Second, time.Millisecond,
		"it has ended, and is in the list of processes until somebody waits for it")
	require.NoError(t, cmd.Wait())
}

package preflight

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

func TestRunCommand(t *testing.T) {
	out, err := runCommand(t.Context(), []string{"GREETING=hello"}, "sh", "-c", `echo "$GREETING"; echo aside >&2`)
	require.NoError(t, err)
	assert.Equal(t, "hello\n", out, "the standard output alone")

	_, err = runCommand(t.Context(), nil, "sh", "-c", "echo fine; echo 'E: broken' >&2; exit 100")
	assert.EqualError(t, err, "sh: exit status 100\nE: broken")
	_, err = runCommand(t.Context(), nil, "sh", "-c", "echo 'only here'; exit 3")
	assert.EqualError(t, err, "sh: exit status 3\nonly here")
	_, err = runCommand(t.Context(), nil, "no-such-command-here")
	assert.ErrorContains(t, err, "no-such-command-here")
}

func TestStartCommand(t *testing.T) {
	log := filepath.Join(t.TempDir(), "not", "yet", "there.log")
	exited, err := startCommand(t.Context(), log, "env")
	require.NoError(t, err)
	require.Eventually(t, exited, 10*time.Second, 5*time.Millisecond, "env ends at once, and that must be noticed")
	assert.True(t, exited(), "what has ended stays ended")
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Regexp(t, `(?m)^PATH=.*:/usr/sbin:`, string(text), "dockerd finds its helpers by PATH")

	_, err = startCommand(t.Context(), log, "no-such-command-here")
	require.ErrorContains(t, err, "no-such-command-here")
	_, err = startCommand(t.Context(), filepath.Join(log, "below-a-file"), "pwd")
	assert.ErrorContains(t, err, "make room for the log of pwd")
}

func TestUnreachable(t *testing.T) {
	refused := errors.New("connection refused")
	for host, local := range map[string]bool{"unix:///run/user/1000/docker.sock": true, "tcp://build:2375": false} {
		got := unreachable(&docker.UnreachableError{Endpoint: chosen(host), Err: refused})
		assert.Equal(t, engineState{endpoint: chosen(host), err: refused}, got)
		assert.Equal(t, local, got.local(), host)
	}
	setting := &docker.SettingError{Name: "DOCKER_CONTEXT", Value: "x", Problem: "there is no such docker context"}
	assert.Equal(t, engineState{err: setting}, unreachable(setting))
}

func TestProbeOfAnEngineThatIsNotThere(t *testing.T) {
	socket := "unix://" + filepath.Join(t.TempDir(), "docker.sock")
	t.Setenv("DOCKER_HOST", socket)
	e := probeEngine(t.Context())
	require.Error(t, e.err)
	assert.Equal(t, socket, e.endpoint.Host)
	assert.Equal(t, "DOCKER_HOST", e.endpoint.Source)
	assert.True(t, e.local())
}

func TestDiskFree(t *testing.T) {
	m := thisMachine()
	dir := t.TempDir()
	want, err := m.diskFree(dir)
	require.NoError(t, err)
	assert.Positive(t, want)
	_, err = m.diskFree(filepath.Join(dir, "no", "such"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = m.freeAt(filepath.Join(dir, "no", "such"))
	require.NoError(t, err, "the nearest folder that is there answers")
}

func TestAKilledDockerdDoesNotRun(t *testing.T) {
	files := map[string]string{"/var/run/docker.pid": "42", "/proc/42/comm": "dockerd\n",
		"/proc/42/stat": "42 (dockerd) S 1 42"}
	m := &machine{readFile: func(name string) ([]byte, error) { return []byte(files[name]), nil }}
	_, running := m.dockerd()
	require.True(t, running)
	files["/proc/42/stat"] = "42 (dockerd) Z 1 42"
	_, running = m.dockerd()
	require.False(t, running, "a process that was killed and not waited for is no Engine to wait for")
}

package docker

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/await"
)

// engine is a real one with an image that crosscheck made in one of these roles, or the test is skipped. What the run
// leaves is removed at the end.
func engine(t testing.TB, roles ...string) (e *Engine, image string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	e, err := Connect(ctx, "test-"+strings.ToLower(rand.Text()[:8]), slog.New(slog.DiscardHandler))
	var unreachable *UnreachableError
	if errors.As(err, &unreachable) {
		skip(t, "needs a Docker Engine: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err := sweepTest(ctx, e, e.own)
		require.NoError(t, err)
		require.NoError(t, e.Close())
	})
	images, err := e.Images(ctx, roles...)
	require.NoError(t, err)
	for _, i := range images {
		if len(i.Tags) > 0 {
			return e, i.Tags[0]
		}
	}
	skip(t, "needs an image of role %s: `crosscheck images build` makes them", strings.Join(roles, " or "))
	return nil, ""
}

// skip skips a test for what the machine lacks. Go caches the results of tests, and does not see the machine change: it
// would go on to say "skipped" once the Engine is there. It keeps no result, though, that depends on a file of the
// module which is younger than two seconds when the tests end; hence a time to come.
func skip(t testing.TB, format string, args ...any) {
	t.Helper()
	const file = "testdata/skipped"
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(file, later, later); err != nil {
		t.Logf("go test may keep this result: %v", err)
	}
	_, err := os.ReadFile(file)
	require.NoError(t, err)
	t.Skipf(format, args...)
}

func TestAContainersLife(t *testing.T) {
	e, image := engine(t, "base") // it has a shell
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	network, err := e.Network(ctx, "local", false)
	require.NoError(t, err)
	c, err := e.Start(ctx, ContainerSpec{
		Name: "crosscheck-" + e.Run() + "-shell", Image: image, Role: "local", Env: []string{"GREETING=hello"},
		Ports:    []uint16{9200},
		Cmd:      []string{"sh", "-c", `echo "$GREETING from" "$(cat /tmp/who)"; exec sleep 300`},
		Files:    []File{{Path: "/tmp/who", Content: []byte("a file"), Mode: 0o640, UID: 1000}},
		Networks: []Attachment{{Network: network, Aliases: []string{"shell.crosscheck.test"}}},
	})
	require.NoError(t, err)

	state, err := c.State(ctx)
	require.NoError(t, err)
	require.True(t, state.Running, state.Text)
	address, err := c.Address(ctx, 9200)
	require.NoError(t, err)
	require.Regexp(t, `^127\.0\.0\.1:\d+$`, address, "published on loopback alone")
	_, err = c.Address(ctx, 9300)
	require.ErrorContains(t, err, "publishes no port 9300: running")
	ip, err := c.IP(ctx, network)
	require.NoError(t, err)
	require.Regexp(t, `^\d+\.\d+\.\d+\.\d+$`, ip)

	for name, run := range map[string]struct {
		stdin string
		cmd   []string
		want  ExecResult
	}{
		"its output and code": {"", []string{"sh", "-c", "echo out; echo err >&2; exit 3"}, ExecResult{"out\n", "err\n",
			3}},
		"what it is given":        {"a secret", []string{"cat"}, ExecResult{"a secret", "", 0}},
		"the file and its owners": {"", []string{"stat", "-c", "%u:%g %a", "/tmp/who"}, ExecResult{"1000:0 640\n", "", 0}},
	} {
		got, err := c.Exec(ctx, run.stdin, run.cmd...)
		require.NoError(t, err, name)
		require.Equal(t, run.want, got, name)
	}
	short, end := context.WithTimeout(ctx, 100*time.Millisecond)
	defer end()
	_, err = c.Exec(short, "", "sleep", "60")
	require.ErrorIs(t, err, context.DeadlineExceeded, "a command that hangs ends with the context")

	require.NoError(t, await.Until(ctx, "the log", 20*time.Second, func(ctx context.Context) error {
		log, err := c.Logs(ctx, time.Time{})
		if err == nil && log != "hello from a file\n" {
			return errors.New("the log is " + log)
		}
		return err
	}))
	log, err := c.Logs(ctx, time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, log, "nothing was written since then")
	e.ahead = 2 * time.Hour
	log, err = c.Logs(ctx, time.Now().Add(-time.Hour))
	e.ahead = 0
	require.NoError(t, err)
	require.Empty(t, log, "an hour ago is an hour from now by the clock of an Engine that is two hours ahead")

	require.NoError(t, c.Stop(ctx, 0))
	state, err = c.State(ctx)
	require.NoError(t, err)
	require.False(t, state.Running)
	require.Contains(t, state.Text, "exited with code 137")
	require.False(t, state.EndedByItself(), "it was killed")
	require.NoError(t, c.Restart(ctx))
	got, err := c.Exec(ctx, "", "cat", "/tmp/who")
	require.NoError(t, err)
	require.Equal(t, "a file", got.Stdout, "the file system is the same after a restart")

	swept, err := sweepTest(ctx, e, e.own)
	require.NoError(t, err)
	require.Equal(t, Swept{Containers: 1, Networks: 1}, swept)
	require.False(t, exists(ctx, t, e, c.ID))
	require.NoError(t, c.Remove(ctx), "one that is gone already is no error")
}

func TestNothingStaysOfAContainerThatDoesNotStart(t *testing.T) {
	e, image := engine(t, "base") // it has a shell
	name := "crosscheck-" + e.Run() + "-broken"
	for what, spec := range map[string]ContainerSpec{
		"no such program": {Name: name, Image: image, Cmd: []string{"/no/such/program"}},
		"no such network": {Name: name, Image: image, Cmd: []string{"true"}, Networks: []Attachment{{Network: "bridge"},
			{Network: name}}},
	} {
		_, err := e.Start(t.Context(), spec)
		require.Error(t, err, what)
		require.False(t, exists(t.Context(), t, e, name), "%s: the container is still there after %v", what, err)
	}
	_, err := e.Start(t.Context(), ContainerSpec{Name: name, Image: "crosscheck/none:none"})
	require.ErrorContains(t, err, "create container "+name)
}

// sweepTest sweeps among what this test made and looks at nothing else: other runs share the Engine, and a mistake in a
// judge must not cost them their clusters.
func sweepTest(ctx context.Context, e *Engine, judge func(map[string]string) fate) (Swept, error) {
	return e.sweep(ctx, func(labels map[string]string) fate {
		if !strings.HasPrefix(labels[LabelRun], e.Run()) {
			return ignore
		}
		return judge(labels)
	})
}

func TestASweepRemovesAndCounts(t *testing.T) {
	e, image := engine(t, "base", "balancer") // it only has to be there
	host, err := os.Hostname()
	require.NoError(t, err)
	dead := host + "/1073741824/1" // more than any process id
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	made := map[string]string{}
	for name, labels := range map[string]map[string]string{
		"dead":   {LabelOwner: dead},
		"kept":   {LabelOwner: dead, LabelKeep: "true"},
		"living": {LabelOwner: Owner()},
	} {
		labels[LabelRun] = e.Run() + "-" + name
		created, err := e.cli.ContainerCreate(ctx, client.ContainerCreateOptions{Config: &container.Config{Image: image,
			Cmd: []string{"true"}, Labels: labels}})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, e.removeContainer(context.Background(), created.ID, name)) })
		made[name] = created.ID
	}
	for _, c := range []struct {
		kept  bool
		want  Swept
		stays []string
	}{
		{false, Swept{Containers: 1, Living: 1, Kept: 1}, []string{"kept", "living"}},
		{false, Swept{Living: 1, Kept: 1}, []string{"kept", "living"}},
		{true, Swept{Containers: 1, Living: 1}, []string{"living"}},
	} {
		swept, err := sweepTest(ctx, e, e.dead(c.kept))
		require.NoError(t, err)
		require.Equal(t, c.want, swept)
		var stays []string
		for _, name := range []string{"dead", "kept", "living"} {
			if exists(ctx, t, e, made[name]) {
				stays = append(stays, name)
			}
		}
		require.Equal(t, c.stays, stays)
	}
}

func exists(ctx context.Context, t *testing.T, e *Engine, id string) bool {
	t.Helper()
	_, err := e.cli.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if errdefs.IsNotFound(err) {
		return false
	}
	require.NoError(t, err)
	return true
}

func TestVolumesGoToTheNextContainer(t *testing.T) {
	e, image := engine(t, "elasticsearch") // it has a folder that belongs to its user
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const data = "/usr/share/elasticsearch/data"
	spec := ContainerSpec{Name: "crosscheck-" + e.Run() + "-1", Image: image, Role: "local", Volumes: []string{data},
		Cmd: []string{"sh", "-c", "echo kept > " + data + "/file; exec sleep 300"}}
	first, err := e.Start(ctx, spec)
	require.NoError(t, err)
	require.NoError(t, await.Until(ctx, "the file is there", 20*time.Second, func(ctx context.Context) error {
		res, err := first.Exec(ctx, "", "cat", data+"/file")
		if err == nil && res.Stdout != "kept\n" {
			err = errors.New(res.Stderr)
		}
		return err
	}))
	require.NoError(t, first.Stop(ctx, time.Second))
	spec.Name, spec.Volumes, spec.VolumesFrom, spec.Cmd = "crosscheck-"+e.Run()+"-2", nil, first, []string{"sleep", "300"}
	second, err := e.Start(ctx, spec)
	require.NoError(t, err)
	require.NoError(t, first.Remove(ctx), "the first container may go before the second")
	res, err := second.Exec(ctx, "", "cat", data+"/file")
	require.NoError(t, err)
	require.Equal(t, "kept\n", res.Stdout, "what the first container wrote: %s", res.Stderr)
	state, err := e.cli.ContainerInspect(ctx, second.ID, client.ContainerInspectOptions{})
	require.NoError(t, err)
	require.Len(t, state.Container.Mounts, 1)
	volume := state.Container.Mounts[0].Name
	require.NoError(t, second.Remove(ctx))
	_, err = e.cli.VolumeInspect(ctx, volume, client.VolumeInspectOptions{})
	require.True(t, errdefs.IsNotFound(err), "the volume goes with its last container: %v", err)
}

func TestTooHighAFileLimitIsNamed(t *testing.T) {
	e, image := engine(t, "base")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// No machine allows as many.
	_, err := e.Start(ctx, ContainerSpec{Name: "crosscheck-" + e.Run() + "-files", Image: image, Role: "local",
		Cmd: []string{"true"}, OpenFiles: 1 << 40})
	require.ErrorIs(t, err, ErrFileLimit)
	c, err := e.Start(ctx, ContainerSpec{Name: "crosscheck-" + e.Run() + "-files", Image: image, Role: "local",
		Cmd: []string{"sh", "-c", "ulimit -n"}, OpenFiles: 512})
	require.NoError(t, err, "nothing of the first attempt is left")
	require.NoError(t, await.Until(ctx, "the limit is in the log", 20*time.Second, func(ctx context.Context) error {
		log, err := c.Logs(ctx, time.Time{})
		if err == nil && strings.TrimSpace(log) != "512" {
			err = errors.New("the log says " + log)
		}
		return err
	}))
}

package docker

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"
)

// The tests of this file are about what testcontainers would do unasked. Each was red without its guard.

func TestNoNetworkIsPassedOver(t *testing.T) {
	e, image := engine(t, "base")
	name := "crosscheck-" + e.Run() + "-lost"
	for what, networks := range map[string][]Attachment{
		"the first":  {{Network: "crosscheck-no-such-network"}},
		"the second": {{Network: "bridge"}, {Network: "crosscheck-no-such-network"}},
	} {
		_, err := e.Start(t.Context(), ContainerSpec{Name: name, Image: image, Cmd: []string{"sleep", "300"},
			Networks: networks})
		require.Error(t, err, "%s network does not exist", what)
		require.ErrorContains(t, err, "crosscheck-no-such-network", "it says which network")
		require.False(t, exists(t.Context(), t, e, name), "the container is gone")
	}
}

func TestNothingIsPublishedUnasked(t *testing.T) {
	e, base := engine(t, "base")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// An image that exposes a port: Elasticsearch's official ones do.
	exposing := "crosscheck/test:" + e.Run()
	files := tarOf(t, map[string]string{"Dockerfile": "FROM " + base + "\nEXPOSE 9200 9300\nCMD [\"sleep\", \"300\"]\n"})
	require.NoError(t, e.BuildImage(ctx, exposing, nil, files, nil))
	t.Cleanup(func() { require.NoError(t, e.RemoveImage(context.Background(), exposing)) })
	for what, ports := range map[string][]uint16{"none": nil, "one of two": {9200}, "another": {8080}} {
		c, err := e.Start(ctx, ContainerSpec{Name: "crosscheck-" + e.Run() + "-ports", Image: exposing, Role: "local",
			Ports: ports})
		require.NoError(t, err)
		state, err := e.cli.ContainerInspect(ctx, c.ID, client.ContainerInspectOptions{})
		require.NoError(t, err)
		published := map[uint16]bool{}
		for port, bindings := range state.Container.NetworkSettings.Ports {
			for _, b := range bindings {
				require.Equal(t, netip.MustParseAddr("127.0.0.1"), b.HostIP, "%s asked for: port %s is published beyond loopback",
					what, port)
				published[port.Num()] = true
			}
		}
		require.Len(t, published, len(ports), "%s asked for, and these published: %v", what, published)
		require.NoError(t, c.Remove(ctx))
	}
}

func TestNoImageIsPulledOnTheWay(t *testing.T) {
	e, _ := engine(t, "base", "balancer")
	registry := newRegistry(t, "")
	_, err := e.Start(t.Context(), ContainerSpec{Name: "crosscheck-" + e.Run() + "-pull", Image: registry.ref})
	require.ErrorIs(t, err, ErrNoImage)
	require.ErrorContains(t, err, registry.ref, "it says which image")
	require.Empty(t, registry.asked(), "the registry was not asked")
}

func TestThePrefixIsNotPutBeforeAnImageThatIsThere(t *testing.T) {
	const variable = "CROSSCHECK_TEST_PREFIX"
	if os.Getenv(variable) == "" {
		inAnotherProcess(t, variable+"=1", "TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX=mirror.invalid/hub")
		return
	}
	e, image := engine(t, "base")
	require.Equal(t, "mirror.invalid/hub/elasticsearch:1", e.Mirrored("elasticsearch:1"))
	_, err := e.Start(t.Context(), ContainerSpec{Name: "crosscheck-" + e.Run() + "-prefix", Image: image,
		Cmd: []string{"true"}})
	require.NoError(t, err)
}

// inAnotherProcess runs the test that calls it once more, with other environment variables: testcontainers reads them
// once for the process. It answers what that process wrote to its standard error.
func inAnotherProcess(t *testing.T, vars ...string) (stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), vars...)
	var errOut strings.Builder
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	require.NoError(t, err, "%s%s", out, errOut.String())
	if strings.Contains(string(out), "--- SKIP") {
		t.Skip(string(out))
	}
	return errOut.String()
}

func TestNothingIsPrintedAndNoRyukIsStarted(t *testing.T) {
	const variable = "CROSSCHECK_TEST_SILENCE"
	if os.Getenv(variable) == "" {
		stderr := inAnotherProcess(t, variable+"=1", "TESTCONTAINERS_RYUK_DISABLED=false", "TESTCONTAINERS_PROVIDER=podman",
			"TESTCONTAINERS_SESSION_ID=not a valid one")
		require.Empty(t, stderr, "a banner")
		return
	}
	e, image := engine(t, "base")
	network, err := e.Network(t.Context(), "local", false)
	require.NoError(t, err)
	require.Equal(t, "crosscheck-"+e.Run()+"-local", network, "the network's name is ours to choose")
	c, err := e.Start(t.Context(), ContainerSpec{Name: "crosscheck-" + e.Run() + "-quiet", Image: image, Role: "local",
		Cmd: []string{"sleep", "300"}, Networks: []Attachment{{Network: network}}})
	require.NoError(t, err)
	require.Equal(t, "false", os.Getenv("TESTCONTAINERS_RYUK_DISABLED"), "the environment is as it was")
	require.True(t, testcontainers.ReadConfig().Config.RyukDisabled)
	state, err := e.cli.ContainerInspect(t.Context(), c.ID, client.ContainerInspectOptions{})
	require.NoError(t, err)
	require.NotContains(t, state.Container.Config.Labels, "org.testcontainers.reap", "no Ryuk may take it away")
	require.Equal(t, e.Run(), state.Container.Config.Labels[LabelRun], "it is swept by its label")
	session := state.Container.Config.Labels["org.testcontainers.sessionId"]
	require.NotEmpty(t, session)
	list, err := e.cli.ContainerList(t.Context(), client.ContainerListOptions{All: true,
		Filters: client.Filters{}.Add("label", "org.testcontainers.sessionId="+session)})
	require.NoError(t, err)
	require.Len(t, list.Items, 1, "no other container was started by testcontainers")
}

func TestRemoveDoesNotWait(t *testing.T) {
	e, image := engine(t, "base")
	c, err := e.Start(t.Context(), ContainerSpec{Name: "crosscheck-" + e.Run() + "-deaf", Image: image, Role: "local",
		Cmd: []string{"sh", "-c", `trap "" TERM; while true; do sleep 1; done`}})
	require.NoError(t, err)
	before := time.Now()
	require.NoError(t, c.Remove(t.Context()))
	require.Less(t, time.Since(before), 8*time.Second,
		"a container that is deaf to SIGTERM was given time to end by itself")
}

// An Engine without a network called bridge gets no network of testcontainers' own.
func TestNoNetworkIsMadeUnasked(t *testing.T) {
	e, _ := engine(t, "base", "balancer")
	answer, err := e.provider.Client().NetworkList(t.Context(), client.NetworkListOptions{})
	require.NoError(t, err)
	require.Len(t, answer.Items, 1)
	require.Equal(t, "bridge", answer.Items[0].Name)
}

// Two Engines of one process: the one that testcontainers met first is not taken for the second.
func TestEveryConnectionHasItsOwnEngine(t *testing.T) {
	_, image := engine(t, "base", "balancer")
	t.Setenv("DOCKER_HOST", forwardSocket(t))
	second, err := Connect(t.Context(), "test-"+strings.ToLower(rand.Text()[:8]), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, second.Close()) })
	require.Equal(t, os.Getenv("DOCKER_HOST"), second.provider.Client().DaemonHost())
	require.Equal(t, "DOCKER_HOST", second.Endpoint().Source)
	t.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
	_, err = Connect(t.Context(), "test", nil)
	require.Error(t, err, "the first Engine is not taken for a third that is dead")
	created, err := second.cli.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Config: &container.Config{Image: image, Cmd: []string{"true"}, Labels: second.labels("local")}})
	require.NoError(t, err)
	require.NoError(t, second.removeContainer(context.Background(), created.ID, "it"))
	_, err = second.cli.ContainerInspect(t.Context(), created.ID, client.ContainerInspectOptions{})
	require.True(t, errdefs.IsNotFound(err))
}

func TestAnEngineOfAContext(t *testing.T) {
	engine(t, "base", "balancer") // it must be there
	p := newPlace(t)
	socket := forwardSocket(t)
	p.context("other", `{"Name":"other","Endpoints":{"docker":{"Host":"`+socket+`"}}}`)
	p.write("home/.docker/config.json", `{"currentContext":"other"}`)
	t.Setenv("HOME", p.vars["HOME"])
	t.Setenv("DOCKER_HOST", "")
	e, err := Connect(t.Context(), "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	info, err := e.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, socket+` (current context "other")`, info.Endpoint.String())
	require.NotEmpty(t, info.Arch)
	require.True(t, e.Local())
}

// forwardSocket makes the local Engine's socket reachable by another one.
func forwardSocket(t *testing.T) (host string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "cc")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return forward(t, "unix", dir+"/docker.sock")
}

func tarOf(t *testing.T, files map[string]string) io.Reader {
	t.Helper()
	packed, err := pack(files)
	require.NoError(t, err)
	return packed
}

// A preflight that repairs asks for the Engine before it is there.
func TestAnEngineThatComesUpLater(t *testing.T) {
	const variable = "CROSSCHECK_TEST_LATER"
	if os.Getenv(variable) == "" {
		inAnotherProcess(t, variable+"=1")
		return
	}
	before := os.Getenv("DOCKER_HOST")
	t.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
	_, err := Connect(t.Context(), "test", nil)
	require.Error(t, err)
	t.Setenv("DOCKER_HOST", before)
	e, image := engine(t, "base", "balancer")
	_, err = e.Start(t.Context(), ContainerSpec{Name: "crosscheck-" + e.Run() + "-later", Image: image, Role: "local",
		Cmd: []string{"true"}})
	if err != nil { // the balancer's image has no such command
		require.ErrorContains(t, err, "executable file not found", "the first answer is kept for the process")
	}
}

func TestAContainerOfAPodSharesItsNetwork(t *testing.T) {
	e, image := engine(t, "base")
	network, err := e.Network(t.Context(), "pod", false)
	require.NoError(t, err)
	spec := ContainerSpec{Name: "crosscheck-" + e.Run() + "-pause", Image: image, Role: "local",
		Cmd:      []string{"sleep", "300"},
		Networks: []Attachment{{Network: network}}, Ports: []uint16{9200}}
	pause, err := e.Start(t.Context(), spec)
	require.NoError(t, err)
	ip, err := pause.IP(t.Context(), network)
	require.NoError(t, err)
	second, err := e.Start(t.Context(), ContainerSpec{Name: "crosscheck-" + e.Run() + "-second", Image: image,
		Role: "local",
		Pod:  Pod{NetworkOf: pause, Entrypoint: []string{"sleep", "300"}, User: "1000", Memory: 64 << 20, ReadOnly: true}})
	require.NoError(t, err)
	got, err := second.Exec(t.Context(), "", "cat", "/proc/net/fib_trie")
	require.NoError(t, err)
	require.Contains(t, got.Stdout, ip, "it has the address of the first container")
	got, err = second.Exec(t.Context(), "", "sh", "-c", "id -u; touch /x")
	require.NoError(t, err)
	require.Equal(t, "1000\n", got.Stdout)
	require.NotZero(t, got.ExitCode, "its root file system cannot be written")
}

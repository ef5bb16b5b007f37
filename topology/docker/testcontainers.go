package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"
)

// runtimeName is the name under which crosscheck registers with testcontainers.
const runtimeName = "crosscheck"

// ErrNoImage says that the Engine does not hold the image of a container. It is never pulled on the way.
var ErrNoImage = errors.New("the Docker Engine does not hold the image")

// newProvider makes a testcontainers provider that works through cli and nothing else.
func newProvider(cli *client.Client) (*testcontainers.DockerProvider, error) {
	if err := claimProcess(); err != nil {
		return nil, fmt.Errorf("prepare testcontainers: %w", err)
	}
	provider, err := testcontainers.NewDockerProvider(testcontainers.WithLogger(tclog.NewNoopLogger()))
	if err != nil {
		return nil, fmt.Errorf("prepare testcontainers: %w", err)
	}
	provider.SetClient(guarded{cli})
	return provider, nil
}

// claimProcess settles what testcontainers decides once for the whole process and reads from the environment: that it
// looks for no Engine, that it starts no Ryuk (crosscheck sweeps by its own labels), that it puts no prefix before
// image names when a container starts (crosscheck does so when it pulls), and that it prints nothing.
var claimProcess = sync.OnceValue(func() (err error) {
	host, stop, err := answerInfo()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := testcontainers.RegisterProvider(runtimeName,
		func() testcontainers.RuntimeProvider { return fixedRuntime(host) }); err != nil {
		return fmt.Errorf("%w; this process has used testcontainers before: connect crosscheck first", err)
	}
	settings := map[string]string{
		"TESTCONTAINERS_PROVIDER":              runtimeName,
		"TESTCONTAINERS_RYUK_DISABLED":         "true",
		"TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX": ".", // joined as a path: no prefix, whatever the user's file says
		"TESTCONTAINERS_SESSION_ID":            fmt.Sprintf("crosscheck-%d", os.Getpid()),
	}
	restore := setenv(settings)
	read := testcontainers.ReadConfig().Config // kept for the process
	restore()
	if !read.RyukDisabled || read.Provider != runtimeName || read.HubImageNamePrefix != "." {
		return errors.New("this process has read testcontainers' settings before: connect crosscheck first")
	}
	tclog.SetDefault(tclog.NewNoopLogger())
	_, err = testcontainers.NewDockerProvider() // it asks for the Engine's facts now, and never again
	return err
})

// setenv sets environment variables until restore is called.
func setenv(values map[string]string) (restore func()) {
	before := map[string]string{}
	for name, value := range values {
		if old, ok := os.LookupEnv(name); ok {
			before[name] = old
		}
		_ = os.Setenv(name, value)
	}
	return func() {
		for name := range values {
			if old, ok := before[name]; ok {
				_ = os.Setenv(name, old)
			} else {
				_ = os.Unsetenv(name)
			}
		}
	}
}

// fixedRuntime is the runtime at one address, so that testcontainers looks for none.
type fixedRuntime string

// Initialize answers the runtime's address.
func (host fixedRuntime) Initialize(context.Context) (testcontainers.RuntimeConfig, error) {
	return testcontainers.RuntimeConfig{DockerHost: string(host), DockerSocketPath: defaultSocket,
		PublishedHost: "127.0.0.1"}, nil
}

// answerInfo stands in for an Engine while testcontainers asks for its facts. testcontainers keeps the answer for the
// process and uses it for a banner alone; it can neither be given certificates nor a deadline for the question.
func answerInfo() (host string, stop func() error, err error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen on loopback: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter,
		_ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	})}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	return "tcp://" + listener.Addr().String(), func() error {
		defer serving.Wait()
		return server.Close()
	}, nil
}

// guarded is the client that testcontainers works through. It takes away what testcontainers would do unasked.
type guarded struct{ *client.Client }

// Close keeps the connections: testcontainers closes its client after every call.
func (guarded) Close() error { return nil }

// ImageInspect hides the ports that an image exposes, which testcontainers publishes on every address where a container
// asks for none. An image that is not there gives ErrNoImage instead of an error upon which testcontainers pulls.
func (g guarded) ImageInspect(ctx context.Context, ref string,
	opts ...client.ImageInspectOption) (client.ImageInspectResult, error) {
	got, err := g.Client.ImageInspect(ctx, ref, opts...)
	if errdefs.IsNotFound(err) {
		return got, fmt.Errorf("%w %s", ErrNoImage, ref)
	}
	if err != nil {
		return got, err
	}
	config := dockerspec.DockerOCIImageConfig{}
	if got.Config != nil {
		config = *got.Config
	}
	config.ExposedPorts = nil
	got.Config = &config
	return got, nil
}

// NetworkList answers the one network that testcontainers looks for. Where it finds no such network it would make one
// of its own, and join every container to that.
func (guarded) NetworkList(context.Context, client.NetworkListOptions) (client.NetworkListResult, error) {
	var bridge network.Summary
	bridge.Name = testcontainers.Bridge
	return client.NetworkListResult{Items: []network.Summary{bridge}}, nil
}

package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// File is one file that is put into a container before it starts.
type File struct {
	Path     string // absolute, inside the container
	Content  []byte
	Mode     int64
	UID, GID int
}

// Attachment joins a container to a network under DNS names.
type Attachment struct {
	Network string
	Aliases []string
}

// ContainerSpec describes a container. Ports are published on random ports of one address of the Engine's machine:
// loopback, unless the Engine is elsewhere.
type ContainerSpec struct {
	Name     string
	Image    string
	Role     string
	Keep     bool // leave it for a look: a later run's sweep passes over it
	Cmd      []string
	Env      []string
	Files    []File
	Networks []Attachment
	Ports    []uint16
	// Volumes are folders whose content a later container can take over. They begin as they are in the image, and go with
	// the last container that has them.
	Volumes     []string
	VolumesFrom *Container // the container that this one takes the volumes of
	// OpenFiles is how many files its processes may open; 0 is the Engine's own limit. See ErrFileLimit.
	OpenFiles int64
	Pod       Pod
}

// ErrFileLimit says that the Engine is not allowed as many open files as a container asks for.
var ErrFileLimit = errors.New("the Docker Engine's own limit on open files is lower")

// Container is one that this run made.
type Container struct {
	engine *Engine
	made   testcontainers.Container
	ID     string
	Name   string
}

// Start creates a container, puts its files in place, joins its networks and starts it. What was created is removed
// when a later part goes wrong. The image must be there: without it the error is ErrNoImage.
func (e *Engine) Start(ctx context.Context, spec ContainerSpec) (_ *Container, err error) {
	c := &Container{engine: e, Name: spec.Name}
	request, err := e.request(spec, c.prepare(spec))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil && c.ID != "" {
			cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
			defer cancel()
			err = errors.Join(err, c.Remove(cleanup))
		}
	}()
	if c.made, err = e.provider.CreateContainer(ctx, request); err != nil {
		return nil, fmt.Errorf("create container %s: %w", spec.Name, err)
	}
	if err := c.made.Start(ctx); err != nil {
		return nil, e.startError(spec, err)
	}
	return c, nil
}

// prepare is what is done to a container between its creation and its start. testcontainers could join networks and
// copy files too, but passes over a network that does not exist, leaves the container behind when a further network
// cannot be joined, and copies files without their owners and times.
func (c *Container) prepare(spec ContainerSpec) testcontainers.ContainerHook {
	return func(ctx context.Context, made testcontainers.Container) error {
		c.ID = made.GetContainerID()
		for _, n := range spec.Networks[min(1, len(spec.Networks)):] {
			if _, err := c.engine.cli.NetworkConnect(ctx, n.Network, client.NetworkConnectOptions{
				Container: c.ID, EndpointConfig: &network.EndpointSettings{Aliases: n.Aliases},
			}); err != nil {
				return namedIPv6(fmt.Errorf("join network %s: %w", n.Network, err))
			}
		}
		return c.Put(ctx, spec.Files...)
	}
}

// startError names the reasons of a failed start that callers or users can do something about.
func (e *Engine) startError(spec ContainerSpec, err error) error {
	if strings.Contains(err.Error(), "cannot assign requested address") {
		return fmt.Errorf("start container %s: %s is no address of the Engine's machine; set %s to one: %w",
			spec.Name, e.reach.bind, PublishVariable, err)
	}
	if spec.OpenFiles > 0 && strings.Contains(err.Error(), "rlimit") {
		err = fmt.Errorf("%w than %d: %w", ErrFileLimit, spec.OpenFiles, err)
	}
	return namedIPv6(fmt.Errorf("start container %s: %w", spec.Name, err))
}

// request is spec as testcontainers takes it.
func (e *Engine) request(
	spec ContainerSpec, created testcontainers.ContainerHook,
) (request testcontainers.ContainerRequest, err error) {
	published, ports := network.PortMap{}, []string{}
	for _, p := range spec.Ports {
		port, ok := network.PortFrom(p, network.TCP)
		if !ok {
			return request, fmt.Errorf("publish port %d of %s: not a port", p, spec.Name)
		}
		ports = append(ports, port.String())
		published[port] = []network.PortBinding{{HostIP: e.reach.bind}}
	}
	labels := e.labels(spec.Role)
	if spec.Keep {
		labels[LabelKeep] = "true"
	}
	volumes := map[string]struct{}{}
	for _, v := range spec.Volumes {
		volumes[v] = struct{}{}
	}
	request = testcontainers.ContainerRequest{
		Name: spec.Name, Image: spec.Image, Cmd: spec.Cmd, Entrypoint: spec.Pod.Entrypoint, Labels: labels,
		ExposedPorts: ports,
		ConfigModifier: func(config *container.Config) {
			config.Env, config.Volumes = spec.Env, volumes
			spec.Pod.configure(config)
		},
		HostConfigModifier: func(host *container.HostConfig) {
			host.PortBindings = published
			if spec.VolumesFrom != nil {
				host.VolumesFrom = []string{spec.VolumesFrom.ID}
			}
			if spec.OpenFiles > 0 {
				host.Ulimits = []*container.Ulimit{{Name: "nofile", Soft: spec.OpenFiles, Hard: spec.OpenFiles}}
			}
			spec.Pod.configureHost(host)
		},
		LifecycleHooks: []testcontainers.ContainerLifecycleHooks{{PostCreates: []testcontainers.ContainerHook{created}}},
	}
	if len(spec.Networks) > 0 && spec.Pod.NetworkOf == nil {
		first := spec.Networks[0]
		request.Networks = []string{first.Network}
		// testcontainers leaves a network out that it does not find; named here, it is an error of the Engine's.
		request.EndpointSettingsModifier = func(settings map[string]*network.EndpointSettings) {
			settings[first.Network] = &network.EndpointSettings{Aliases: first.Aliases}
		}
	}
	return request, nil
}

// Put writes files into the container, started or not.
func (c *Container) Put(ctx context.Context, files ...File) error {
	if len(files) == 0 {
		return nil
	}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, f := range files {
		// PAX keeps fractions of a second: who watches a file for changes must see two within one.
		h := &tar.Header{Name: path.Clean(f.Path)[1:], Mode: f.Mode, Size: int64(len(f.Content)), Uid: f.UID, Gid: f.GID,
			ModTime: time.Now(), Format: tar.FormatPAX}
		if err := w.WriteHeader(h); err != nil {
			return fmt.Errorf("pack %s for container %s: %w", f.Path, c.Name, err)
		}
		if _, err := w.Write(f.Content); err != nil {
			return fmt.Errorf("pack %s for container %s: %w", f.Path, c.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("pack files for container %s: %w", c.Name, err)
	}
	_, err := c.engine.cli.CopyToContainer(ctx, c.ID, client.CopyToContainerOptions{DestinationPath: "/", Content: &buf})
	if err != nil {
		return fmt.Errorf("copy files into container %s: %w", c.Name, err)
	}
	return nil
}

// Address is where this process finds the port that the Engine published, as host:port. It changes when the container
// is started anew.
func (c *Container) Address(ctx context.Context, port uint16) (string, error) {
	state, err := c.engine.cli.ContainerInspect(ctx, c.ID, client.ContainerInspectOptions{})
	if err != nil {
		return "", fmt.Errorf("inspect container %s: %w", c.Name, err)
	}
	want, _ := network.PortFrom(port, network.TCP)
	if ns := state.Container.NetworkSettings; ns != nil {
		for _, b := range ns.Ports[want] {
			if b.HostIP == c.engine.reach.bind {
				return net.JoinHostPort(c.engine.reach.host, b.HostPort), nil
			}
		}
	}
	return "", fmt.Errorf("container %s publishes no port %d: %s", c.Name, port, describe(state.Container.State))
}

// IP is the container's address on a network.
func (c *Container) IP(ctx context.Context, networkName string) (string, error) {
	state, err := c.engine.cli.ContainerInspect(ctx, c.ID, client.ContainerInspectOptions{})
	if err != nil {
		return "", fmt.Errorf("inspect container %s: %w", c.Name, err)
	}
	if ns := state.Container.NetworkSettings; ns != nil {
		if ep, ok := ns.Networks[networkName]; ok && ep.IPAddress.IsValid() {
			return ep.IPAddress.String(), nil
		}
	}
	return "", fmt.Errorf("container %s has no address on network %s", c.Name, networkName)
}

// State says in a few words how the container is: "running", or "exited with code 137 (out of memory)".
func (c *Container) State(ctx context.Context) (State, error) {
	state, err := c.engine.cli.ContainerInspect(ctx, c.ID, client.ContainerInspectOptions{})
	if errdefs.IsNotFound(err) {
		return State{Text: "gone"}, nil
	}
	if err != nil {
		return State{}, fmt.Errorf("inspect container %s: %w", c.Name, err)
	}
	s := state.Container.State
	if s == nil {
		return State{Text: describe(s)}, nil
	}
	return State{Running: s.Running, Code: s.ExitCode, Text: describe(s)}, nil
}

// State is how a container, or another process, is.
type State struct {
	Running bool
	Code    int    // the exit code of one that has ended; 0 where it runs, or where nobody knows
	Text    string // the same in a few words
}

// EndedByItself reports whether it is known to have ended with an error, and not because somebody killed it: neither
// the kernel for want of memory (128 + SIGKILL) nor anybody who had it stop (128 + SIGTERM).
func (s State) EndedByItself() bool {
	return !s.Running && s.Code != 0 && s.Code != 137 && s.Code != 143
}

func describe(s *container.State) string {
	switch {
	case s == nil:
		return "in an unknown state"
	case s.Running:
		return "running"
	case s.OOMKilled:
		return fmt.Sprintf("exited with code %d (out of memory)", s.ExitCode)
	default:
		return fmt.Sprintf("%s with code %d %s", s.Status, s.ExitCode, s.Error)
	}
}

// ExecResult is what a command inside a container wrote and how it ended.
type ExecResult struct {
	Stdout, Stderr string
	ExitCode       int
}

// Exec runs a command inside the container with stdin, to its end.
func (c *Container) Exec(ctx context.Context, stdin string, cmd ...string) (ExecResult, error) {
	made, err := c.engine.cli.ExecCreate(ctx, c.ID, client.ExecCreateOptions{AttachStdin: true, AttachStdout: true,
		AttachStderr: true, Cmd: cmd})
	if err != nil {
		return ExecResult{}, fmt.Errorf("run %s in container %s: %w", cmd[0], c.Name, err)
	}
	conn, err := c.engine.cli.ExecAttach(ctx, made.ID, client.ExecAttachOptions{})
	if err != nil {
		return ExecResult{}, fmt.Errorf("run %s in container %s: %w", cmd[0], c.Name, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if _, err := io.WriteString(conn.Conn, stdin); err != nil {
		return ExecResult{}, fmt.Errorf("write to %s in container %s: %w", cmd[0], c.Name, err)
	}
	if err := conn.CloseWrite(); err != nil {
		return ExecResult{}, fmt.Errorf("write to %s in container %s: %w", cmd[0], c.Name, err)
	}
	var out, errOut bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, &errOut, conn.Reader); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return ExecResult{}, fmt.Errorf("read from %s in container %s: %w", cmd[0], c.Name, err)
	}
	state, err := c.engine.cli.ExecInspect(ctx, made.ID, client.ExecInspectOptions{})
	if err != nil {
		return ExecResult{}, fmt.Errorf("ask how %s in container %s ended: %w", cmd[0], c.Name, err)
	}
	return ExecResult{Stdout: out.String(), Stderr: errOut.String(), ExitCode: state.ExitCode}, nil
}

// Logs is what the container wrote since a time of this machine's clock (zero: since its start), both streams together.
func (c *Container) Logs(ctx context.Context, since time.Time) (string, error) {
	return c.logs(ctx, since, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true})
}

// StampedLogs is the same with the Engine's time and a space in front of each line.
func (c *Container) StampedLogs(ctx context.Context, since time.Time) (string, error) {
	return c.logs(ctx, since, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true})
}

func (c *Container) logs(ctx context.Context, since time.Time, opts client.ContainerLogsOptions) (string, error) {
	if !since.IsZero() {
		since = since.Add(c.engine.ahead)
		opts.Since = fmt.Sprintf("%d.%09d", since.Unix(), since.Nanosecond())
	}
	r, err := c.engine.cli.ContainerLogs(ctx, c.ID, opts)
	if err != nil {
		return "", fmt.Errorf("read the log of container %s: %w", c.Name, err)
	}
	defer r.Close()
	var buf bytes.Buffer
	if _, err := stdcopy.StdCopy(&buf, &buf, r); err != nil {
		return "", fmt.Errorf("read the log of container %s: %w", c.Name, err)
	}
	return buf.String(), nil
}

// Stop ends the container with SIGTERM, and with SIGKILL after the grace (whole seconds).
func (c *Container) Stop(ctx context.Context, grace time.Duration) error {
	if err := c.made.Stop(ctx, &grace); err != nil {
		return fmt.Errorf("stop container %s: %w", c.Name, err)
	}
	return nil
}

// Restart starts a stopped container on the same file system. Its published ports change.
func (c *Container) Restart(ctx context.Context) error {
	if err := c.made.Start(ctx); err != nil {
		return fmt.Errorf("start container %s again: %w", c.Name, err)
	}
	return nil
}

// Remove kills and removes the container and its anonymous volumes. One that is already gone is no error. It is not
// testcontainers' Terminate, which gives a container ten seconds to end by itself.
func (c *Container) Remove(ctx context.Context) error {
	return c.engine.removeContainer(ctx, c.ID, c.Name)
}

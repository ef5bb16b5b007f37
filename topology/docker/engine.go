// Package docker is the only place that knows the Docker Engine: images, containers, networks, labels and their cleanup.
package docker

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// Labels on everything that crosscheck creates, so that a sweep finds it whatever became of the process that made it.
const (
	LabelRun   = "dev.crosscheck.run"   // the run's id
	LabelOwner = "dev.crosscheck.owner" // host/pid of the process that owns the run
	LabelRole  = "dev.crosscheck.role"  // what the object is: local, remote, balancer, network, base, elasticsearch
	LabelKeep  = "dev.crosscheck.keep"  // set where the user asked to keep the topology
)

// Engine is one connection to a Docker Engine, on behalf of one run.
type Engine struct {
	cli *client.Client
	run string
	log *slog.Logger

	reach reach
	ahead time.Duration // of this machine's clock is the Engine's
}

// UnreachableError says that no Docker Engine answered. It is the machine's fault, never the product's.
type UnreachableError struct {
	Host string
	Err  error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("no Docker Engine answers at %s (%v); start it, or set DOCKER_HOST, or run `make conformance` as root on Debian or Ubuntu", e.Host, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// Connect opens the Engine that DOCKER_HOST (or its default) names and pings it within five seconds.
func Connect(ctx context.Context, run string, log *slog.Logger) (*Engine, error) {
	cli, err := client.New(client.FromEnv)
	if err != nil {
		return nil, &UnreachableError{Host: "DOCKER_HOST", Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := cli.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		_ = cli.Close()
		return nil, &UnreachableError{Host: cli.DaemonHost(), Err: err}
	}
	e := &Engine{cli: cli, run: run, log: log}
	if e.reach, err = reachOf(ctx, cli.DaemonHost(), os.Getenv(PublishVariable)); err == nil && !e.Local() {
		e.ahead, err = e.clock(ctx)
	}
	if err != nil {
		_ = cli.Close()
		return nil, err
	}
	return e, nil
}

// clock asks how far the Engine's clock is ahead of this machine's. Logs are read by the Engine's.
func (e *Engine) clock(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	info, err := e.cli.Info(ctx, client.InfoOptions{})
	if err != nil {
		return 0, fmt.Errorf("ask the Docker Engine for its time: %w", err)
	}
	took := time.Since(begin)
	there, err := time.Parse(time.RFC3339Nano, info.Info.SystemTime)
	if err != nil {
		return 0, fmt.Errorf("read the Docker Engine's time: %w", err)
	}
	return there.Sub(begin.Add(took / 2)), nil
}

// Close drops the connection; it removes nothing.
func (e *Engine) Close() error { return e.cli.Close() }

// Run is the id of the run that this connection labels its objects with.
func (e *Engine) Run() string { return e.run }

// Info is what the Engine says of itself and its machine.
type Info struct {
	Version    string
	APIVersion string
	CPUs       int
	Memory     int64 // bytes
	RootDir    string
	Arch       string // of its machine, as Go names it: amd64, arm64
	Host       string // where the Engine is reached
}

// Info asks the Engine about itself.
func (e *Engine) Info(ctx context.Context) (Info, error) {
	info, err := e.cli.Info(ctx, client.InfoOptions{})
	if err != nil {
		return Info{}, fmt.Errorf("ask the Docker Engine about itself: %w", err)
	}
	return Info{
		Version: info.Info.ServerVersion, APIVersion: e.cli.ClientVersion(),
		CPUs: info.Info.NCPU, Memory: info.Info.MemTotal, RootDir: info.Info.DockerRootDir, Arch: goArch(info.Info.Architecture),
		Host: e.cli.DaemonHost(),
	}, nil
}

// goArch is Go's name of an architecture that the kernel names.
func goArch(kernel string) string {
	switch kernel {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	default:
		return kernel
	}
}

// Local reports whether the Engine is reached by a socket of this machine.
func (e *Engine) Local() bool { return strings.HasPrefix(e.cli.DaemonHost(), "unix:") }

// Exposed is the address on which containers' ports are published where others than this machine may reach it, and empty
// where it is loopback.
func (e *Engine) Exposed() string {
	if e.reach.bind.IsLoopback() {
		return ""
	}
	return e.reach.bind.String()
}

func (e *Engine) labels(role string) map[string]string {
	return map[string]string{LabelRun: e.run, LabelOwner: Owner(), LabelRole: role}
}

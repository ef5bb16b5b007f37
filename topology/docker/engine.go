// Package docker is the only place that knows the Docker Engine: images, containers, networks, labels and their
// cleanup.
package docker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
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
	cli      *client.Client
	provider *testcontainers.DockerProvider // works through cli
	endpoint Endpoint
	prefix   string // of official images, in a mirror
	run      string
	log      *slog.Logger

	reach reach
	ahead time.Duration // of this machine's clock is the Engine's
}

// UnreachableError says that the Docker Engine did not answer. It is the machine's fault, never the product's.
type UnreachableError struct {
	Endpoint Endpoint
	Err      error
}

func (e *UnreachableError) Error() string {
	remedy := "start it, or " + e.Endpoint.Change
	if e.Endpoint.IsDefault() {
		remedy += ", or run `make conformance` as root on Debian or Ubuntu"
	}
	return fmt.Sprintf("no Docker Engine answers at %s: %v; %s", e.Endpoint, e.Err, remedy)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// pingLimit is how long an Engine may take for its first answer.
const pingLimit = 5 * time.Second

// Connect opens the Engine that Find decides on and pings it. An Engine that does not answer gives *UnreachableError, a
// setting that cannot be used *SettingError.
func Connect(ctx context.Context, run string, log *slog.Logger) (*Engine, error) {
	env := ThisEnvironment()
	endpoint, err := Find(env)
	if err != nil {
		return nil, err
	}
	e := &Engine{endpoint: endpoint, run: run, log: log}
	if e.prefix, err = imagePrefix(env); err != nil {
		return nil, err
	}
	if e.cli, err = endpoint.connect(); err != nil {
		return nil, &UnreachableError{Endpoint: endpoint, Err: err}
	}
	if err := e.open(ctx, env); err != nil {
		_ = e.Close()
		return nil, err
	}
	return e, nil
}

// open asks the Engine for what a connection has to know.
func (e *Engine) open(ctx context.Context, env Environment) (err error) {
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	if _, err := e.cli.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return &UnreachableError{Endpoint: e.endpoint, Err: networkCause(err)}
	}
	e.reach, err = reachOf(ctx, e.endpoint.Host, env.Getenv(PublishVariable), env.Getenv(HostVariable))
	if err == nil && !e.Local() {
		e.ahead, err = e.clock(ctx)
	}
	if err != nil {
		return err
	}
	// Only now that an Engine answers: what testcontainers once learned it keeps for the process.
	e.provider, err = newProvider(e.cli)
	return err
}

// networkCause is the error of the connection below err, which the client surrounds with the address and advice; err
// itself where there is none.
func networkCause(err error) error {
	var cause *net.OpError
	if errors.As(err, &cause) {
		return cause
	}
	return err
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

// Endpoint is where the Engine is reached, and why this one.
func (e *Engine) Endpoint() Endpoint { return e.endpoint }

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
	Arch       string   // of its machine, as Go names it: amd64, arm64
	Endpoint   Endpoint // where the Engine is reached, and why this one
}

// Info asks the Engine about itself.
func (e *Engine) Info(ctx context.Context) (Info, error) {
	info, err := e.cli.Info(ctx, client.InfoOptions{})
	if err != nil {
		return Info{}, fmt.Errorf("ask the Docker Engine about itself: %w", err)
	}
	return Info{
		Version: info.Info.ServerVersion, APIVersion: e.cli.ClientVersion(),
		CPUs: info.Info.NCPU, Memory: info.Info.MemTotal, RootDir: info.Info.DockerRootDir,
		Arch:     goArch(info.Info.Architecture),
		Endpoint: e.endpoint,
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
func (e *Engine) Local() bool { return isSocket(e.endpoint.Host) }

// Exposed is the address on which containers' ports are published where others than this machine may reach it, and
// empty where it is loopback.
func (e *Engine) Exposed() string {
	if e.reach.bind.IsLoopback() {
		return ""
	}
	return e.reach.bind.String()
}

func (e *Engine) labels(role string) map[string]string {
	return map[string]string{LabelRun: e.run, LabelOwner: Owner(), LabelRole: role}
}

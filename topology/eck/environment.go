// Package eck has the real operator of Elastic Cloud on Kubernetes (ECK) run Elasticsearch for scenarios: in a
// Kubernetes of crosscheck's own on this machine (package own), or in a Kubernetes cluster of the user's (package
// guest). Config, certificates, services and Secrets come from the operator; crosscheck makes none of them itself.
package eck

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck/build"
	"github.com/crosscheck-dev/crosscheck/topology/eck/guest"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/eck/own"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// Options of an environment.
type Options struct {
	// Installed is the user's cluster to run on. nil: a Kubernetes of crosscheck's own. Engine and Images are for that
	// only.
	Installed *Installed

	Run     string // id of the run
	Builder *build.Builder
	Engine  *docker.Engine
	Lab     *lab.Lab
	Images  lab.Images
	Secrets topology.Secrets
	Trial   bool // start the trial of ECK's enterprise features: the owner has accepted its license agreement
	Keep    bool // leave what was started, for a look
	// MaxNodes is how many nodes may run at once, each an Elasticsearch of its own; 0: any number. A scenario uses up to
	// four.
	MaxNodes int
	Log      *slog.Logger
}

// Environment is a Kubernetes with ECK, and a folder for what its users write. One scenario at a time uses it, see
// Provider.
type Environment struct {
	options  Options
	dir      string
	unlock   func()
	home     string        // $HOME of the administrators' commands
	keepDir  bool          // the folder stays after Close
	shutdown time.Duration // how long Close may take

	on      kubernetes // nil until it has started
	own     *own.Kubernetes
	kube    *kube.Client
	install func(ctx context.Context, role, operator string) (substrate, error)
	sides   map[string]*Side // by namespace

	resources []resource // what was applied, the longest unused first
}

// Start starts a Kubernetes, or prepares the use of the user's. Close must be called, also after an error.
func Start(ctx context.Context, o Options) (*Environment, error) {
	e := &Environment{options: o, sides: map[string]*Side{}, shutdown: o.Lab.Timeouts().Shutdown}
	var err error
	if e.dir, e.unlock, err = workDir(o.Run); err != nil {
		return e, err
	}
	if err := os.Mkdir(e.workFolder(), 0o755); err != nil {
		return e, fmt.Errorf("make the administrators' folder: %w", err)
	}
	if o.Installed != nil {
		err = e.startGuest()
	} else {
		err = e.startOwn(ctx)
	}
	return e, err
}

// startOwn starts a Kubernetes of crosscheck's own.
func (e *Environment) startOwn(ctx context.Context) error {
	o := e.options
	program, err := o.Builder.ControlPlane()
	if err != nil {
		return err
	}
	e.home, e.keepDir = e.workFolder(), o.Keep
	k, err := own.Start(ctx, own.Options{Dir: e.dir, Run: o.Run, Builder: o.Builder, Engine: o.Engine, Lab: o.Lab,
		Images: o.Images, Secrets: o.Secrets, Trial: o.Trial, Keep: o.Keep, Log: o.Log})
	e.on, e.own, e.kube = k, k, k.Kube()
	e.install = func(ctx context.Context, role, operator string) (substrate, error) {
		return k.Install(ctx, role, operator)
	}
	if err != nil {
		return err
	}
	return e.installKubectl(program.Program)
}

// startGuest prepares the use of the user's cluster. Namespaces come with the first scenario that uses a side.
func (e *Environment) startGuest() error {
	o := e.options
	e.home = os.Getenv("HOME") // whatever signs in to the user's cluster may keep its own things there
	e.shutdown = o.Lab.Timeouts().NamespaceRemoval
	k, err := guest.Start(guest.Options{Dir: e.dir, Run: o.Run, Installed: o.Installed, Lab: o.Lab,
		Secrets: o.Secrets, Keep: o.Keep, Log: o.Log})
	if err != nil {
		return err
	}
	e.on, e.kube = k, k.Kube()
	e.install = func(ctx context.Context, role, operator string) (substrate, error) {
		return k.Install(ctx, role, operator)
	}
	if _, err := exec.LookPath("kubectl"); err == nil {
		return nil
	}
	program, err := o.Builder.ControlPlane()
	if err != nil {
		return err
	}
	return e.installKubectl(program.Program)
}

// workFolder is where the administrators of both sides run their commands.
func (e *Environment) workFolder() string { return filepath.Join(e.dir, "work") }

func (e *Environment) kubectlPath() string { return filepath.Join(e.dir, "bin", "kubectl") }

// installKubectl puts the kubectl of the control plane's program where the documents' commands find it.
func (e *Environment) installKubectl(program string) error {
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' kubectl \"$@\"\n", strings.ReplaceAll(program, "'", `'\''`))
	err := errors.Join(
		os.MkdirAll(filepath.Dir(e.kubectlPath()), 0o755),
		os.WriteFile(e.kubectlPath(), []byte(script), 0o755))
	if err != nil {
		return fmt.Errorf("prepare kubectl: %w", err)
	}
	return nil
}

// Kubectl is an error where the documents' commands would find no kubectl: neither installed nor in the cache.
func Kubectl(b *build.Builder) error {
	if _, err := exec.LookPath("kubectl"); err == nil {
		return nil
	}
	if _, err := b.ControlPlane(); err != nil {
		remedy := "install it, or run `crosscheck eck build`, which brings one"
		if runtime.GOOS != "linux" {
			remedy = "install it"
		}
		return errors.New("there is no kubectl here, which the guide's commands take; " + remedy)
	}
	return nil
}

// Side is the ECK of a role. The first call for a role and a version of the operator installs it. An empty version is
// the default operator's, or the one of the user's cluster.
func (e *Environment) Side(ctx context.Context, role, operator string) (*Side, error) {
	on, err := e.install(ctx, role, operator)
	if err != nil {
		return nil, err
	}
	in := on.Describe()
	if known, ok := e.sides[in.Namespace]; ok {
		return known, nil
	}
	s := &Side{Role: in.Role, Operator: in.Operator, Namespace: in.Namespace, Kubeconfig: in.Kubeconfig,
		env: e, on: on, nodes: map[types.UID]node{}, keys: map[keyID]elastic.Key{}}
	e.sides[in.Namespace] = s
	return s, nil
}

// Opened is a Kubernetes of crosscheck's own that stands open for people.
type Opened = own.Opened

// Open opens an environment of crosscheck's own that was asked for no side. An empty version is the default operator's.
// Close must be called, before the environment's, also after an error.
func (e *Environment) Open(ctx context.Context, operator string) (*Opened, error) {
	opened, err := e.own.Open(ctx, operator)
	opened.Kubectl = e.kubectlPath()
	return opened, err
}

// Authority is the named certificate authority of the run.
func (e *Environment) Authority(name string) (*pki.Authority, error) {
	return e.options.Lab.Authority(name)
}

// Close ends everything that was started, and removes it unless it is to be kept. It works after ctx has ended.
func (e *Environment) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.shutdown)
	defer cancel()
	var left error
	if e.on != nil {
		left = e.on.Close(ctx)
	}
	if e.unlock == nil {
		return left
	}
	defer e.unlock()
	if e.keepDir {
		return left
	}
	if err := os.RemoveAll(e.dir); err != nil {
		return errors.Join(left, fmt.Errorf("remove the folder of the ECK environment: %w", err))
	}
	return left
}

// Package eck stands up Elasticsearch with the real operator of Elastic Cloud on Kubernetes: in a Kubernetes environment of
// its own on this machine, whose pods are Docker containers, or, for its checks, in the cluster of a kubeconfig. Config,
// certificates, services and Secrets come from the operator; nothing of it is done again here.
package eck

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck/build"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Options of an environment.
type Options struct {
	// Installed is the user's cluster to use instead of an environment of crosscheck's own. Engine and Images are not used then.
	Installed *Installed

	Run     string // id
	Builder *build.Builder
	Engine  *docker.Engine
	Lab     *lab.Lab
	Images  lab.Images
	Secrets topology.Secrets
	Trial   bool // start the trial of ECK's enterprise features: the owner has accepted its license agreement
	Keep    bool
	// MaxNodes is how many nodes may run at once, each an Elasticsearch of its own; 0: any number. A scenario uses up to four.
	MaxNodes int
	Log      *slog.Logger
}

// Environment is a Kubernetes with ECK. One scenario at a time uses it, see Provider.
type Environment struct {
	options Options
	dir     string
	unlock  func()
	control *controlPlane
	kube    *kube
	kubelet *kubelet
	guest   *guest // nil in an environment of crosscheck's own
	stop    context.CancelFunc
	stopped chan struct{} // closed when the kubelet has returned
	crds    string        // the operator version whose definitions are installed
	sides   map[string]*Side

	resources []resource // what was applied, the longest unused first
}

// Side is one ECK installation: a namespace with an operator of its own.
type Side struct {
	Role       string // topology.Local or topology.Remote
	Operator   string // version
	Namespace  string
	Kubeconfig string // path; its commands work in the namespace

	env       *Environment
	operator  *process
	clusters  map[types.UID]*lab.Cluster // by the pod's
	balancers map[string]*balancer       // by the name of the Elasticsearch
	keys      map[keyID]elastic.Key
}

// Start stands up the control plane and the kubelet, unless there is a cluster of the user's. Close must be called, also
// after an error.
func Start(ctx context.Context, o Options) (*Environment, error) {
	if o.Installed != nil {
		return startGuest(ctx, o)
	}
	e := &Environment{options: o, sides: map[string]*Side{}}
	if err := OwnEnvironment(); err != nil {
		return e, err
	}
	program, err := o.Builder.ControlPlane()
	if err != nil {
		return e, err
	}
	if e.dir, e.unlock, err = workDir(o.Run); err != nil {
		return e, err
	}
	limit := o.Lab.Timeouts().ClusterStart
	o.Log.Debug("eck", "control plane", program.Version, "folder", e.dir)
	if e.control, err = startControlPlane(ctx, e.dir, program.Program, o.Secrets, limit); err != nil {
		return e, err
	}
	if e.kube, err = newKube(e.control.config); err != nil {
		return e, err
	}
	e.kubelet = &kubelet{kube: e.kube, engine: o.Engine, dir: filepath.Join(e.dir, "pods"), keep: o.Keep, log: o.Log,
		images: e.image, start: o.Lab.StartNode, networks: map[string]string{}, pods: map[types.UID]*pod{}, trouble: map[string]error{}, mounts: map[string]mountable{}}
	// It outlives the scenario that it is started for; Close ends it.
	kubeletCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	port, err := e.kubelet.serveLogs(kubeletCtx, e.control)
	if err == nil {
		err = e.kubelet.register(ctx, port)
	}
	e.stop, e.stopped = stop, make(chan struct{})
	go func() {
		defer close(e.stopped)
		e.kubelet.run(kubeletCtx)
	}()
	if err != nil {
		return e, err
	}
	if err := e.kubectl(program.Program); err != nil {
		return e, err
	}
	return e, nil
}

// image is the one that runs instead of what the operator asks for: the same as everywhere in the run.
func (e *Environment) image(ctx context.Context, version string) (string, error) {
	img, err := e.options.Images.Resolve(ctx, version)
	return img.Ref, err
}

// kubectl puts the real client where commands of the documents find it.
func (e *Environment) kubectl(program string) error {
	bin := filepath.Dir(e.kubectlPath())
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' kubectl \"$@\"\n", strings.ReplaceAll(program, "'", `'\''`))
	if err := errors.Join(os.MkdirAll(bin, 0o755), os.WriteFile(e.kubectlPath(), []byte(script), 0o755), os.MkdirAll(filepath.Join(e.dir, "work"), 0o755)); err != nil {
		return fmt.Errorf("prepare kubectl: %w", err)
	}
	return nil
}

func (e *Environment) kubectlPath() string { return filepath.Join(e.dir, "bin", "kubectl") }

// startOperator starts an operator as crosscheck uses them all: without what a namespace of its own would be needed for.
func (e *Environment) startOperator(program, name, kubeconfig string, args ...string) (*process, error) {
	return startProcess(e.dir, name, []string{"KUBECONFIG=" + kubeconfig}, program, append([]string{"manager",
		"--enable-webhook=false", "--enable-leader-election=false", "--metrics-port=0", "--disable-telemetry",
		"--set-default-security-context=false", "--validate-storage-class=false"}, args...)...)
}

// Side is the installation of that role, started when it is asked for first. An empty version is the default operator's.
func (e *Environment) Side(ctx context.Context, role, operator string) (*Side, error) {
	if e.guest != nil {
		return e.guest.side(ctx, e, role, operator)
	}
	product, err := e.options.Builder.Operator(operator)
	if err != nil {
		return nil, err
	}
	name := role
	if operator != "" {
		name += "-eck-" + strings.ReplaceAll(product.Version, ".", "-")
	}
	if s, ok := e.sides[name]; ok {
		return s, s.operator.alive()
	}
	run := e.options.Run
	s := &Side{Role: role, Operator: product.Version, Namespace: name + "-" + run[strings.LastIndexByte(run, '-')+1:], env: e,
		clusters: map[types.UID]*lab.Cluster{}, balancers: map[string]*balancer{}, keys: map[keyID]elastic.Key{}}
	if err := e.installCRDs(ctx, ""); err != nil {
		return nil, err
	}
	system := s.Namespace + "-system"
	for _, namespace := range []string{s.Namespace, system} {
		o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace}}}
		if err := e.kube.apply(ctx, o); err != nil {
			return nil, fmt.Errorf("make namespace %s: %w", namespace, err)
		}
	}
	if s.Kubeconfig, err = e.control.kubeconfig(s.Namespace, s.Namespace); err != nil {
		return nil, err
	}
	if e.options.Trial {
		if err := e.trial(ctx, system); err != nil {
			return nil, err
		}
	}
	s.operator, err = e.startOperator(product.Program, "operator-"+s.Namespace, s.Kubeconfig, "--namespaces", s.Namespace, "--operator-namespace", system)
	if err != nil {
		return nil, err
	}
	e.sides[name] = s
	e.kubelet.serve(s.Namespace, e.options.Lab.Network(role))
	return s, nil
}

// installCRDs installs the definitions of an operator, of the default one where sides are made: one API server has one set of
// them, also for an older operator beside it.
func (e *Environment) installCRDs(ctx context.Context, operator string) error {
	if e.crds != "" {
		return nil
	}
	product, err := e.options.Builder.Operator(operator)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(product.CRDs)
	if err != nil {
		return fmt.Errorf("read the definitions of operator %s: %w", product.Version, err)
	}
	objects, err := decodeAll(data)
	if err != nil {
		return fmt.Errorf("read the definitions of operator %s: %w", product.Version, err)
	}
	for _, o := range objects {
		labels := o.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels[versionLabel] = product.Version // as in the files that ECK publishes to install it
		o.SetLabels(labels)
		if err := e.kube.apply(ctx, o); err != nil {
			return fmt.Errorf("install %s: %w", o.GetName(), err)
		}
	}
	err = await.Until(ctx, "the API server serves Elasticsearch resources", e.options.Lab.Timeouts().Request, func(ctx context.Context) error {
		_, err := e.kube.client.Resource(elasticsearch).List(ctx, metav1.ListOptions{Limit: 1})
		return err
	})
	if err == nil {
		e.crds = product.Version
	}
	return err
}

// trial is what the documents of ECK apply to start the trial of its enterprise features.
func (e *Environment) trial(ctx context.Context, system string) error {
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{
		"name": "eck-trial-license", "namespace": system,
		"labels":      map[string]any{"license.k8s.elastic.co/type": "enterprise_trial"},
		"annotations": map[string]any{"elastic.co/eula": "accepted"},
	}}}
	if err := e.kube.apply(ctx, o); err != nil {
		return fmt.Errorf("start the trial of ECK: %w", err)
	}
	return nil
}

// Close ends everything: operators first, so that nothing makes pods any more, and pods before their volumes. Load balancers
// go with the lab. It works after ctx has ended.
func (e *Environment) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.shutdown())
	defer cancel()
	for _, s := range e.sides {
		s.operator.stop(ctx, stopGrace)
	}
	var left error
	if e.guest != nil {
		left = e.guest.leave(ctx, e)
	}
	if e.stop != nil {
		e.stop()
		<-e.stopped
	}
	if e.control != nil {
		e.control.stop(ctx)
	}
	if e.unlock == nil {
		return left
	}
	defer e.unlock()
	if e.options.Keep && e.guest == nil {
		return left
	}
	if e.kubelet != nil {
		e.kubelet.removeAll(ctx)
	}
	if err := os.RemoveAll(e.dir); err != nil {
		return errors.Join(left, fmt.Errorf("remove the folder of the ECK environment: %w", err))
	}
	return left
}

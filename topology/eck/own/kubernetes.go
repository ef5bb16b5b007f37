// Package own runs a Kubernetes of crosscheck's own on this machine, for ECK: a real control plane whose programs are
// child processes, and one node whose pods are Docker containers. The ECK operator in it is the real one.
package own

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck/build"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Options of a Kubernetes.
type Options struct {
	Dir     string // an empty folder for everything that is written
	Run     string // id of the run
	Builder *build.Builder
	Engine  *docker.Engine
	Lab     *lab.Lab
	Images  lab.Images
	Secrets topology.Secrets
	Trial   bool // start the trial of ECK's enterprise features
	Keep    bool // leave the pods' containers and volumes when it ends
	Log     *slog.Logger
}

// Kubernetes is a running control plane and its one node.
type Kubernetes struct {
	options       Options
	control       *controlPlane
	kube          *kube.Client
	kubelet       *kubelet
	stopKubelet   context.CancelFunc
	kubeletDone   chan struct{} // closed when the kubelet has returned
	crds          string        // version of the operator whose definitions are installed; empty before
	installations map[string]*Installation
}

// Start starts the control plane and the node. Close must be called, also after an error.
func Start(ctx context.Context, o Options) (*Kubernetes, error) {
	k := &Kubernetes{options: o, installations: map[string]*Installation{}}
	program, err := o.Builder.ControlPlane()
	if err != nil {
		return k, err
	}
	o.Log.Debug("eck", "control plane", program.Version, "folder", o.Dir)
	timeouts := o.Lab.Timeouts()
	if k.control, err = startControlPlane(ctx, o.Dir, program.Program, o.Secrets, timeouts); err != nil {
		return k, err
	}
	if k.kube, err = kube.New(k.control.config, timeouts.Request); err != nil {
		return k, err
	}
	k.kubelet = &kubelet{
		kube: k.kube, engine: o.Engine, images: k.image, start: o.Lab.StartNode, dir: filepath.Join(o.Dir, "pods"),
		keep: o.Keep, log: o.Log, timeouts: timeouts, networks: map[string]string{}, pods: map[types.UID]*pod{},
		trouble: map[string]error{}, mounts: map[string]mountable{},
	}
	// The kubelet outlives the scenario that it is started for. Close ends it.
	kubeletCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	port, err := k.kubelet.serveLogs(kubeletCtx, k.control)
	if err == nil {
		err = k.kubelet.register(ctx, port)
	}
	k.stopKubelet, k.kubeletDone = stop, make(chan struct{})
	go func() {
		defer close(k.kubeletDone)
		k.kubelet.run(kubeletCtx)
	}()
	return k, err
}

// Kube is the client of its API server.
func (k *Kubernetes) Kube() *kube.Client { return k.kube }

// image is the one that runs instead of what the operator asks for: the same as everywhere in the run.
func (k *Kubernetes) image(ctx context.Context, version string) (string, error) {
	img, err := k.options.Images.Resolve(ctx, version)
	return img.Ref, err
}

// makeNamespace creates a namespace, unless it is there.
func (k *Kubernetes) makeNamespace(ctx context.Context, name string) error {
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}}
	if err := k.kube.Apply(ctx, o); err != nil {
		return fmt.Errorf("make namespace %s: %w", name, err)
	}
	return nil
}

// Install returns the ECK of a role in a namespace of its own, with an operator of its own. The first call for a role
// and a version starts it. An empty version is the default operator's.
func (k *Kubernetes) Install(ctx context.Context, role, operator string) (*Installation, error) {
	product, err := k.options.Builder.Operator(operator)
	if err != nil {
		return nil, err
	}
	name := role
	if operator != "" {
		name += "-eck-" + strings.ReplaceAll(product.Version, ".", "-")
	}
	if in, ok := k.installations[name]; ok {
		return in, in.operator.alive()
	}
	run := k.options.Run
	in := &Installation{k: k, balancers: map[string]*balancer{}, Installation: kube.Installation{
		Role: role, Operator: product.Version, Simulated: true,
		Namespace: name + "-" + run[strings.LastIndexByte(run, '-')+1:],
	}}
	if err := k.installCRDs(ctx, ""); err != nil {
		return nil, err
	}
	system := in.Namespace + "-system"
	for _, namespace := range []string{in.Namespace, system} {
		if err := k.makeNamespace(ctx, namespace); err != nil {
			return nil, err
		}
	}
	if in.Kubeconfig, err = k.control.kubeconfig(in.Namespace, in.Namespace); err != nil {
		return nil, err
	}
	if k.options.Trial {
		if err := k.startTrial(ctx, system); err != nil {
			return nil, err
		}
	}
	in.operator, err = k.startOperator(product.Program, "operator-"+in.Namespace, in.Kubeconfig,
		"--namespaces", in.Namespace, "--operator-namespace", system)
	if err != nil {
		return nil, err
	}
	k.installations[name] = in
	k.kubelet.serve(in.Namespace, k.options.Lab.Network(role))
	return in, nil
}

// alive is an error once a program of the control plane has ended.
func (k *Kubernetes) alive() error {
	var errs []error
	for _, p := range k.control.processes {
		errs = append(errs, p.alive())
	}
	return errors.Join(errs...)
}

// Close ends the operators first, so that nothing makes pods any more, and removes pods before their volumes. Load
// balancers go with the lab.
func (k *Kubernetes) Close(ctx context.Context) error {
	for _, in := range k.installations {
		in.operator.stop(ctx)
	}
	if k.stopKubelet != nil {
		k.stopKubelet()
		<-k.kubeletDone
	}
	if k.control != nil {
		k.control.stop(ctx)
	}
	if k.kubelet != nil && !k.options.Keep {
		k.kubelet.removeAll(ctx)
	}
	return nil
}

// Left lists nothing: what stays of a Kubernetes of crosscheck's own is found by the labels of its containers.
func (k *Kubernetes) Left() []string { return nil }

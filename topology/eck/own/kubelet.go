package own

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

const (
	nodeName = "crosscheck"
	// podPoll is how often the kubelet looks at its pods. It stands in for the watch of a real one.
	podPoll = 400 * time.Millisecond
	// syncPoll is how often Secrets and ConfigMaps are written again into the volumes of running pods.
	syncPoll = time.Second
)

// startNode starts the container of an Elasticsearch node, as lab.Lab.StartNode does.
type startNode func(
	context.Context, docker.ContainerSpec, func(*docker.ContainerSpec, docker.File) error,
) (c *docker.Container, limitHidden bool, err error)

// kubelet is the one node of the environment: it makes Docker containers of the pods in its namespaces. It knows what
// the operator's pods need, and no more: no scheduling, no probes, no resource limits but memory.
type kubelet struct {
	kube     *kube.Client
	engine   *docker.Engine
	images   func(ctx context.Context, version string) (string, error)
	start    startNode
	dir      string // where volumes are
	keep     bool
	log      *slog.Logger
	timeouts topology.Timeouts
	networks map[string]string // namespace -> Docker network

	mu      sync.Mutex
	pods    map[types.UID]*pod
	trouble map[string]error // namespace -> how the last look at it went

	mountLock sync.Mutex
	mounts    map[string]mountable // by namespace

	wg sync.WaitGroup
}

// pod is a pod of the kubelet's namespaces, from when the kubelet first saw it until it is gone.
type pod struct {
	namespace, name string
	dir             string
	stop            context.CancelFunc

	mu sync.Mutex
	containers
	ended error // why it is not running
}

// containers of a pod; both are nil before they were started.
type containers struct {
	sandbox     *docker.Container // owns the network
	main        *docker.Container
	limitHidden bool // see lab.Cluster.LimitHidden
}

// register makes the node. The API server asks for logs at a port of this machine.
func (k *kubelet) register(ctx context.Context, port int) error {
	node := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Node",
		"metadata": map[string]any{"name": nodeName, "labels": map[string]any{
			"kubernetes.io/hostname": nodeName, kube.LabelNode: "containers"}},
	}}
	if _, err := k.kube.Objects.Resource(kube.Nodes).Create(ctx, node, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("register the node: %w", err)
	}
	return k.kube.PatchStatus(ctx, kube.Nodes, "", nodeName, map[string]any{
		"addresses":       []any{map[string]any{"type": "InternalIP", "address": "127.0.0.1"}},
		"daemonEndpoints": map[string]any{"kubeletEndpoint": map[string]any{"Port": port}},
		"conditions":      []any{map[string]any{"type": "Ready", "status": "True"}},
	})
}

// run looks after the pods until ctx ends, and returns when all their goroutines have.
func (k *kubelet) run(ctx context.Context) {
	tick := time.NewTicker(podPoll)
	defer tick.Stop()
	defer k.wg.Wait()
	for {
		for namespace := range k.served() {
			if err := k.look(ctx, namespace); ctx.Err() == nil {
				k.remember(namespace, err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// remember keeps the error, or nil, of the last look at a namespace. find adds it to what it says of a missing pod.
func (k *kubelet) remember(namespace string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old := k.trouble[namespace]; err != nil && (old == nil || old.Error() != err.Error()) {
		k.log.Debug("kubelet", "namespace", namespace, "error", err)
	}
	k.trouble[namespace] = err
}

// serve adds a namespace whose pods go to a network.
func (k *kubelet) serve(namespace, network string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.networks[namespace] = network
}

func (k *kubelet) served() map[string]string {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := map[string]string{}
	for namespace, network := range k.networks {
		all[namespace] = network
	}
	return all
}

// look reads the pods of a namespace once, and starts, schedules or ends what has changed since.
func (k *kubelet) look(ctx context.Context, namespace string) error {
	all, err := kube.List[corev1.Pod](ctx, k.kube, kube.Pods, namespace)
	if err != nil {
		return err
	}
	there := map[types.UID]bool{}
	for i := range all {
		p := &all[i]
		there[p.UID] = true
		switch {
		case p.DeletionTimestamp != nil:
			k.end(ctx, p.UID)
			if err := k.forget(ctx, p); err != nil {
				return err
			}
		case p.Spec.NodeName == "":
			if err := k.bind(ctx, p); err != nil {
				return err
			}
		default:
			k.begin(ctx, p)
		}
	}
	for uid, p := range k.known() {
		if p.namespace == namespace && !there[uid] {
			k.end(ctx, uid)
		}
	}
	return nil
}

// bind schedules a pod: there is only one node.
func (k *kubelet) bind(ctx context.Context, p *corev1.Pod) error {
	binding := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Binding", "metadata": map[string]any{"name": p.Name, "namespace": p.Namespace},
		"target": map[string]any{"apiVersion": "v1", "kind": "Node", "name": nodeName},
	}}
	all := k.kube.Objects.Resource(kube.Pods).Namespace(p.Namespace)
	if _, err := all.Create(ctx, binding, metav1.CreateOptions{}, "binding"); err != nil {
		return fmt.Errorf("bind pod %s: %w", p.Name, err)
	}
	return nil
}

// known lists the pods that the kubelet looks after.
func (k *kubelet) known() map[types.UID]*pod {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := map[types.UID]*pod{}
	for uid, p := range k.pods {
		all[uid] = p
	}
	return all
}

// begin starts a pod that it has not seen before, and does not wait for it.
func (k *kubelet) begin(ctx context.Context, spec *corev1.Pod) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, known := k.pods[spec.UID]; known {
		return
	}
	ctx, stop := context.WithCancel(ctx)
	p := &pod{namespace: spec.Namespace, name: spec.Name, dir: filepath.Join(k.dir, string(spec.UID)), stop: stop}
	k.pods[spec.UID] = p
	k.wg.Go(func() {
		if err := k.realise(ctx, p, spec.DeepCopy()); err != nil && ctx.Err() == nil {
			k.log.Debug("pod", "name", spec.Name, "error", err)
			p.mu.Lock()
			p.ended = err
			p.mu.Unlock()
			k.broken(ctx, spec, err)
		}
	})
}

// end removes a pod's containers and its volumes, but not its claims.
func (k *kubelet) end(ctx context.Context, uid types.UID) {
	k.mu.Lock()
	p := k.pods[uid]
	delete(k.pods, uid)
	k.mu.Unlock()
	if p == nil {
		return
	}
	p.stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range []*docker.Container{p.main, p.sandbox} {
		if c == nil {
			continue
		}
		if err := c.Remove(ctx); err != nil {
			k.log.Debug("pod", "name", p.name, "error", err)
		}
	}
	if err := os.RemoveAll(p.dir); err != nil {
		k.log.Debug("pod", "name", p.name, "error", err)
	}
}

// removeAll removes every pod, once run has returned.
func (k *kubelet) removeAll(ctx context.Context) {
	for uid := range k.known() {
		k.wg.Go(func() { k.end(ctx, uid) })
	}
	k.wg.Wait()
}

// forget tells the API server that the pod has ended.
func (k *kubelet) forget(ctx context.Context, p *corev1.Pod) error {
	now := int64(0)
	err := k.kube.Objects.Resource(kube.Pods).Namespace(p.Namespace).Delete(ctx, p.Name, metav1.DeleteOptions{
		GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &p.UID}})
	if err != nil {
		return fmt.Errorf("delete pod %s: %w", p.Name, err)
	}
	return nil
}

// find returns the containers of the running pod of that name, or an error that says what the pod is waiting for.
func (k *kubelet) find(namespace, name string) (containers, error) {
	for _, p := range k.known() {
		if p.namespace != namespace || p.name != name {
			continue
		}
		return p.running()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return containers{}, errors.Join(fmt.Errorf("there is no pod %s in %s yet", name, namespace), k.trouble[namespace])
}

// running returns the pod's containers, or an error that says why there are none.
func (p *pod) running() (containers, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.ended != nil:
		return containers{}, fmt.Errorf("pod %s does not run: %w", p.name, p.ended)
	case p.main == nil:
		return containers{}, fmt.Errorf("pod %s is not running yet", p.name)
	}
	return p.containers, nil
}

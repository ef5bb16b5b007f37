package own

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crosscheck-dev/crosscheck/topology"
	balancers "github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// systemNamespace is where ECK's own manifest puts the operator.
const systemNamespace = "elastic-system"

// Opened is a Kubernetes that stands open for people: one operator looks after all namespaces, all pods run, and every
// service of type LoadBalancer gets a load balancer.
type Opened struct {
	Kubeconfig string // path
	Server     string
	Operator   string // version
	Kubectl    string // path; set by whoever has installed it

	k        *Kubernetes
	operator *process // nil until it has started
	front    map[types.UID]*front
	cancel   context.CancelFunc
	done     chan struct{}
}

// front is the load balancer of a service.
type front struct {
	*lab.LoadBalancer
	config string
}

// Open opens a Kubernetes in which nothing was installed. An empty version is the default operator's. Close must be
// called, before the Kubernetes is closed, also after an error.
func (k *Kubernetes) Open(ctx context.Context, operator string) (*Opened, error) {
	o := &Opened{k: k, front: map[types.UID]*front{}, done: make(chan struct{}), Server: k.control.config.Host}
	loops, cancel := context.WithCancel(context.WithoutCancel(ctx))
	o.cancel = cancel
	go func() {
		defer close(o.done)
		o.run(loops)
	}()
	product, err := k.options.Builder.Operator(operator)
	if err != nil {
		return o, err
	}
	o.Operator = product.Version
	if err := k.installCRDs(ctx, operator); err != nil {
		return o, err
	}
	if o.Kubeconfig, err = k.control.kubeconfig("user", "default"); err != nil {
		return o, err
	}
	if err := k.makeNamespace(ctx, systemNamespace); err != nil {
		return o, err
	}
	if k.options.Trial {
		if err := k.startTrial(ctx, systemNamespace); err != nil {
			return o, err
		}
	}
	o.operator, err = k.startOperator(product.Program, "operator", o.Kubeconfig, "--operator-namespace", systemNamespace)
	return o, err
}

// Alive is an error once the operator or the control plane has ended.
func (o *Opened) Alive() error {
	return errors.Join(o.operator.alive(), o.k.alive())
}

// Close ends the operator and what looks after services.
func (o *Opened) Close(ctx context.Context) {
	if o.operator != nil {
		o.operator.stop(ctx)
	}
	o.cancel()
	<-o.done
}

// run does what a cluster does all the time, until ctx ends.
func (o *Opened) run(ctx context.Context) {
	tick := time.NewTicker(podPoll)
	defer tick.Stop()
	last := ""
	for {
		err := errors.Join(o.serve(ctx), o.balance(ctx), o.replace(ctx))
		if err != nil && ctx.Err() == nil && err.Error() != last {
			last = err.Error()
			o.k.options.Log.Debug("eck up", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// serve has the kubelet look after all namespaces. They share a network, as pods of one cluster do.
func (o *Opened) serve(ctx context.Context) error {
	all, err := kube.List[corev1.Namespace](ctx, o.k.kube, kube.Namespaces, "")
	for i := range all {
		o.k.kubelet.serve(all[i].Name, o.k.options.Lab.Network(topology.Local))
	}
	return err
}

// balance provisions the load balancers of the services as they are now.
func (o *Opened) balance(ctx context.Context) error {
	all, err := kube.List[corev1.Service](ctx, o.k.kube, kube.Services, "")
	if err != nil {
		return err
	}
	slices, err := kube.List[discoveryv1.EndpointSlice](ctx, o.k.kube, kube.EndpointSlices, "")
	if err != nil {
		return err
	}
	there := map[types.UID]bool{}
	var errs []error
	for i := range all {
		if service := &all[i]; service.Spec.Type == corev1.ServiceTypeLoadBalancer && service.DeletionTimestamp == nil {
			there[service.UID] = true
			errs = append(errs, o.provision(ctx, service, listenersOf(service, slices)))
		}
	}
	for uid, f := range o.front {
		if !there[uid] {
			delete(o.front, uid)
			errs = append(errs, f.Stop(ctx))
		}
	}
	return errors.Join(errs...)
}

// listenersOf is what a load balancer does for a service. A port without endpoints takes connections that lead nowhere.
func listenersOf(service *corev1.Service, all []discoveryv1.EndpointSlice) []balancers.Listener {
	var own []discoveryv1.EndpointSlice
	for i := range all {
		if all[i].Namespace == service.Namespace {
			own = append(own, all[i])
		}
	}
	listeners := make([]balancers.Listener, 0, len(service.Spec.Ports))
	for _, port := range service.Spec.Ports {
		routes := balancers.Routes{Upstreams: kube.Addresses(own, service.Name, port)}
		if len(routes.Upstreams) == 0 {
			routes = balancers.Routes{Upstream: nowhere}
		}
		listeners = append(listeners, balancers.Listener{
			Name:   topology.ListenerName(int(port.Port)),
			Listen: net.JoinHostPort("0.0.0.0", strconv.Itoa(int(port.Port))),
			Routes: routes,
		})
	}
	return listeners
}

// provision starts the load balancer of a service, or changes it where its listeners are others now.
func (o *Opened) provision(ctx context.Context, service *corev1.Service, listeners []balancers.Listener) error {
	encoded, err := json.Marshal(listeners)
	if err != nil {
		return fmt.Errorf("write the load balancer's configuration: %w", err)
	}
	f := o.front[service.UID]
	if f != nil && f.config == string(encoded) {
		return nil
	}
	if f != nil {
		if err := f.SetListeners(ctx, listeners); err != nil {
			return fmt.Errorf("change the load balancer of %s/%s: %w", service.Namespace, service.Name, err)
		}
		f.config = string(encoded)
		return nil
	}
	name := service.Name + "." + service.Namespace
	id := name + "-" + string(service.UID)[:5]
	config := balancers.Config{Listeners: listeners}
	lb, err := o.k.options.Lab.StartBalancer(ctx, id, config, name+".crosscheck.test")
	if err != nil {
		return fmt.Errorf("provision the load balancer of %s: %w", name, err)
	}
	o.front[service.UID] = &front{LoadBalancer: lb, config: string(encoded)}
	ip, err := lb.IP(ctx)
	if err != nil {
		return err
	}
	return o.k.kube.PatchStatus(ctx, kube.Services, service.Namespace, service.Name, loadBalancerStatus("ip", ip))
}

// replace removes pods whose template has changed. The operator itself would do so only after it has asked
// Elasticsearch, which it cannot reach here.
func (o *Opened) replace(ctx context.Context) error {
	sets, err := kube.List[appsv1.StatefulSet](ctx, o.k.kube, kube.StatefulSets, "")
	if err != nil {
		return err
	}
	wanted := map[string]string{} // revision by namespace and StatefulSet
	for i := range sets {
		set := &sets[i]
		if set.Labels[kube.LabelCluster] != "" && set.Status.ObservedGeneration == set.Generation {
			wanted[set.Namespace+"/"+set.Name] = set.Status.UpdateRevision
		}
	}
	all, err := kube.List[corev1.Pod](ctx, o.k.kube, kube.Pods, "")
	if err != nil {
		return err
	}
	var errs []error
	for i := range all {
		p := &all[i]
		if outdated(p, wanted) {
			errs = append(errs, o.k.kube.Remove(ctx, kube.Pods, p.Namespace, p.Name))
		}
	}
	return errors.Join(errs...)
}

// outdated reports whether a pod belongs to one of the StatefulSets and is of another revision than wanted. The
// revisions are by namespace/StatefulSet.
func outdated(p *corev1.Pod, wanted map[string]string) bool {
	if p.DeletionTimestamp != nil || len(p.OwnerReferences) == 0 {
		return false
	}
	revision := wanted[p.Namespace+"/"+p.OwnerReferences[0].Name]
	return revision != "" && p.Labels[kube.LabelRevision] != revision
}

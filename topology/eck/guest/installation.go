package guest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Installation is the user's ECK as one side uses it, in a namespace of crosscheck's.
type Installation struct {
	kube.Installation
	k      *Kubernetes
	doors  map[string]string          // host:port by Elasticsearch and port, see door
	opened map[string]map[string]bool // by Elasticsearch: host:port that its load balancers had when Expose looked last
}

// LacksError says that the ECK of the user's cluster does not have what a scenario is about. The scenario is
// unsupported then, and not failed.
type LacksError struct {
	Fact   string // identifies what is missing, such as eck-operator
	Reason string // in words
}

func (e *LacksError) Error() string { return e.Reason }

// Describe says which ECK it is.
func (in *Installation) Describe() kube.Installation { return in.Installation }

// Supports is a *LacksError when a manifest uses what the cluster's ECK does not know.
func (in *Installation) Supports(o *unstructured.Unstructured) error {
	return in.k.options.Installed.supports(o)
}

func (in *Installed) supports(o *unstructured.Unstructured) error {
	if o.GetKind() != "Elasticsearch" {
		return nil
	}
	_, server, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "remoteClusterServer")
	_, service, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "remoteClusterServer", "service")
	switch {
	case server && !in.RemoteServer:
		return &LacksError{"eck-remote-cluster-server", fmt.Sprintf(
			"spec.remoteClusterServer is unknown to ECK %s, which the cluster at %s has", in.version(), in.Server)}
	case service && !in.ServiceOverride:
		return &LacksError{"eck-service-override", fmt.Sprintf(
			"spec.remoteClusterServer.service is unknown to ECK %s, which the cluster at %s has: it takes 3.3 or later",
			in.version(), in.Server)}
	}
	return nil
}

// Watches waits until the operator looks after an Elasticsearch. When it does not in time, the error says what to do.
func (in *Installation) Watches(ctx context.Context, name string) error {
	what := "ECK looks after Elasticsearch " + in.ID(name)
	err := await.Until(ctx, what, in.k.options.Lab.Timeouts().Request, func(ctx context.Context) error {
		all := in.k.kube.Objects.Resource(kube.Elasticsearches).Namespace(in.Namespace)
		o, err := all.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if seen, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration"); seen == 0 {
			return errors.New("nothing has been done about it")
		}
		return nil
	})
	var late *await.TimeoutError
	if errors.As(err, &late) {
		return fmt.Errorf("%w; the operator does not run, or it does not watch this namespace: "+
			"let it watch all of them (its --namespaces)", err)
	}
	return err
}

// OperatorLog is empty: the operator is the user's.
func (in *Installation) OperatorLog() string { return "" }

// ReplacePod replaces nothing, because that is the operator's here. It is an error that says what is waited for.
func (in *Installation) ReplacePod(_ context.Context, p *corev1.Pod, revision string) error {
	return fmt.Errorf("the operator has not replaced pod %s by one of revision %s yet", p.Name, revision)
}

// Node waits until the pod is ready, and finds its container and its REST interface. trust is how to verify that
// interface. A container that ended is a *lab.StartError.
func (in *Installation) Node(
	ctx context.Context, name string, pod *corev1.Pod, trust *tls.Config,
) (lab.Adoption, error) {
	p := &podProcess{kube: in.k.kube, namespace: in.Namespace, pod: pod.Name}
	a := lab.Adoption{Process: p, Image: image.Image{Version: kube.Version(pod), Source: image.Kubernetes}}
	limit := in.k.options.Lab.Timeouts().ClusterStart
	err := await.Until(ctx, "pod "+pod.Name+" is ready", limit, func(ctx context.Context) error {
		now, err := p.read(ctx)
		if err != nil {
			return err
		}
		if ended, code := crashed(now); ended != "" {
			text, err := p.lastLog(ctx, ended)
			err = errors.Join(fmt.Errorf("container %s ended", ended), err)
			return await.Permanent(&lab.StartError{Cluster: pod.Name, Log: text, State: docker.State{Code: code}, Err: err})
		}
		for _, c := range now.Status.ContainerStatuses {
			if c.Name == kube.Container {
				a.Image.Ref = c.Image // what runs, which need not be what was asked for
			}
		}
		return ready(now)
	})
	if err != nil {
		return a, err
	}
	address, err := in.door(ctx, name, topology.HTTPPort)
	if err != nil {
		return a, err
	}
	a.API, err = elastic.NewTLS(address, trust)
	return a, err
}

// PodAddress is where this machine reaches a port of an Elasticsearch, host:port.
func (in *Installation) PodAddress(ctx context.Context, name string, _ *corev1.Pod, port int) (string, error) {
	return in.door(ctx, name, port)
}

// OtherAddress is another host:port than that of the Elasticsearch's own load balancer which leads to the same port.
func (in *Installation) OtherAddress(ctx context.Context, name string, _ *lab.LoadBalancer, port int) (string, error) {
	return in.door(ctx, name, port)
}

package kube

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/crosscheck-dev/crosscheck/topology/await"
)

// Exposed lists the services of type LoadBalancer that lead to an Elasticsearch, without those that crosscheck made.
func (k *Client) Exposed(ctx context.Context, namespace, elasticsearch string) ([]corev1.Service, error) {
	all, err := List[corev1.Service](ctx, k, Services, namespace)
	return slices.DeleteFunc(all, func(service corev1.Service) bool {
		return service.Spec.Type != corev1.ServiceTypeLoadBalancer || service.Labels[LabelManaged] == Managed ||
			!selects(labels.SelectorFromSet(service.Spec.Selector), elasticsearch)
	}), err
}

func selects(selector labels.Selector, elasticsearch string) bool {
	requirements, _ := selector.Requirements()
	for _, r := range requirements {
		if r.Key() == LabelCluster && r.Matches(labels.Set{LabelCluster: elasticsearch}) {
			return true
		}
	}
	return false
}

// Endpoints waits, no longer than limit, until Kubernetes has found the endpoints of a service's port at the port that
// the service targets now. It returns them as host:port.
func (k *Client) Endpoints(
	ctx context.Context, namespace, service string, port corev1.ServicePort, limit time.Duration,
) ([]string, error) {
	var found []string
	what := fmt.Sprintf("the endpoints of service %s, port %d", service, port.Port)
	err := await.Until(ctx, what, limit, func(ctx context.Context) error {
		all, err := List[discoveryv1.EndpointSlice](ctx, k, EndpointSlices, namespace)
		if err != nil {
			return err
		}
		found = Addresses(all, service, port)
		if len(found) == 0 {
			return fmt.Errorf("there is none for target port %s", port.TargetPort.String())
		}
		return nil
	})
	return found, err
}

// Addresses lists the host:port of a service's port, sorted, from the endpoint slices of its namespace. A target port
// that is a number, as the operator and the documents have it, must be the endpoint's. For a target port by name the
// endpoint's own number counts.
func Addresses(all []discoveryv1.EndpointSlice, service string, port corev1.ServicePort) []string {
	var found []string
	for i := range all {
		slice := &all[i]
		if slice.Labels[discoveryv1.LabelServiceName] != service {
			continue
		}
		for _, p := range slice.Ports {
			if !answers(p, port) {
				continue
			}
			for _, e := range slice.Endpoints {
				for _, a := range e.Addresses {
					found = append(found, net.JoinHostPort(a, strconv.Itoa(int(*p.Port))))
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// answers reports whether an endpoint's port is the one that a service's port leads to.
func answers(endpoint discoveryv1.EndpointPort, port corev1.ServicePort) bool {
	return endpoint.Port != nil && (endpoint.Name == nil || *endpoint.Name == port.Name) &&
		(port.TargetPort.IntVal == 0 || *endpoint.Port == port.TargetPort.IntVal)
}

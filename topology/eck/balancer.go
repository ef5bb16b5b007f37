package eck

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	balancers "github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// clusterLabel is the operator's on the pods of an Elasticsearch.
const clusterLabel = "elasticsearch.k8s.elastic.co/cluster-name"

// nowhere is where a port leads whose service has no endpoint: nobody listens there.
const nowhere = "127.0.0.1:1"

// balancer is the load balancer in front of one Elasticsearch, as long as its services stay as they are.
type balancer struct {
	*lab.LoadBalancer
	config string
	serial int
}

// Expose provisions what a cloud provider would for the services of type LoadBalancer that lead to an Elasticsearch: one
// load balancer, with every port of theirs in front of the endpoints that Kubernetes itself found. It is replaced when
// they have changed since the last time, and does without listeners for services that are not there.
func (s *Side) Expose(ctx context.Context, name string) (*lab.LoadBalancer, error) {
	if s.env.guest != nil {
		return s.exposeGuest(ctx, name)
	}
	config, exposed, err := s.balancerConfig(ctx, name)
	if err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("write the load balancer's configuration: %w", err)
	}
	old := s.balancers[name]
	if old != nil && old.config == string(encoded) {
		return old.LoadBalancer, old.ResetConnections(ctx)
	}
	next := &balancer{config: string(encoded), serial: 1}
	if old != nil {
		next.serial = old.serial + 1
		delete(s.balancers, name)
		if err := old.Stop(ctx); err != nil {
			return nil, err
		}
	}
	address := fmt.Sprintf("%s.%s.crosscheck.test", name, s.Namespace)
	id := fmt.Sprintf("%s-%s-%d", s.Namespace, name, next.serial)
	if next.LoadBalancer, err = s.env.options.Lab.StartBalancer(ctx, id, config, address, "also."+address); err != nil {
		return nil, fmt.Errorf("provision the load balancer of %s: %w", name, err)
	}
	s.balancers[name] = next
	for _, service := range exposed {
		status := map[string]any{"loadBalancer": map[string]any{"ingress": []any{map[string]any{"hostname": address}}}}
		if err := s.env.kube.patchStatus(ctx, services, s.Namespace, service, status); err != nil {
			return nil, err
		}
	}
	return next.LoadBalancer, nil
}

func (s *Side) balancerConfig(ctx context.Context, name string) (config balancers.Config, exposed []string, err error) {
	all, err := s.exposedServices(ctx, name)
	if err != nil {
		return config, nil, err
	}
	for _, service := range all {
		exposed = append(exposed, service.Name)
		for _, port := range service.Spec.Ports {
			upstreams, err := s.endpoints(ctx, service.Name, port)
			if err != nil {
				return config, nil, err
			}
			config.Listeners = append(config.Listeners, balancers.Listener{
				Name: topology.ListenerName(int(port.Port)), Listen: topology.ListenAddress(int(port.Port)), Routes: balancers.Routes{Upstreams: upstreams}})
		}
	}
	if len(config.Listeners) == 0 { // a load balancer has at least one port; nobody knows of this one
		config.Listeners = []balancers.Listener{{Name: "unused", Listen: "127.0.0.1:1", Routes: balancers.Routes{Upstream: nowhere}}}
	}
	return config, exposed, nil
}

// exposedServices are those of type LoadBalancer that lead to an Elasticsearch, but for crosscheck's own.
func (s *Side) exposedServices(ctx context.Context, name string) ([]corev1.Service, error) {
	all, err := list[corev1.Service](ctx, s.env.kube, services, s.Namespace)
	return slices.DeleteFunc(all, func(service corev1.Service) bool {
		return service.Spec.Type != corev1.ServiceTypeLoadBalancer || service.Labels[labelManaged] == managed ||
			!selects(labels.SelectorFromSet(service.Spec.Selector), name)
	}), err
}

func selects(selector labels.Selector, name string) bool {
	requirements, _ := selector.Requirements()
	for _, r := range requirements {
		if r.Key() == clusterLabel && r.Matches(labels.Set{clusterLabel: name}) {
			return true
		}
	}
	return false
}

// endpoints waits until Kubernetes has found the endpoints of a service's port at the port that it targets now.
func (s *Side) endpoints(ctx context.Context, service string, port corev1.ServicePort) ([]string, error) {
	var found []string
	err := await.Until(ctx, fmt.Sprintf("the endpoints of service %s, port %d", service, port.Port), s.env.options.Lab.Timeouts().Request, func(ctx context.Context) error {
		all, err := list[discoveryv1.EndpointSlice](ctx, s.env.kube, endpointSlices, s.Namespace)
		if err != nil {
			return err
		}
		found = addresses(all, service, port)
		if len(found) == 0 {
			return fmt.Errorf("there is none for target port %s", port.TargetPort.String())
		}
		return nil
	})
	return found, err
}

// addresses are the host:port of a service's port. Only numbers are understood as target ports, as the operator's
// services and the documents have them; a port by name is what the endpoints say it is.
func addresses(all []discoveryv1.EndpointSlice, service string, port corev1.ServicePort) []string {
	var found []string
	for i := range all {
		slice := &all[i]
		if slice.Labels[discoveryv1.LabelServiceName] != service {
			continue
		}
		for _, p := range slice.Ports {
			if p.Port == nil || p.Name != nil && *p.Name != port.Name || port.TargetPort.IntVal != 0 && *p.Port != port.TargetPort.IntVal {
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

package own

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/topology"
	balancers "github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// nowhere is where a port leads whose service has no endpoint: nobody listens there.
const nowhere = "127.0.0.1:1"

// balancer is the load balancer in front of one Elasticsearch, as long as its services stay as they are.
type balancer struct {
	*lab.LoadBalancer
	config string
	serial int
}

// Expose provisions what a cloud provider would for the services of type LoadBalancer that lead to an Elasticsearch:
// one load balancer, with every port of these services in front of the endpoints that Kubernetes found. The load
// balancer is replaced when the services have changed since the last call. Without services it has no port that
// anybody knows.
func (in *Installation) Expose(ctx context.Context, name string) (*lab.LoadBalancer, error) {
	config, exposed, err := in.balancerConfig(ctx, name)
	if err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("write the load balancer's configuration: %w", err)
	}
	old := in.balancers[name]
	if old != nil && old.config == string(encoded) {
		return old.LoadBalancer, old.ResetConnections(ctx)
	}
	next := &balancer{config: string(encoded), serial: 1}
	if old != nil {
		next.serial = old.serial + 1
		delete(in.balancers, name)
		if err := old.Stop(ctx); err != nil {
			return nil, err
		}
	}
	address := fmt.Sprintf("%s.%s.crosscheck.test", name, in.Namespace)
	id := fmt.Sprintf("%s-%s-%d", in.Namespace, name, next.serial)
	next.LoadBalancer, err = in.k.options.Lab.StartBalancer(ctx, id, config, address, "also."+address)
	if err != nil {
		return nil, fmt.Errorf("provision the load balancer of %s: %w", name, err)
	}
	in.balancers[name] = next
	for _, service := range exposed {
		status := loadBalancerStatus("hostname", address)
		if err := in.k.kube.PatchStatus(ctx, kube.Services, in.Namespace, service, status); err != nil {
			return nil, err
		}
	}
	return next.LoadBalancer, nil
}

// loadBalancerStatus is the status of a service whose load balancer is at an address; field is "hostname" or "ip".
func loadBalancerStatus(field, address string) map[string]any {
	return map[string]any{"loadBalancer": map[string]any{"ingress": []any{map[string]any{field: address}}}}
}

func (in *Installation) balancerConfig(
	ctx context.Context, name string,
) (config balancers.Config, exposed []string, err error) {
	all, err := in.k.kube.Exposed(ctx, in.Namespace, name)
	if err != nil {
		return config, nil, err
	}
	limit := in.k.options.Lab.Timeouts().Request
	for _, service := range all {
		exposed = append(exposed, service.Name)
		for _, port := range service.Spec.Ports {
			upstreams, err := in.k.kube.Endpoints(ctx, in.Namespace, service.Name, port, limit)
			if err != nil {
				return config, nil, err
			}
			config.Listeners = append(config.Listeners, balancers.Listener{
				Name:   topology.ListenerName(int(port.Port)),
				Listen: topology.ListenAddress(int(port.Port)),
				Routes: balancers.Routes{Upstreams: upstreams},
			})
		}
	}
	if len(config.Listeners) == 0 { // a load balancer has at least one port; nobody knows of this one
		config.Listeners = []balancers.Listener{
			{Name: "unused", Listen: "127.0.0.1:1", Routes: balancers.Routes{Upstream: nowhere}}}
	}
	return config, exposed, nil
}

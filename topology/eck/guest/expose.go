package guest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// door is where this machine reaches a port of an Elasticsearch, host:port. It is a service of type LoadBalancer that
// crosscheck makes beside those of the manifests, so that these stay as they are. The service's own port is a random
// one, because some load balancers give all services one address.
func (in *Installation) door(ctx context.Context, name string, port int) (string, error) {
	id := net.JoinHostPort(name, strconv.Itoa(port))
	if known, ok := in.doors[id]; ok {
		return known, nil
	}
	service := fmt.Sprintf("crosscheck-%d-%s", port, name)
	outside := 20000 + rand.IntN(10000)
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Service",
		"metadata": map[string]any{"name": service, "labels": map[string]any{kube.LabelManaged: kube.Managed}},
		"spec": map[string]any{"type": "LoadBalancer", "selector": map[string]any{kube.LabelCluster: name},
			"ports": []any{map[string]any{"port": int64(outside), "targetPort": int64(port)}}},
	}}
	o.SetNamespace(in.Namespace)
	if err := in.k.kube.Apply(ctx, o); err != nil {
		return "", fmt.Errorf("make service %s: %w", service, err)
	}
	host, err := in.ingress(ctx, service)
	if err != nil {
		return "", err
	}
	in.doors[id] = net.JoinHostPort(host, strconv.Itoa(outside))
	return in.doors[id], nil
}

// ingress waits for the address of a service of type LoadBalancer.
func (in *Installation) ingress(ctx context.Context, service string) (string, error) {
	var host string
	what := fmt.Sprintf("the address of service %s/%s", in.Namespace, service)
	err := await.Until(ctx, what, in.k.options.Lab.Timeouts().ClusterStart, func(ctx context.Context) error {
		var now corev1.Service
		if found, err := in.k.kube.Get(ctx, kube.Services, in.Namespace, service, &now); err != nil || !found {
			return errors.Join(errors.New("there is no such service"), err)
		}
		for _, i := range now.Status.LoadBalancer.Ingress {
			if host = i.IP; host == "" {
				host = i.Hostname
			}
			if host != "" {
				return nil
			}
		}
		return errors.New("it has none")
	})
	var late *await.TimeoutError
	if errors.As(err, &late) {
		return "", fmt.Errorf("%w; the cluster provisions no load balancer for services of type LoadBalancer, "+
			"which the guide takes: install one there, or name another cluster", err)
	}
	return host, err
}

// exposure is one port of the load balancers in front of an Elasticsearch.
type exposure struct {
	host         string
	port, target int
}

func (e exposure) address() string { return net.JoinHostPort(e.host, strconv.Itoa(e.port)) }

// Expose finds the load balancers that the cluster itself provides for an Elasticsearch, and waits until they do what
// its services say.
func (in *Installation) Expose(ctx context.Context, name string) (*lab.LoadBalancer, error) {
	exposed, err := in.exposures(ctx, name)
	if err != nil {
		return nil, err
	}
	hosts, now := map[int]string{}, map[string]bool{}
	for _, e := range exposed {
		hosts[e.port] = e.host
		now[e.address()] = true
		in.follow(ctx, "port "+e.address()+" leads to the pod", func(ctx context.Context) error {
			return leadsTo(ctx, e.address(), e.target)
		})
	}
	dial := in.k.options.Lab.Timeouts().Dial
	for address := range in.opened[name] {
		if !now[address] {
			in.follow(ctx, "port "+address+" is closed", func(ctx context.Context) error {
				return closed(ctx, address, dial)
			})
		}
	}
	in.opened[name] = now
	if len(exposed) > 0 {
		return lab.Foreign(exposed[0].host, hosts), nil
	}
	// No service exposes it. A scenario that connects all the same is to reach a load balancer that does not know the
	// port.
	door, err := in.door(ctx, name, topology.HTTPPort)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(door)
	return lab.Foreign(host, hosts), err
}

// follow gives a load balancer time to follow a change of its service. One that does not is no error: that the port
// leads nowhere may be what the scenario is about.
func (in *Installation) follow(ctx context.Context, what string, try func(context.Context) error) {
	if err := await.Until(ctx, what, in.k.options.Lab.Timeouts().Log, try); err != nil {
		in.k.options.Log.Debug("load balancer", "error", err)
	}
}

func (in *Installation) exposures(ctx context.Context, name string) ([]exposure, error) {
	all, err := in.k.kube.Exposed(ctx, in.Namespace, name)
	if err != nil {
		return nil, err
	}
	limit := in.k.options.Lab.Timeouts().Request
	var exposed []exposure
	for _, service := range all {
		host, err := in.ingress(ctx, service.Name)
		if err != nil {
			return nil, err
		}
		for _, p := range service.Spec.Ports {
			if _, err := in.k.kube.Endpoints(ctx, in.Namespace, service.Name, p, limit); err != nil {
				return nil, err
			}
			target := p.TargetPort.IntValue()
			if target == 0 {
				target = int(p.Port)
			}
			exposed = append(exposed, exposure{host: host, port: int(p.Port), target: target})
		}
	}
	return exposed, nil
}

// leadsTo is an error unless an address leads to the interface that listens on target. The TLS handshake shows it: a
// transport interface asks for a client certificate, and the remote cluster server does not. Targets that are none of
// Elasticsearch's two cross-cluster interfaces are not looked at.
func leadsTo(ctx context.Context, address string, target int) error {
	if target != topology.TransportPort && target != topology.RemoteClusterServerPort {
		return nil
	}
	asked := false
	_, err := pki.Handshake(ctx, address, func(*tls.CertificateRequestInfo) { asked = true })
	if asked && target == topology.TransportPort {
		return nil
	}
	if err == nil && (asked || target == topology.TransportPort) {
		err = errors.New("it leads to another interface")
	}
	return err
}

// closed is an error while an address takes connections. limit is how long one attempt may take.
func closed(ctx context.Context, address string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil //nolint:nilerr // that is what is waited for
	}
	return errors.Join(errors.New("it still takes connections"), conn.Close())
}

package eck

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
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// door is where this machine finds a port of an Elasticsearch: a service of type LoadBalancer of crosscheck's own, so that
// the manifests stay as they are. Its port is an odd one, for load balancers that give all services one address.
func (s *Side) door(ctx context.Context, name string, port int) (string, error) {
	id := fmt.Sprintf("%s/%s:%d", s.Namespace, name, port)
	if known, ok := s.env.guest.doors[id]; ok {
		return known, nil
	}
	service := fmt.Sprintf("crosscheck-%d-%s", port, name)
	outside := 20000 + rand.IntN(10000)
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Service",
		"metadata": map[string]any{"name": service, "labels": map[string]any{labelManaged: managed}},
		"spec": map[string]any{"type": "LoadBalancer", "selector": map[string]any{clusterLabel: name},
			"ports": []any{map[string]any{"port": int64(outside), "targetPort": int64(port)}}},
	}}
	o.SetNamespace(s.Namespace)
	if err := s.env.kube.apply(ctx, o); err != nil {
		return "", fmt.Errorf("make service %s: %w", service, err)
	}
	host, err := s.ingress(ctx, service)
	if err != nil {
		return "", err
	}
	s.env.guest.doors[id] = net.JoinHostPort(host, strconv.Itoa(outside))
	return s.env.guest.doors[id], nil
}

// ingress waits for the address of a service of type LoadBalancer.
func (s *Side) ingress(ctx context.Context, name string) (string, error) {
	var host string
	err := await.Until(ctx, fmt.Sprintf("the address of service %s/%s", s.Namespace, name), s.env.options.Lab.Timeouts().ClusterStart, func(ctx context.Context) error {
		var service corev1.Service
		if found, err := s.env.kube.get(ctx, services, s.Namespace, name, &service); err != nil || !found {
			return errors.Join(errors.New("there is no such service"), err)
		}
		for _, i := range service.Status.LoadBalancer.Ingress {
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
		return "", fmt.Errorf("%w; the cluster provisions no load balancer for services of type LoadBalancer, which the guide takes: install one there, or name another cluster", err)
	}
	return host, err
}

// OtherAddress is another host:port than the one of before that leads to a port of an Elasticsearch.
func (s *Side) OtherAddress(ctx context.Context, name string, lb *lab.LoadBalancer, port int) (string, error) {
	if s.env.guest != nil {
		return s.door(ctx, name, port)
	}
	return net.JoinHostPort(lb.Names[len(lb.Names)-1], strconv.Itoa(port)), nil
}

// exposure is one port of the load balancers in front of an Elasticsearch.
type exposure struct {
	host         string
	port, target int
}

func (e exposure) address() string { return net.JoinHostPort(e.host, strconv.Itoa(e.port)) }

// exposeGuest finds what the cluster's own load balancers do for an Elasticsearch, and waits until they do it.
func (s *Side) exposeGuest(ctx context.Context, name string) (*lab.LoadBalancer, error) {
	exposed, err := s.exposures(ctx, name)
	if err != nil {
		return nil, err
	}
	hosts, now := map[int]string{}, map[string]bool{}
	for _, e := range exposed {
		hosts[e.port] = e.host
		now[e.address()] = true
		s.awaits(ctx, "port "+e.address()+" leads to the pod", func(ctx context.Context) error { return leadsTo(ctx, e.address(), e.target) })
	}
	opened := s.env.guest.opened
	for address := range opened[s.Namespace+"/"+name] {
		if !now[address] {
			s.awaits(ctx, "port "+address+" is closed", func(ctx context.Context) error { return closed(ctx, address) })
		}
	}
	opened[s.Namespace+"/"+name] = now
	if len(exposed) > 0 {
		return lab.Foreign(exposed[0].host, hosts), nil
	}
	// Nothing is exposed: what is asked for is at the address of a load balancer that does not know the port.
	door, err := s.door(ctx, name, topology.HTTPPort)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(door)
	return lab.Foreign(host, hosts), err
}

// awaits gives the load balancer time to follow. One that does not is for the scenario to judge.
func (s *Side) awaits(ctx context.Context, what string, try func(context.Context) error) {
	if err := await.Until(ctx, what, s.env.options.Lab.Timeouts().Log, try); err != nil {
		s.env.options.Log.Debug("load balancer", "error", err)
	}
}

func (s *Side) exposures(ctx context.Context, name string) ([]exposure, error) {
	all, err := s.exposedServices(ctx, name)
	if err != nil {
		return nil, err
	}
	var exposed []exposure
	for _, service := range all {
		host, err := s.ingress(ctx, service.Name)
		if err != nil {
			return nil, err
		}
		for _, p := range service.Spec.Ports {
			if _, err := s.endpoints(ctx, service.Name, p); err != nil {
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

// leadsTo looks whether an address leads to the interface that listens on target, which the TLS handshake shows: a transport
// interface asks for a certificate, and the remote cluster server does not. Other targets are not Elasticsearch's.
func leadsTo(ctx context.Context, address string, target int) error {
	if target != topology.TransportPort && target != topology.RemoteClusterServerPort {
		return nil
	}
	asked := false
	_, err := peers(ctx, address, func(*tls.CertificateRequestInfo) { asked = true })
	if asked && target == topology.TransportPort {
		return nil
	}
	if err == nil && (asked || target == topology.TransportPort) {
		err = errors.New("it leads to another interface")
	}
	return err
}

func closed(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil //nolint:nilerr // that is what is waited for
	}
	return errors.Join(errors.New("it still takes connections"), conn.Close())
}

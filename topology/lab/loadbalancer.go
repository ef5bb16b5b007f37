package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

const balancerAPIPort = 8474

// LoadBalancer stands in front of one remote cluster, in both networks. It is the only way from a local cluster to it.
type LoadBalancer struct {
	*balancer.Client
	Name      string         // its DNS name on the local clusters' network, or the address of one that is not crosscheck's
	Names     []string       // all its DNS names there
	Hosts     map[int]string // by port, where that is not Name
	container *docker.Container
	lab       *Lab
	outside   func(port int) (string, error) // see Outside
	ipv6      netip.Addr                     // see JoinIPv6
}

// Foreign is a load balancer that is not crosscheck's, at host and, for some ports, at others.
func Foreign(host string, hosts map[int]string) *LoadBalancer {
	return &LoadBalancer{Client: balancer.Foreign(), Name: host, Hosts: hosts}
}

// Outside is whatever leads to a remote cluster that is not crosscheck's. address knows where a documented port is
// reached, or is an error. name is how reports call it.
func Outside(name string, address func(port int) (string, error)) *LoadBalancer {
	return &LoadBalancer{Client: balancer.Foreign(), Name: name, outside: address}
}

// IP is the load balancer's address on the local clusters' network, which this machine reaches too.
func (b *LoadBalancer) IP(ctx context.Context) (string, error) {
	return b.container.IP(ctx, b.lab.localNet)
}

// Address is host:port for a remote cluster's proxy_address or seeds. It is an UncontrolledError where nobody knows how
// the port is reached.
func (b *LoadBalancer) Address(port int) (string, error) {
	if b.outside != nil {
		return b.outside(port)
	}
	if host, ok := b.Hosts[port]; ok {
		return net.JoinHostPort(host, strconv.Itoa(port)), nil
	}
	return net.JoinHostPort(b.Name, strconv.Itoa(port)), nil
}

// balancerConfig is one listener for each documented port. 9300 and 9200 pass everything through; 9400 and 9443 pass
// TLS through by server name, 9443 also for clients that send none or another, as a plain load balancer would. In front
// of a hosted cluster both know its endpoint only; without TLS there is no server name, and 9400 passes everything
// through.
func balancerConfig(n names, tls bool) balancer.Config {
	serverName := n.server
	upstream := func(port int) string { return net.JoinHostPort(serverName, strconv.Itoa(port)) }
	server := upstream(topology.RemoteClusterServerPort)
	listener := func(port int, routes balancer.Routes) balancer.Listener {
		return balancer.Listener{Name: topology.ListenerName(port), Listen: topology.ListenAddress(port), Routes: routes}
	}
	passthrough := balancer.Routes{SNI: &balancer.SNI{
		Routes: map[string]string{serverName: upstream(topology.TransportPort)}}}
	remoteServer := balancer.Routes{SNI: &balancer.SNI{
		Routes: map[string]string{serverName: server}, Fallback: server, FallbackUnknown: server,
	}}
	if n.endpoint != "" {
		passthrough.SNI.Routes = map[string]string{n.endpoint: upstream(topology.TransportPort)}
		remoteServer.SNI = &balancer.SNI{Routes: map[string]string{n.endpoint: server}}
	}
	if n.endpoint != "" && !tls {
		passthrough = balancer.Routes{Upstream: upstream(topology.TransportPort)}
	}
	return balancer.Config{
		API: topology.ListenAddress(balancerAPIPort),
		Listeners: []balancer.Listener{
			listener(topology.HTTPPort, balancer.Routes{Upstream: upstream(topology.HTTPPort)}),
			listener(topology.TransportPort, balancer.Routes{Upstream: upstream(topology.TransportPort)}),
			listener(topology.TransportPassthrough, passthrough),
			listener(topology.RemoteClusterServerPort, remoteServer),
		},
	}
}

// startBalancer starts the one in front of a cluster.
func (l *Lab) startBalancer(ctx context.Context, n names, tls bool) (*LoadBalancer, error) {
	aliases := []string{n.balancer}
	if n.endpoint != "" {
		aliases = append(aliases, n.endpoint)
	}
	return l.StartBalancer(ctx, n.cluster, balancerConfig(n, tls), aliases...)
}

// StartBalancer starts a load balancer between the networks of local and remote clusters. id is unique in the run,
// names are its DNS names on the local clusters' network, at least one.
func (l *Lab) StartBalancer(ctx context.Context, id string, c balancer.Config, names ...string) (*LoadBalancer, error) {
	c.API = topology.ListenAddress(balancerAPIPort)
	config, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write the load balancer's configuration: %w", err)
	}
	container, err := l.engine.Start(ctx, docker.ContainerSpec{
		Name: l.containerName(id + "-balancer"), Image: l.balancerImage, Role: "balancer", Keep: l.keep,
		Env:   []string{"BALANCER_CONFIG=" + string(config)},
		Ports: []uint16{balancerAPIPort},
		Networks: []docker.Attachment{
			{Network: l.localNet, Aliases: names},
			{Network: l.remoteNet},
		},
	})
	if err != nil {
		return nil, err
	}
	lb := &LoadBalancer{Name: names[0], Names: names, container: container, lab: l}
	address, err := container.Address(ctx, balancerAPIPort)
	if err != nil {
		return lb, err
	}
	lb.Client = balancer.New("http://" + address)
	if err := lb.Ready(ctx); err != nil {
		log, _ := container.Logs(ctx, l.started)
		return lb, &StartError{Cluster: names[0], Log: log, Err: err}
	}
	return lb, nil
}

// Stop removes the load balancer.
func (b *LoadBalancer) Stop(ctx context.Context) error { return b.container.Remove(ctx) }

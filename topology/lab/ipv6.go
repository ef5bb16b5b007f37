package lab

import (
	"context"
	"errors"
	"net/netip"
	"strings"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// ipv6Role names the network. An error of the Engine that says ipv6 has to mean something else than its name.
const ipv6Role = "v6"

// NoIPv6Error says that containers get no IPv6 addresses on this machine.
type NoIPv6Error struct{ Err error }

func (e *NoIPv6Error) Error() string {
	return "the scenario takes containers with IPv6 addresses; use a Docker Engine on a machine with IPv6 (" +
		e.Err.Error() + ")"
}

func (e *NoIPv6Error) Unwrap() error { return e.Err }

// noIPv6 names an error of the Engine that says so.
func noIPv6(err error) error {
	if errors.Is(err, docker.ErrNoIPv6) {
		return &NoIPv6Error{err}
	}
	return err
}

// ipv6Network is the network that gives IPv6 addresses. It is made when the first cluster wants it, and goes with the
// others.
type ipv6Network struct {
	name   string
	subnet netip.Prefix
}

func (l *Lab) ipv6Network(ctx context.Context) (ipv6Network, error) {
	l.ipv6Lock.Lock()
	defer l.ipv6Lock.Unlock()
	if l.ipv6.name != "" {
		return l.ipv6, nil
	}
	name, subnet, err := l.engine.IPv6Network(ctx, ipv6Role, l.keep)
	if err != nil {
		return ipv6Network{}, noIPv6(err)
	}
	l.ipv6 = ipv6Network{name, subnet}
	return l.ipv6, nil
}

// JoinIPv6 gives the load balancer an IPv6 address, where clusters with ClusterSpec.IPv6 reach it, until it leaves. It
// is another one each time: a local cluster goes on with the TLS session that it had with an address, whatever server
// name it was told since, and looks at no certificate then.
func (b *LoadBalancer) JoinIPv6(ctx context.Context) error {
	if b.container == nil {
		return balancer.ErrForeign
	}
	network, err := b.lab.ipv6Network(ctx)
	if err != nil {
		return err
	}
	b.ipv6, err = b.container.JoinIPv6(ctx, network.name, network.subnet)
	return noIPv6(err)
}

// LeaveIPv6 takes the address away again.
func (b *LoadBalancer) LeaveIPv6(ctx context.Context) error {
	network, err := b.lab.ipv6Network(ctx)
	if err != nil {
		return err
	}
	b.ipv6 = netip.Addr{}
	return b.container.Leave(ctx, network.name)
}

// IPv6 is the load balancer's address since JoinIPv6.
func (b *LoadBalancer) IPv6() (netip.Addr, error) {
	if !b.ipv6.IsValid() {
		return b.ipv6, errors.New("the load balancer has no IPv6 address: have an IPv6 network join it before")
	}
	return b.ipv6, nil
}

// Leads reports whether one of the addresses in a text leads to the load balancer.
func (b *LoadBalancer) Leads(addresses string) bool {
	for _, host := range b.Hosts {
		if strings.Contains(addresses, host) {
			return true
		}
	}
	return b.Name != "" && strings.Contains(addresses, b.Name) ||
		b.ipv6.IsValid() && strings.Contains(addresses, b.ipv6.String())
}

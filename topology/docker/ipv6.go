package docker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// ErrNoIPv6 says that the Engine gives containers no IPv6 addresses.
var ErrNoIPv6 = errors.New("the Docker Engine gives containers no IPv6 addresses")

// subnetTries is how many subnets are tried. Each is one of 2^56, so that a second one is hardly ever needed.
const subnetTries = 3

// IPv6Network creates a bridge network of this run whose containers have an IPv6 address beside the usual one, and
// answers its name and its IPv6 subnet. It is internal: the Engine would otherwise prefer it to other networks as the
// way out of a container that joins it, and publish the container's ports anew, on other ports.
func (e *Engine) IPv6Network(ctx context.Context, role string, keep bool) (name string, subnet netip.Prefix,
	err error) {
	on := true
	for range subnetTries {
		subnet = uniqueLocal()
		name, err = e.createNetwork(ctx, role, keep, networkRequest{
			EnableIPv6: &on, Internal: true, IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet}}},
		})
		if err == nil || !strings.Contains(err.Error(), "overlaps with") {
			break
		}
	}
	return name, subnet, namedIPv6(err)
}

// uniqueLocal is a random /64 of those that everybody may use (RFC 4193).
func uniqueLocal() netip.Prefix {
	return netip.PrefixFrom(randomIn(netip.MustParsePrefix("fd00::/8")), 64).Masked()
}

// randomIn is a random address of an IPv6 subnet whose length is a multiple of 8 bits.
func randomIn(subnet netip.Prefix) netip.Addr {
	a := subnet.Masked().Addr().As16()
	_, _ = rand.Read(a[subnet.Bits()/8:]) // never fails since Go 1.24
	return netip.AddrFrom16(a)
}

// namedIPv6 makes an error in which the Engine speaks of IPv6 one that is ErrNoIPv6. The Engine has no code for it.
func namedIPv6(err error) error {
	if err == nil || !strings.Contains(strings.ToLower(err.Error()), "ipv6") {
		return err
	}
	return fmt.Errorf("%w: %w", ErrNoIPv6, err)
}

// JoinIPv6 connects the container, while it runs, to a network that IPv6Network made, and answers its address there: a
// random one, which nobody has seen before.
func (c *Container) JoinIPv6(ctx context.Context, networkName string, subnet netip.Prefix) (netip.Addr, error) {
	address := randomIn(subnet)
	if _, err := c.engine.cli.NetworkConnect(ctx, networkName, client.NetworkConnectOptions{
		Container: c.ID, EndpointConfig: &network.EndpointSettings{
			IPAMConfig: &network.EndpointIPAMConfig{IPv6Address: address}},
	}); err != nil {
		return netip.Addr{}, namedIPv6(fmt.Errorf("join container %s to network %s: %w", c.Name, networkName, err))
	}
	return address, nil
}

// Leave takes the container from a network while it runs.
func (c *Container) Leave(ctx context.Context, networkName string) error {
	if _, err := c.engine.cli.NetworkDisconnect(ctx, networkName, client.NetworkDisconnectOptions{Container: c.ID,
		Force: true}); err != nil {
		return fmt.Errorf("take container %s from network %s: %w", c.Name, networkName, err)
	}
	return nil
}

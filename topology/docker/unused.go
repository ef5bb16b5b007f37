package docker

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/moby/moby/client"
)

// UnusedAddress is an IPv4 address of a network that no container has: the last one before that of broadcasts. The
// Engine gives them out from the first one on.
func (e *Engine) UnusedAddress(ctx context.Context, networkName string) (netip.Addr, error) {
	found, err := e.cli.NetworkInspect(ctx, networkName, client.NetworkInspectOptions{})
	if err != nil {
		return netip.Addr{}, fmt.Errorf("inspect network %s: %w", networkName, err)
	}
	for _, pool := range found.Network.IPAM.Config {
		if address, ok := lastOf(pool.Subnet); ok {
			return address, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("network %s has no IPv4 subnet", networkName)
}

// lastOf is the last address of an IPv4 subnet before that of broadcasts; ok is false where it has none to spare.
func lastOf(subnet netip.Prefix) (last netip.Addr, ok bool) {
	if !subnet.Addr().Is4() || subnet.Bits() > 28 {
		return last, false
	}
	first := subnet.Masked().Addr().As4()
	number := binary.BigEndian.Uint32(first[:]) | (1<<(32-subnet.Bits()) - 1)
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, number-1))), true
}

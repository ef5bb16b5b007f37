package docker

import (
	"context"
	"encoding/hex"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/stretchr/testify/require"
)

func TestASubnetIsUniqueAndLocal(t *testing.T) {
	seen := map[netip.Prefix]bool{}
	for range 100 {
		subnet := uniqueLocal()
		require.Equal(t, 64, subnet.Bits())
		require.Equal(t, subnet.Masked(), subnet, "no bit of a host is set")
		require.True(t, netip.MustParsePrefix("fd00::/8").Contains(subnet.Addr()), subnet)
		require.False(t, seen[subnet], "%s came twice", subnet)
		seen[subnet] = true
		require.True(t, subnet.Contains(randomIn(subnet)))
		require.NotEqual(t, randomIn(subnet), randomIn(subnet))
	}
}

func TestAnEngineWithoutIPv6IsNamed(t *testing.T) {
	for text, want := range map[string]bool{
		"failed to add interface veth0 to sandbox: " +
			"error setting interface \"veth0\" IPv6 to fd00::2/64: permission denied": true,
		"could not setup ipv6 forwarding: read-only file system":                                                     true,
		"could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network": false,
		"No such image: none:none": false,
	} {
		err := errors.New(text)
		named := namedIPv6(err)
		require.ErrorIs(t, named, err)
		require.Equal(t, want, errors.Is(named, ErrNoIPv6), text)
	}
	require.NoError(t, namedIPv6(nil))
}

func TestIPv6BetweenContainers(t *testing.T) {
	e, image := engine(t, "base") // it has a shell
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	usual, err := e.Network(ctx, "local", false)
	require.NoError(t, err)
	name, subnet, err := e.IPv6Network(ctx, "v6", false)
	if errors.Is(err, ErrNoIPv6) {
		skip(t, "needs IPv6: %v", err)
	}
	require.NoError(t, err)

	on := true
	_, err = e.createNetwork(ctx, "twice", false, networkRequest{
		EnableIPv6: &on, IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet}}}})
	require.ErrorContains(t, err, "overlaps with", "by these words another subnet is tried")

	start := func(role string, networks ...Attachment) *Container {
		c, err := e.Start(ctx, ContainerSpec{Name: "crosscheck-" + e.Run() + "-" + role, Image: image, Role: role,
			Ports: []uint16{9200},
			Cmd:   []string{"sleep", "300"}, Networks: networks})
		require.NoError(t, err)
		return c
	}
	addresses := func(c *Container) string {
		got, err := c.Exec(ctx, "", "cat", "/proc/net/if_inet6")
		require.NoError(t, err)
		return got.Stdout
	}
	first := start("first", Attachment{Network: usual}, Attachment{Network: name})
	require.Contains(t, addresses(first), "fd", "it has one when it starts, on a network that is not its first")
	second := start("second", Attachment{Network: usual})
	before, err := second.Address(ctx, 9200)
	require.NoError(t, err)
	joined := map[netip.Addr]bool{}
	for range 2 {
		address, err := second.JoinIPv6(ctx, name, subnet)
		require.NoError(t, err)
		require.True(t, subnet.Contains(address))
		require.False(t, joined[address], "it is another one each time")
		joined[address] = true
		require.Contains(t, addresses(second), hex.EncodeToString(address.AsSlice()))
		after, err := second.Address(ctx, 9200)
		require.NoError(t, err)
		require.Equal(t, before, after, "its port is published where it was")
		require.NoError(t, second.Leave(ctx, name))
		require.NotContains(t, addresses(second), "fd")
	}
	swept, err := sweepTest(ctx, e, e.own)
	require.NoError(t, err)
	require.Equal(t, Swept{Containers: 2, Networks: 2}, swept)
}

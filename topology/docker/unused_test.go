package docker

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheLastAddressOfASubnet(t *testing.T) {
	for subnet, want := range map[string]string{
		"172.18.0.0/16": "172.18.255.254", "192.168.112.0/20": "192.168.127.254", "10.1.2.0/28": "10.1.2.14",
		"10.1.2.0/30": "", "fd00::/64": "",
	} {
		got, ok := lastOf(netip.MustParsePrefix(subnet))
		require.Equal(t, want != "", ok, subnet)
		if ok {
			require.Equal(t, want, got.String(), subnet)
		}
	}
}

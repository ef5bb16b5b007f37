package lab

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

func TestAPublishedAddressIsThatOfEveryInterface(t *testing.T) {
	const transport, server = "network.publish_host", "remote_cluster.publish_host"
	store := pki.NewStore()
	spec := securedSpec(topology.Remote, "9.3.2")
	spec.ServerCA = "remote-server"
	without := securedSpec(topology.Remote, "8.5.0")
	for name, c := range map[string]struct {
		spec      ClusterSpec
		published string
		want      map[string]any
		hasNot    []string
	}{
		"left to Elasticsearch": {spec, "", nil, []string{transport, server}},
		"of the load balancer":  {spec, "10.0.0.7", map[string]any{transport: "10.0.0.7", server: "10.0.0.7"}, nil},
		"without the server, whose setting does not exist": {without, "10.0.0.7", map[string]any{transport: "10.0.0.7"},
			[]string{server}},
	} {
		settings := map[string]any{}
		publish(c.spec, names{published: c.published}, settings)
		for setting, want := range c.want {
			require.Equal(t, want, settings[setting], "%s: %s", name, setting)
		}
		for _, setting := range c.hasNot {
			require.NotContains(t, settings, setting, name)
		}
	}
	_, settings := render(t, spec, store)
	require.NotContains(t, settings, transport)
}

func TestOneAddressOfALoadBalancerIsNotThatOfSeveralNodes(t *testing.T) {
	c := &Cluster{Name: "remote-1", Spec: ClusterSpec{Published: PublishedBalancer, Nodes: 2}}
	_, err := c.publish(t.Context(), names{})
	require.EqualError(t, err, "remote-1 has 2 nodes, and one address of a load balancer cannot stand for each of them")
	for _, spec := range []ClusterSpec{{}, {Published: PublishedDirectly, Nodes: 2}} {
		n, err := (&Cluster{Spec: spec}).publish(t.Context(), names{cluster: "remote-1"})
		require.NoError(t, err)
		require.Equal(t, names{cluster: "remote-1"}, n)
	}
}

func TestNodesAreReachedDirectlyOnlyWhereTheyAreOnTheLocalNetwork(t *testing.T) {
	c := &Cluster{Name: "remote-1", nodes: []*node{{name: "remote-1-1"}, {name: "remote-1-2"}}}
	_, err := c.DirectAddress(1)
	require.EqualError(t, err, "the nodes of remote-1 are not on the local cluster's network: describe them so before")
	c.Spec.Published = PublishedDirectly
	address, err := c.DirectAddress(2)
	require.NoError(t, err)
	require.Equal(t, "direct-remote-1-2.crosscheck.test:9300", address)
	for _, number := range []int{0, 3} {
		_, err = c.DirectAddress(number)
		require.ErrorContains(t, err, "it has 2")
	}
}

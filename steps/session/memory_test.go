package session

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const gigabyte = 1_000_000_000

func TestNodesThatFitIntoMemory(t *testing.T) {
	for name, c := range map[string]struct {
		free         int64
		cores        int
		lanes        int
		nodes, inK8s int
	}{
		"memory is what is short":            {free: 8 * gigabyte, cores: 4, lanes: 1, nodes: 8, inK8s: 4},
		"cores are what is short":            {free: 64 * gigabyte, cores: 2, lanes: 1, nodes: 16, inK8s: 77},
		"lanes take nodes from ECK":          {free: 21 * gigabyte, cores: 4, lanes: 5, nodes: 25, inK8s: 8},
		"never less than a scenario takes":   {free: 1 * gigabyte, cores: 1, lanes: 2, nodes: 3, inK8s: 4},
		"nothing is known of the machine":    {free: 0, cores: 0, lanes: 1, nodes: 3, inK8s: 4},
		"two gigabytes stay free beside ten": {free: 9_500_000_000, cores: 8, lanes: 1, nodes: 10, inK8s: 5},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.nodes, maxNodes(c.free, c.cores), "nodes at once")
			require.Equal(t, c.inK8s, eckNodes(c.free, c.lanes), "nodes of the ECK environment")
		})
	}
}

func TestDefaultLanes(t *testing.T) {
	for name, c := range map[string]struct{ cores, pairs, want int }{
		"one more than cores": {2, 9, 3},
		"one for each pair":   {8, 4, 4},
		"no pair":             {8, 0, 1},
		"nothing is known":    {0, 5, 1},
	} {
		require.Equal(t, c.want, defaultLanes(c.cores, c.pairs), name)
	}
}

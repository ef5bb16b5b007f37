package lab

import (
	"context"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// ended is a node's container that has ended.
type ended struct {
	looked
	code int
}

func (e ended) State(context.Context) (docker.State, error) {
	return docker.State{Code: e.code, Text: "exited"}, nil
}

func TestANodeThatEndedByItselfIsKnown(t *testing.T) {
	for name, c := range map[string]struct {
		process Process
		want    bool
	}{
		"it runs": {looked{}, false}, "it ended": {ended{code: 1}, true}, "somebody killed it": {ended{code: 137}, false},
	} {
		cluster := &Cluster{nodes: []*node{{name: "a", process: looked{}}, {name: "b", process: c.process}}}
		state, ok, err := cluster.Ended(t.Context())
		require.NoError(t, err)
		require.Equal(t, c.want, ok, name)
		require.Equal(t, c.want, state.Code == 1, name)
	}
}

func TestWhereNoNodeIsUpEveryRequestSaysSo(t *testing.T) {
	_, err := (&Cluster{Name: "local-2", nodes: []*node{{}}}).API().RemoteInfo(t.Context())
	require.ErrorContains(t, err, "no node of local-2 is up")
}

func TestFurtherSettingsJoinThoseOfANode(t *testing.T) {
	rendered, err := nodeFiles(securedSpec(topology.Local, "7.17.29"), names{cluster: "local-2", node: "local-2-1"},
		"a password",
		pki.NewStore())
	require.NoError(t, err)
	n := &node{name: "local-2-1", files: rendered}
	file, err := n.settings(map[string]any{"cluster.remote.partner.seeds": []any{"lb.test:9300"}})
	require.NoError(t, err)
	require.Equal(t, configFile("elasticsearch.yml", file.Content), file)
	var settings map[string]any
	require.NoError(t, yaml.Unmarshal(file.Content, &settings))
	require.Equal(t, []any{"lb.test:9300"}, settings["cluster.remote.partner.seeds"])
	require.Equal(t, "local-2-1", settings["node.name"], "what was there stays")
	_, err = (&node{name: "pod"}).settings(nil)
	require.EqualError(t, err, "pod has no elasticsearch.yml of crosscheck's own")
}

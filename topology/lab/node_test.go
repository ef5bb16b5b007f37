package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

func TestNodesOfAClusterFindEachOther(t *testing.T) {
	spec := securedSpec(topology.Remote, "9.3.2")
	spec.Nodes = 3
	_, settings := render(t, spec, pki.NewStore())
	require.NotContains(t, settings, "discovery.type", "a single node would look for no others")
	require.Equal(t, []any{"remote-1-1", "remote-1-2", "remote-1-3"}, settings["cluster.initial_master_nodes"])
	require.Equal(t, []any{"remote-1-1.crosscheck.test", "remote-1-2.crosscheck.test", "remote-1-3.crosscheck.test"},
		settings["discovery.seed_hosts"])
	require.Equal(t, "remote-1-1", settings["node.name"])
	require.Equal(t, []string{"local-2-1"}, nodeNames("local-2", ClusterSpec{}), "no number is one")
}

func TestTheLibraryShowsAHigherFileLimit(t *testing.T) {
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("needs a C compiler")
	}
	library, err := compile(t.Context())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "filelimit.so")
	require.NoError(t, os.WriteFile(path, library, 0o600))
	out, err := exec.CommandContext(t.Context(), "bash", "-c",
		`ulimit -n 1000; LD_PRELOAD="$0" bash -c 'ulimit -Hn; ulimit -Sn; ulimit -Hv'; ulimit -n; ulimit -Hv`,
		path).CombinedOutput()
	require.NoError(t, err, string(out))
	lines := strings.Fields(string(out))
	require.Len(t, lines, 5, "%s", out)
	require.Equal(t, []string{"65536", "65536"}, lines[:2], "what a process sees that has the library")
	require.Equal(t, lines[4], lines[2], "other limits are what they are")
	require.Equal(t, "1000", lines[3], "the limit itself stays")
}

func TestANodeThatIsAskedAnswersAlone(t *testing.T) {
	first, second := &elastic.Client{}, &elastic.Client{}
	c := &Cluster{Name: "local-1", nodes: []*node{{api: first}, {api: second}}}
	require.Same(t, first, c.API())
	require.NoError(t, c.Ask(2))
	require.Same(t, second, c.API())
	c.nodes[1].use(nil)
	_, err := c.API().Nodes(t.Context())
	require.ErrorContains(t, err, "node 2 of local-1 is not up", "no other node answers in its place")
	require.NoError(t, c.Ask(0))
	require.Same(t, first, c.API())
	require.EqualError(t, c.Ask(3), "local-1 has no node 3: it has 2")
	require.EqualError(t, c.Ask(-1), "local-1 has no node -1: it has 2")
}

package steps

import (
	"context"
	"errors"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

// refuser is a lab on a machine whose file limit is too low.
type refuser struct{}

func (refuser) Start(context.Context, lab.ClusterSpec) (*lab.Cluster, error) {
	return nil, &lab.FileLimitError{Err: errors.New("there is no cc")}
}

func (refuser) Stop(context.Context, *lab.Cluster) error { return nil }

func TestAFileLimitThatIsTooLowIsNobodysFailure(t *testing.T) {
	s := scenario(t, "8.19.0", "8.19.0")
	s.env.Pool = pool.New(refuser{}, 9)
	require.NoError(t, s.nodes(t.Context(), topology.Remote, 3))
	err := s.documents(t.Context(), "logs", 3)
	var unsupported *verdict.UnsupportedError
	require.ErrorAs(t, err, &unsupported)
	require.Equal(t, "file-limit", unsupported.Fact)
	require.Contains(t, unsupported.Reason, "install a C compiler (there is no cc)")
}

func TestAScenariosUpgradesAndNodesAreReadFromItsSteps(t *testing.T) {
	vocabulary, err := gherkin.NewVocabulary(Vocabulary())
	require.NoError(t, err)
	bound, err := vocabulary.Bind(gherkin.Scenario{Steps: []gherkin.Step{
		{Text: "the remote cluster has 3 nodes"}, {Text: "the local cluster has 1 nodes"}, {Text: "another remote cluster like it"},
		{Text: `the remote cluster is upgraded node by node to "9.3.2"`}, {Text: `a node of the local cluster does not start with "9.2.4" on its data`},
		{Text: `"partner" is connected`},
	}})
	require.NoError(t, err)
	nodes, several := NodesOf(bound)
	require.Equal(t, 7, nodes, "three, one, and three more of one like the remote cluster")
	require.True(t, several)
	nodes, several = NodesOf(bound[1:2])
	require.Equal(t, 2, nodes)
	require.False(t, several)
	pair := Pair{Local: semver.MustParse("8.19.0"), Remote: semver.MustParse("8.19.0")}
	var upgrades int
	for _, b := range bound {
		u, ok, err := UpgradeOf(b)
		require.NoError(t, err)
		if ok {
			pair = After(pair, u)
			upgrades++
		}
	}
	require.Equal(t, 2, upgrades)
	require.Equal(t, "8.19.0 -> 9.3.2", pair.String(), "a version that is refused is nobody's afterwards")
}

func TestUpgradesWantClustersThatRun(t *testing.T) {
	s := scenario(t, "8.19.0", "8.19.0")
	require.ErrorContains(t, s.upgraded(t.Context(), "remote", "9.3.2"), "the clusters are not running yet")
	require.ErrorContains(t, s.upgraded(t.Context(), "other", "9.3.2"), `no "other" one`)
	require.ErrorContains(t, s.nodes(t.Context(), "remote", 0), "1 to 9 nodes")
	require.ErrorContains(t, s.stillHolds(t.Context(), "partner"), "nothing was upgraded")
	require.ErrorContains(t, s.interruptedAtMost(t.Context(), 1), "there is no watcher")
}

package steps

import (
	"os"
	"slices"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/clusters"
	"github.com/crosscheck-dev/crosscheck/steps/disturb"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/judge"
)

func TestEveryFeatureBindsToTheVocabulary(t *testing.T) {
	vocabulary, err := gherkin.NewVocabulary(Vocabulary())
	require.NoError(t, err)
	scenarios, err := gherkin.Load(os.DirFS(".."), "features")
	require.NoError(t, err)
	require.NotEmpty(t, scenarios)
	for _, s := range scenarios {
		_, err := vocabulary.Bind(s)
		require.NoError(t, err, "undefined, ambiguous or misshapen steps")
	}
}

func TestEveryStepIsExplainedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Vocabulary() {
		require.NotEmpty(t, d.Doc, "the step %q has no sentence for `crosscheck list --steps`", d.Expression)
		require.False(t, seen[d.Expression], "the step %q is there twice", d.Expression)
		seen[d.Expression] = true
	}
}

func TestNamesOutcome(t *testing.T) {
	vocabulary, err := gherkin.NewVocabulary(Vocabulary())
	require.NoError(t, err)
	for text, want := range map[string]string{
		`"partner" fails as "credentials-missing"`: "credentials-missing",
		`"partner" is connected`:                   "",
	} {
		bound, err := vocabulary.Bind(gherkin.Scenario{Steps: []gherkin.Step{{Text: text}}})
		require.NoError(t, err)
		id, ok := judge.NamesOutcome(bound[0])
		require.Equal(t, want, id, text)
		require.Equal(t, want != "", ok, text)
	}
}

func TestAScenariosUpgradesAndNodesAreReadFromItsSteps(t *testing.T) {
	vocabulary, err := gherkin.NewVocabulary(Vocabulary())
	require.NoError(t, err)
	bound, err := vocabulary.Bind(gherkin.Scenario{Steps: []gherkin.Step{
		{Text: "the remote cluster has 3 nodes"}, {Text: "the local cluster has 1 nodes"},
		{Text: "another remote cluster like it"},
		{Text: `the remote cluster is upgraded node by node to "9.3.2"`},
		{Text: `a node of the local cluster does not start with "9.2.4" on its data`},
		{Text: `"partner" is connected`},
	}})
	require.NoError(t, err)
	nodes, several := clusters.NodesOf(bound)
	require.Equal(t, 7, nodes, "three, one, and three more of one like the remote cluster")
	require.True(t, several)
	nodes, several = clusters.NodesOf(bound[1:2])
	require.Equal(t, 2, nodes)
	require.False(t, several)
	pair := Pair{Local: semver.MustParse("8.19.0"), Remote: semver.MustParse("8.19.0")}
	var upgrades int
	for _, b := range bound {
		u, ok, err := disturb.ChangeOf(b)
		require.NoError(t, err)
		if ok {
			pair = u.Of(pair)
			upgrades++
		}
	}
	require.Equal(t, 2, upgrades)
	require.Equal(t, "8.19.0 -> 9.3.2", pair.String(), "a version that is refused is nobody's afterwards")
}

// A slash is the grammar's sign for alternatives.
func TestTheRateOfALinkIsWrittenWithASlash(t *testing.T) {
	vocabulary, err := gherkin.NewVocabulary(Vocabulary())
	require.NoError(t, err)
	_, err = vocabulary.Bind(gherkin.Scenario{
		Steps: []gherkin.Step{{Text: "the load balancer passes 40 KB/s on port 9300"}}})
	require.NoError(t, err)
}

func features(t *testing.T) []gherkin.Scenario {
	t.Helper()
	scenarios, err := gherkin.Load(os.DirFS(".."), "features")
	require.NoError(t, err)
	return scenarios
}

func TestWhatTouchesTheSimulatedCloudSaysSo(t *testing.T) {
	vocabulary, err := gherkin.NewVocabulary(Vocabulary())
	require.NoError(t, err)
	for _, s := range features(t) {
		bound, err := vocabulary.Bind(s)
		require.NoError(t, err)
		simulates := slices.ContainsFunc(bound, func(b gherkin.Bound) bool { return len(b.Simulates) > 0 })
		require.Equal(t, simulates, slices.Contains(s.Tags, "@cloud"),
			"%s: the tag @cloud and steps that simulate go together", s.ID())
	}
}

package suite

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// oneKind is a plan whose items all want the same two clusters.
func oneKind(Item) []string { return []string{"remote", "local"} }

func TestParseShard(t *testing.T) {
	for text, want := range map[string]Shard{"": {}, "1/1": {1, 1}, "2/4": {2, 4}} {
		got, err := ParseShard(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"0/2", "3/2", "1", "/", "a/b", "-1/2", "1/2/3", "1/0", "1/99999999999999999999"} {
		_, err := ParseShard(text)
		require.ErrorContains(t, err, "--shard "+text+": write i/n", text)
	}
}

func FuzzParseShard(f *testing.F) {
	f.Add("1/4")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseShard(text); err == nil && (s.Index > s.Count || s.Index < 0 || text != "" && s.Index == 0) {
			t.Fatalf("%q is part %d of %d", text, s.Index, s.Count)
		}
	})
}

// wholePlan is every scenario of this repository on the pairs of the full profile.
func wholePlan(t *testing.T) ([]Item, func(Item) []string) {
	t.Helper()
	known, err := facts.Default()
	require.NoError(t, err)
	entries, err := catalogue.Default()
	require.NoError(t, err)
	profile, err := facts.DefaultProfile("full")
	require.NoError(t, err)
	scenarios, err := gherkin.Load(os.DirFS("../.."), "features")
	require.NoError(t, err)
	pairs := profile.Pairs
	bindings, err := Bind(scenarios, entries)
	require.NoError(t, err)
	items, err := bindings.Plan(t.Context(), pairs, Rules{Facts: known})
	require.NoError(t, err)
	clustersOf := map[string][]string{} // the plan is split many times here
	clusters := Clusters(t.Context(), known)
	return items, func(item Item) []string {
		id := item.report().ID
		if clustersOf[id] == nil {
			clustersOf[id] = clusters(item)
		}
		return clustersOf[id]
	}
}

// split is the plan in count parts.
func split(t *testing.T, items []Item, clusters func(Item) []string, costs Costs, count int) []map[string]bool {
	t.Helper()
	parts, _ := shards(items, clusters, costs, count)
	again, _ := shards(items, clusters, costs, count)
	require.Equal(t, parts, again, "a plan is always split alike")
	last, err := Shard{count, count}.Split(items, clusters, costs)
	require.NoError(t, err)
	require.Equal(t, parts[count-1], last)
	return parts
}

func TestShardsAreThePlanOnceAndAboutEquallyLong(t *testing.T) {
	items, clusters := wholePlan(t)
	for _, count := range []int{1, 2, 3, 7, 20} {
		parts := split(t, items, clusters, nil, count)
		seconds := make([]float64, count)
		total := 0.0
		for i, ids := range parts {
			started := map[string]bool{}
			for _, item := range items {
				if ids[item.report().ID] && item.Unsupported == nil {
					seconds[i] += piece{clusters: clusters(item), seconds: costOfScenario}.with(started)
				}
			}
			total += seconds[i]
		}
		for _, item := range items {
			var owners []int
			for i, ids := range parts {
				if ids[item.report().ID] {
					owners = append(owners, i+1)
				}
			}
			require.Len(t, owners, 1, "%s is in the shards %v of %d", item.report().ID, owners, count)
		}
		require.Less(t, slices.Max(seconds), 1.25*total/float64(count), "the longest of %d shards: %v", count, seconds)
		require.NotZero(t, slices.Min(seconds), "each shard has something to run: %v", seconds)
	}
}

func TestScenariosThatShareClustersStayTogether(t *testing.T) {
	items, clusters := wholePlan(t)
	started := func(ids map[string]bool) int {
		kinds := map[string]bool{}
		for _, item := range items {
			if item.Unsupported == nil && ids[item.report().ID] {
				for _, c := range clusters(item) {
					kinds[c] = true
				}
			}
		}
		return len(kinds)
	}
	pairs := func(ids map[string]bool) int {
		all := map[string]bool{}
		for _, item := range items {
			if item.Unsupported == nil && ids[item.report().ID] {
				all[item.Pair.String()] = true
			}
		}
		return len(all)
	}
	whole := started(split(t, items, clusters, nil, 1)[0])
	sharded, dealt, sides := 0, 0, -pairs(split(t, items, clusters, nil, 1)[0])
	for i, ids := range split(t, items, clusters, nil, 3) {
		sharded += started(ids)
		sides += pairs(ids)
		byLine := map[string]bool{}
		for _, item := range items {
			if item.Scenario.Line%3 == i {
				byLine[item.report().ID] = true
			}
		}
		dealt += started(byLine)
	}
	t.Logf("kinds of clusters: %d in one run, %d in three shards, %d were they dealt out by line", whole, sharded, dealt)
	require.Less(t, sharded-whole, (dealt-whole)/2, "three shards start few clusters more than one run")
	require.LessOrEqual(t, sides, 4, "each of the two cuts goes through the pairs of one remote version")
}

func TestStoredCostsDecide(t *testing.T) {
	b := &bench{t: t}
	items := b.items(onePair, "a", "b", "c", "d")
	slow := items[0].report()
	slow.Seconds, slow.Attempts, slow.Line = 3000, 3, 999 // its line has moved since
	never := items[3].report()
	never.Seconds = 1e6
	costs := CostsOf(&reports.Result{Scenarios: []reports.Scenario{slow, never}})
	require.Equal(t, 1000.0, costs.of(items[0]), "for one attempt")
	require.Equal(t, costOfScenario, costs.of(items[3]), "what never ran says nothing")
	require.Len(t, split(t, items, oneKind, nil, 2)[0], 2, "without them all scenarios are alike")
	require.Equal(t, map[string]bool{items[0].report().ID: true}, split(t, items, oneKind, costs, 2)[0],
		"the slow one has a shard for itself")
}

func TestShardsThatWouldBeEmpty(t *testing.T) {
	b := &bench{t: t}
	items := b.items(onePair, "a", "b", "c")
	items[2].Unsupported = &verdict.UnsupportedError{Fact: "wire"}
	parts := split(t, items, oneKind, nil, 2)
	require.Len(t, parts[0], 2, "what cannot run is in the first one: %v", parts)
	require.Len(t, parts[1], 1)
	for i := 1; i <= 3; i++ {
		_, err := Shard{i, 3}.Split(items, oneKind, nil)
		require.EqualError(t, err, fmt.Sprintf("--shard %d/3: 2 of the 3 scenarios can run; split them into 2 parts at most",
			i))
	}
}

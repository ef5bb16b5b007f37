package world

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// A pattern that reached beyond the scenario's own names would find what others have on the clusters.
func TestNamesOnClustersThatOthersUse(t *testing.T) {
	n := newNames("crosscheck-x-", "s")
	for text, want := range map[string]string{
		"partner:logs":         "crosscheck-x-partner-s:crosscheck-x-logs-s",
		"logs":                 "crosscheck-x-logs-s",
		"*:logs":               "crosscheck-x-*-s:crosscheck-x-logs-s",
		"other*:logs":          "crosscheck-x-other*:crosscheck-x-logs-s",
		"partner:*":            "crosscheck-x-partner-s:crosscheck-x-*-s",
		"partner:nothing*":     "crosscheck-x-partner-s:crosscheck-x-nothing*",
		"*:logs,-associate:*":  "crosscheck-x-*-s:crosscheck-x-logs-s,-crosscheck-x-associate-s:*",
		"partner:logs,nothing": "crosscheck-x-partner-s:crosscheck-x-logs-s,crosscheck-x-nothing-s",
	} {
		require.Equal(t, want, n.Target(text))
	}
	require.Equal(t, "crosscheck-x-*-s", n.All())
	require.Equal(t, "*", newNames("", "s").All())
	n.Call("partner", "theirs")
	require.Equal(t, "theirs:crosscheck-x-logs-s", n.Target("partner:logs"), "an alias of the user's is called as it is")
}

func TestAnInterruptedScenarioIsUndoneWhereTheClustersLiveOn(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for _, insists := range []bool{false, true} {
		w := bare()
		if insists {
			w.Undo.Insist()
		}
		undone := false
		w.Undo.Later("it", func(ctx context.Context) error {
			undone = true
			return ctx.Err()
		})
		require.NoError(t, w.Close(ended))
		require.Equal(t, insists, undone)
	}
}

func TestWhatIsNotControlledIsUnsupportedAtOnce(t *testing.T) {
	tries := 0
	err := Await(t.Context(), "x", time.Minute, func(context.Context) error {
		tries++
		return lab.NotOurs("the local cluster", "its logs")
	})
	require.Equal(t, 1, tries)
	for want, given := range map[verdict.UnsupportedError]error{
		{Fact: "control", Reason: "the local cluster is not crosscheck's: it has no control of its logs"}: err,
		{Fact: "alias", Reason: "r"}: &lab.UncontrolledError{Reason: "r", Fact: "alias"},
		{Fact: "control", Reason: "pod runs where crosscheck cannot reach into it"}: &lab.ReachError{Node: "pod"},
		{Fact: "control", Reason: balancer.ErrForeign.Error()}:                      balancer.ErrForeign,
	} {
		var got *verdict.UnsupportedError
		require.ErrorAs(t, UnsupportedIfMissing(errors.Join(given)), &got)
		require.Equal(t, want, *got)
	}
}

// What a scenario describes is compared before anything is asked of the user's clusters.
func TestClustersOfTheUsersAreNotMadeToFit(t *testing.T) {
	side := func(role string) *existing.Side { return &existing.Side{Role: role, Secured: true, Nodes: 1} }
	env := &Env{Facts: &facts.Facts{}, Existing: &existing.Pair{Local: side("local"), Remote: side("remote"),
		Prefix: "crosscheck-x-"}}
	w := New(env, bare().Pair)
	w.Clusters.RemoteSpec.Nodes = 3
	var got *verdict.UnsupportedError
	require.ErrorAs(t, w.Ready(t.Context()), &got)
	require.Equal(t, "the remote cluster is not crosscheck's: it has no control of how many nodes it has "+
		"(3 are wanted, it has 1)", got.Reason)
	require.Equal(t, "crosscheck-x-*", w.Names.All()[:14])
}

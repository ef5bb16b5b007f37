package disturb

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/access"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
)

func TestUpgradesWantClustersThatRun(t *testing.T) {
	w := worldtest.New(t, "8.19.0", "8.19.0")
	r := remotes.New(w)
	u := NewUpgrades(w, r, access.NewKeys(w, access.NewUsers(w)))
	require.ErrorContains(t, u.upgradeCluster(t.Context(), "remote", "9.3.2"), "the clusters are not running yet")
	require.ErrorContains(t, u.upgradeCluster(t.Context(), "other", "9.3.2"), `no "other" one`)
	require.ErrorContains(t, u.expectUnchanged(t.Context(), "partner"), "nothing was upgraded")
	require.ErrorContains(t, NewWatch(w, r).expectInterruptedAtMost(t.Context(), 1), "there is no watcher")
}

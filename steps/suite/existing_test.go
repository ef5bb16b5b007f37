package suite

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
)

// What a step takes into crosscheck's hands is known before the scenario starts.
func TestOnClustersOfTheUsers(t *testing.T) {
	side := func(role string) *existing.Side {
		return &existing.Side{Role: role, Secured: true, License: "trial", Nodes: 1}
	}
	rules := someRules(t)
	rules.Existing = &existing.Pair{Local: side("local"), Remote: side("remote"), Model: existing.Certificate,
		Prefix: "crosscheck-x-"}
	for step, want := range map[string][2]string{
		`"partner" is connected`: {},
		`the local cluster adds "partner" in proxy mode at "nowhere.test:9443"`: {},
		`the local keystore holds the key for the alias "partner"`:              {"control", "the local keystore"},
		`the load balancer heals`:                                     {"control", "what is between them"},
		`the remote cluster's license becomes basic`:                  {"control", "their licenses"},
		`the remote cluster is upgraded node by node to "9.3.2"`:      {"control", "the version of their nodes"},
		"the administrator of the local ECK runs\n\"\"\"\nls\n\"\"\"": {"control", "the operator that manages them"},
		`two organizations of Elastic Cloud with a deployment each`:   {"control", "Elastic Cloud around them"},
		`the remote cluster has 3 nodes`:                              {"control", "3 are wanted, it has 1"},
		`a local cluster that does not trust its certificate`:         {"control", "its certificates"},
		`the local cluster adds "partner" in proxy mode on port 9443`: {"proxy-address",
			"how the local cluster reaches port 9443 of the remote one is not known; --proxy-address 9443=HOST:PORT says it"},
	} {
		items, err := plan(t, feature(t, "@x", step), []steps.Pair{pairOf("9.2.0", "9.2.0")}, rules)
		require.NoError(t, err, step)
		if want[0] == "" {
			require.Nil(t, items[0].Unsupported, step)
			continue
		}
		require.NotNil(t, items[0].Unsupported, step)
		require.Equal(t, want[0], items[0].Unsupported.Fact, step)
		require.Contains(t, items[0].Unsupported.Reason, want[1], step)
	}
	items, err := plan(t, feature(t, "@model:api-key", `"partner" is connected`), []steps.Pair{pairOf("9.2.0", "9.2.0")},
		rules)
	require.NoError(t, err)
	require.Equal(t, "model", items[0].Unsupported.Fact)
	require.Equal(t, "the scenario is about the model api-key, and that of the clusters is certificate "+
		"(--model, --proxy-address)", items[0].Unsupported.Reason)
}

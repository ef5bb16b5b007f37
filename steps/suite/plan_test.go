package suite

import (
	"strings"
	"testing"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

const someFacts = `
facts:
  - {id: api-key-model, title: API keys, both: ">=8.14.0", source: ["docs: x"]}
  - {id: api-key-model-beta, title: API keys as a beta, both: ">=8.10.0", source: ["docs: x"]}
  - {id: strong-identity, title: Strong identity, both: ">=9.3.0", source: ["docs: x"]}
  - {id: resolve-cluster, title: Resolving, local: ">=8.13.0", source: ["docs: x"]}
  - id: proxy-mode
    title: Proxy mode
    local: ">=7.6.0"
    source: ["docs: x"]
    brings: {settings: [cluster.remote.*.mode]}
  - {id: server-name, title: Server name, local: ">=7.7.0", source: ["docs: x"]}
  - {id: remote-cluster-server, title: The server, remote: ">=8.10.0", source: ["docs: x"]}
  - {id: remote-cluster-client-tls, title: TLS to it, local: ">=8.10.0", source: ["docs: x"]}
  - {id: remote-credentials, title: Credentials, local: ">=8.10.0", source: ["docs: x"]}
  - {id: eck-guide, title: ECK, both: ">=9.0.0", source: ["docs: x"]}
defaults:
  - {field: skip_unavailable, local: ">=7.0", value: "false", source: ["docs: x"]}
remote_info:
  - {local: ">=7.0", mode: sniff, fields: [connected], source: ["docs: x"]}
wire:
  - {local: ">=8.0 <9.0", remote: ">=9.0", connects: false, reason: "8.14 knows no 9"}
  - {local: ">=8.0 <9.0", remote: "<9.0", connects: true, reason: near enough}
  - {local: "<8.0", remote: ">=7.0", connects: true, reason: near enough}
  - {local: ">=9.0", remote: ">=7.0", connects: true, reason: near enough}
ccs_supported:
  - {local: ">=7.0", remote: ">=7.0", supported: true, reason: near enough}
upgrades:
  - {from: ">=8.0 <8.19", to: ">=9.0", rolling: false, reason: from the last 8.x only}
  - {from: ">=8.0 <8.19", to: "<9.0", rolling: true, reason: near enough}
  - {from: ">=8.19", to: ">=8.19", rolling: true, reason: near enough}
`

const someOutcomes = `
outcomes:
  - id: credentials-missing
    title: There is no key
    done: Nobody stores the key.
    model: api-key
    evidence: real
    local: ">=9.1"
    remote: ">=8.10"
    signature:
      remote_info: {connected: false}
    cause: There is no key.
    fix: Store the key.
    source: ["docs: x"]
`

func someRules(t *testing.T) Rules {
	t.Helper()
	known, err := facts.Load("facts.yaml", []byte(someFacts))
	require.NoError(t, err)
	return Rules{Facts: known}
}

// plan binds scenarios to the vocabulary and judges them.
func plan(t *testing.T, scenarios []gherkin.Scenario, pairs []steps.Pair, rules Rules) ([]Item, error) {
	t.Helper()
	entries, err := catalogue.Load("outcomes.yaml", []byte(someOutcomes))
	require.NoError(t, err)
	bindings, err := Bind(scenarios, entries)
	require.NoError(t, err)
	return bindings.Plan(t.Context(), pairs, rules)
}

func pairOf(local, remote string) steps.Pair {
	return steps.Pair{Local: semver.MustParse(local), Remote: semver.MustParse(remote)}
}

// feature is one scenario with these tags and this step, which stands in line 4.
func feature(t *testing.T, tags, step string) []gherkin.Scenario {
	t.Helper()
	scenarios, err := gherkin.Parse("a.feature", []byte(tags+"\nFeature: f\n  Scenario: s\n    Then "+step+"\n"))
	require.NoError(t, err)
	return scenarios
}

func TestPlanSaysWhatDoesNotApply(t *testing.T) {
	const (
		connects, fails  = `"partner" is connected`, `"partner" fails as "credentials-missing"`
		upgrade, refuses = `the remote cluster is upgraded node by node to "9.3.2"`,
			`a node of the remote cluster does not start with "9.3.2" on its data`
		localUpgrade = `the local cluster is upgraded node by node to "9.3.2"`
		up           = `the local cluster is upgraded node by node to "8.14.3"`
		resolves     = `resolving "partner:logs" shows it connected`
		sets         = "the local cluster sets for \"partner\"\n      | mode | proxy |"
		refused      = `it is refused as "credentials-missing"`
	)
	lacks := func(v *semver.Version) map[string]string {
		if v.Major() == 7 {
			return map[string]string{"security": "it was left out", "ml": "it was left out"}
		}
		return nil
	}
	for name, c := range map[string]struct {
		tags, step    string
		local, remote string
		fact, reason  string // empty: it applies
	}{
		"it applies":        {"@model:api-key", connects, "9.2.0", "8.19.4", "", ""},
		"a failure applies": {"@model:api-key", fails, "9.2.0", "8.19.4", "", ""},
		"the model's own fact": {"@model:api-key", connects, "9.2.0", "8.9.2", "api-key-model-beta",
			"remote >=8.10.0, and it is 8.9.2"},
		"a fact beside the model's own": {"@model:api-key @requires:api-key-model", connects, "9.2.0", "8.12.2",
			"api-key-model", "remote >=8.14.0, and it is 8.12.2"},
		"a fact of a tag": {"@requires:strong-identity", connects, "9.2.0", "9.3.2", "strong-identity",
			"local >=9.3.0, and it is 9.2.0"},
		"a fact of a step": {"", resolves, "8.5.0", "8.19.4", "resolve-cluster",
			"resolve-cluster needs local >=8.13.0, and it is 8.5.0 (Resolving)"},
		"a step has its fact": {"", resolves, "8.13.4", "8.5.0", "", ""},
		"a fact of a step's table": {"", connects + "\n    Given " + sets, "7.5.2", "8.19.4", "proxy-mode",
			"local >=7.6.0, and it is 7.5.2"},
		"a request that is refused takes none": {"", sets + "\n    Then " + refused, "7.5.2", "8.19.4",
			"credentials-missing", "the failure is one of local >=9.1, and it is 7.5.2"},
		"one before it that is not": {"", sets + "\n    And " + sets + "\n    Then " + refused, "7.5.2", "8.19.4",
			"proxy-mode", ""},
		"a tag comes before a step":     {"@requires:strong-identity", resolves, "8.5.0", "8.5.0", "strong-identity", ""},
		"a step before the wire":        {"", resolves, "8.5.0", "9.2.0", "resolve-cluster", ""},
		"a fact that an upgrade brings": {"", up + "\n    And " + resolves, "8.5.0", "8.5.0", "", ""},
		"a fact before the upgrade":     {"", resolves + "\n    And " + up, "8.5.0", "8.5.0", "resolve-cluster", ""},
		"a draft": {"@model:api-key @draft", connects, "9.2.0", "8.19.4", "draft",
			"no real cluster has said yet"},
		"the wire":                    {"@model:certificate", connects, "8.14.3", "9.2.0", "wire", "8.14 knows no 9"},
		"the wire, which it is about": {"@wire:incompatible", connects, "8.14.3", "9.2.0", "", ""},
		"a pair that connects": {"@wire:incompatible", connects, "8.14.3", "8.19.4", "wire",
			"this pair connects: near enough"},
		"the image, by the model": {"@model:certificate", connects, "8.19.4", "7.17.24", "image-lacks-security",
			"the image of 7.17.24 lacks security: it was left out"},
		"the image, by a tag": {"@needs:ml", connects, "7.17.24", "8.19.4", "image-lacks-ml",
			"the image of 7.17.24 lacks ml: it was left out"},
		"the image, without a need": {"", connects, "7.17.24", "8.19.4", "", ""},
		"the failure's range": {"@model:api-key", fails, "9.0.0", "9.2.0", "credentials-missing",
			"the failure is one of local >=9.1, and it is 9.0.0"},
		"an upgrade": {"", upgrade, "9.2.0", "8.19.4", "", ""},
		"an upgrade that is done": {"", upgrade, "9.2.0", "9.3.2", "upgrades",
			"the remote cluster, from 9.3.2 to 9.3.2: 9.3.2 is not before 9.3.2"},
		"an upgrade too far": {"", upgrade, "8.14.3", "8.14.3", "upgrades",
			"the remote cluster, from 8.14.3 to 9.3.2: from the last 8.x only"},
		"an upgrade out of reach": {"", upgrade, "8.19.0", "8.19.0", "wire",
			"after the upgrade to 8.19.0 -> 9.3.2: 8.14 knows no 9"},
		"an upgrade that ends it": {"@wire:incompatible", upgrade, "8.19.0", "8.19.0", "", ""},
		"one that should, and does not": {"@wire:incompatible", localUpgrade, "8.19.0", "8.19.0", "wire",
			"after the upgrade to 9.3.2 -> 8.19.0: this pair connects"},
		"a failure after an upgrade": {"", localUpgrade + "\n    And " + fails, "8.19.0", "8.19.0", "", ""},
		"a refusal":                  {"", refuses, "8.14.3", "8.14.3", "", ""},
		"a refusal that is none": {"", refuses, "9.2.0", "8.19.4", "upgrades",
			"the remote cluster, from 8.19.4 to 9.3.2: near enough"},
		"a fact comes before the rest": {"@requires:strong-identity @needs:ml", fails, "7.17.24", "9.3.2",
			"strong-identity", "local >=9.3.0"},
		"the model's beta": {"@model:api-key", connects, "9.2.0", "8.12.2", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			rules := someRules(t)
			rules.Lacks = lacks
			items, err := plan(t, feature(t, c.tags, c.step), []steps.Pair{pairOf(c.local, c.remote)}, rules)
			require.NoError(t, err)
			require.Len(t, items, 1)
			report := items[0].Report()
			if c.fact == "" {
				require.Nil(t, items[0].Unsupported, "it applies to %s", items[0].Pair)
				require.Zero(t, report.Verdict, "nobody knows the verdict yet")
				return
			}
			require.NotNil(t, items[0].Unsupported, "it does not apply to %s", items[0].Pair)
			require.Equal(t, c.fact, items[0].Unsupported.Fact)
			require.Contains(t, items[0].Unsupported.Reason, c.reason)
			require.Equal(t, verdict.Unsupported, report.Verdict)
			require.Equal(t, c.fact, report.Fact)
		})
	}
}

func TestWhatGuidesAskForIsNoted(t *testing.T) {
	const note = "guides ask for more than this pair has: api-key-model needs remote >=8.14.0, and it is 8.12.2 (API keys)"
	for name, c := range map[string]struct {
		tags, remote string
		notes        []string
	}{
		"the model's beta": {"@guide:ours @model:api-key", "8.12.2", []string{note}},
		"generally there":  {"@guide:ours @model:api-key", "8.19.4", []string{}},
		"no guide's":       {"@model:api-key", "8.12.2", []string{}},
		"of another model": {"@guide:ours @model:certificate", "8.12.2", []string{}},
		"it does not run":  {"@guide:ours @model:api-key", "8.9.2", []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			all := feature(t, c.tags, `"partner" is connected`)
			items, err := plan(t, all, []steps.Pair{pairOf("9.2.0", c.remote)}, someRules(t))
			require.NoError(t, err)
			require.Equal(t, c.notes, items[0].Report().Notes)
		})
	}
}

func TestWithoutECKItsScenariosAreUnsupported(t *testing.T) {
	all := append(feature(t, "@eck", `"partner" is connected`), feature(t, "", `"partner" is connected`)...)
	rules := someRules(t)
	rules.NoECK = "operator 3.5.0 is not built"
	items, err := plan(t, all, []steps.Pair{pairOf("9.2.0", "9.2.0")}, rules)
	require.NoError(t, err)
	require.Equal(t, &verdict.UnsupportedError{Fact: "eck", Reason: "operator 3.5.0 is not built"}, items[0].Unsupported)
	require.Nil(t, items[1].Unsupported, "the others run")
	items, err = plan(t, all, []steps.Pair{pairOf("9.2.0", "9.2.0")}, someRules(t))
	require.NoError(t, err)
	require.Nil(t, items[0].Unsupported)
}

func TestPlanReportsEveryMistakeWithItsPlace(t *testing.T) {
	var all []gherkin.Scenario
	all = append(all, feature(t, "", `"partner" is conected`)...)
	all = append(all, feature(t, "", `"partner" fails as "credentials-mising"`)...)
	all = append(all, feature(t, "@requires:strong-identiti", `"partner" is connected`)...)
	all = append(all, feature(t, "", `the other cluster is upgraded node by node to "9.3.2"`)...)
	all = append(all, feature(t, "", `the local cluster is upgraded node by node to "9.3.x"`)...)
	_, err := plan(t, all, []steps.Pair{pairOf("9.2.0", "9.2.0"), pairOf("9.3.2", "9.3.2")}, someRules(t))
	for _, want := range []string{
		`a.feature:4: undefined step "\"partner\" is conected"`,
		`a.feature:4: unknown failure "credentials-mising"; did you mean "credentials-missing"? (outcomes.yaml)`,
		`a.feature:3: tag @requires:strong-identiti: unknown version fact "strong-identiti"; ` +
			`did you mean "strong-identity"? (facts.yaml)`,
		`a.feature:4: there is a local and a remote cluster, and no "other" one`,
		`a.feature:4: upgrade to "9.3.x": write one whole version, such as 9.3.2`,
	} {
		require.ErrorContains(t, err, want)
	}
	require.Len(t, strings.Split(err.Error(), "\n"), 5, "each mistake once, however many pairs there are: %v", err)
}

func TestWhatAStepSimulatesIsInTheReport(t *testing.T) {
	items, err := plan(t, feature(t, "@simulated:weather", "two organizations of Elastic Cloud with a deployment each"),
		[]steps.Pair{pairOf("9.2.0", "9.2.0")}, someRules(t))
	require.NoError(t, err)
	require.Equal(t, []string{"weather", "Elastic Cloud's control plane and API",
		"Elastic Cloud's proxy and the certificates of its endpoints"}, items[0].Report().Simulated)
}

func TestPlanIsEveryScenarioOnEveryPair(t *testing.T) {
	all := append(feature(t, "@simulated:console", `"partner" is connected`),
		feature(t, "", `"partner" fails as "credentials-missing"`)...)
	items, err := plan(t, all, []steps.Pair{pairOf("9.2.0", "8.19.4"), pairOf("9.3.2", "9.3.2")}, someRules(t))
	require.NoError(t, err)
	var got []string
	for _, i := range items {
		r := i.Report()
		got = append(got, strings.Join([]string{r.ID, r.Local, r.Remote, r.Outcome, strings.Join(r.Simulated, ",")}, " "))
		require.NotNil(t, r.Tags, "result.json has lists, not null")
		require.NotNil(t, r.Simulated, "result.json has lists, not null")
	}
	require.Len(t, got, 4)
	require.Contains(t, got[0], "9.2.0 8.19.4  console")
	require.Contains(t, got[1], "9.3.2 9.3.2  console")
	require.Contains(t, got[2], "9.2.0 8.19.4 credentials-missing")
}

func TestAnItemNeedsTheVersionsThatItUpgradesTo(t *testing.T) {
	text := `the remote cluster is upgraded node by node to "8.19.0"` + "\n    And " +
		`the local cluster is upgraded node by node to "8.19.4"`
	items, err := plan(t, feature(t, "", text), []steps.Pair{pairOf("8.14.3", "8.15.0")}, someRules(t))
	require.NoError(t, err)
	require.Nil(t, items[0].Unsupported)
	var versions []string
	for _, v := range items[0].Versions() {
		versions = append(versions, v.Original())
	}
	require.Equal(t, []string{"8.14.3", "8.15.0", "8.19.0", "8.19.4"}, versions)
}

func TestOnAClusterOfTheUsersKubernetesIsNotSimulated(t *testing.T) {
	all := append(feature(t, "@eck @needs:ml @simulated:kubelet @simulated:load-balancer @simulated:weather",
		`"partner" is connected`),
		feature(t, "@needs:ml @simulated:kubelet", `"partner" is connected`)...)
	rules := someRules(t)
	rules.Lacks = func(*semver.Version) map[string]string { return map[string]string{"ml": "it was left out"} }
	rules.Installed, rules.Real = true, true
	items, err := plan(t, all, []steps.Pair{pairOf("9.2.0", "9.2.0")}, rules)
	require.NoError(t, err)
	require.Equal(t, []string{"weather"}, items[0].Report().Simulated)
	require.NotContains(t, items[0].Report().Tags, "@simulated:kubelet")
	require.Nil(t, items[0].Unsupported, "that cluster's images lack what they lack: nobody here knows")
	require.Equal(t, []string{"kubelet"}, items[1].Report().Simulated, "not of that cluster")
	require.NotNil(t, items[1].Unsupported)

	rules.Real = false
	items, err = plan(t, all, []steps.Pair{pairOf("9.2.0", "9.2.0")}, rules)
	require.NoError(t, err)
	require.Equal(t, []string{"kubelet", "load-balancer", "weather"}, items[0].Report().Simulated,
		"a cluster of crosscheck eck up")
}

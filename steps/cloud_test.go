package steps

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

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
		require.Equal(t, simulates, slices.Contains(s.Tags, "@cloud"), "%s: the tag @cloud and steps that simulate go together", s.ID())
	}
	for _, d := range slices.Concat(cloudSteps, consoleSteps, cloudTrustSteps, cloudAPISteps) {
		require.NotEmpty(t, d.Simulates, "%q touches the simulated Elastic Cloud", d.Expression)
	}
}

func TestEveryStepOfTheGuidesHasAScenario(t *testing.T) {
	guides, err := facts.DefaultGuides()
	require.NoError(t, err)
	scenarios := features(t)
	known := map[string]bool{}
	for _, g := range guides {
		for _, step := range g.Steps {
			known["@step:"+step.ID] = true
			names := append([]string{step.ID}, step.Names...)
			require.True(t, slices.ContainsFunc(scenarios, func(s gherkin.Scenario) bool {
				return slices.Contains(s.Tags, "@guide:"+g.ID) && slices.ContainsFunc(names, func(name string) bool { return slices.Contains(s.Tags, "@step:"+name) })
			}), "%s: no scenario has the tags @guide:%s and @step: with one of %q", g.Title, g.ID, names)
		}
	}
	for _, s := range scenarios {
		for _, tag := range s.Tags {
			if slices.Contains(s.Tags, "@cloud") && strings.HasPrefix(tag, "@step:") {
				require.True(t, known[tag], "%s: fixtures/guides.yaml has no step for %s", s.ID(), tag)
			}
		}
	}
}

func TestOrganizationsDescribeTheirClusters(t *testing.T) {
	s := scenario(t, "9.2.0", "8.19.4")
	require.NoError(t, s.organizations(t.Context()))
	require.Equal(t, localOrganization, s.localSpec.Hosted.Organization)
	require.Equal(t, remoteOrganization, s.remoteSpec.Hosted.Organization)
	require.Equal(t, s.localSpec.TransportCA, s.remoteSpec.TransportCA, "one authority signs for the whole region")
	require.Equal(t, []string{"public"}, s.localSpec.TrustedServers)
	require.Equal(t, "public", s.remoteSpec.ServerCA)
	require.Empty(t, s.localSpec.ServerCA)
	other := s.otherSpec()
	require.Equal(t, localOrganization, other.Hosted.Organization)
	require.Equal(t, topology.Remote, other.Role, "it stands behind a proxy")

	old := scenario(t, "7.17.24", "7.17.24")
	require.NoError(t, old.organizations(t.Context()))
	require.Empty(t, old.localSpec.TrustedServers, "7.17 has no remote cluster server")
	require.Empty(t, old.remoteSpec.ServerCA)
	plain := scenario(t, "7.5.2", "7.5.2")
	require.NoError(t, plain.plainOrganizations(t.Context()))
	require.False(t, plain.localSpec.Security)
	require.Equal(t, localOrganization, plain.localSpec.Hosted.Organization)
}

func TestCloudStepsNeedTheirOrganizations(t *testing.T) {
	s := scenario(t, "9.2.0", "9.2.0")
	require.ErrorContains(t, s.noDeploymentYet(t.Context()), "name the organizations first")
	require.ErrorContains(t, s.restarts(t.Context()), "there is no Elastic Cloud in this scenario")
	unchanged, err := s.resolve(t.Context(), "<remote cluster ID>")
	require.NoError(t, err)
	require.Equal(t, "<remote cluster ID>", unchanged, "outside of Elastic Cloud there are no placeholders")
}

func TestPlaceholders(t *testing.T) {
	s := scenario(t, "9.2.0", "9.2.0")
	require.NoError(t, s.organizations(t.Context()))
	_, err := s.resolve(t.Context(), "<encoded key>")
	require.ErrorContains(t, err, "create one first")
	s.key = elastic.Key{Encoded: "ZW5jb2RlZA=="}
	for text, want := range map[string]string{
		"<encoded key>": "ZW5jb2RlZA==",
		"<local organization ID>/<remote organization ID>":             "1111111111/2222222222",
		"<remote organization ID, mistyped>":                           "2222222220",
		"*.node.*.cluster.<local organization ID>.account <something>": "*.node.*.cluster.1111111111.account <something>",
	} {
		got, err := s.resolve(t.Context(), text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Equal(t, "1110", mistyped("1111"))
	require.Equal(t, "1111", mistyped("1110"))
}

func TestFormsHaveTheirFields(t *testing.T) {
	s := scenario(t, "9.2.0", "9.2.0")
	_, err := s.fields(t.Context(), gherkin.Table{{"Organisation", "1"}}, "Organization ID", "Trust")
	require.ErrorContains(t, err, "the form has the fields Organization ID, Trust")
	form, err := s.fields(t.Context(), gherkin.Table{{"Trust", "All deployments"}}, "Organization ID", "Trust")
	require.NoError(t, err)
	_, err = first(form, "Organization ID", "Name")
	require.ErrorContains(t, err, "the form lacks Organization ID or Name")
}

func TestTheControlPlaneKnowsVersions(t *testing.T) {
	facts, err := loadFacts()
	require.NoError(t, err)
	rules := cloudRules(facts)
	for version, want := range map[string]bool{"8.12.2": false, "8.13.0": true, "8.14.3": true, "9.3.2": true, "nonsense": false} {
		require.Equal(t, want, rules.Reloads(version), version)
	}
	for version, want := range map[string]bool{"7.5.2": true, "7.6.0": false, "9.3.2": false} {
		require.Equal(t, want, rules.Sniffs(version), version)
	}
	require.True(t, rules.Compatible("8.14.3", "8.19.0"))
	require.False(t, rules.Compatible("8.14.3", "9.3.2"))
	require.False(t, rules.Compatible("nonsense", "9.3.2"))
}

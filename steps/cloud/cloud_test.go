package cloud

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/access"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// forgetful is told secrets and keeps none.
type forgetful struct{}

func (forgetful) Add(string) {}

var discard = slog.New(slog.DiscardHandler)

// loadFacts reads the version facts once: their check takes a moment.
var loadFacts = sync.OnceValues(facts.Default)

func newCloud(t *testing.T, local, remote string) *Cloud {
	t.Helper()
	facts, err := loadFacts()
	require.NoError(t, err)
	env := &world.Env{Facts: facts, Secrets: forgetful{}, Timeouts: topology.DefaultTimeouts()}
	w := world.New(env, world.Pair{Local: semver.MustParse(local), Remote: semver.MustParse(remote)})
	return New(w, remotes.New(w), access.NewKeys(w, access.NewUsers(w)))
}

func TestEveryStepSaysWhatItSimulates(t *testing.T) {
	for _, d := range newCloud(t, "9.2.0", "9.2.0").Steps() {
		require.NotEmpty(t, d.Simulates, "%q touches the simulated Elastic Cloud", d.Expression)
	}
}

func TestEveryStepOfTheGuidesHasAScenario(t *testing.T) {
	guides, err := facts.DefaultGuides()
	require.NoError(t, err)
	scenarios, err := gherkin.Load(os.DirFS("../.."), "features")
	require.NoError(t, err)
	known := map[string]bool{}
	for _, g := range guides {
		for _, step := range g.Steps {
			known["@step:"+step.ID] = true
			names := append([]string{step.ID}, step.Names...)
			covered := slices.ContainsFunc(scenarios, func(s gherkin.Scenario) bool {
				return slices.Contains(s.Tags, "@guide:"+g.ID) && slices.ContainsFunc(names, func(name string) bool {
					return slices.Contains(s.Tags, "@step:"+name)
				})
			})
			require.True(t, covered, "%s: no scenario has the tags @guide:%s and @step: with one of %q", g.Title, g.ID, names)
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
	c := newCloud(t, "9.2.0", "8.19.4")
	require.NoError(t, c.nameOrganizations(t.Context()))
	require.NoError(t, c.addDeployment(t.Context()))
	described := c.world.Clusters
	require.Equal(t, localOrganization, described.LocalSpec.Hosted.Organization)
	require.Equal(t, remoteOrganization, described.RemoteSpec.Hosted.Organization)
	require.Equal(t, described.LocalSpec.TransportCA, described.RemoteSpec.TransportCA,
		"one authority signs for the whole region")
	require.Equal(t, []string{"public"}, described.LocalSpec.TrustedServers)
	require.Equal(t, "public", described.RemoteSpec.ServerCA)
	require.Empty(t, described.LocalSpec.ServerCA)
	another := described.Specs()[2]
	require.Equal(t, localOrganization, another.Hosted.Organization)
	require.Equal(t, topology.Remote, another.Role, "it stands behind a proxy")
	require.Equal(t, remoteOrganization, described.RemoteSpec.Hosted.Organization, "the remote one stays what it is")

	old := newCloud(t, "7.17.24", "7.17.24")
	require.NoError(t, old.nameOrganizations(t.Context()))
	require.Empty(t, old.world.Clusters.LocalSpec.TrustedServers, "7.17 has no remote cluster server")
	require.Empty(t, old.world.Clusters.RemoteSpec.ServerCA)
	plain := newCloud(t, "7.5.2", "7.5.2")
	require.NoError(t, plain.namePlainOrganizations(t.Context()))
	require.False(t, plain.world.Clusters.LocalSpec.Security)
	require.Equal(t, localOrganization, plain.world.Clusters.LocalSpec.Hosted.Organization)
	require.Equal(t, remoteOrganization, plain.world.Clusters.RemoteSpec.Hosted.Organization)
}

func TestCloudStepsNeedTheirOrganizations(t *testing.T) {
	c := newCloud(t, "9.2.0", "9.2.0")
	require.ErrorContains(t, c.postponeRemote(t.Context()), "name the organizations first")
	require.ErrorContains(t, console{c}.restartElasticsearch(t.Context()), "there is no Elastic Cloud in this scenario")
	unchanged, err := c.Expand(t.Context(), "<remote cluster ID>")
	require.NoError(t, err)
	require.Equal(t, "<remote cluster ID>", unchanged, "outside of Elastic Cloud there are no placeholders")
	require.Empty(t, c.Evidence(t.Context()))
}

func TestPlaceholders(t *testing.T) {
	c := newCloud(t, "9.2.0", "9.2.0")
	require.NoError(t, c.nameOrganizations(t.Context()))
	_, err := c.Expand(t.Context(), "<encoded key>")
	require.ErrorContains(t, err, "create one first")
	c.keys.Hold(elastic.Key{Encoded: "ZW5jb2RlZA=="})
	for text, want := range map[string]string{
		"<encoded key>": "ZW5jb2RlZA==",
		"<local organization ID>/<remote organization ID>":             "1111111111/2222222222",
		"<remote organization ID, mistyped>":                           "2222222220",
		"*.node.*.cluster.<local organization ID>.account <something>": "*.node.*.cluster.1111111111.account <something>",
	} {
		got, err := c.Expand(t.Context(), text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Equal(t, "1110", mistyped("1111"))
	require.Equal(t, "1111", mistyped("1110"))
}

func TestFormsHaveTheirFields(t *testing.T) {
	c := newCloud(t, "9.2.0", "9.2.0")
	_, err := c.readForm(t.Context(), gherkin.Table{{"Organisation", "1"}}, "Organization ID", "Trust")
	require.ErrorContains(t, err, "the form has the fields Organization ID, Trust")
	typed, err := c.readForm(t.Context(), gherkin.Table{{"Trust", "All deployments"}}, "Organization ID", "Trust")
	require.NoError(t, err)
	_, err = typed.first("Organization ID", "Name")
	require.ErrorContains(t, err, "the form lacks Organization ID or Name")
}

func TestTheControlPlaneKnowsVersions(t *testing.T) {
	facts, err := loadFacts()
	require.NoError(t, err)
	rules := rules(facts)
	for version, want := range map[string]bool{
		"8.12.2": false, "8.13.0": true, "8.14.3": true, "9.3.2": true, "nonsense": false,
	} {
		require.Equal(t, want, rules.Reloads(version), version)
	}
	for version, want := range map[string]bool{"7.5.2": true, "7.6.0": false, "9.3.2": false} {
		require.Equal(t, want, rules.Sniffs(version), version)
	}
	require.True(t, rules.Compatible("8.14.3", "8.19.0"))
	require.False(t, rules.Compatible("8.14.3", "9.3.2"))
	require.False(t, rules.Compatible("nonsense", "9.3.2"))
}

// TestOnlyAnAnswerIsARefusal tells what the API answered from trouble on the way to it.
func TestOnlyAnAnswerIsARefusal(t *testing.T) {
	gone := errors.New("connection refused")
	var mismatch *verdict.Mismatch
	for name, c := range map[string]struct {
		err        error
		ok, failed bool
	}{
		"that refusal":      {&refusedError{400, "traffic_filter.wrong_region", "{}"}, true, false},
		"another code":      {&refusedError{400, "traffic_filter.invalid", "{}"}, false, true},
		"another status":    {&refusedError{403, "traffic_filter.wrong_region", "{}"}, false, true},
		"accepted":          {nil, false, true},
		"no answer":         {gone, false, false},
		"the user gives up": {context.Canceled, false, false},
		"it broke":          {&refusedError{500, "root.internal_server_error", "{}"}, false, false},
	} {
		err := expectRefusal(c.err, "the policy", 400, "traffic_filter.wrong_region")
		require.Equal(t, c.ok, err == nil, name)
		require.Equal(t, c.failed, errors.As(err, &mismatch), name)
		if !c.ok && !c.failed {
			require.ErrorIs(t, err, c.err, name)
		}
	}
}

// TestTheAPIsAnswerIsKept sends requests to a control plane without clusters: what it refuses is told with its code,
// and an answer does not outlive the request after it.
func TestTheAPIsAnswerIsKept(t *testing.T) {
	c := newCloud(t, "9.2.0", "9.2.0")
	require.NoError(t, c.nameOrganizations(t.Context()))
	authority, err := pki.NewStore().Authority("control-plane")
	require.NoError(t, err)
	c.plane, err = openPlane(t.Context(), c.world, authority, []*lab.Cluster{}, discard)
	require.NoError(t, err)
	c.plane.deployments[topology.Local] = strings.Repeat("0", 32) // nobody's

	alias := "partner"
	err = connections{c}.put(t.Context(), &models.RemoteResources{Resources: []*models.RemoteResourceRef{{
		Alias: &alias, DeploymentID: ec.String(strings.Repeat("0", 32)), ElasticsearchRefID: ec.String(elasticsearch),
	}}})
	var refused *refusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusNotFound, refused.status)
	require.NotEmpty(t, refused.code)
	answer := c.plane.clients[topology.Local].last
	require.Equal(t, http.MethodPut, answer.Method)
	require.Contains(t, answer.Path, "/remote-clusters")

	require.NoError(t, c.plane.server.Close())
	err = connections{c}.put(t.Context(), &models.RemoteResources{})
	require.False(t, errors.As(err, &refused), "an API that is gone has refused nothing: %v", err)
}

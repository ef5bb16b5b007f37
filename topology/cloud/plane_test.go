package cloud

import (
	"net/http"
	"testing"

	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"
	"github.com/stretchr/testify/require"
)

func TestTrustBecomesPatterns(t *testing.T) {
	d := Deployment{ClusterID: "aaaa", Organization: ours, Trust: []Account{
		{ID: ours, All: true, Only: []string{"ignored"}}, {ID: theirs, Only: []string{"bbbb", "cccc"}}, {ID: "3"},
	}}
	require.Equal(t, []string{
		"*.node.aaaa.cluster.1111111111.account", "*.node.*.cluster.1111111111.account",
		"*.node.bbbb.cluster.2222222222.account", "*.node.cccc.cluster.2222222222.account",
	}, d.patterns())
	for name, c := range map[string]struct {
		other Deployment
		want  bool
	}{
		"of its own organization": {Deployment{Organization: ours, ClusterID: "x"}, true},
		"listed":                  {Deployment{Organization: theirs, ClusterID: "cccc"}, true},
		"not listed":              {Deployment{Organization: theirs, ClusterID: "dddd"}, false},
		"of an empty list":        {Deployment{Organization: "3", ClusterID: "x"}, false},
		"of a stranger":           {Deployment{Organization: "4", ClusterID: "bbbb"}, false},
	} {
		require.Equal(t, c.want, d.trusts(c.other), name)
	}
}

func TestWhoIsAdmitted(t *testing.T) {
	source := Deployment{Organization: ours, ClusterID: "aaaa", ID: "dddd"}
	policy := func(kind string, rules ...*models.TrafficFilterRule) Ruleset {
		return Ruleset{Info: models.TrafficFilterRulesetRequest{Type: &kind, Rules: rules}}
	}
	remote := func(organization, cluster string) Ruleset {
		return policy(TypeRemoteCluster, &models.TrafficFilterRule{RemoteClusterOrgID: organization,
			RemoteClusterID: cluster})
	}
	ip := policy(TypeIP, &models.TrafficFilterRule{Source: "0.0.0.0/0"})
	for name, c := range map[string]struct {
		rulesets []Ruleset
		want     bool
	}{
		"no policy":                           {nil, true},
		"its organization":                    {[]Ruleset{remote(ours, "")}, true},
		"its cluster":                         {[]Ruleset{remote("", "aaaa")}, true},
		"both":                                {[]Ruleset{remote(ours, "aaaa")}, true},
		"its cluster in another organization": {[]Ruleset{remote(theirs, "aaaa")}, false},
		"another cluster of its organization": {[]Ruleset{remote(ours, "bbbb")}, false},
		"its deployment ID":                   {[]Ruleset{remote("", "dddd")}, false},
		"an IP filter":                        {[]Ruleset{ip}, false},
		"an IP filter and its organization":   {[]Ruleset{ip, remote(ours, "")}, true},
		"a policy without rules":              {[]Ruleset{policy(TypeRemoteCluster)}, false},
		"one rule of several": {[]Ruleset{policy(TypeRemoteCluster,
			&models.TrafficFilterRule{RemoteClusterOrgID: "3"}, &models.TrafficFilterRule{RemoteClusterID: "aaaa"})}, true},
	} {
		require.Equal(t, c.want, admits(c.rulesets, source), name)
	}
}

func TestPoliciesReachTheProxies(t *testing.T) {
	r := newRig(t)
	local, remote := r.create(ours, "9.3.2"), r.create(theirs, "9.3.2")
	u := User{Organization: theirs}
	require.True(t, r.driver.admitted[remote.ClusterID][local.ClusterID], "without a policy everything passes")
	info := models.TrafficFilterRulesetRequest{Name: ec.String("p"), Type: ec.String(TypeRemoteCluster),
		Region: ec.String("us"), IncludeByDefault: ec.Bool(true),
		Rules: []*models.TrafficFilterRule{{RemoteClusterID: "nobody"}}}
	id, err := r.plane.putRuleset(t.Context(), u, "", info)
	require.NoError(t, err)
	require.NoError(t, r.plane.associate(t.Context(), u, id, remote.ID, true))
	require.False(t, r.driver.admitted[remote.ClusterID][local.ClusterID])
	require.True(t, r.driver.admitted[local.ClusterID][remote.ClusterID], "the other direction has no policy")
	require.ErrorContains(t, r.plane.deleteRuleset(t.Context(), u, id), "remove its associations first")

	info.Rules = []*models.TrafficFilterRule{{RemoteClusterOrgID: ours}}
	_, err = r.plane.putRuleset(t.Context(), u, id, info)
	require.NoError(t, err)
	require.True(t, r.driver.admitted[remote.ClusterID][local.ClusterID], "a changed policy is in force at once")

	later := r.create(theirs, "9.3.2")
	rules, err := r.plane.ruleset(u, id)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{remote.ID, later.ID}, rules.Deployments,
		"it is applied to new deployments by default")
	require.False(t, r.driver.admitted[later.ClusterID][remote.ClusterID], "their own other deployment is not named")

	require.NoError(t, r.plane.associate(t.Context(), u, id, remote.ID, false))
	require.NoError(t, r.plane.associate(t.Context(), u, id, later.ID, false))
	require.NoError(t, r.plane.deleteRuleset(t.Context(), u, id))
	require.ErrorContains(t, r.plane.associate(t.Context(), User{Organization: ours}, id, local.ID, true), "was not found")
}

func TestPoliciesAreBoundToARegionAndAnOrganization(t *testing.T) {
	r := newRig(t)
	d, foreign := r.create(ours, "9.3.2"), r.create(theirs, "9.3.2")
	info := models.TrafficFilterRulesetRequest{Name: ec.String("p"), Type: ec.String(TypeIP), Region: ec.String("eu"),
		IncludeByDefault: ec.Bool(false), Rules: []*models.TrafficFilterRule{}}
	id, err := r.plane.putRuleset(t.Context(), User{Organization: ours}, "", info)
	require.NoError(t, err)
	require.ErrorContains(t, r.plane.associate(t.Context(), User{Organization: ours}, id, d.ID, true),
		"bound to the region [eu]")
	require.ErrorContains(t, r.plane.associate(t.Context(), User{Organization: theirs}, id, foreign.ID, true),
		"root.unauthorized")
	require.ErrorContains(t, r.plane.associate(t.Context(), User{Organization: ours}, id, foreign.ID, true),
		"root.unauthorized")
	info.Region = ec.String("us")
	_, err = r.plane.putRuleset(t.Context(), User{Organization: ours}, id, info)
	require.ErrorContains(t, err, "cannot change")
}

func TestTheKeystoreShowsNamesAndReloadsWhereItCan(t *testing.T) {
	r := newRig(t)
	for version, want := range map[string]string{"9.3.2": "reload true", "8.12.0": "reload false"} {
		d := r.create(ours, version)
		path := "/api/v1/deployments/" + d.ID + "/elasticsearch/_main/keystore"
		status, answer := r.ask(ours, http.MethodPatch, path,
			`{"secrets":{"cluster.remote.partner_1.credentials":{"value":"s3cret"},"other":{"value":"x"}}}`)
		require.Equal(t, http.StatusOK, status, answer)
		calls := r.driver.seen()
		require.Contains(t, calls[len(calls)-1], want, version)
		status, answer = r.ask(ours, http.MethodGet, path, "")
		require.Equal(t, http.StatusOK, status)
		require.NotContains(t, answer, "s3cret", "values are write only")
		require.Contains(t, answer, "cluster.remote.partner_1.credentials")
		status, answer = r.ask(ours, http.MethodPatch, path, `{"secrets":{"other":{}}}`)
		require.Equal(t, http.StatusOK, status, answer)
		require.NotContains(t, answer, "other", "an entry without a value is removed")
		require.Contains(t, answer, "partner_1", "and the rest stays")
	}
}

func TestRemotesOfOthersStay(t *testing.T) {
	r := newRig(t)
	local, sibling, foreign := r.create(ours, "9.3.2"), r.create(ours, "9.3.2"), r.create(theirs, "9.3.2")
	path := "/api/v1/deployments/" + local.ID + "/elasticsearch/main/remote-clusters"
	r.driver.remotes[local.ClusterID] = []Remote{
		{Alias: "elsewhere", Address: foreign.Endpoint + ":9400"}, {Alias: "with-key", Address: sibling.Endpoint + ":9443"},
		{Alias: "by-hand", Address: sibling.Endpoint + ":9400", Connected: true},
	}
	_, answer := r.ask(ours, http.MethodGet, path, "")
	require.Contains(t, answer, "by-hand")
	require.NotContains(t, answer, "elsewhere", "another organization's is not listed")
	require.NotContains(t, answer, "with-key", "nor one in the API key model")
	for _, taken := range []string{"elsewhere", "with-key"} {
		status, answer := r.ask(ours, http.MethodPut, path, remoteBody(taken, sibling.ID))
		require.Equal(t, http.StatusBadRequest, status, answer)
		require.Contains(t, answer, "alias_in_use")
	}
	status, answer := r.ask(ours, http.MethodPut, path, remoteBody("partner", sibling.ID))
	require.Equal(t, http.StatusAccepted, status, answer)
	var aliases []string
	for _, remote := range r.driver.remotes[local.ClusterID] {
		aliases = append(aliases, remote.Alias)
	}
	require.Equal(t, []string{"elsewhere", "with-key", "partner"}, aliases)

	status, answer = r.ask(ours, http.MethodPatch, "/api/v1/deployments/"+local.ID+"/elasticsearch/main/keystore",
		`{"secrets":{"cluster.remote.keyed.credentials":{"value":"k"}}}`)
	require.Equal(t, http.StatusOK, status, answer)
	status, answer = r.ask(ours, http.MethodPut, path, remoteBody("keyed", sibling.ID))
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, answer, "alias_has_api_key")
}

func TestARemoteBefore76TakesSniffMode(t *testing.T) {
	r := newRig(t)
	local, old := r.create(ours, "7.5.2"), r.create(ours, "7.5.2")
	status, answer := r.ask(ours, http.MethodPut, "/api/v1/deployments/"+local.ID+"/elasticsearch/main/remote-clusters",
		remoteBody("partner", old.ID))
	require.Equal(t, http.StatusAccepted, status, answer)
	require.True(t, r.driver.remotes[local.ClusterID][0].Sniff)
}

func TestAShutDownDeploymentIsGone(t *testing.T) {
	r := newRig(t)
	d := r.create(ours, "9.3.2")
	status, answer := r.ask(ours, http.MethodPost, "/api/v1/deployments/"+d.ID+"/_shutdown", "")
	require.Equal(t, http.StatusOK, status, answer)
	status, _ = r.ask(ours, http.MethodGet, "/api/v1/deployments/"+d.ID, "")
	require.Equal(t, http.StatusNotFound, status)
	require.Contains(t, r.driver.seen(), "delete "+d.ClusterID)
}

func TestOrganizationIDs(t *testing.T) {
	p := New(Options{})
	require.NoError(t, p.AddOrganization(ours, "o"))
	require.ErrorContains(t, p.AddOrganization(ours, "again"), "it is taken")
	for _, bad := range []string{"", "123", "12345678901", "123456789x"} {
		require.ErrorContains(t, p.AddOrganization(bad, "o"), "it has 10 digits", bad)
	}
	_, _, err := p.AddUser(theirs, "u")
	require.ErrorContains(t, err, "there is no organization")
	a, first, err := p.AddUser(ours, "u")
	require.NoError(t, err)
	b, second, err := p.AddUser(ours, "v")
	require.NoError(t, err)
	require.NotEqual(t, a.ID, b.ID)
	require.NotEqual(t, first, second)
	_, known := p.user("")
	require.False(t, known)
}

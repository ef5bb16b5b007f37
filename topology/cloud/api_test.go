package cloud

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	sdk "github.com/elastic/cloud-sdk-go/pkg/api"
	"github.com/elastic/cloud-sdk-go/pkg/api/deploymentapi"
	"github.com/elastic/cloud-sdk-go/pkg/api/deploymentapi/esremoteclustersapi"
	"github.com/elastic/cloud-sdk-go/pkg/auth"
	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// state is everything that a refused request must leave alone.
func (r *rig) state() string {
	r.plane.mu.RLock()
	defer r.plane.mu.RUnlock()
	encoded, err := json.Marshal(map[string]any{"d": r.plane.deployments, "r": r.plane.rulesets, "calls": r.driver.seen()})
	require.NoError(r.t, err)
	return string(encoded)
}

func TestRefusalsTakeTheAPIsFormAndChangeNothing(t *testing.T) {
	r := newRig(t)
	d, foreign := r.create(ours, "9.3.2"), r.create(theirs, "9.3.2")
	path := "/api/v1/deployments/" + d.ID
	remotes := path + "/elasticsearch/_main/remote-clusters"
	trust := func(accounts string) string {
		return `{"prune_orphans":false,"resources":{"elasticsearch":[{"ref_id":"main","region":"us",` +
			`"plan":{"cluster_topology":[],"elasticsearch":{}},` +
			`"settings":{"trust":{"accounts":` + accounts + `}}}]}}`
	}
	for name, c := range map[string]struct {
		organization, method, path, body string
		status                           int
		code                             string
	}{
		"no key":              {"", "GET", path, "", 401, "root.unauthenticated"},
		"no key and no route": {"", "GET", "/nowhere", "", 401, "root.unauthenticated"},
		"foreign deployment":  {theirs, "GET", path, "", 403, "root.unauthorized"},
		"foreign update":      {theirs, "PUT", path, trust("[]"), 403, "root.unauthorized"},
		"foreign remotes":     {theirs, "PUT", remotes, `{"resources":[]}`, 403, "root.unauthorized"},
		"foreign keystore": {theirs, "PATCH", path + "/elasticsearch/main/keystore", `{"secrets":{}}`, 403,
			"root.unauthorized"},
		"foreign restart":      {theirs, "POST", path + "/elasticsearch/main/_restart", "", 403, "root.unauthorized"},
		"foreign shutdown":     {theirs, "POST", path + "/_shutdown", "", 403, "root.unauthorized"},
		"foreign organization": {theirs, "GET", "/api/v1/organizations/" + ours, "", 403, "root.unauthorized"},
		"unknown deployment":   {ours, "GET", "/api/v1/deployments/nobody", "", 404, "deployments.deployment_not_found"},
		"unknown resource": {ours, "GET", path + "/elasticsearch/nobody", "", 404,
			"deployments.deployment_resource_not_found"},
		"unknown route":        {ours, "GET", "/api/v1/nowhere", "", 404, "root.resource_not_found"},
		"unknown method":       {ours, "PATCH", path, "", 404, "root.resource_not_found"},
		"path that is cleaned": {ours, "GET", "/api/v1//deployments", "", 404, "root.resource_not_found"},
		"path that climbs":     {ours, "GET", "/api/v1/x/../deployments", "", 404, "root.resource_not_found"},
		"no body":              {ours, "PUT", remotes, "", 400, "root.invalid_json_request"},
		"half a body":          {ours, "PUT", remotes, `{"resources":[`, 400, "root.invalid_json_request"},
		"unknown field":        {ours, "PUT", remotes, `{"resource":[]}`, 400, "root.invalid_json_request"},
		"two bodies":           {ours, "PUT", remotes, `{"resources":[]}{}`, 400, "root.invalid_json_request"},
		"null in the list":     {ours, "PUT", remotes, `{"resources":[null]}`, 400, "root.invalid_json_request"},
		"no list":              {ours, "PUT", remotes, `{}`, 400, "root.invalid_json_request"},
		"missing field": {ours, "PUT", remotes, `{"resources":[{"alias":"a"}]}`, 400,
			"root.invalid_json_request"},
		"too large": {ours, "PUT", remotes, `{"resources":"` + strings.Repeat("x", maxBody) + `"}`, 413,
			"root.request_too_large"},
		"bad alias": {ours, "PUT", remotes, remoteBody("a b", d.ID), 400,
			"deployments.elasticsearch.invalid_alias"},
		"foreign remote deployment": {ours, "PUT", remotes, remoteBody("a", foreign.ID), 404,
			"deployments.deployment_remote_resource_not_found"},
		"unknown remote deployment": {ours, "PUT", remotes, remoteBody("a", "nobody"), 404,
			"deployments.deployment_remote_resource_not_found"},
		"alias of the console": {ours, "PATCH", path + "/elasticsearch/main/keystore",
			`{"secrets":{"cluster.remote.Partner.credentials":{"value":"k"}}}`, 400, "deployments.elasticsearch.invalid_alias"},
		"no setting": {ours, "PATCH", path + "/elasticsearch/main/keystore",
			`{"secrets":{"a b":{"value":"k"}}}`, 400, "root.invalid_json_request"},
		"secret that is a number": {ours, "PATCH", path + "/elasticsearch/main/keystore", `{"secrets":{"a":{"value":1}}}`,
			501, "simulator.not_simulated"},
		"pattern for an ID": {ours, "PUT", path, trust(`[{"account_id":"*","trust_all":true}]`), 400,
			"root.invalid_json_request"},
		"pattern for a cluster": {ours, "PUT", path,
			trust(`[{"account_id":"1","trust_all":false,"trust_allowlist":["/.*/"]}]`), 400, "root.invalid_json_request"},
		"account twice": {ours, "PUT", path,
			trust(`[{"account_id":"1","trust_all":true},{"account_id":"1","trust_all":true}]`), 400,
			"root.invalid_json_request"},
		"null account": {ours, "PUT", path, trust(`[null]`), 400, "root.invalid_json_request"},
		"unknown region": {ours, "POST", "/api/v1/deployments", strings.ReplaceAll(payload, `"us"`, `"mars"`),
			400, "root.invalid_json_request"},
		"no version": {ours, "POST", "/api/v1/deployments", strings.ReplaceAll(payload, "9.3.2", "latest"),
			400, "root.invalid_json_request"},
		"no cluster of the version": {ours, "POST", "/api/v1/deployments", strings.ReplaceAll(payload, "9.3.2", "6.8.0"),
			400, "deployments.no_cluster"},
		"policy of a strange type": {ours, "POST", "/api/v1/deployments/traffic-filter/rulesets",
			`{"name":"p","type":"vpce","region":"us","include_by_default":false,"rules":[]}`, 501, "simulator.not_simulated"},
		"policy without a source": {ours, "POST", "/api/v1/deployments/traffic-filter/rulesets",
			`{"name":"p","type":"ip","region":"us","include_by_default":false,"rules":[{"source":"everybody"}]}`, 400,
			"root.invalid_json_request"},
	} {
		t.Run(name, func(t *testing.T) {
			before := r.state()
			status, answer := r.ask(c.organization, c.method, c.path, c.body)
			require.Equal(t, c.status, status, answer)
			var reply models.BasicFailedReply
			require.NoError(t, json.Unmarshal([]byte(answer), &reply))
			require.Len(t, reply.Errors, 1)
			require.Equal(t, c.code, *reply.Errors[0].Code, answer)
			require.NotEmpty(t, *reply.Errors[0].Message)
			require.Equal(t, before, r.state(), "a refused request changes nothing")
			if c.organization == theirs {
				require.NotContains(t, answer, d.ClusterID)
				require.NotContains(t, answer, d.Name)
			}
		})
	}
}

func remoteBody(alias, deployment string) string {
	return fmt.Sprintf(`{"resources":[{"alias":%q,"deployment_id":%q,"elasticsearch_ref_id":"main"}]}`, alias, deployment)
}

// sdk is Elastic's own client as the organization's user.
func (r *rig) sdk(organization string) *sdk.API {
	r.t.Helper()
	client, err := sdk.NewAPI(sdk.Config{Client: r.http, Host: r.server.URL,
		AuthWriter: auth.APIKey(r.keys[organization])})
	require.NoError(r.t, err)
	return client
}

func TestElasticsOwnClientDrivesTheAPI(t *testing.T) {
	r := newRig(t)
	local, remote := r.create(ours, "9.3.2"), r.create(ours, "9.3.2")
	client := r.sdk(ours)
	got, err := deploymentapi.Get(deploymentapi.GetParams{API: client, DeploymentID: local.ID})
	require.NoError(t, err)
	info := got.Resources.Elasticsearch[0].Info
	require.Equal(t, local.Endpoint, info.Metadata.Endpoint)
	require.EqualValues(t, 9400, *info.Metadata.Ports.TransportPassthrough)
	require.NoError(t, got.Validate(nil), "the answer has what the API's definition requires")

	wanted := &models.RemoteResources{Resources: []*models.RemoteResourceRef{
		{Alias: ec.String("partner"), DeploymentID: &remote.ID, ElasticsearchRefID: ec.String("main"),
			SkipUnavailable: ec.Bool(true)},
	}}
	require.NoError(t, esremoteclustersapi.Update(esremoteclustersapi.UpdateParams{API: client, DeploymentID: local.ID,
		RemoteResources: wanted}))
	list, err := esremoteclustersapi.Get(esremoteclustersapi.GetParams{API: client, DeploymentID: local.ID})
	require.NoError(t, err)
	require.Len(t, list.Resources, 1)
	require.Equal(t, remote.ID, *list.Resources[0].DeploymentID)
	require.Equal(t, models.RemoteResourceInfo{Connected: ec.Bool(false), Compatible: ec.Bool(true),
		Trusted: ec.Bool(true), TrustedBack: ec.Bool(true), Healthy: ec.Bool(false)},
		*list.Resources[0].Info, "both trust their own organization, and nothing is connected")

	require.NoError(t, esremoteclustersapi.Update(esremoteclustersapi.UpdateParams{API: client, DeploymentID: local.ID,
		RemoteResources: &models.RemoteResources{Resources: []*models.RemoteResourceRef{}}}))
	require.Empty(t, r.driver.remotes[local.ClusterID], "an empty list removes everything")

	_, err = deploymentapi.Get(deploymentapi.GetParams{API: r.sdk(theirs), DeploymentID: local.ID})
	require.ErrorContains(t, err, "this API key is not allowed to do that")
}

func TestConcurrentPutsEachReplaceEverything(t *testing.T) {
	r := newRig(t)
	local, a, b := r.create(ours, "9.3.2"), r.create(ours, "9.3.2"), r.create(ours, "9.3.2")
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			to := a
			if i%2 == 0 {
				to = b
			}
			alias := fmt.Sprintf("alias-%d", i)
			body := fmt.Sprintf(`{"resources":[`+
				`{"alias":%q,"deployment_id":%q,"elasticsearch_ref_id":"main"},`+
				`{"alias":%q,"deployment_id":%q,"elasticsearch_ref_id":"main"}]}`,
				alias+"-1", to.ID, alias+"-2", to.ID)
			status, answer := r.ask(ours, http.MethodPut, "/api/v1/deployments/"+local.ID+"/elasticsearch/main/remote-clusters",
				body)
			if status != http.StatusAccepted {
				t.Errorf("status %d: %s", status, answer)
			}
		})
	}
	group.Wait()
	left := r.driver.remotes[local.ClusterID]
	require.Len(t, left, 2, "the last PUT is there, whole")
	require.Equal(t, strings.TrimSuffix(left[0].Alias, "-1"), strings.TrimSuffix(left[1].Alias, "-2"),
		"and nothing of another")
}

func TestADriverThatBreaksLeavesTheStateAsItWas(t *testing.T) {
	r := newRig(t)
	d := r.create(ours, "9.3.2")
	before, _ := r.plane.deployment(User{Organization: ours}, d.ID)
	r.driver.fail = errBroken
	for _, c := range []struct{ method, path, body string }{
		{"PUT", "/elasticsearch/main/remote-clusters", remoteBody("a", d.ID)},
		{"PATCH", "/elasticsearch/main/keystore", `{"secrets":{"a":{"value":"b"}}}`},
		{"PUT", "", `{"prune_orphans":false,"resources":{"elasticsearch":[{"ref_id":"main","region":"us",` +
			`"plan":{"cluster_topology":[],"elasticsearch":{}},"settings":{"trust":{"accounts":[]}}}]}}`},
		{"POST", "/elasticsearch/main/_restart", ""},
		{"POST", "/_shutdown", ""},
	} {
		status, answer := r.ask(ours, c.method, "/api/v1/deployments/"+d.ID+c.path, c.body)
		require.Equal(t, http.StatusInternalServerError, status, answer)
		require.Contains(t, answer, "the driver broke")
		after, err := r.plane.deployment(User{Organization: ours}, d.ID)
		require.NoError(t, err)
		require.True(t, reflect.DeepEqual(before, after), "%s %s changed the deployment", c.method, c.path)
	}
	status, answer := r.ask(ours, "POST", "/api/v1/deployments/traffic-filter/rulesets",
		`{"name":"p","type":"ip","region":"us","include_by_default":true,"rules":[]}`)
	require.Equal(t, http.StatusInternalServerError, status, answer)
	require.Empty(t, r.plane.listRulesets(ours))
}

func FuzzAPI(f *testing.F) {
	for _, seed := range []struct{ method, path, body string }{
		{"PUT", "/api/v1/deployments/x/elasticsearch/main/remote-clusters", `{"resources":[]}`},
		{"POST", "/api/v1/deployments", payload},
		{"PATCH", "/api/v1/deployments/x/elasticsearch/main/keystore", `{"secrets":{"a":{"value":{}}}}`},
		{"POST", "/api/v1/deployments/traffic-filter/rulesets",
			`{"name":"p","type":"remote_cluster","region":"us","include_by_default":true,"rules":[{"remote_cluster_id":"x"}]}`},
	} {
		f.Add(seed.method, seed.path, seed.body)
	}
	d := &recorder{remotes: map[string][]Remote{}, admitted: map[string]map[string]bool{}, trust: map[string][]string{}}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		p := New(Options{Driver: d, Regions: []string{"us"}, Rules: Rules{Reloads: func(string) bool { return true },
			Compatible: func(string, string) bool { return true }, Sniffs: func(string) bool { return false }}})
		require.NoError(t, p.AddOrganization(ours, "o"))
		_, key, err := p.AddUser(ours, "u")
		require.NoError(t, err)
		request, err := http.NewRequestWithContext(t.Context(), method, "http://api.test/", strings.NewReader(body))
		if err != nil {
			t.Skip("not a request")
		}
		request.URL.Path = path
		request.Header.Set("Authorization", "ApiKey "+key)
		answer := httptest.NewRecorder()
		p.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(answer, request)
		if answer.Code >= 500 && answer.Code != http.StatusNotImplemented {
			t.Fatalf("%s %s %q: %d %s", method, path, body, answer.Code, answer.Body)
		}
		if answer.Code >= 400 && len(p.list(ours)) > 0 {
			t.Fatalf("%s %s %q was refused with %d and made a deployment", method, path, body, answer.Code)
		}
	})
}

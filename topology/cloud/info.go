package cloud

import (
	"net"
	"net/http"
	"strconv"

	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"
	"github.com/go-openapi/strfmt"

	"github.com/crosscheck-dev/crosscheck/topology"
)

// info is the Elasticsearch resource as the API shows it: all that the Security page's remote cluster parameters need.
func (a *api) info(d Deployment) *models.ElasticsearchResourceInfo {
	changed := strfmt.DateTime(d.Created)
	trust := &models.ElasticsearchClusterTrustSettings{}
	for _, account := range d.Trust {
		trust.Accounts = append(trust.Accounts, &models.AccountTrustRelationship{
			AccountID: &account.ID, Name: account.Name, TrustAll: &account.All, TrustAllowlist: account.Only,
		})
	}
	return &models.ElasticsearchResourceInfo{
		ID: &d.ClusterID, RefID: &d.RefID, Region: &d.Region,
		Info: &models.ElasticsearchClusterInfo{
			AssociatedApmClusters: []*models.ApmSubInfo{}, AssociatedAppsearchClusters: []*models.AppSearchSubInfo{},
			AssociatedEnterpriseSearchClusters: []*models.EnterpriseSearchSubInfo{},
			AssociatedKibanaClusters:           []*models.KibanaSubClusterInfo{},
			ClusterID:                          &d.ClusterID, ClusterName: &d.Name, DeploymentID: d.ID,
			ExternalLinks: []*models.ExternalHyperlink{},
			Elasticsearch: healthy(), Healthy: ec.Bool(true), Status: ec.String("started"), Region: d.Region,
			Metadata: &models.ClusterMetadataInfo{
				Endpoint: d.Endpoint, LastModified: &changed, Version: &d.Revision,
				ServiceURL: "https://" + net.JoinHostPort(d.Endpoint, strconv.Itoa(PortHTTPS)),
				Ports: &models.ClusterMetadataPortInfo{HTTP: ec.Int32(topology.HTTPPort), HTTPS: ec.Int32(PortHTTPS),
					TransportPassthrough: ec.Int32(topology.TransportPassthrough)},
			},
			PlanInfo: &models.ElasticsearchClusterPlansInfo{Healthy: ec.Bool(true),
				History: []*models.ElasticsearchClusterPlanInfo{},
				Current: &models.ElasticsearchClusterPlanInfo{Healthy: ec.Bool(true),
					PlanAttemptLog: []*models.ClusterPlanStepInfo{}, Warnings: []*models.ClusterPlanWarning{},
					Plan: &models.ElasticsearchClusterPlan{ClusterTopology: []*models.ElasticsearchClusterTopologyElement{},
						Elasticsearch: &models.ElasticsearchConfiguration{Version: d.Version}}}},
			Settings:  &models.ElasticsearchClusterSettings{Trust: trust},
			Snapshots: &models.SnapshotStatusInfo{Count: ec.Int32(0), Healthy: ec.Bool(true), RecentSuccess: ec.Bool(true)},
			Topology:  &models.ClusterTopologyInfo{Healthy: ec.Bool(true), Instances: []*models.ClusterInstanceInfo{}},
		},
	}
}

// healthy is what the API's definition requires beside, and nobody here looks at.
func healthy() *models.ElasticsearchInfo {
	return &models.ElasticsearchInfo{
		Healthy: ec.Bool(true),
		BlockingIssues: &models.ElasticsearchClusterBlockingIssues{Healthy: ec.Bool(true),
			ClusterLevel: []*models.ElasticsearchClusterBlockingIssueElement{},
			IndexLevel:   []*models.ElasticsearchClusterBlockingIssueElement{}},
		MasterInfo: &models.ElasticsearchMasterInfo{Healthy: ec.Bool(true), InstancesWithNoMaster: []string{},
			Masters: []*models.ElasticsearchMasterElement{}},
		ShardInfo: &models.ElasticsearchShardsInfo{Healthy: ec.Bool(true),
			AvailableShards:     []*models.ElasticsearchShardElement{},
			UnavailableReplicas: []*models.ElasticsearchReplicaElement{},
			UnavailableShards:   []*models.ElasticsearchShardElement{}},
	}
}

func (a *api) getRemotes(r *http.Request, u User) (int, any, error) {
	d, err := a.plane.resource(u, r.PathValue("deployment"), r.PathValue("ref"))
	if err != nil {
		return 0, nil, err
	}
	own, behind, err := a.plane.remotes(r.Context(), d)
	if err != nil {
		return 0, nil, err
	}
	list := models.RemoteResources{Resources: []*models.RemoteResourceRef{}}
	for i, remote := range own {
		to := behind[i]
		trusted, back, compatible := d.trusts(to), to.trusts(d), a.plane.Compatible(d.Version, to.Version)
		list.Resources = append(list.Resources, &models.RemoteResourceRef{
			Alias: &remote.Alias, DeploymentID: &to.ID, ElasticsearchRefID: &to.RefID, SkipUnavailable: &remote.SkipUnavailable,
			Info: &models.RemoteResourceInfo{Compatible: &compatible, Connected: &remote.Connected, Trusted: &trusted,
				TrustedBack: &back,
				Healthy:     ec.Bool(remote.Connected && compatible && trusted && back)},
		})
	}
	return http.StatusOK, list, nil
}

func (a *api) putRemotes(r *http.Request, u User) (int, any, error) {
	d, err := a.plane.resource(u, r.PathValue("deployment"), r.PathValue("ref"))
	if err != nil {
		return 0, nil, err
	}
	var wanted models.RemoteResources
	if err := read(r, &wanted); err != nil {
		return 0, nil, err
	}
	refs := []remoteRef{}
	for _, w := range wanted.Resources {
		if w == nil {
			return 0, nil, malformed("a remote cluster is null", "resources")
		}
		refs = append(refs, remoteRef{Alias: *w.Alias, Deployment: *w.DeploymentID, RefID: *w.ElasticsearchRefID,
			SkipUnavailable: w.SkipUnavailable != nil && *w.SkipUnavailable})
	}
	return http.StatusAccepted, nil, a.plane.setRemotes(r.Context(), u, d.ID, refs)
}

func (a *api) listRulesets(_ *http.Request, u User) (int, any, error) {
	list := models.TrafficFilterRulesets{Rulesets: []*models.TrafficFilterRulesetInfo{}}
	for _, r := range a.plane.listRulesets(u.Organization) {
		list.Rulesets = append(list.Rulesets, rulesetInfo(r))
	}
	return http.StatusOK, list, nil
}

func rulesetInfo(r Ruleset) *models.TrafficFilterRulesetInfo {
	info := &models.TrafficFilterRulesetInfo{ID: &r.ID, Name: r.Info.Name, Description: r.Info.Description,
		Region: r.Info.Region, Type: r.Info.Type,
		IncludeByDefault: r.Info.IncludeByDefault, Rules: r.Info.Rules,
		TotalAssociations: int32(min(len(r.Deployments), 1<<30))}
	for _, id := range r.Deployments {
		info.Associations = append(info.Associations, &models.FilterAssociation{EntityType: ec.String("deployment"), ID: &id})
	}
	return info
}

func (a *api) getRuleset(r *http.Request, u User) (int, any, error) {
	found, err := a.plane.ruleset(u, r.PathValue("ruleset"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, rulesetInfo(found), nil
}

func (a *api) createRuleset(r *http.Request, u User) (int, any, error) {
	return a.writeRuleset(r, u, "", http.StatusCreated)
}

func (a *api) updateRuleset(r *http.Request, u User) (int, any, error) {
	return a.writeRuleset(r, u, r.PathValue("ruleset"), http.StatusOK)
}

func (a *api) writeRuleset(r *http.Request, u User, id string, status int) (int, any, error) {
	var info models.TrafficFilterRulesetRequest
	if err := read(r, &info); err != nil {
		return 0, nil, err
	}
	id, err := a.plane.putRuleset(r.Context(), u, id, info)
	return status, models.TrafficFilterRulesetResponse{ID: &id}, err
}

func (a *api) deleteRuleset(r *http.Request, u User) (int, any, error) {
	return http.StatusOK, nil, a.plane.deleteRuleset(r.Context(), u, r.PathValue("ruleset"))
}

func (a *api) associate(r *http.Request, u User) (int, any, error) {
	var to models.FilterAssociation
	if err := read(r, &to); err != nil {
		return 0, nil, err
	}
	if *to.EntityType != "deployment" {
		return 0, nil, notSimulated("a network security policy of anything but a deployment")
	}
	return http.StatusCreated, nil, a.plane.associate(r.Context(), u, r.PathValue("ruleset"), *to.ID, true)
}

func (a *api) dissociate(r *http.Request, u User) (int, any, error) {
	if r.PathValue("kind") != "deployment" {
		return 0, nil, noRoute(r.URL.Path)
	}
	return http.StatusOK, nil, a.plane.associate(r.Context(), u, r.PathValue("ruleset"), r.PathValue("deployment"), false)
}

package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/elastic/cloud-sdk-go/pkg/client/deployments"
	"github.com/elastic/cloud-sdk-go/pkg/client/deployments_traffic_filter"
	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/cloud"
)

var withNetworkSecurity = append([]string{simulatedNetwork}, byConsole...)

var cloudAPISteps = []gherkin.Definition{
	{Expression: "the {word} administrator applies a private connection policy of type remote cluster to the {word} deployment", Handler: (*Scenario).appliesRemotePolicy, Simulates: withNetworkSecurity,
		Doc: "The form's fields and values: Organization ID, Elasticsearch cluster ID, or both."},
	{Expression: "the {word} administrator applies an IP filter policy for {string} to the {word} deployment", Handler: (*Scenario).appliesIPFilter, Simulates: withNetworkSecurity,
		Doc: "A network security policy with that source, an address or a CIDR mask."},
	{Expression: "the {word} administrator removes the policy from the {word} deployment", Handler: (*Scenario).removesPolicy, Simulates: withNetworkSecurity,
		Doc: "The last policy is no longer applied."},
	{Expression: "the proxy of the remote deployment blocked connections", Handler: (*Scenario).blocked, Simulates: withNetworkSecurity,
		Doc: "Its counts say that connections to the remote cluster server were closed because of policies."},
	{Expression: "a policy of another region cannot be applied to the {word} deployment", Handler: (*Scenario).otherRegion, Simulates: withNetworkSecurity,
		Doc: "Policies are bound to a region: the API answers 400."},
	{Expression: "the remote clusters of the local deployment are set to", Handler: (*Scenario).setsRemotes, Simulates: aroundClusters,
		Doc: "PUT .../remote-clusters through cloud-sdk-go: a row for each alias, deployment and skip_unavailable, or a row with - for none. 202."},
	{Expression: "the API answers {int} {string} when the remote clusters of the local deployment are set to", Handler: (*Scenario).refusesRemotes, Simulates: aroundClusters,
		Doc: "The same, refused with that status and error code."},
	{Expression: "the API lists the remote clusters of the local deployment as", Handler: (*Scenario).listsRemotes, Simulates: aroundClusters,
		Doc: "GET .../remote-clusters through cloud-sdk-go: alias, deployment, connected, compatible, trusted and trusted_back, or a row with - for none."},
	{Expression: "the API says that skip_unavailable of {string} is {word}", Handler: (*Scenario).apiSkips, Simulates: aroundClusters,
		Doc: "GET .../remote-clusters and _remote/info both say true, or both false."},
	{Expression: "with the key of the {word} organization, {string} is answered {int} {string}", Handler: (*Scenario).asks, Simulates: aroundClusters,
		Doc: "A method and a path below /api/v1, as plain HTTP; the key is the local, the remote or no organization's. An error has the API's own form and shows nothing of the local deployment."},
	{Expression: "with the key of the {word} organization, {string} is answered {int} {string} to the body", Handler: (*Scenario).sends, Simulates: aroundClusters,
		Doc: "The same with the body below; <2 MB> is so much."},
}

func (s *Scenario) appliesRemotePolicy(ctx context.Context, who, name string, table gherkin.Table) error {
	form, err := s.fields(ctx, table, "Organization ID", "Elasticsearch cluster ID")
	if err != nil {
		return err
	}
	rule := &models.TrafficFilterRule{RemoteClusterOrgID: form["Organization ID"], RemoteClusterID: form["Elasticsearch cluster ID"]}
	return s.apply(ctx, who, name, cloud.TypeRemoteCluster, region, rule)
}

func (s *Scenario) appliesIPFilter(ctx context.Context, who, source, name string) error {
	return s.apply(ctx, who, name, cloud.TypeIP, region, &models.TrafficFilterRule{Source: source})
}

func (s *Scenario) otherRegion(ctx context.Context, name string) error {
	err := s.apply(ctx, owner(name), name, cloud.TypeRemoteCluster, "eu-west-1", &models.TrafficFilterRule{RemoteClusterOrgID: localOrganization})
	var refused *refusedError
	if !errors.As(err, &refused) || refused.status != http.StatusBadRequest || refused.code != "traffic_filter.wrong_region" {
		return &verdict.Mismatch{What: "the policy of another region", Wanted: "400 traffic_filter.wrong_region", Got: fmt.Sprint(err)}
	}
	return nil
}

// apply creates a network security policy and applies it to a deployment.
func (s *Scenario) apply(ctx context.Context, who, name, kind, where string, rule *models.TrafficFilterRule) error {
	if err := s.openCloud(ctx); err != nil {
		return err
	}
	c, ok := s.cloud.clients[who]
	if !ok {
		return fmt.Errorf("there is a local and a remote administrator, and no %q one", who)
	}
	filters := c.V1API.DeploymentsTrafficFilter
	made, err := filters.CreateTrafficFilterRuleset(deployments_traffic_filter.NewCreateTrafficFilterRulesetParams().WithContext(ctx).
		WithBody(&models.TrafficFilterRulesetRequest{Name: ec.String(s.unique("policy")), Type: &kind, Region: &where, IncludeByDefault: ec.Bool(false),
			Rules: []*models.TrafficFilterRule{rule}}), c.AuthWriter)
	if err != nil {
		return fmt.Errorf("create the network security policy: %w", c.refusal(err))
	}
	s.cloud.policy = *made.Payload.ID
	_, _, err = filters.CreateTrafficFilterRulesetAssociation(deployments_traffic_filter.NewCreateTrafficFilterRulesetAssociationParams().WithContext(ctx).
		WithRulesetID(s.cloud.policy).WithBody(&models.FilterAssociation{EntityType: ec.String("deployment"), ID: ec.String(s.cloud.deployments[name])}), c.AuthWriter)
	if err != nil {
		return fmt.Errorf("apply the network security policy: %w", c.refusal(err))
	}
	return nil
}

func (s *Scenario) removesPolicy(ctx context.Context, who, name string) error {
	c, ok := s.cloud.clients[who]
	if !ok || s.cloud.policy == "" {
		return errors.New("no policy was applied before")
	}
	_, err := c.V1API.DeploymentsTrafficFilter.DeleteTrafficFilterRulesetAssociation(deployments_traffic_filter.NewDeleteTrafficFilterRulesetAssociationParams().
		WithContext(ctx).WithRulesetID(s.cloud.policy).WithAssociationType("deployment").WithAssociatedEntityID(s.cloud.deployments[name]), c.AuthWriter)
	if err != nil {
		return fmt.Errorf("remove the network security policy: %w", c.refusal(err))
	}
	return nil
}

func (s *Scenario) blocked(ctx context.Context) error {
	counts, err := s.remote.Balancer.Connections(ctx)
	if err != nil {
		return err
	}
	if n := counts.Listeners[topology.ListenerName(topology.RemoteClusterServerPort)].Refused.Blocked; n == 0 {
		return &verdict.Mismatch{What: "the proxy", Wanted: "connections that were blocked", Got: "none"}
	}
	return nil
}

// remoteResources reads a table of aliases, deployments and skip_unavailable.
func (s *Scenario) remoteResources(ctx context.Context, table gherkin.Table) (*models.RemoteResources, error) {
	if err := s.openCloud(ctx); err != nil {
		return nil, err
	}
	all := &models.RemoteResources{Resources: []*models.RemoteResourceRef{}}
	for _, row := range table {
		if len(row) == 1 && row[0] == "-" {
			continue
		}
		if len(row) != 3 {
			return nil, fmt.Errorf("the table wants three columns, alias, deployment and skip_unavailable, and has %d", len(row))
		}
		id, ok := s.cloud.deployments[row[1]]
		if !ok {
			id = strings.Repeat("0", 32) // nobody's
		}
		alias := s.alias(row[0])
		s.latest = row[0]
		if _, known := s.remotes[alias]; !known {
			s.remotes[alias] = map[string]any{}
		}
		all.Resources = append(all.Resources, &models.RemoteResourceRef{Alias: &alias, DeploymentID: &id,
			ElasticsearchRefID: ec.String("main-elasticsearch"), SkipUnavailable: ec.Bool(row[2] == "true")})
	}
	return all, nil
}

func (s *Scenario) setsRemotes(ctx context.Context, table gherkin.Table) error {
	wanted, err := s.remoteResources(ctx, table)
	if err != nil {
		return err
	}
	if len(s.remotes) > 0 {
		s.later("remove the remote clusters of the API", func(ctx context.Context) error {
			return s.putRemotes(ctx, &models.RemoteResources{Resources: []*models.RemoteResourceRef{}})
		})
	}
	s.request.Status = http.StatusOK
	return s.putRemotes(ctx, wanted)
}

func (s *Scenario) putRemotes(ctx context.Context, wanted *models.RemoteResources) error {
	c := s.cloud.clients[topology.Local]
	_, err := c.V1API.Deployments.SetDeploymentEsResourceRemoteClusters(deployments.NewSetDeploymentEsResourceRemoteClustersParams().WithContext(ctx).
		WithTimeout(s.env.Timeouts.Scenario).WithDeploymentID(s.cloud.deployments[topology.Local]).WithRefID("main-elasticsearch").WithBody(wanted), c.AuthWriter)
	if err != nil {
		return fmt.Errorf("set the remote clusters: %w", c.refusal(err))
	}
	return nil
}

func (s *Scenario) refusesRemotes(ctx context.Context, status int, code string, table gherkin.Table) error {
	wanted, err := s.remoteResources(ctx, table)
	if err != nil {
		return err
	}
	err = s.putRemotes(ctx, wanted)
	var refused *refusedError
	if !errors.As(err, &refused) || refused.status != status || refused.code != code {
		return &verdict.Mismatch{What: "setting the remote clusters", Wanted: fmt.Sprintf("%d %s", status, code), Got: fmt.Sprint(err)}
	}
	return nil
}

func (s *Scenario) listsRemotes(ctx context.Context, table gherkin.Table) error {
	if err := s.openCloud(ctx); err != nil {
		return err
	}
	wanted := map[string]string{}
	for _, row := range table {
		if len(row) == 1 && row[0] == "-" {
			continue
		}
		if len(row) != 6 {
			return fmt.Errorf("the table wants six columns, alias, deployment, connected, compatible, trusted and trusted_back, and has %d", len(row))
		}
		wanted[s.alias(row[0])] = strings.Join(row[1:], " ")
	}
	c := s.cloud.clients[topology.Local]
	return waitFor(ctx, "GET remote-clusters", s.env.Timeouts.Connect, func(ctx context.Context) error {
		list, err := c.V1API.Deployments.GetDeploymentEsResourceRemoteClusters(deployments.NewGetDeploymentEsResourceRemoteClustersParams().WithContext(ctx).
			WithDeploymentID(s.cloud.deployments[topology.Local]).WithRefID("main-elasticsearch"), c.AuthWriter)
		if err != nil {
			return fmt.Errorf("read the remote clusters: %w", c.refusal(err))
		}
		got := map[string]any{}
		for _, r := range list.Payload.Resources {
			name := "unknown"
			for known, id := range s.cloud.deployments {
				if id == *r.DeploymentID {
					name = known
				}
			}
			got[*r.Alias] = fmt.Sprintf("%s %t %t %t %t", name, *r.Info.Connected, *r.Info.Compatible, *r.Info.Trusted, *r.Info.TrustedBack)
		}
		return compareFields("GET remote-clusters", wanted, got)
	})
}

func (s *Scenario) apiSkips(ctx context.Context, name, value string) error {
	c, alias := s.cloud.clients[topology.Local], s.alias(name)
	list, err := c.V1API.Deployments.GetDeploymentEsResourceRemoteClusters(deployments.NewGetDeploymentEsResourceRemoteClustersParams().WithContext(ctx).
		WithDeploymentID(s.cloud.deployments[topology.Local]).WithRefID("main-elasticsearch"), c.AuthWriter)
	if err != nil {
		return fmt.Errorf("read the remote clusters: %w", c.refusal(err))
	}
	info, err := s.info(ctx, alias)
	if err != nil {
		return err
	}
	got := map[string]any{"_remote/info": info["skip_unavailable"]}
	for _, r := range list.Payload.Resources {
		if *r.Alias == alias {
			got["GET remote-clusters"] = *r.SkipUnavailable
		}
	}
	return compareFields("skip_unavailable", map[string]string{"_remote/info": value, "GET remote-clusters": value}, got)
}

func (s *Scenario) asks(ctx context.Context, who, request string, status int, code string) error {
	return s.sends(ctx, who, request, status, code, "")
}

func (s *Scenario) sends(ctx context.Context, who, request string, status int, code, body string) error {
	if err := s.openCloud(ctx); err != nil {
		return err
	}
	request, err := s.resolve(ctx, request)
	if err != nil {
		return err
	}
	if body, err = s.resolve(ctx, body); err != nil {
		return err
	}
	method, path, _ := strings.Cut(request, " ")
	body = strings.ReplaceAll(body, "<2 MB>", strings.Repeat("x", 2<<20))
	r, err := http.NewRequestWithContext(ctx, method, s.cloud.server.URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return fmt.Errorf("prepare %s: %w", request, err)
	}
	c := s.cloud.clients[topology.Local]
	if other, ok := s.cloud.clients[who]; ok {
		c = other
		r.Header.Set("Authorization", "ApiKey "+c.key)
	} else if who != "no" {
		return fmt.Errorf("there is a local, a remote and no organization, and no %q one", who)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("send %s: %w", request, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("read the answer to %s: %w", request, err)
	}
	form := ""
	if code != "" {
		form = `{"errors":[{"code":"` + code + `"`
	}
	if res.StatusCode != status || !strings.HasPrefix(string(answer), form) {
		return &verdict.Mismatch{What: request, Wanted: fmt.Sprintf("%d %s", status, form), Got: fmt.Sprintf("%d %s", res.StatusCode, answer)}
	}
	for _, secret := range []string{s.local.ID, s.local.Endpoint, localOrganization, "the local deployment"} {
		if who != topology.Local && strings.Contains(string(answer), secret) {
			return &verdict.Mismatch{What: request, Wanted: "nothing of the local organization", Got: string(answer)}
		}
	}
	return nil
}

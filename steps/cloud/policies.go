package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	filter "github.com/elastic/cloud-sdk-go/pkg/client/deployments_traffic_filter"
	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	platform "github.com/crosscheck-dev/crosscheck/topology/cloud"
)

// policies are the network security policies of the deployments.
type policies struct {
	cloud *Cloud
	last  string // the ID of the policy that was created last; empty before the first
}

func (p *policies) steps() []gherkin.Definition {
	network := simulated(simulatedNetwork, simulatedConsole)
	return []gherkin.Definition{
		{Expression: "the {word} administrator applies a private connection policy of type remote cluster to the {word} " +
			"deployment", Handler: p.applyRemotePolicy, Simulates: network,
			Doc: "The form's fields and values: Organization ID, Elasticsearch cluster ID, or both."},
		{Expression: "the {word} administrator applies an IP filter policy for {string} to the {word} deployment",
			Handler: p.applyIPFilter, Simulates: network,
			Doc: "A network security policy with that source, an address or a CIDR mask."},
		{Expression: "the {word} administrator removes the policy from the {word} deployment", Handler: p.removePolicy,
			Simulates: network,
			Doc:       "The last policy is no longer applied."},
		{Expression: "the proxy of the remote deployment blocked connections", Handler: p.expectBlocked, Simulates: network,
			Needs: []string{"remote-cluster-server"},
			Doc:   "Its counts say that connections to the remote cluster server were closed because of policies."},
		{Expression: "a policy of another region cannot be applied to the {word} deployment",
			Handler: p.expectOtherRegionRefused, Simulates: network,
			Doc: "Policies are bound to a region: the API answers 400."},
	}
}

func (p *policies) applyRemotePolicy(ctx context.Context, who, name string, table gherkin.Table) error {
	typed, err := p.cloud.readForm(ctx, table, "Organization ID", "Elasticsearch cluster ID")
	if err != nil {
		return err
	}
	rule := &models.TrafficFilterRule{
		RemoteClusterOrgID: typed["Organization ID"], RemoteClusterID: typed["Elasticsearch cluster ID"],
	}
	return p.apply(ctx, who, name, platform.TypeRemoteCluster, region, rule)
}

func (p *policies) applyIPFilter(ctx context.Context, who, source, name string) error {
	return p.apply(ctx, who, name, platform.TypeIP, region, &models.TrafficFilterRule{Source: source})
}

func (p *policies) expectOtherRegionRefused(ctx context.Context, name string) error {
	rule := &models.TrafficFilterRule{RemoteClusterOrgID: localOrganization}
	err := p.apply(ctx, owner(name), name, platform.TypeRemoteCluster, "eu-west-1", rule)
	return expectRefusal(err, "the policy of another region", http.StatusBadRequest, "traffic_filter.wrong_region")
}

// apply creates a policy with one rule in a region, and applies it to a deployment.
func (p *policies) apply(ctx context.Context, who, name, kind, where string, rule *models.TrafficFilterRule) error {
	client, err := p.cloud.client(ctx, who)
	if err != nil {
		return err
	}
	filters := client.V1API.DeploymentsTrafficFilter
	create := filter.NewCreateTrafficFilterRulesetParams().WithContext(ctx).WithBody(&models.TrafficFilterRulesetRequest{
		Name: ec.String(p.cloud.world.Names.Unique("policy")), Type: &kind, Region: &where,
		IncludeByDefault: ec.Bool(false), Rules: []*models.TrafficFilterRule{rule},
	})
	made, err := filters.CreateTrafficFilterRuleset(create, client.AuthWriter)
	if err != nil {
		return fmt.Errorf("create the network security policy: %w", client.refusal(err))
	}
	p.last = *made.Payload.ID
	associate := filter.NewCreateTrafficFilterRulesetAssociationParams().WithContext(ctx).WithRulesetID(p.last).
		WithBody(&models.FilterAssociation{
			EntityType: ec.String("deployment"), ID: ec.String(p.cloud.plane.deployments[name]),
		})
	_, _, err = filters.CreateTrafficFilterRulesetAssociation(associate, client.AuthWriter)
	if err != nil {
		return fmt.Errorf("apply the network security policy: %w", client.refusal(err))
	}
	return nil
}

func (p *policies) removePolicy(ctx context.Context, who, name string) error {
	if p.last == "" {
		return errors.New("no policy was applied before")
	}
	client, err := p.cloud.client(ctx, who)
	if err != nil {
		return err
	}
	params := filter.NewDeleteTrafficFilterRulesetAssociationParams().WithContext(ctx).WithRulesetID(p.last).
		WithAssociationType("deployment").WithAssociatedEntityID(p.cloud.plane.deployments[name])
	_, err = client.V1API.DeploymentsTrafficFilter.DeleteTrafficFilterRulesetAssociation(params, client.AuthWriter)
	if err != nil {
		return fmt.Errorf("remove the network security policy: %w", client.refusal(err))
	}
	return nil
}

func (p *policies) expectBlocked(ctx context.Context) error {
	counts, err := p.cloud.world.Remote().Balancer.Connections(ctx)
	if err != nil {
		return err
	}
	listener := counts.Listeners[topology.ListenerName(topology.RemoteClusterServerPort)]
	if listener.Refused.Blocked == 0 {
		return &verdict.Mismatch{What: "the proxy", Wanted: "connections that were blocked", Got: "none"}
	}
	return nil
}

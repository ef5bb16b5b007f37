package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/elastic/cloud-sdk-go/pkg/client/deployments"
	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

var cloudTrustSteps = []gherkin.Definition{
	{Expression: "the {word} administrator adds a trusted environment", Handler: (*Scenario).addsTrust, Simulates: byConsole,
		Doc: "The form's fields and values: Organization ID, Trust (All deployments or Specific deployments), Elasticsearch cluster IDs, Name."},
	{Expression: "the {word} administrator updates the trust settings with", Handler: (*Scenario).putsTrust, Simulates: aroundClusters,
		Doc: "PUT /api/v1/deployments/<id> with the JSON below as the trust settings."},
	{Expression: "the trust summary of the {word} deployment lists", Handler: (*Scenario).trustSummary, Simulates: byConsole,
		Doc: "A row for each trusted organization: its ID, name, and all or the cluster IDs."},
}

func (s *Scenario) addsTrust(ctx context.Context, who string, table gherkin.Table) error {
	form, err := s.fields(ctx, table, "Organization ID", "Trust", "Elasticsearch cluster IDs", "Name")
	if err != nil {
		return err
	}
	d, err := s.deployment(ctx, who)
	if err != nil {
		return err
	}
	account := &models.AccountTrustRelationship{AccountID: ec.String(form["Organization ID"]), Name: form["Name"], TrustAll: ec.Bool(true)}
	switch form["Trust"] {
	case "All deployments":
	case "Specific deployments":
		account.TrustAll, account.TrustAllowlist = ec.Bool(false), strings.Fields(strings.ReplaceAll(form["Elasticsearch cluster IDs"], ",", " "))
	default:
		return fmt.Errorf("the level of trust is All deployments or Specific deployments, and not %q", form["Trust"])
	}
	trust := d.Info.Settings.Trust
	trust.Accounts = append(slices.DeleteFunc(trust.Accounts, func(a *models.AccountTrustRelationship) bool { return *a.AccountID == *account.AccountID }), account)
	return s.updateTrust(ctx, who, trust)
}

func (s *Scenario) putsTrust(ctx context.Context, who, body string) error {
	body, err := s.resolve(ctx, body)
	if err != nil {
		return err
	}
	var settings models.ElasticsearchClusterSettings
	if err := json.Unmarshal([]byte(body), &settings); err != nil {
		return fmt.Errorf("read the trust settings: %w", err)
	}
	return s.updateTrust(ctx, who, settings.Trust)
}

func (s *Scenario) updateTrust(ctx context.Context, who string, trust *models.ElasticsearchClusterTrustSettings) error {
	if err := s.openCloud(ctx); err != nil {
		return err
	}
	c := s.cloud.clients[owner(who)]
	_, err := c.V1API.Deployments.UpdateDeployment(deployments.NewUpdateDeploymentParams().WithContext(ctx).WithTimeout(s.env.Timeouts.Scenario).
		WithDeploymentID(s.cloud.deployments[who]).WithBody(&models.DeploymentUpdateRequest{
		PruneOrphans: ec.Bool(false),
		Resources: &models.DeploymentUpdateResources{Elasticsearch: []*models.ElasticsearchPayload{{
			RefID: ec.String("main-elasticsearch"), Region: ec.String(region), Settings: &models.ElasticsearchClusterSettings{Trust: trust},
			Plan: &models.ElasticsearchClusterPlan{ClusterTopology: []*models.ElasticsearchClusterTopologyElement{}, Elasticsearch: &models.ElasticsearchConfiguration{}},
		}}},
	}), c.AuthWriter)
	if err != nil {
		return fmt.Errorf("update the trust settings: %w", c.refusal(err))
	}
	return nil
}

func (s *Scenario) trustSummary(ctx context.Context, name string, table gherkin.Table) error {
	d, err := s.deployment(ctx, name)
	if err != nil {
		return err
	}
	got := map[string]any{}
	for _, a := range d.Info.Settings.Trust.Accounts {
		whom := "all"
		if !*a.TrustAll {
			whom = strings.Join(a.TrustAllowlist, ", ")
		}
		got[*a.AccountID] = strings.TrimSpace(a.Name + " " + whom)
	}
	wanted := map[string]string{}
	for _, row := range table {
		if len(row) != 3 {
			return fmt.Errorf("the table wants three columns, organization ID, name and deployments, and has %d", len(row))
		}
		line, err := s.resolve(ctx, strings.Join(row, "\t"))
		if err != nil {
			return err
		}
		cells := strings.Split(line, "\t")
		wanted[cells[0]] = strings.TrimSpace(cells[1] + " " + cells[2])
	}
	return compareFields("the trust summary", wanted, got)
}

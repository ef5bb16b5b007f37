package cloud

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
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// trust is which other organizations' deployments a deployment accepts connections from, with TLS certificates.
type trust struct{ cloud *Cloud }

func (t trust) steps() []gherkin.Definition {
	byConsole := simulated(simulatedConsole)
	return []gherkin.Definition{
		{Expression: "the {word} administrator adds a trusted environment", Handler: t.addTrustedEnvironment,
			Simulates: byConsole,
			Doc: "The form's fields and values: Organization ID, Trust (All deployments or Specific deployments), " +
				"Elasticsearch cluster IDs, Name."},
		{Expression: "the {word} administrator updates the trust settings with", Handler: t.putTrust,
			Simulates: simulated(),
			Doc:       "PUT /api/v1/deployments/<id> with the JSON below as the trust settings."},
		{Expression: "the trust summary of the {word} deployment lists", Handler: t.expectSummary, Simulates: byConsole,
			Doc: "A row for each trusted organization: its ID, name, and all or the cluster IDs."},
	}
}

func (t trust) addTrustedEnvironment(ctx context.Context, who string, table gherkin.Table) error {
	typed, err := t.cloud.readForm(ctx, table, "Organization ID", "Trust", "Elasticsearch cluster IDs", "Name")
	if err != nil {
		return err
	}
	d, err := t.cloud.deployment(ctx, who)
	if err != nil {
		return err
	}
	account := &models.AccountTrustRelationship{
		AccountID: ec.String(typed["Organization ID"]), Name: typed["Name"], TrustAll: ec.Bool(true),
	}
	switch typed["Trust"] {
	case "All deployments":
	case "Specific deployments":
		account.TrustAll = ec.Bool(false)
		account.TrustAllowlist = strings.Fields(strings.ReplaceAll(typed["Elasticsearch cluster IDs"], ",", " "))
	default:
		return fmt.Errorf("the level of trust is All deployments or Specific deployments, and not %q", typed["Trust"])
	}
	settings := d.Info.Settings.Trust
	settings.Accounts = slices.DeleteFunc(settings.Accounts, func(a *models.AccountTrustRelationship) bool {
		return *a.AccountID == *account.AccountID
	})
	settings.Accounts = append(settings.Accounts, account)
	return t.update(ctx, who, settings)
}

func (t trust) putTrust(ctx context.Context, who, body string) error {
	body, err := t.cloud.Expand(ctx, body)
	if err != nil {
		return err
	}
	var settings models.ElasticsearchClusterSettings
	if err := json.Unmarshal([]byte(body), &settings); err != nil {
		return fmt.Errorf("read the trust settings: %w", err)
	}
	return t.update(ctx, who, settings.Trust)
}

// update sends the trust settings of a deployment, as its organization's user.
func (t trust) update(ctx context.Context, name string, settings *models.ElasticsearchClusterTrustSettings) error {
	client, err := t.cloud.client(ctx, owner(name))
	if err != nil {
		return err
	}
	params := deployments.NewUpdateDeploymentParams().WithContext(ctx).
		WithTimeout(t.cloud.world.Env.Timeouts.Scenario).WithDeploymentID(t.cloud.plane.deployments[name]).
		WithBody(&models.DeploymentUpdateRequest{
			PruneOrphans: ec.Bool(false),
			Resources: &models.DeploymentUpdateResources{Elasticsearch: []*models.ElasticsearchPayload{{
				RefID: ec.String(elasticsearch), Region: ec.String(region),
				Settings: &models.ElasticsearchClusterSettings{Trust: settings},
				Plan: &models.ElasticsearchClusterPlan{
					ClusterTopology: []*models.ElasticsearchClusterTopologyElement{},
					Elasticsearch:   &models.ElasticsearchConfiguration{},
				},
			}}},
		})
	if _, err := client.V1API.Deployments.UpdateDeployment(params, client.AuthWriter); err != nil {
		return fmt.Errorf("update the trust settings: %w", client.refusal(err))
	}
	return nil
}

func (t trust) expectSummary(ctx context.Context, name string, table gherkin.Table) error {
	d, err := t.cloud.deployment(ctx, name)
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
		line, err := t.cloud.Expand(ctx, strings.Join(row, "\t"))
		if err != nil {
			return err
		}
		cells := strings.Split(line, "\t")
		wanted[cells[0]] = strings.TrimSpace(cells[1] + " " + cells[2])
	}
	return verdict.Fields("the trust summary", wanted, got)
}

package cloud

import (
	"context"
	"fmt"
	"strings"

	"github.com/elastic/cloud-sdk-go/pkg/client/deployments"
	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
)

// connections are the remote clusters of the local deployment as the API sets and lists them.
type connections struct{ cloud *Cloud }

func (c connections) steps() []gherkin.Definition {
	around := simulated()
	return []gherkin.Definition{
		{Expression: "the remote clusters of the local deployment are set to", Handler: c.setRemotes, Simulates: around,
			Doc: "PUT .../remote-clusters through cloud-sdk-go: a row for each alias, deployment and skip_unavailable, or " +
				"a row with - for none. 202."},
		{Expression: "the API answers {int} {string} when the remote clusters of the local deployment are set to",
			Handler: c.expectRemotesRefused, Simulates: around,
			Doc: "The same, refused with that status and error code; a later step may name the failure."},
		{Expression: "the API lists the remote clusters of the local deployment as", Handler: c.expectRemotes,
			Simulates: around,
			Doc: "GET .../remote-clusters through cloud-sdk-go: alias, deployment, connected, compatible, trusted and " +
				"trusted_back, or a row with - for none."},
		{Expression: "the API says that skip_unavailable of {string} is {word}", Handler: c.expectSkipUnavailable,
			Simulates: around,
			Doc:       "GET .../remote-clusters and _remote/info both say true, or both false."},
	}
}

// readRemotes reads a table of aliases, deployments and skip_unavailable. The aliases become remote clusters of the
// scenario, which the control plane adds.
func (c connections) readRemotes(ctx context.Context, table gherkin.Table) (*models.RemoteResources, error) {
	if err := c.cloud.open(ctx); err != nil {
		return nil, err
	}
	all := &models.RemoteResources{Resources: []*models.RemoteResourceRef{}}
	for _, row := range table {
		if isNone(row) {
			continue
		}
		if len(row) != 3 {
			return nil, fmt.Errorf("the table wants three columns, alias, deployment and skip_unavailable, and has %d", len(row))
		}
		id, ok := c.cloud.plane.deployments[row[1]]
		if !ok {
			id = strings.Repeat("0", 32) // nobody's
		}
		remote := c.cloud.remotes.AddForeign(row[0])
		all.Resources = append(all.Resources, &models.RemoteResourceRef{Alias: &remote.Alias, DeploymentID: &id,
			ElasticsearchRefID: ec.String(elasticsearch), SkipUnavailable: ec.Bool(row[2] == "true")})
	}
	return all, nil
}

// isNone reports whether a row says that a table is empty.
func isNone(row []string) bool { return len(row) == 1 && row[0] == "-" }

// setRemotes keeps the control plane's answer like that of a settings update: a later step that expects a connection
// looks whether the remote cluster was accepted.
func (c connections) setRemotes(ctx context.Context, table gherkin.Table) error {
	wanted, err := c.readRemotes(ctx, table)
	if err != nil {
		return err
	}
	if c.cloud.remotes.Any() {
		c.cloud.world.Undo.Later("remove the remote clusters of the API", func(ctx context.Context) error {
			return c.put(ctx, &models.RemoteResources{Resources: []*models.RemoteResourceRef{}})
		})
	}
	if err := c.put(ctx, wanted); err != nil {
		return err
	}
	c.cloud.world.Answer = c.cloud.plane.clients[topology.Local].last
	return c.readSettings(ctx, wanted)
}

// setByAPI are the settings of a remote cluster that the API decides, and that _remote/info shows.
var setByAPI = []string{"mode", "server_name", "skip_unavailable"}

// readSettings notes what the control plane has set for the remote clusters, so that it is not taken for a default.
func (c connections) readSettings(ctx context.Context, set *models.RemoteResources) error {
	settings, err := c.cloud.world.Local().API().PersistentSettings(ctx)
	if err != nil {
		return fmt.Errorf("read the settings of the local cluster: %w", err)
	}
	for _, resource := range set.Resources {
		remote, _ := c.cloud.remotes.Of(*resource.Alias)
		for _, name := range setByAPI {
			if value, ok := settings["cluster.remote."+remote.Alias+"."+name]; ok {
				remote.Settings[name] = value
			}
		}
	}
	return nil
}

func (c connections) put(ctx context.Context, wanted *models.RemoteResources) error {
	client := c.cloud.plane.clients[topology.Local]
	params := deployments.NewSetDeploymentEsResourceRemoteClustersParams().WithContext(ctx).
		WithTimeout(c.cloud.world.Env.Timeouts.Scenario).WithDeploymentID(c.cloud.plane.deployments[topology.Local]).
		WithRefID(elasticsearch).WithBody(wanted)
	_, err := client.V1API.Deployments.SetDeploymentEsResourceRemoteClusters(params, client.AuthWriter)
	if err != nil {
		return fmt.Errorf("set the remote clusters: %w", client.refusal(err))
	}
	return nil
}

func (c connections) expectRemotesRefused(ctx context.Context, status int, code string, table gherkin.Table) error {
	wanted, err := c.readRemotes(ctx, table)
	if err != nil {
		return err
	}
	refused := c.put(ctx, wanted)
	c.cloud.world.Answer = c.cloud.plane.clients[topology.Local].last
	return expectRefusal(refused, "setting the remote clusters", status, code)
}

// list reads the remote clusters of the local deployment.
func (c connections) list(ctx context.Context) ([]*models.RemoteResourceRef, error) {
	client, err := c.cloud.client(ctx, topology.Local)
	if err != nil {
		return nil, err
	}
	params := deployments.NewGetDeploymentEsResourceRemoteClustersParams().WithContext(ctx).
		WithDeploymentID(c.cloud.plane.deployments[topology.Local]).WithRefID(elasticsearch)
	list, err := client.V1API.Deployments.GetDeploymentEsResourceRemoteClusters(params, client.AuthWriter)
	if err != nil {
		return nil, fmt.Errorf("read the remote clusters: %w", client.refusal(err))
	}
	return list.Payload.Resources, nil
}

func (c connections) expectRemotes(ctx context.Context, table gherkin.Table) error {
	if err := c.cloud.open(ctx); err != nil {
		return err
	}
	wanted := map[string]string{}
	for _, row := range table {
		if isNone(row) {
			continue
		}
		if len(row) != 6 {
			return fmt.Errorf("the table wants six columns, alias, deployment, connected, compatible, trusted and "+
				"trusted_back, and has %d", len(row))
		}
		wanted[c.cloud.world.Names.Alias(row[0])] = strings.Join(row[1:], " ")
	}
	limit := c.cloud.world.Env.Timeouts.Connect
	return world.Await(ctx, "GET remote-clusters", limit, func(ctx context.Context) error {
		list, err := c.list(ctx)
		if err != nil {
			return err
		}
		got := map[string]any{}
		for _, r := range list {
			got[*r.Alias] = fmt.Sprintf("%s %t %t %t %t", c.cloud.plane.nameOf(*r.DeploymentID),
				*r.Info.Connected, *r.Info.Compatible, *r.Info.Trusted, *r.Info.TrustedBack)
		}
		return verdict.Fields("GET remote-clusters", wanted, got)
	})
}

func (c connections) expectSkipUnavailable(ctx context.Context, name, value string) error {
	list, err := c.list(ctx)
	if err != nil {
		return err
	}
	alias := c.cloud.world.Names.Alias(name)
	info, err := c.cloud.remotes.Info(ctx, alias)
	if err != nil {
		return err
	}
	got := map[string]any{"_remote/info": info["skip_unavailable"]}
	for _, r := range list {
		if *r.Alias == alias {
			got["GET remote-clusters"] = *r.SkipUnavailable
		}
	}
	wanted := map[string]string{"_remote/info": value, "GET remote-clusters": value}
	return verdict.Fields("skip_unavailable", wanted, got)
}

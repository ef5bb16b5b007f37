package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/elastic/cloud-sdk-go/pkg/api/organizationapi"
	"github.com/elastic/cloud-sdk-go/pkg/client/deployments"
	"github.com/elastic/cloud-sdk-go/pkg/models"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
)

// console is what administrators do in Elastic Cloud's console, and in Kibana's form for remote clusters.
type console struct{ cloud *Cloud }

func (c console) steps() []gherkin.Definition {
	byConsole := simulated(simulatedConsole)
	return []gherkin.Definition{
		{Expression: "the {word} administrator logs in and finds the {word} deployment", Handler: c.findDeployment,
			Simulates: byConsole,
			Doc: "The organization and its list of deployments, which holds that one and none of another " +
				"organization."},
		{Expression: "the Security page of the {word} deployment shows", Handler: c.expectSecurityPage, Simulates: byConsole,
			Doc: "Proxy address and Server name, as read from metadata.endpoint and ports.transport_passthrough of the " +
				"Elasticsearch resource."},
		{Expression: "the local administrator adds an API key", Handler: c.addKey, Simulates: byConsole,
			Needs: []string{"remote-credentials"},
			Doc: "The form's fields and values: Remote cluster name and Cross-cluster API key, in the older guide Setting " +
				"name and Secret; <encoded key> is the last cross-cluster API key."},
		{Expression: "the console refuses to add an API key with the remote cluster name {string}",
			Handler: c.expectNameRefused, Simulates: byConsole, Needs: []string{"remote-credentials"},
			Doc: "The name must be lowercase and only contain letters, numbers, dashes and underscores; the keystore stays " +
				"as it was."},
		{Expression: "the local administrator restarts Elasticsearch", Handler: c.restartElasticsearch, Simulates: byConsole,
			Doc: "POST .../_restart: the node of the local deployment stops and starts."},
		{Expression: "the local administrator adds a remote cluster in Kibana", Handler: c.addRemoteInKibana,
			Simulates: simulated(simulatedKibana), Needs: []string{"proxy-mode"}, NeedsOf: ofForm,
			Doc: "The form's fields and values: Remote cluster name, Remote address, TLS server name, Socket connections; " +
				"in the older guide Name, Proxy address, Server name."},
	}
}

// ofForm are the facts that Kibana's form takes with what is typed into it.
func ofForm(known *facts.Facts, arguments []any) []string {
	table, _ := arguments[0].(gherkin.Table)
	var needs []string
	for _, row := range table {
		if len(row) == 2 && row[1] != "" && (row[0] == "TLS server name" || row[0] == "Server name") {
			needs = append(needs, known.OfSetting("cluster.remote.alias.server_name")...)
		}
		if len(row) == 2 && remotes.LeadsToServer(row[1]) {
			needs = append(needs, "remote-cluster-server")
		}
	}
	return needs
}

func (c console) findDeployment(ctx context.Context, who, name string) error {
	client, err := c.cloud.client(ctx, who)
	if err != nil {
		return err
	}
	list, err := organizationapi.List(organizationapi.ListParams{API: client.API})
	if err != nil {
		return fmt.Errorf("read the organization: %w", err)
	}
	if wanted := organizationID(who); len(list) != 1 || *list[0].ID != wanted {
		return &verdict.Mismatch{What: "the Organization page", Wanted: wanted, Got: verdict.Text(list)}
	}
	params := deployments.NewListDeploymentsParams().WithContext(ctx)
	found, err := client.V1API.Deployments.ListDeployments(params, client.AuthWriter)
	if err != nil {
		return fmt.Errorf("list the deployments: %w", err)
	}
	const page = "the Hosted deployments page"
	known, seen := c.cloud.plane.deployments, false
	for _, d := range found.Payload.Deployments {
		seen = seen || *d.ID == known[name] && *d.Name == "the "+name+" deployment"
		for each, id := range known {
			if id == *d.ID && owner(each) != who {
				return &verdict.Mismatch{What: page, Wanted: "deployments of the organization",
					Got: "the " + each + " deployment"}
			}
		}
	}
	if !seen {
		return &verdict.Mismatch{What: page, Wanted: "the " + name + " deployment", Got: verdict.Text(found.Payload)}
	}
	return nil
}

func (c console) expectSecurityPage(ctx context.Context, name string, table gherkin.Table) error {
	wanted, err := c.cloud.readForm(ctx, table, "Proxy address", "Server name")
	if err != nil {
		return err
	}
	d, err := c.cloud.deployment(ctx, name)
	if err != nil {
		return err
	}
	return verdict.Fields("the Security page", wanted, map[string]any{
		"Server name": d.Info.Metadata.Endpoint, "Proxy address": proxyAddress(d),
	})
}

func (c console) addKey(ctx context.Context, table gherkin.Table) error {
	typed, err := c.cloud.readForm(ctx, table, "Remote cluster name", "Cross-cluster API key", "Setting name", "Secret")
	if err != nil {
		return err
	}
	name, err := typed.first("Remote cluster name", "Setting name")
	if err != nil {
		return err
	}
	secret, err := typed.first("Cross-cluster API key", "Secret")
	if err != nil {
		return err
	}
	return c.storeKey(ctx, name, secret)
}

// storeKey puts a secret into the keystore of the local deployment as the credentials of an alias.
func (c console) storeKey(ctx context.Context, name, secret string) error {
	client, err := c.cloud.client(ctx, topology.Local)
	if err != nil {
		return err
	}
	alias := c.cloud.world.Names.Alias(name)
	contents := &models.KeystoreContents{Secrets: map[string]models.KeystoreSecret{
		"cluster.remote." + alias + ".credentials": {Value: secret},
	}}
	params := deployments.NewSetDeploymentEsResourceKeystoreParams().WithContext(ctx).
		WithTimeout(c.cloud.world.Env.Timeouts.Scenario).WithDeploymentID(c.cloud.plane.deployments[topology.Local]).
		WithRefID(elasticsearch).WithBody(contents)
	if _, err := client.V1API.Deployments.SetDeploymentEsResourceKeystore(params, client.AuthWriter); err != nil {
		return fmt.Errorf("add the API key of %q: %w", alias, client.refusal(err))
	}
	return nil
}

func (c console) expectNameRefused(ctx context.Context, name string) error {
	err := c.storeKey(ctx, name, "c2VjcmV0")
	// Some names are refused as an alias, others because they do not even make the name of a setting.
	if refused, ok := errors.AsType[*refusedError](err); ok && refused.status == http.StatusBadRequest {
		return nil
	}
	return expectRefusal(err, "the form Add API key", http.StatusBadRequest, "deployments.elasticsearch.invalid_alias")
}

func (c console) restartElasticsearch(ctx context.Context) error {
	client, err := c.cloud.client(ctx, topology.Local)
	if err != nil {
		return err
	}
	params := deployments.NewRestartDeploymentEsResourceParams().WithContext(ctx).
		WithTimeout(c.cloud.world.Env.Timeouts.ClusterStart).WithDeploymentID(c.cloud.plane.deployments[topology.Local]).
		WithRefID(elasticsearch)
	if _, err := client.V1API.Deployments.RestartDeploymentEsResource(params, client.AuthWriter); err != nil {
		c.cloud.world.Undo.Spoil()
		return fmt.Errorf("restart Elasticsearch: %w", client.refusal(err))
	}
	return nil
}

func (c console) addRemoteInKibana(ctx context.Context, table gherkin.Table) error {
	typed, err := c.cloud.readForm(ctx, table, "Remote cluster name", "Remote address", "TLS server name",
		"Socket connections", "Name", "Proxy address", "Server name")
	if err != nil {
		return err
	}
	name, err := typed.first("Remote cluster name", "Name")
	if err != nil {
		return err
	}
	address, err := typed.first("Remote address", "Proxy address")
	if err != nil {
		return err
	}
	values := map[string]any{"mode": "proxy", "proxy_address": address}
	if server, err := typed.first("TLS server name", "Server name"); err == nil {
		values["server_name"] = server
	}
	if sockets, ok := typed["Socket connections"]; ok {
		n, err := strconv.Atoi(sockets)
		if err != nil {
			return fmt.Errorf("the number of socket connections is %q", sockets)
		}
		values["proxy_socket_connections"] = n
	}
	return c.cloud.remotes.Add(ctx, name, values)
}

package steps

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/elastic/cloud-sdk-go/pkg/api/organizationapi"
	"github.com/elastic/cloud-sdk-go/pkg/client/deployments"
	"github.com/elastic/cloud-sdk-go/pkg/models"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
)

var (
	byConsole = append([]string{simulatedConsole}, aroundClusters...)
	byKibana  = append([]string{simulatedKibana}, aroundClusters...)
)

var consoleSteps = []gherkin.Definition{
	{Expression: "the {word} administrator logs in and finds the {word} deployment", Handler: (*Scenario).finds, Simulates: byConsole,
		Doc: "The organization and its list of deployments, which holds that one and none of another organization."},
	{Expression: "the Security page of the {word} deployment shows", Handler: (*Scenario).securityPage, Simulates: byConsole,
		Doc: "Proxy address and Server name, as read from metadata.endpoint and ports.transport_passthrough of the Elasticsearch resource."},
	{Expression: "the local administrator adds an API key", Handler: (*Scenario).addsKey, Simulates: byConsole,
		Doc: "The form's fields and values: Remote cluster name and Cross-cluster API key, in the older guide Setting name and Secret; <encoded key> is the last cross-cluster API key."},
	{Expression: "the console refuses to add an API key with the remote cluster name {string}", Handler: (*Scenario).refusesName, Simulates: byConsole,
		Doc: "The name must be lowercase and only contain letters, numbers, dashes and underscores; the keystore stays as it was."},
	{Expression: "the local administrator restarts Elasticsearch", Handler: (*Scenario).restarts, Simulates: byConsole,
		Doc: "POST .../_restart: the node of the local deployment stops and starts."},
	{Expression: "the local administrator adds a remote cluster in Kibana", Handler: (*Scenario).addsInKibana, Simulates: byKibana,
		Doc: "The form's fields and values: Remote cluster name, Remote address, TLS server name, Socket connections; in the older guide Name, Proxy address, Server name."},
}

// placeholder is what stands in angle brackets for something of Elastic Cloud.
var placeholder = regexp.MustCompile(`<(local|remote|other) (organization ID|cluster ID|deployment ID|proxy address|server name)(, mistyped|, port \d+)?>|<encoded key>`)

// resolve puts IDs, addresses and names in the place of placeholders. Outside of Elastic Cloud there are none.
func (s *Scenario) resolve(ctx context.Context, text string) (string, error) {
	if s.cloud == nil {
		return text, nil
	}
	var errs []error
	text = placeholder.ReplaceAllStringFunc(text, func(found string) string {
		value, err := s.placeholder(ctx, placeholder.FindStringSubmatch(found))
		errs = append(errs, err)
		return value
	})
	return text, errors.Join(errs...)
}

func (s *Scenario) placeholder(ctx context.Context, parts []string) (string, error) {
	if parts[0] == "<encoded key>" {
		if s.key.Encoded == "" {
			return "", errors.New("there is no API key yet: create one first")
		}
		return s.key.Encoded, nil
	}
	name, what, form := parts[1], parts[2], parts[3]
	if what == "organization ID" {
		return formed(map[string]string{topology.Local: localOrganization, topology.Remote: remoteOrganization}[owner(name)], form), nil
	}
	d, err := s.deployment(ctx, name)
	if err != nil {
		return "", err
	}
	switch what {
	case "cluster ID":
		return formed(*d.Info.ClusterID, form), nil
	case "deployment ID":
		return formed(d.Info.DeploymentID, form), nil
	case "server name":
		return d.Info.Metadata.Endpoint, nil
	}
	address := net.JoinHostPort(d.Info.Metadata.Endpoint, strconv.Itoa(int(*d.Info.Metadata.Ports.TransportPassthrough)))
	if port, ok := strings.CutPrefix(form, ", port "); ok {
		address = net.JoinHostPort(d.Info.Metadata.Endpoint, port)
	}
	return address, nil
}

func formed(id, form string) string {
	if form == ", mistyped" {
		return mistyped(id)
	}
	return id
}

// fields reads a form: two columns, name and value, of which others are refused.
func (s *Scenario) fields(ctx context.Context, table gherkin.Table, names ...string) (map[string]string, error) {
	form := map[string]string{}
	for _, row := range table {
		if len(row) != 2 || !slices.Contains(names, row[0]) {
			return nil, fmt.Errorf("the form has the fields %s, and not %q", strings.Join(names, ", "), row)
		}
		value, err := s.resolve(ctx, row[1])
		if err != nil {
			return nil, err
		}
		form[row[0]] = value
	}
	return form, nil
}

func (s *Scenario) finds(ctx context.Context, who, name string) error {
	if err := s.openCloud(ctx); err != nil {
		return err
	}
	c, ok := s.cloud.clients[who]
	if !ok {
		return fmt.Errorf("there is a local and a remote administrator, and no %q one", who)
	}
	list, err := organizationapi.List(organizationapi.ListParams{API: c.API})
	if err != nil {
		return fmt.Errorf("read the organization: %w", err)
	}
	wanted := map[string]string{topology.Local: localOrganization, topology.Remote: remoteOrganization}[who]
	if len(list) != 1 || *list[0].ID != wanted {
		return &verdict.Mismatch{What: "the Organization page", Wanted: wanted, Got: text(list)}
	}
	found, err := c.V1API.Deployments.ListDeployments(deployments.NewListDeploymentsParams().WithContext(ctx), c.AuthWriter)
	if err != nil {
		return fmt.Errorf("list the deployments: %w", err)
	}
	seen := false
	for _, d := range found.Payload.Deployments {
		seen = seen || *d.ID == s.cloud.deployments[name] && *d.Name == "the "+name+" deployment"
		for other, id := range s.cloud.deployments {
			if id == *d.ID && owner(other) != who {
				return &verdict.Mismatch{What: "the Hosted deployments page", Wanted: "deployments of the organization", Got: "the " + other + " deployment"}
			}
		}
	}
	if !seen {
		return &verdict.Mismatch{What: "the Hosted deployments page", Wanted: "the " + name + " deployment", Got: text(found.Payload)}
	}
	return nil
}

func (s *Scenario) securityPage(ctx context.Context, name string, table gherkin.Table) error {
	wanted, err := s.fields(ctx, table, "Proxy address", "Server name")
	if err != nil {
		return err
	}
	d, err := s.deployment(ctx, name)
	if err != nil {
		return err
	}
	got := map[string]any{"Server name": d.Info.Metadata.Endpoint,
		"Proxy address": net.JoinHostPort(d.Info.Metadata.Endpoint, strconv.Itoa(int(*d.Info.Metadata.Ports.TransportPassthrough)))}
	return compareFields("the Security page", wanted, got)
}

// first is the value of the first field that the form has.
func first(form map[string]string, names ...string) (string, error) {
	for _, name := range names {
		if value, ok := form[name]; ok {
			return value, nil
		}
	}
	return "", fmt.Errorf("the form lacks %s", strings.Join(names, " or "))
}

func (s *Scenario) addsKey(ctx context.Context, table gherkin.Table) error {
	form, err := s.fields(ctx, table, "Remote cluster name", "Cross-cluster API key", "Setting name", "Secret")
	if err != nil {
		return err
	}
	name, err := first(form, "Remote cluster name", "Setting name")
	if err != nil {
		return err
	}
	secret, err := first(form, "Cross-cluster API key", "Secret")
	if err != nil {
		return err
	}
	return s.storeInCloud(ctx, s.alias(name), secret)
}

func (s *Scenario) storeInCloud(ctx context.Context, alias, secret string) error {
	if err := s.openCloud(ctx); err != nil {
		return err
	}
	c := s.cloud.clients[topology.Local]
	_, err := c.V1API.Deployments.SetDeploymentEsResourceKeystore(deployments.NewSetDeploymentEsResourceKeystoreParams().WithContext(ctx).
		WithTimeout(s.env.Timeouts.Scenario).WithDeploymentID(s.cloud.deployments[topology.Local]).WithRefID("main-elasticsearch").
		WithBody(&models.KeystoreContents{Secrets: map[string]models.KeystoreSecret{"cluster.remote." + alias + ".credentials": {Value: secret}}}), c.AuthWriter)
	if err != nil {
		return fmt.Errorf("add the API key of %q: %w", alias, c.refusal(err))
	}
	return nil
}

func (s *Scenario) refusesName(ctx context.Context, name string) error {
	err := s.storeInCloud(ctx, s.alias(name), "c2VjcmV0")
	var refused *refusedError
	if !errors.As(err, &refused) || refused.status != 400 {
		return &verdict.Mismatch{What: "the form Add API key", Wanted: "400 deployments.elasticsearch.invalid_alias", Got: fmt.Sprint(err)}
	}
	return nil
}

func (s *Scenario) restarts(ctx context.Context) error {
	if err := s.openCloud(ctx); err != nil {
		return err
	}
	c := s.cloud.clients[topology.Local]
	_, err := c.V1API.Deployments.RestartDeploymentEsResource(deployments.NewRestartDeploymentEsResourceParams().WithContext(ctx).
		WithTimeout(s.env.Timeouts.ClusterStart).WithDeploymentID(s.cloud.deployments[topology.Local]).WithRefID("main-elasticsearch"), c.AuthWriter)
	if err != nil {
		s.dirty = true
		return fmt.Errorf("restart Elasticsearch: %w", c.refusal(err))
	}
	return nil
}

func (s *Scenario) addsInKibana(ctx context.Context, table gherkin.Table) error {
	form, err := s.fields(ctx, table, "Remote cluster name", "Remote address", "TLS server name", "Socket connections", "Name", "Proxy address", "Server name")
	if err != nil {
		return err
	}
	name, err := first(form, "Remote cluster name", "Name")
	if err != nil {
		return err
	}
	address, err := first(form, "Remote address", "Proxy address")
	if err != nil {
		return err
	}
	values := map[string]any{"mode": "proxy", "proxy_address": address}
	if server, err := first(form, "TLS server name", "Server name"); err == nil {
		values["server_name"] = server
	}
	if sockets, ok := form["Socket connections"]; ok {
		n, err := strconv.Atoi(sockets)
		if err != nil {
			return fmt.Errorf("the number of socket connections is %q", sockets)
		}
		values["proxy_socket_connections"] = n
	}
	return s.add(ctx, name, func() map[string]any { return values })
}

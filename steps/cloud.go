package steps

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/Masterminds/semver/v3"
	"github.com/elastic/cloud-sdk-go/pkg/client/deployments"
	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/cloud"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// What a step of Elastic Cloud simulates, as the reports show it.
const (
	simulatedAPI     = "Elastic Cloud's control plane and API"
	simulatedConsole = "Elastic Cloud's console"
	simulatedProxy   = "Elastic Cloud's proxy and the certificates of its endpoints"
	simulatedNetwork = "Elastic Cloud's network security (for all local clusters of a proxy alike)"
	simulatedKibana  = "Kibana's form"
	simulatedNoTLS   = "Elastic Cloud without TLS (the image has none)"
)

var aroundClusters = []string{simulatedAPI, simulatedProxy}

// The organizations' IDs and their region. Cluster IDs are drawn when a cluster starts.
const (
	localOrganization  = "1111111111"
	remoteOrganization = "2222222222"
	region             = "us-east-1"
)

var cloudSteps = []gherkin.Definition{
	{Expression: "two organizations of Elastic Cloud with a deployment each", Handler: (*Scenario).organizations, Simulates: aroundClusters,
		Doc: "The local and the remote organization, each with a user, an API key of the control plane and, created through cloud-sdk-go, a deployment: the local and the remote one."},
	{Expression: "two organizations of Elastic Cloud with a deployment each, without security", Handler: (*Scenario).plainOrganizations,
		Simulates: append([]string{simulatedNoTLS}, aroundClusters...),
		Doc:       "The same in plain text, for images without security: the proxy cannot route by server name, and passes everything through."},
	{Expression: "another deployment of the local organization", Handler: (*Scenario).anotherDeployment, Simulates: aroundClusters,
		Doc: "A third deployment, behind a proxy of its own: the other one."},
	{Expression: "the endpoint of the remote deployment has a private certificate", Handler: (*Scenario).privateEndpoint, Simulates: aroundClusters,
		Doc: "Its authority is one that the local cluster does not trust, as where Elastic Cloud Enterprise has a certificate of its own."},
	{Expression: "the remote organization has no deployment yet", Handler: (*Scenario).noDeploymentYet, Simulates: aroundClusters,
		Doc: "It is created by a later step."},
	{Expression: "the remote organization creates a deployment", Handler: (*Scenario).createsRemote, Simulates: aroundClusters,
		Doc: "POST /api/v1/deployments through cloud-sdk-go."},
}

// cloudWorld is the simulated Elastic Cloud of one scenario.
type cloudWorld struct {
	later       bool // the remote deployment is created by a step
	fleet       *cloud.Fleet
	clients     map[string]*cloudClient // by "local" and "remote" organization; nil before the first use
	deployments map[string]string       // "local", "remote", "other" -> deployment ID
	policy      string                  // the last network security policy
	server      *cloud.Server
}

func (s *Scenario) organizations(context.Context) error {
	s.localSpec = cloud.Spec(topology.Local, s.pair.Local.Original(), localOrganization, region, s.env.serverExists(s.pair.Local))
	s.remoteSpec = cloud.Spec(topology.Remote, s.pair.Remote.Original(), remoteOrganization, region, s.env.serverExists(s.pair.Remote))
	s.cloud = &cloudWorld{deployments: map[string]string{}}
	return s.describe()
}

func (s *Scenario) plainOrganizations(ctx context.Context) error {
	if err := errors.Join(s.plain(ctx), s.describe()); err != nil {
		return err
	}
	s.localSpec.Hosted = lab.Hosted{Organization: localOrganization, Domain: cloud.Domain(region)}
	s.remoteSpec.Hosted = lab.Hosted{Organization: remoteOrganization, Domain: cloud.Domain(region)}
	s.cloud = &cloudWorld{deployments: map[string]string{}}
	return nil
}

// otherSpec is the second remote cluster: like the first, and in Elastic Cloud one of the local organization.
func (s *Scenario) otherSpec() lab.ClusterSpec {
	spec := s.remoteSpec.Clone()
	if s.cloud != nil {
		spec.Hosted.Organization = localOrganization
	}
	return spec
}

func (s *Scenario) anotherDeployment(context.Context) error {
	s.wantsOther = true
	return s.describe()
}

func (s *Scenario) privateEndpoint(context.Context) error {
	s.remoteSpec.ServerCA = "private"
	return s.describe()
}

func (s *Scenario) noDeploymentYet(context.Context) error {
	if s.cloud == nil {
		return errors.New("name the organizations first")
	}
	s.cloud.later = true
	return s.describe()
}

// openCloud starts the control plane over the leased clusters and creates the deployments, once.
func (s *Scenario) openCloud(ctx context.Context) error {
	if s.cloud == nil {
		return errors.New("there is no Elastic Cloud in this scenario: name the organizations first")
	}
	if s.cloud.clients != nil {
		return nil
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	authority, err := s.local.Authority("control-plane")
	if err != nil {
		return err
	}
	if err := s.openPlane(ctx, authority, s.lease.Clusters, slog.Default()); err != nil {
		return err
	}
	s.later("close the control plane", func(context.Context) error { return s.cloud.server.Close() })
	s.later("restore the clusters", func(ctx context.Context) error {
		s.dirty = s.dirty || s.cloud.fleet.Unclean()
		return s.cloud.fleet.Restore(ctx)
	})
	names := []string{topology.Local, topology.Remote, "other"} // in this order: the local one gets the local cluster
	for _, name := range names {
		if name == topology.Remote && s.cloud.later || name == "other" && !s.wantsOther {
			continue
		}
		if err := s.createDeployment(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// openPlane starts a control plane over clusters that run, with a user and a client for each organization.
func (s *Scenario) openPlane(ctx context.Context, authority *pki.Authority, clusters []*lab.Cluster, log *slog.Logger) (err error) {
	s.cloud.fleet = cloud.NewFleet(cloud.HandOut(clusters...), func(context.Context, *lab.Cluster) error { return nil })
	plane := cloud.New(cloud.Options{Driver: s.cloud.fleet, Regions: []string{region, "eu-west-1"}, Rules: cloudRules(s.env.Facts)})
	server, err := cloud.Serve(ctx, plane, authority, log)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, server.Close())
		}
	}()
	s.cloud.server = server
	s.cloud.clients = map[string]*cloudClient{}
	for who, id := range map[string]string{topology.Local: localOrganization, topology.Remote: remoteOrganization} {
		if err := plane.AddOrganization(id, "the "+who+" organization"); err != nil {
			return err
		}
		_, key, err := plane.AddUser(id, who+"@crosscheck.test")
		if err != nil {
			return err
		}
		s.env.Secrets.Add(key)
		if s.cloud.clients[who], err = newCloudClient(s.cloud.server, key); err != nil {
			return err
		}
	}
	return nil
}

// cloudRules are the version facts that the control plane knows.
func cloudRules(facts *facts.Facts) cloud.Rules {
	applies := func(fact, version string) bool {
		v, err := semver.NewVersion(version)
		if err != nil {
			return false
		}
		ok, _, err := facts.Applies(fact, v, v)
		return err == nil && ok
	}
	return cloud.Rules{
		Reloads: func(version string) bool { return applies("reload-remote-credentials", version) },
		Sniffs:  func(remote string) bool { return !applies("proxy-mode-through-elastic-cloud", remote) },
		Compatible: func(local, remote string) bool {
			l, err := semver.NewVersion(local)
			r, remoteErr := semver.NewVersion(remote)
			if err != nil || remoteErr != nil {
				return false
			}
			ok, _ := facts.Connects(l, r)
			return ok
		},
	}
}

// owner is the organization of a deployment.
func owner(name string) string {
	if name == topology.Remote {
		return topology.Remote
	}
	return topology.Local
}

func (s *Scenario) createDeployment(ctx context.Context, name string) error {
	version := s.pair.Remote.Original()
	if name == topology.Local {
		version = s.pair.Local.Original()
	}
	c := s.cloud.clients[owner(name)]
	_, created, _, err := c.V1API.Deployments.CreateDeployment(deployments.NewCreateDeploymentParams().WithContext(ctx).
		WithTimeout(s.env.Timeouts.ClusterStart).WithBody(&models.DeploymentCreateRequest{
		Name: "the " + name + " deployment",
		Resources: &models.DeploymentCreateResources{Elasticsearch: []*models.ElasticsearchPayload{{
			RefID: ec.String("main-elasticsearch"), Region: ec.String(region),
			Plan: &models.ElasticsearchClusterPlan{ClusterTopology: []*models.ElasticsearchClusterTopologyElement{},
				Elasticsearch: &models.ElasticsearchConfiguration{Version: version}},
		}}},
	}), c.AuthWriter)
	if err != nil {
		return fmt.Errorf("create the %s deployment: %w", name, err)
	}
	if created == nil {
		return fmt.Errorf("create the %s deployment: it was accepted, and not created", name)
	}
	s.cloud.deployments[name] = *created.Payload.ID
	return nil
}

func (s *Scenario) createsRemote(ctx context.Context) error {
	if err := s.openCloud(ctx); err != nil {
		return err
	}
	return s.createDeployment(ctx, topology.Remote)
}

// deployment reads a deployment's Elasticsearch resource as its own organization's user.
func (s *Scenario) deployment(ctx context.Context, name string) (*models.ElasticsearchResourceInfo, error) {
	if err := s.openCloud(ctx); err != nil {
		return nil, err
	}
	id, ok := s.cloud.deployments[name]
	if !ok {
		return nil, fmt.Errorf("there is no %s deployment", name)
	}
	c := s.cloud.clients[owner(name)]
	found, err := c.V1API.Deployments.GetDeploymentEsResourceInfo(deployments.NewGetDeploymentEsResourceInfoParams().WithContext(ctx).
		WithTimeout(s.env.Timeouts.Request).WithDeploymentID(id).WithRefID("main-elasticsearch"), c.AuthWriter)
	if err != nil {
		return nil, fmt.Errorf("read the %s deployment: %w", name, err)
	}
	return found.Payload, nil
}

// mistyped changes the last character of an ID.
func mistyped(id string) string {
	last := "0"
	if strings.HasSuffix(id, last) {
		last = "1"
	}
	return id[:len(id)-1] + last
}

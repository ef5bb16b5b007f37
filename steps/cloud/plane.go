package cloud

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/Masterminds/semver/v3"
	"github.com/elastic/cloud-sdk-go/pkg/client/deployments"
	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	platform "github.com/crosscheck-dev/crosscheck/topology/cloud"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// elasticsearch is the reference ID of a deployment's Elasticsearch resource.
const elasticsearch = "main-elasticsearch"

// controlPlane is the simulated control plane over clusters that run, with a client for each organization.
type controlPlane struct {
	world       *world.World
	fleet       *platform.Fleet
	server      *platform.Server
	clients     map[string]*client // by the side of their organization
	deployments map[string]string  // local, remote, other -> deployment ID
}

// openPlane starts a control plane over clusters that run, with a user and a client for each organization. It has no
// deployments yet; those that are created get the clusters.
func openPlane(ctx context.Context, w *world.World, authority *pki.Authority, clusters []*lab.Cluster,
	log *slog.Logger) (_ *controlPlane, err error) {
	keep := func(context.Context, *lab.Cluster) error { return nil } // clusters outlive their deployments
	p := &controlPlane{world: w, fleet: platform.NewFleet(platform.HandOut(clusters...), keep),
		clients: map[string]*client{}, deployments: map[string]string{}}
	plane := platform.New(platform.Options{
		Driver: p.fleet, Regions: []string{region, "eu-west-1"}, Rules: rules(w.Env.Facts),
	})
	if p.server, err = platform.Serve(ctx, plane, authority, log); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.server.Close())
		}
	}()
	for _, who := range organizations {
		id := organizationID(who)
		if err := plane.AddOrganization(id, "the "+who+" organization"); err != nil {
			return nil, err
		}
		_, key, err := plane.AddUser(id, who+"@crosscheck.test")
		if err != nil {
			return nil, err
		}
		w.Env.Secrets.Add(key)
		if p.clients[who], err = newClient(p.server, key); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// create creates a deployment, as its organization's user.
func (p *controlPlane) create(ctx context.Context, name string) error {
	version := p.world.Version(topology.Remote)
	if name == topology.Local {
		version = p.world.Version(topology.Local)
	}
	c := p.clients[owner(name)]
	params := deployments.NewCreateDeploymentParams().WithContext(ctx).
		WithTimeout(p.world.Env.Timeouts.ClusterStart).
		WithBody(&models.DeploymentCreateRequest{
			Name: "the " + name + " deployment",
			Resources: &models.DeploymentCreateResources{Elasticsearch: []*models.ElasticsearchPayload{{
				RefID: ec.String(elasticsearch), Region: ec.String(region),
				Plan: &models.ElasticsearchClusterPlan{
					ClusterTopology: []*models.ElasticsearchClusterTopologyElement{},
					Elasticsearch:   &models.ElasticsearchConfiguration{Version: version},
				},
			}}},
		})
	_, created, _, err := c.V1API.Deployments.CreateDeployment(params, c.AuthWriter)
	if err != nil {
		return fmt.Errorf("create the %s deployment: %w", name, err)
	}
	if created == nil {
		return fmt.Errorf("create the %s deployment: it was accepted, and not created", name)
	}
	p.deployments[name] = *created.Payload.ID
	return nil
}

// read reads a deployment's Elasticsearch resource as its own organization's user.
func (p *controlPlane) read(ctx context.Context, name string) (*models.ElasticsearchResourceInfo, error) {
	id, ok := p.deployments[name]
	if !ok {
		return nil, fmt.Errorf("there is no %s deployment", name)
	}
	c := p.clients[owner(name)]
	params := deployments.NewGetDeploymentEsResourceInfoParams().WithContext(ctx).
		WithTimeout(p.world.Env.Timeouts.Request).WithDeploymentID(id).WithRefID(elasticsearch)
	found, err := c.V1API.Deployments.GetDeploymentEsResourceInfo(params, c.AuthWriter)
	if err != nil {
		return nil, fmt.Errorf("read the %s deployment: %w", name, err)
	}
	return found.Payload, nil
}

// nameOf is what features call the deployment of an ID, unknown for one that is not theirs.
func (p *controlPlane) nameOf(id string) string {
	for name, known := range p.deployments {
		if known == id {
			return name
		}
	}
	return "unknown"
}

// rules are the version facts that the control plane knows.
func rules(facts *facts.Facts) platform.Rules {
	applies := func(fact, version string) bool {
		v, err := semver.NewVersion(version)
		if err != nil {
			return false
		}
		ok, _, err := facts.Applies(fact, v, v)
		return err == nil && ok
	}
	return platform.Rules{
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

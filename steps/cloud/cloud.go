// Package cloud holds the steps of the simulated Elastic Cloud: two organizations with their deployments, the forms of
// the console, trust between organizations, network security, and the API of the control plane.
package cloud

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/elastic/cloud-sdk-go/pkg/models"

	"github.com/crosscheck-dev/crosscheck/steps/access"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
)

// Cloud is the simulated Elastic Cloud of one scenario.
type Cloud struct {
	world   *world.World
	remotes *remotes.Remotes
	keys    *access.Keys
	named   bool          // the organizations were named: the scenario is about Elastic Cloud
	later   bool          // the remote deployment is created by a step
	plane   *controlPlane // nil before the first use
}

// New is the Elastic Cloud of a scenario that has not named its organizations.
func New(w *world.World, r *remotes.Remotes, k *access.Keys) *Cloud {
	return &Cloud{world: w, remotes: r, keys: k}
}

// Steps are the steps that touch Elastic Cloud.
func (c *Cloud) Steps() []gherkin.Definition {
	return slices.Concat(c.organizationSteps(), console{c}.steps(), trust{c}.steps(),
		(&policies{cloud: c}).steps(), connections{c}.steps(), requests{c}.steps())
}

// open starts the control plane over the leased clusters and creates the deployments, once.
func (c *Cloud) open(ctx context.Context) error {
	if !c.named {
		return errors.New("there is no Elastic Cloud in this scenario: name the organizations first")
	}
	if c.plane != nil {
		return nil
	}
	if err := c.world.Ready(ctx); err != nil {
		return err
	}
	authority, err := c.world.Local().Authority("control-plane")
	if err != nil {
		return err
	}
	plane, err := openPlane(ctx, c.world, authority, c.world.Clusters.Leased(), slog.Default())
	if err != nil {
		return err
	}
	c.plane = plane
	c.world.Undo.Later("close the control plane", func(context.Context) error { return plane.server.Close() })
	c.world.Undo.Later("restore the clusters", func(ctx context.Context) error {
		if plane.fleet.Unclean() {
			c.world.Undo.Spoil()
		}
		return plane.fleet.Restore(ctx)
	})
	names := []string{topology.Local} // the first one gets the local cluster
	if !c.later {
		names = append(names, topology.Remote)
	}
	if c.world.Clusters.Another != nil {
		names = append(names, other)
	}
	for _, name := range names {
		if err := plane.create(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// client is that of an organization's administrator.
func (c *Cloud) client(ctx context.Context, who string) (*client, error) {
	if err := c.open(ctx); err != nil {
		return nil, err
	}
	client, ok := c.plane.clients[who]
	if !ok {
		return nil, fmt.Errorf("there is a local and a remote administrator, and no %q one", who)
	}
	return client, nil
}

// deployment reads a deployment's Elasticsearch resource as its own organization's user.
func (c *Cloud) deployment(ctx context.Context, name string) (*models.ElasticsearchResourceInfo, error) {
	if err := c.open(ctx); err != nil {
		return nil, err
	}
	return c.plane.read(ctx, name)
}

// Evidence is what the control plane knows of each deployment, by file name; nothing before its first use.
func (c *Cloud) Evidence(ctx context.Context) map[string][]byte {
	files := world.Evidence{}
	if c.plane == nil {
		return files
	}
	for name := range c.plane.deployments {
		files.KeepJSON("deployment-"+name+".json", func() (any, error) { return c.plane.read(ctx, name) })
	}
	return files
}

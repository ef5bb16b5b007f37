package cloud

import (
	"context"
	"errors"
	"slices"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	platform "github.com/crosscheck-dev/crosscheck/topology/cloud"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
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

// simulated is what a step simulates: parts of Elastic Cloud, and what every step of it needs around the clusters.
func simulated(parts ...string) []string { return append(parts, simulatedAPI, simulatedProxy) }

// other is the name of a third deployment, of the local organization. The first two are named like their organizations.
const other = "other"

// The organizations' IDs and their region. Cluster IDs are drawn when a cluster starts.
const (
	localOrganization  = "1111111111"
	remoteOrganization = "2222222222"
	region             = "us-east-1"
)

// organizations are the sides that an organization stands for.
var organizations = []string{topology.Local, topology.Remote}

// organizationID is the ID of the organization of a side.
func organizationID(side string) string {
	if side == topology.Remote {
		return remoteOrganization
	}
	return localOrganization
}

// owner is the side whose organization a deployment belongs to.
func owner(deployment string) string {
	if deployment == topology.Remote {
		return topology.Remote
	}
	return topology.Local
}

func (c *Cloud) organizationSteps() []gherkin.Definition {
	around := simulated()
	return []gherkin.Definition{
		{Expression: "two organizations of Elastic Cloud with a deployment each", Handler: c.nameOrganizations,
			Simulates: around,
			Doc: "The local and the remote organization, each with a user, an API key of the control plane and, created " +
				"through cloud-sdk-go, a deployment: the local and the remote one."},
		{Expression: "two organizations of Elastic Cloud with a deployment each, without security",
			Handler: c.namePlainOrganizations, Simulates: slices.Concat([]string{simulatedNoTLS}, around),
			Doc: "The same in plain text, for images without security: the proxy cannot route by server name, and passes " +
				"everything through."},
		{Expression: "another deployment of the local organization", Handler: c.addDeployment, Simulates: around,
			Doc: "A third deployment, behind a proxy of its own: the other one."},
		{Expression: "the endpoint of the remote deployment has a private certificate", Handler: c.makeEndpointPrivate,
			Simulates: around, Needs: []string{"remote-cluster-server"},
			Doc: "Its authority is one that the local cluster does not trust, as where Elastic Cloud Enterprise has a " +
				"certificate of its own."},
		{Expression: "the remote organization has no deployment yet", Handler: c.postponeRemote, Simulates: around,
			Doc: "It is created by a later step."},
		{Expression: "the remote organization creates a deployment", Handler: c.createRemote, Simulates: around,
			Doc: "POST /api/v1/deployments through cloud-sdk-go."},
	}
}

// describe makes the clusters those of two organizations' deployments.
func describe(w *world.World) {
	spec := func(side world.Side) lab.ClusterSpec {
		role := string(side)
		return platform.Spec(role, w.Version(side), organizationID(role), region, w.ServerExists(side))
	}
	w.Clusters.LocalSpec, w.Clusters.RemoteSpec = spec(topology.Local), spec(topology.Remote)
}

// describeAnother adds a deployment of the local organization that is otherwise like the remote one.
func describeAnother(w *world.World) {
	w.Clusters.Another = func(remote lab.ClusterSpec) lab.ClusterSpec {
		remote.Hosted.Organization = localOrganization
		return remote
	}
}

func (c *Cloud) nameOrganizations(context.Context) error {
	describe(c.world)
	c.named = true
	return c.world.Clusters.Describable()
}

func (c *Cloud) namePlainOrganizations(context.Context) error {
	for _, spec := range []*lab.ClusterSpec{&c.world.Clusters.LocalSpec, &c.world.Clusters.RemoteSpec} {
		*spec = lab.ClusterSpec{Role: spec.Role, Version: spec.Version,
			Hosted: lab.Hosted{Organization: organizationID(spec.Role), Domain: platform.Domain(region)}}
	}
	c.named = true
	return c.world.Clusters.Describable()
}

func (c *Cloud) addDeployment(context.Context) error {
	describeAnother(c.world)
	return c.world.Clusters.Describable()
}

func (c *Cloud) makeEndpointPrivate(context.Context) error {
	c.world.Clusters.RemoteSpec.ServerCA = "private"
	return c.world.Clusters.Describable()
}

func (c *Cloud) postponeRemote(context.Context) error {
	if !c.named {
		return errors.New("name the organizations first")
	}
	c.later = true
	return c.world.Clusters.Describable()
}

func (c *Cloud) createRemote(ctx context.Context) error {
	if err := c.open(ctx); err != nil {
		return err
	}
	return c.plane.create(ctx, topology.Remote)
}

package lab

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/crosscheck-dev/crosscheck/topology"
)

// Hosted makes a cluster one of a hosted service, as Elastic Cloud is one: it gets an ID when it starts, its transport
// certificate carries that ID and the organization's, and its load balancer answers to a name made of it.
type Hosted struct {
	Organization string // the organization ID in the transport certificate
	Domain       string // what follows the cluster ID in the endpoint's name, for example "us-east-1.aws.example"
}

// reloadInterval is how often a hosted node looks for changed files; Elasticsearch's own default is 5 s.
const reloadInterval = "500ms"

// NewID is a random ID of 32 hexadecimal digits.
func NewID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}

// AccountName is the otherName in the transport certificate of a hosted cluster's node, which trust restrictions look
// at. An asterisk in place of a name makes it a pattern for all of them.
func AccountName(node, cluster, organization string) string {
	return node + ".node." + cluster + ".cluster." + organization + ".account"
}

// complete fills in the names and the spec of a hosted cluster. Trust begins with the organization's own deployments.
func (h Hosted) complete(spec ClusterSpec, n names) (ClusterSpec, names, error) {
	n.id = NewID()
	n.endpoint = n.id + "." + h.Domain
	spec = spec.Clone()
	if !spec.Security {
		return spec, n, nil
	}
	spec.Transport.Names = []string{n.server, n.endpoint}
	spec.Transport.OtherNames = []string{AccountName("instance-0000000000", n.id, h.Organization)}
	spec.Server.Names = []string{n.endpoint}
	trust, err := TrustRestrictions([]string{AccountName("*", "*", h.Organization)})
	if err != nil {
		return spec, n, err
	}
	if spec.Settings == nil {
		spec.Settings = map[string]string{}
	}
	if spec.Files == nil {
		spec.Files = map[string]string{}
	}
	spec.Settings["xpack.security.transport.ssl.trust_restrictions.path"] = TrustFile
	spec.Settings["resource.reload.interval.high"] = reloadInterval
	spec.Files[TrustFile] = trust
	return spec, n, nil
}

// Block closes the remote cluster server's port at the load balancer of a hosted cluster for new connections, or opens
// it.
func (c *Cluster) Block(ctx context.Context, blocked bool) error {
	listener := topology.ListenerName(topology.RemoteClusterServerPort)
	routes, err := c.Balancer.Routes(ctx, listener)
	if err != nil {
		return err
	}
	if blocked == (len(routes.SNI.Blocked) > 0) {
		return nil
	}
	routes.SNI.Blocked = nil
	if blocked {
		routes.SNI.Blocked = []string{c.Endpoint}
	}
	return c.Balancer.SetRoutes(ctx, listener, routes)
}

package lab

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
)

// Hosted makes a cluster one of a hosted service, as Elastic Cloud is one: it gets an ID when it starts, its transport
// certificate carries that ID and the organization's, and its load balancer answers to a name made of it.
type Hosted struct {
	Organization string // the organization ID in the transport certificate
	Domain       string // what follows the cluster ID in the endpoint's name, for example "us-east-1.aws.example"
}

// TrustFile is the file in the config folder that xpack.security.transport.ssl.trust_restrictions.path names.
const TrustFile = "trust.yml"

// reloadInterval is how often a hosted node looks for changed files; Elasticsearch's own default is 5 s.
const reloadInterval = "500ms"

// NewID is a random ID of 32 hexadecimal digits.
func NewID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}

// TrustRestrictions renders a trust file: certificates that carry none of the names or patterns are refused.
func TrustRestrictions(patterns []string) (string, error) {
	content, err := yaml.Marshal(map[string]any{"trust.subject_name": patterns})
	if err != nil {
		return "", fmt.Errorf("write the trust restrictions: %w", err)
	}
	return string(content), nil
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
	spec.Transport.OtherNames = []string{fmt.Sprintf("instance-0000000000.node.%s.cluster.%s.account", n.id, h.Organization)}
	spec.Server.Names = []string{n.endpoint}
	trust, err := TrustRestrictions([]string{fmt.Sprintf("*.node.*.cluster.%s.account", h.Organization)})
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

// trustReloaded is how a node says that its trust file is in force: 8.x and later, and before.
var trustReloaded = regexp.MustCompile(`updated .*ssl contexts .*` + regexp.QuoteMeta(TrustFile) + `|` + regexp.QuoteMeta(TrustFile) + `\] and updated ssl contexts`)

// SetTrust replaces the names and patterns of the trust file, and returns when the running node says that it uses them. Open
// connections stay.
func (c *Cluster) SetTrust(ctx context.Context, patterns []string) error {
	content, err := TrustRestrictions(patterns)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := c.PutConfig(ctx, TrustFile, content); err != nil {
		return fmt.Errorf("write the trust file of %s: %w", c.Name, err)
	}
	return await.Until(ctx, c.Name+" takes up its trust file", c.lab.timeouts.Connect, func(ctx context.Context) error {
		log, err := c.Logs(ctx, began)
		if err != nil {
			return err
		}
		if !trustReloaded.MatchString(log) {
			return errors.New("its log does not say so")
		}
		return nil
	})
}

// RemoveSecureSetting takes a secure setting out of the keystore with Elasticsearch's own tool.
func (c *Cluster) RemoveSecureSetting(ctx context.Context, name string) error {
	return c.keystore(ctx, "", "remove", name)
}

// Block closes the remote cluster server's port at the load balancer of a hosted cluster for new connections, or opens it.
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

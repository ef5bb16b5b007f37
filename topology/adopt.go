package topology

import (
	"context"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

// Adoption is a node that something else than the lab has started, such as an operator.
type Adoption struct {
	Spec       ClusterSpec // Role and Version are needed; the rest says what is known of it
	Name       string
	ServerName string
	Image      image.Image
	Container  *docker.Container // for logs; it stays the caller's
	API        *elastic.Client   // as a superuser
	// LimitHidden: see Cluster.LimitHidden.
	LimitHidden bool
}

// Adopt waits until the cluster is healthy. It is not the lab's to stop or to restart.
func (l *Lab) Adopt(ctx context.Context, a Adoption) (*Cluster, error) {
	n := &node{name: a.Name, container: a.Container, limitHidden: a.LimitHidden}
	c := &Cluster{Spec: a.Spec, Name: a.Name, ServerName: a.ServerName, Image: a.Image, lab: l, nodes: []*node{n}}
	if err := c.healthy(ctx, n, a.API); err != nil {
		return nil, err
	}
	if err := c.identify(ctx); err != nil {
		return c, err
	}
	return c, nil
}

// Network is the Docker network of the clusters of a role.
func (l *Lab) Network(role string) string { return l.network(role) }

// Observe tells whoever watches the run of a change in a cluster's life.
func (l *Lab) Observe(e Event) { l.observe(e) }

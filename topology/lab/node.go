package lab

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/keystore"
)

// node is one node of a cluster. An upgrade gives it another container on the same data.
type node struct {
	name      string
	files     []docker.File // of its config folder, but for the keystore
	container *docker.Container
	process   Process             // of a node that was adopted
	before    []*docker.Container // stopped ones: their logs belong to the node
	keys      keystore.Reader     // of its keystore, under the cluster's lock for keystores
	// limitHidden says that the node is shown a higher limit on open files than it has.
	limitHidden bool

	mu  sync.Mutex
	api *elastic.Client // nil while the node is not up
}

// client is how to speak to the node; nil while it is not up.
func (n *node) client() *elastic.Client {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.api
}

func (n *node) use(api *elastic.Client) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.api = api
}

// nodeNames are the names of the nodes of cluster id.
func nodeNames(id string, spec ClusterSpec) []string {
	all := make([]string, max(1, spec.Nodes))
	for i := range all {
		all[i] = fmt.Sprintf("%s-%d", id, i+1)
	}
	return all
}

// host is the DNS name of a cluster or of one of its nodes.
func host(name string) string { return name + ".crosscheck.test" }

// start runs the node from img in a new container, on the data that its last one left. It does not wait.
func (c *Cluster) start(ctx context.Context, n *node, img image.Image, extra ...docker.File) error {
	spec := docker.ContainerSpec{
		Name: c.lab.containerName(n.name), Image: img.Ref, Role: c.Spec.Role, Keep: c.lab.keep,
		Files: slices.Concat(n.files, extra),
		Env: []string{
			// C1 only: a node that lives for minutes never pays back what the optimizing compiler costs.
			fmt.Sprintf("ES_JAVA_OPTS=-Xms%s -Xmx%s -XX:TieredStopAtLevel=1", img.Heap, img.Heap),
			"CLI_JAVA_OPTS=-XX:TieredStopAtLevel=1",
		},
		Ports:    []uint16{topology.HTTPPort},
		Networks: []docker.Attachment{{Network: c.lab.network(c.Spec.Role), Aliases: []string{c.ServerName, host(n.name)}}},
		Volumes:  []string{home + "/data"},
	}
	if c.Spec.Nodes > 1 {
		spec.OpenFiles = topology.OpenFiles
	}
	if c.Spec.Published == PublishedDirectly {
		spec.Networks = append(spec.Networks, docker.Attachment{Network: c.lab.localNet,
			Aliases: []string{directHost(n.name)}})
	}
	if c.Spec.IPv6 {
		network, err := c.lab.ipv6Network(ctx)
		if err != nil {
			return err
		}
		spec.Networks = append(spec.Networks, docker.Attachment{Network: network.name})
	}
	if n.container != nil {
		spec.Name += "-" + img.Version
		spec.Volumes, spec.VolumesFrom = nil, n.container
	}
	started, hidden, err := c.lab.StartNode(ctx, spec, func(spec *docker.ContainerSpec, library docker.File) error {
		spec.Files = append(spec.Files, library)
		return nil
	})
	if err != nil {
		return noIPv6(err)
	}
	n.limitHidden = hidden
	if n.container != nil {
		n.before = append(n.before, n.container)
	}
	n.container = started
	return nil
}

// connect finds the node's published port and waits until it is in a healthy cluster.
func (c *Cluster) connect(ctx context.Context, n *node) error {
	address, err := n.container.Address(ctx, topology.HTTPPort)
	if err != nil {
		return c.withLog(ctx, n, err)
	}
	api, err := c.client(address)
	if err != nil {
		return err
	}
	if c.Spec.Security {
		api = api.As(admin, c.password)
	}
	return c.healthy(ctx, n, api)
}

// client speaks to the HTTP interface of one of the nodes at a published address.
func (c *Cluster) client(address string) (*elastic.Client, error) {
	if c.Spec.HTTPCA == "" {
		return elastic.New(address)
	}
	authority, err := c.lab.Authority(c.Spec.HTTPCA)
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(authority.PEM)
	return elastic.NewTLS(address, &tls.Config{RootCAs: trusted, ServerName: c.ServerName, MinVersion: tls.VersionTLS12})
}

// healthy waits until the node is in a healthy cluster, as api sees it.
func (c *Cluster) healthy(ctx context.Context, n *node, api *elastic.Client) error {
	err := await.Until(ctx, n.name+" becomes healthy", c.lab.timeouts.ClusterStart, func(ctx context.Context) error {
		if err := api.Ready(ctx); err != nil {
			if state, stateErr := n.watched().State(ctx); stateErr == nil && !state.Running {
				return await.Permanent(&stoppedError{state})
			}
			return err
		}
		return nil
	})
	if err != nil {
		return c.withLog(ctx, n, err)
	}
	n.use(api)
	return nil
}

// stoppedError is a node that no longer runs.
type stoppedError struct{ state docker.State }

func (e *stoppedError) Error() string { return "the node is " + e.state.Text }

// watched is where the node runs.
func (n *node) watched() Process {
	if n.process != nil {
		return n.process
	}
	return n.container
}

// inside is where the node runs, to be reached into. It is an error where crosscheck cannot do that.
func (n *node) inside() (ReachableProcess, error) {
	if inside, ok := n.watched().(ReachableProcess); ok {
		return inside, nil
	}
	return nil, &ReachError{n.name}
}

// stopNode ends the node; its data and its log stay.
func (c *Cluster) stopNode(ctx context.Context, n *node) error {
	n.use(nil)
	return n.container.Stop(ctx, c.lab.timeouts.ClusterStop)
}

func (n *node) logs(ctx context.Context, since time.Time) (string, error) {
	var all strings.Builder
	var errs []error
	for _, container := range n.before {
		text, err := container.Logs(ctx, since)
		all.WriteString(text)
		errs = append(errs, err)
	}
	text, err := n.watched().Logs(ctx, since)
	all.WriteString(text)
	return all.String(), errors.Join(append(errs, err)...)
}

// put replaces a file in the node's config folder, now and in later containers.
func (n *node) put(ctx context.Context, f docker.File) error {
	inside, err := n.inside()
	if err != nil {
		return err
	}
	if path.Base(f.Path) != keystore.FileName {
		n.files = slices.DeleteFunc(slices.Clone(n.files), func(old docker.File) bool { return old.Path == f.Path })
		n.files = append(n.files, f)
	}
	return inside.Put(ctx, f)
}

func (n *node) remove(ctx context.Context) error {
	var errs []error
	for _, container := range append(slices.Clone(n.before), n.container) {
		if container != nil {
			errs = append(errs, container.Remove(ctx))
		}
	}
	return errors.Join(errs...)
}

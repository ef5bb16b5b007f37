// Package lab starts and removes clusters and the load balancers between them, or adopts clusters that somebody else
// started, and answers them as one noun: Cluster.
package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// Images finds the image of a version.
type Images interface {
	Resolve(ctx context.Context, version string) (image.Image, error)
}

// Event is a change in the life of a cluster.
type Event struct {
	Name, Role, Version string
	State               string // starting, ready, stopping, failed
	Seconds             float64
}

// Options of a lab.
type Options struct {
	Engine   *docker.Engine // nil: clusters are only adopted
	Images   Images
	Secrets  topology.Secrets
	Timeouts topology.Timeouts
	Balancer []byte // the load balancer's static binary
	Keep     bool   // leave clusters and networks for a look
	Observe  func(Event)
	Log      *slog.Logger // nil: nothing is logged
	// KeystoreTool has Elasticsearch's own tool make every change of a keystore.
	KeystoreTool bool
}

// Lab is where the clusters of one run live: two networks, of local and of remote clusters, with load balancers as the
// only way across; one set of certificate authorities.
type Lab struct {
	engine        *docker.Engine
	images        Images
	secrets       topology.Secrets
	timeouts      topology.Timeouts
	keep          bool
	observe       func(Event)
	log           *slog.Logger
	keystoreTool  bool
	pki           *pki.Store
	balancerImage string
	localNet      string
	remoteNet     string
	started       time.Time
	count         atomic.Int64

	limitLock    sync.Mutex
	limitLibrary []byte // what library compiled

	ipv6Lock sync.Mutex
	ipv6     ipv6Network // zero until a cluster wants it
}

// NewLab makes the networks and the load balancer's image.
func NewLab(ctx context.Context, o Options) (*Lab, error) {
	l := &Lab{
		engine: o.Engine, images: o.Images, secrets: o.Secrets, timeouts: o.Timeouts, keep: o.Keep, observe: o.Observe,
		log: o.Log, keystoreTool: o.KeystoreTool,
		pki: pki.NewStore(), started: time.Now(),
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if o.Engine == nil {
		return l, nil
	}
	var err error
	if l.balancerImage, err = o.Engine.BalancerImage(ctx, o.Balancer); err != nil {
		return nil, err
	}
	if l.localNet, err = o.Engine.Network(ctx, topology.Local, o.Keep); err != nil {
		return nil, err
	}
	if l.remoteNet, err = o.Engine.Network(ctx, topology.Remote, o.Keep); err != nil {
		return nil, errors.Join(err, l.Close(ctx))
	}
	return l, nil
}

// Close removes every container and network of the run, unless they are to be kept. It works after ctx has ended.
func (l *Lab) Close(ctx context.Context) error {
	if l.keep || l.engine == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.timeouts.Shutdown)
	defer cancel()
	_, err := l.engine.SweepOwn(ctx)
	return err
}

// Timeouts of the run.
func (l *Lab) Timeouts() topology.Timeouts { return l.timeouts }

// Authority gives a step the named authority of the run, for certificates that go wrong on purpose.
func (l *Lab) Authority(name string) (*pki.Authority, error) { return l.pki.Authority(name) }

func (l *Lab) containerName(name string) string { return "crosscheck-" + l.engine.Run() + "-" + name }

// Start brings up a cluster, with a load balancer in front when its role is Remote. Nothing stays when it goes wrong.
func (l *Lab) Start(ctx context.Context, spec ClusterSpec) (c *Cluster, err error) {
	begin := time.Now()
	id := fmt.Sprintf("%s-%d", spec.Role, l.count.Add(1))
	n := names{cluster: id, server: host(id)}
	if spec.Role == topology.Remote {
		n.balancer = host("balancer-" + id)
	}
	event := func(state string) {
		l.observe(Event{Name: id, Role: spec.Role, Version: spec.Version, State: state, Seconds: time.Since(begin).Seconds()})
	}
	img, err := l.images.Resolve(ctx, spec.Version)
	if err != nil {
		return nil, err
	}
	begin = time.Now() // an image may have been built: the start of the cluster is timed from here
	event("starting")
	whole := spec
	if spec.Hosted != (Hosted{}) {
		if whole, n, err = spec.Hosted.complete(spec, n); err != nil {
			return nil, err
		}
	}
	c = &Cluster{Spec: spec, Name: n.cluster, ServerName: n.server, ID: n.id, Endpoint: n.endpoint, Image: img, lab: l,
		password: NewPassword()}
	l.secrets.Add(c.password)
	defer func() {
		if err == nil {
			event("ready")
			return
		}
		event("failed")
		cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.timeouts.Shutdown)
		defer cancel()
		err = errors.Join(err, c.stop(cleanup))
		c = nil
	}()
	if n, err = c.publish(ctx, n); err != nil {
		return c, err
	}
	if err := c.configure(whole, n); err != nil {
		return c, err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := c.each(groupCtx, func(ctx context.Context, n *node) error {
			if err := c.start(ctx, n, img); err != nil {
				return err
			}
			return c.connect(ctx, n)
		}); err != nil {
			return err
		}
		if err := c.joined(groupCtx, c.nodes[0], spec.Version); err != nil {
			return err
		}
		if err := c.licensed(groupCtx); err != nil {
			return err
		}
		return c.identify(groupCtx)
	})
	if spec.Role == topology.Remote && c.Balancer == nil {
		group.Go(func() error {
			lb, err := l.startBalancer(groupCtx, n, spec.Security)
			c.Balancer = lb
			return err
		})
	}
	return c, group.Wait()
}

// configure adds the nodes of a cluster, none of which runs yet, and renders their files. whole is the spec with what
// a hosted cluster gets by itself.
func (c *Cluster) configure(whole ClusterSpec, n names) error {
	for i, name := range nodeNames(n.cluster, c.Spec) {
		n.node, n.number = name, i+1
		if c.Spec.Published == PublishedDirectly {
			n.published = directHost(name)
		}
		files, err := nodeFiles(whole, n, c.password, c.lab.pki)
		if err != nil {
			return err
		}
		c.nodes = append(c.nodes, &node{name: name, files: files})
	}
	return nil
}

func (l *Lab) network(role string) string {
	if role == topology.Remote {
		return l.remoteNet
	}
	return l.localNet
}

// Stop removes a cluster.
func (l *Lab) Stop(ctx context.Context, c *Cluster) error {
	if l.keep {
		return nil
	}
	l.observe(Event{Name: c.Name, Role: c.Spec.Role, Version: c.Spec.Version, State: "stopping"})
	return c.stop(ctx)
}

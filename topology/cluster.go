package topology

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// Cluster is a running Elasticsearch of one node.
type Cluster struct {
	Spec       ClusterSpec
	Name       string // cluster.name
	ServerName string // the DNS name in its certificates
	Version    string // as the node itself says
	BuildHash  string
	Image      image.Image
	Balancer   *LoadBalancer // in front of a remote cluster; nil for a local one

	lab       *Lab
	container *docker.Container
	password  string
	mu        sync.Mutex // guards api and the keystore
	api       *elastic.Client
}

// API speaks to the cluster as its superuser.
func (c *Cluster) API() *elastic.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.api
}

// InternalAddress is where the load balancer finds the cluster, host:port on the remote clusters' network.
func (c *Cluster) InternalAddress(port int) string {
	return net.JoinHostPort(c.ServerName, strconv.Itoa(port))
}

// connect finds the published port, waits until the cluster is healthy, and asks it what it is.
func (c *Cluster) connect(ctx context.Context) error {
	address, err := c.container.Address(ctx, HTTPPort)
	if err != nil {
		return c.withLog(ctx, err)
	}
	api, err := elastic.New(address)
	if err != nil {
		return err
	}
	if c.Spec.Security {
		api = api.As(admin, c.password)
	}
	err = await.Until(ctx, c.Name+" becomes healthy", c.lab.timeouts.ClusterStart, func(ctx context.Context) error {
		if err := api.Ready(ctx); err != nil {
			if running, state, stateErr := c.container.State(ctx); stateErr == nil && !running {
				return await.Permanent(fmt.Errorf("the node is %s", state))
			}
			return err
		}
		return nil
	})
	if err != nil {
		return c.withLog(ctx, err)
	}
	nodes, err := api.Nodes(ctx)
	if err != nil {
		return fmt.Errorf("ask %s for its version: %w", c.Name, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.api, c.Version, c.BuildHash = api, nodes[0].Version, nodes[0].BuildHash
	if c.Version != c.Spec.Version {
		return fmt.Errorf("the image %s was to hold %s, and its node says that it is %s", c.Image.Ref, c.Spec.Version, c.Version)
	}
	return nil
}

// StartError is a node that did not come up, with the end of its log.
type StartError struct {
	Cluster string
	Log     string
	Err     error
}

func (e *StartError) Error() string {
	return fmt.Sprintf("start %s: %v; its log ends:\n%s", e.Cluster, e.Err, tail(e.Log, 15))
}

func (e *StartError) Unwrap() error { return e.Err }

func (c *Cluster) withLog(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("start %s: %w", c.Name, err)
	}
	log, logErr := c.container.Logs(ctx, time.Time{})
	return &StartError{Cluster: c.Name, Log: log, Err: errors.Join(err, logErr)}
}

func tail(s string, lines int) string {
	all := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Authority is the named certificate authority of the run, for what a step puts into a config folder.
func (c *Cluster) Authority(name string) (*pki.Authority, error) { return c.lab.Authority(name) }

// Logs is what the cluster logged since a time.
func (c *Cluster) Logs(ctx context.Context, since time.Time) (string, error) {
	return c.container.Logs(ctx, since)
}

// Restart stops the node and starts it on the same data, and waits until it is healthy.
func (c *Cluster) Restart(ctx context.Context) error {
	if err := c.container.Stop(ctx, c.lab.timeouts.ClusterStop); err != nil {
		return err
	}
	if err := c.container.Restart(ctx); err != nil {
		return err
	}
	return c.connect(ctx)
}

// AddSecureSetting stores a secure setting in the node's keystore with Elasticsearch's own tool, as the documents say. It
// takes effect when secure settings are reloaded.
func (c *Cluster) AddSecureSetting(ctx context.Context, name, value string) error {
	return c.keystore(ctx, value, "add", "--stdin", "--force", name)
}

// PutConfig replaces a file in the node's config folder, under the running node.
func (c *Cluster) PutConfig(ctx context.Context, name, content string) error {
	return c.container.Put(ctx, configFile(name, []byte(content)))
}

// SaveKeystore answers the node's keystore as it is, for RestoreKeystore.
func (c *Cluster) SaveKeystore(ctx context.Context) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	res, err := c.container.Exec(ctx, "", "cat", configDir+"/elasticsearch.keystore")
	if err != nil {
		return nil, err
	}
	if res.ExitCode != 0 {
		return nil, fmt.Errorf("read the keystore of %s: %s", c.Name, res.Stderr)
	}
	return []byte(res.Stdout), nil
}

// RestoreKeystore puts a keystore back; it takes effect when secure settings are reloaded. Elasticsearch's own tool needs
// three seconds of a core to remove a setting, so cleaning up copies the file instead.
func (c *Cluster) RestoreKeystore(ctx context.Context, keystore []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.container.Put(ctx, configFile("elasticsearch.keystore", keystore))
}

func (c *Cluster) keystore(ctx context.Context, stdin string, args ...string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	res, err := c.container.Exec(ctx, stdin, append([]string{home + "/bin/elasticsearch-keystore"}, args...)...)
	if err != nil {
		return err
	}
	if res.ExitCode != 0 {
		return fmt.Errorf("elasticsearch-keystore %s on %s ended with code %d: %s%s", strings.Join(args, " "), c.Name, res.ExitCode, res.Stdout, res.Stderr)
	}
	return nil
}

// stop removes the cluster and its load balancer.
func (c *Cluster) stop(ctx context.Context) error {
	var errs []error
	if c.Balancer != nil {
		errs = append(errs, c.Balancer.container.Remove(ctx))
	}
	if c.container != nil {
		errs = append(errs, c.container.Remove(ctx))
	}
	return errors.Join(errs...)
}

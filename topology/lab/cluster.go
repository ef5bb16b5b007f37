package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// Cluster is a running Elasticsearch of one node, or of several.
type Cluster struct {
	Spec       ClusterSpec
	Name       string // cluster.name
	ServerName string // the DNS name of all its nodes, and the name in their certificates
	ID         string // of a hosted cluster: 32 hexadecimal digits
	Endpoint   string // of a hosted cluster: the name that leads to its load balancer
	Version    string // as the nodes themselves say
	BuildHash  string
	Image      image.Image
	Before     []Build       // what its nodes were before upgrades, in order
	Balancer   *LoadBalancer // in front of a remote cluster; nil for a local one

	lab      *Lab
	nodes    []*node
	password string
	keys     sync.Mutex   // guards the keystores
	asked    atomic.Int32 // the number of the node that API speaks through, from 1; 0: none
}

// Build is what the nodes of a cluster are at a time.
type Build struct {
	Version, Hash string // as the nodes themselves say
	Image         image.Image
}

// API speaks to the cluster as its superuser, through the node that Ask named, or else the first one that is up. Where
// none is up, every request is an error that says so.
func (c *Cluster) API() *elastic.Client {
	if number := int(c.asked.Load()); number > 0 {
		if api := c.nodes[number-1].client(); api != nil {
			return api
		}
		return elastic.Unreachable(fmt.Errorf("node %d of %s is not up", number, c.Name))
	}
	for _, n := range c.nodes {
		if api := n.client(); api != nil {
			return api
		}
	}
	return elastic.Unreachable(fmt.Errorf("no node of %s is up", c.Name))
}

// Ask makes API speak through one node only, by its number from 1; 0 is any that is up, as at first.
func (c *Cluster) Ask(number int) error {
	if number < 0 || number > len(c.nodes) {
		return fmt.Errorf("%s has no node %d: it has %d", c.Name, number, len(c.nodes))
	}
	c.asked.Store(int32(number)) //nolint:gosec // a cluster has a few nodes
	return nil
}

// LimitHidden reports whether the nodes are shown a higher limit on open files than they have, because the machine
// allows fewer than several nodes want.
func (c *Cluster) LimitHidden() bool {
	return slices.ContainsFunc(c.nodes, func(n *node) bool { return n.limitHidden })
}

// InternalAddress is where the load balancer finds the cluster, host:port on the remote clusters' network.
func (c *Cluster) InternalAddress(port int) string {
	return net.JoinHostPort(c.ServerName, strconv.Itoa(port))
}

// UnusedAddress is an address of the cluster's own network at which nobody is.
func (c *Cluster) UnusedAddress(ctx context.Context) (netip.Addr, error) {
	if c.lab == nil || c.lab.engine == nil {
		return netip.Addr{}, fmt.Errorf("%s is on a network that is not crosscheck's, and which of its addresses nobody has "+
			"cannot be told", c.Name)
	}
	return c.lab.engine.UnusedAddress(ctx, c.lab.network(c.Spec.Role))
}

// Access is how to reach a cluster's REST interface as its superuser: a secret.
type Access struct {
	URL      string `json:"url"`
	User     string `json:"user"`
	Password string `json:"password"`
}

// Access finds the first node's REST interface, which has another port after every restart.
func (c *Cluster) Access(ctx context.Context) (Access, error) {
	address, err := c.nodes[0].container.Address(ctx, topology.HTTPPort)
	scheme := "http://"
	if c.Spec.HTTPCA != "" {
		scheme = "https://"
	}
	return Access{URL: scheme + address, User: admin, Password: c.password}, err
}

// identify asks the nodes what they are. They must be of one version and build.
func (c *Cluster) identify(ctx context.Context) error {
	nodes, err := c.API().Nodes(ctx)
	if err != nil {
		return fmt.Errorf("ask %s for its version: %w", c.Name, err)
	}
	c.Version, c.BuildHash = nodes[0].Version, nodes[0].BuildHash
	for _, n := range nodes {
		if n.Version != c.Spec.Version {
			return fmt.Errorf("the image %s was to hold %s, and its node says that it is %s", c.Image.Ref, c.Spec.Version,
				n.Version)
		}
	}
	return nil
}

// StartError is a node that did not come up, with the end of its log.
type StartError struct {
	Cluster string
	Role    string // local or remote; empty where it is no node of the lab's own
	Log     string
	Err     error
	// State is how the node was when it was given up; the zero State where nobody knows.
	State docker.State
}

func (e *StartError) Error() string {
	return fmt.Sprintf("start %s: %v; its log ends:\n%s", e.Cluster, e.Err, tail(e.Log, 15))
}

func (e *StartError) Unwrap() error { return e.Err }

func (c *Cluster) withLog(ctx context.Context, n *node, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("start %s: %w", n.name, err)
	}
	log, logErr := n.watched().Logs(ctx, time.Time{})
	started := &StartError{Cluster: c.Name, Role: c.Spec.Role, Log: log, Err: errors.Join(err, logErr)}
	if stopped, ok := errors.AsType[*stoppedError](err); ok {
		started.State = stopped.state
	}
	return started
}

func tail(s string, lines int) string {
	all := strings.Split(strings.TrimRight(s, "\n"), "\n")
	all = all[max(0, len(all)-lines):]
	for i, line := range all {
		all[i] = readable(line)
	}
	return strings.Join(all, "\n")
}

// readable is a line of a log in JSON, which nodes in containers write, as the log files have it.
func readable(line string) string {
	var entry map[string]any
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &entry) != nil || entry["message"] == nil {
		return line
	}
	text := fmt.Sprintf("[%v][%v][%v] %v", entry["@timestamp"], entry["log.level"], entry["log.logger"], entry["message"])
	if cause := entry["error.message"]; cause != nil {
		text += fmt.Sprintf(": %v", cause)
	}
	return text
}

// Authority is the named certificate authority of the run, for what a step puts into a config folder.
func (c *Cluster) Authority(name string) (*pki.Authority, error) { return c.lab.Authority(name) }

// Logs is what the nodes logged since a time, one after the other.
func (c *Cluster) Logs(ctx context.Context, since time.Time) (string, error) {
	var all strings.Builder
	var errs []error
	for _, n := range c.nodes {
		text, err := n.logs(ctx, since)
		all.WriteString(text)
		errs = append(errs, err)
	}
	return all.String(), errors.Join(errs...)
}

// each does something with every node at the same time.
func (c *Cluster) each(ctx context.Context, do func(context.Context, *node) error) error {
	group, groupCtx := errgroup.WithContext(ctx)
	for _, n := range c.nodes {
		group.Go(func() error {
			return do(groupCtx, n)
		})
	}
	return group.Wait()
}

// owned is each for nodes in containers of crosscheck's own, which it may stop and start.
func (c *Cluster) owned(ctx context.Context, do func(context.Context, *node) error) error {
	return c.each(ctx, func(ctx context.Context, n *node) error {
		if n.container == nil {
			return &ReachError{n.name}
		}
		return do(ctx, n)
	})
}

// PutConfig replaces a file in the nodes' config folders, under the running nodes.
func (c *Cluster) PutConfig(ctx context.Context, name, content string) error {
	return c.each(ctx, func(ctx context.Context, n *node) error { return n.put(ctx, configFile(name, []byte(content))) })
}

// stop removes the cluster and its load balancer.
func (c *Cluster) stop(ctx context.Context) error {
	var errs []error
	if c.Balancer != nil {
		errs = append(errs, c.Balancer.container.Remove(ctx))
	}
	for _, n := range c.nodes {
		errs = append(errs, n.remove(ctx))
	}
	return errors.Join(errs...)
}

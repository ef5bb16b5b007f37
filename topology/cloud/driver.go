// Package cloud simulates what of Elastic Cloud stands around its Elasticsearch clusters: organizations, deployments,
// trust, keystores, network security, and the REST API that Elastic's own client drives. It holds no Elasticsearch: a
// Driver acts on real clusters. docs/decisions/009 says what is simulated, and how near to the original.
package cloud

import (
	"context"
	"errors"
)

// ErrNoCluster says that a driver has no cluster of the kind that a new deployment wants.
var ErrNoCluster = errors.New("no such cluster can be had here")

// Order is what a new deployment wants.
type Order struct {
	Organization, Region, Version string
}

// Placement is the cluster that a deployment got.
type Placement struct {
	ClusterID string // 32 hexadecimal digits
	Endpoint  string // the proxy's name for it
}

// Remote is a remote cluster as the settings of a local cluster name it.
type Remote struct {
	Alias           string
	Address         string // host:port of the proxy
	ServerName      string
	Sniff           bool // seeds and proxy instead of proxy_address: for a remote cluster before 7.6
	SkipUnavailable bool
	Connected       bool // read only
}

// Driver acts on the real clusters, which it knows by their cluster IDs. The plane carries out one change at a time;
// reads come at any time.
type Driver interface {
	Create(ctx context.Context, o Order) (Placement, error)
	Delete(ctx context.Context, id string) error
	// Restart stops and starts every node, and returns when the cluster is healthy.
	Restart(ctx context.Context, id string) error
	// Trust replaces the names and patterns that transport certificates must carry, and returns when they are in force.
	Trust(ctx context.Context, id string, patterns []string) error
	// Store puts secrets into the keystore, by setting name; a nil one is removed. reload makes the nodes read it again.
	Store(ctx context.Context, id string, secrets map[string]*string, reload bool) error
	// Remotes reads which remote clusters the cluster has.
	Remotes(ctx context.Context, id string) ([]Remote, error)
	// SetRemotes removes and then adds remote clusters, in one update of the settings.
	SetRemotes(ctx context.Context, id string, remove []string, add []Remote) error
	// Admit tells the cluster's proxy which other clusters, by their IDs, may open connections to its remote cluster
	// server.
	Admit(ctx context.Context, id string, admits func(source string) bool) error
}

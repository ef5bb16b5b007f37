package lab

import (
	"context"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

// Process is where a node runs, as far as one may look at it: a container of this machine's, or one of a pod elsewhere.
type Process interface {
	// Logs is what it wrote since a time of this machine's clock (zero: since its start).
	Logs(ctx context.Context, since time.Time) (string, error)
	// State is how it is.
	State(ctx context.Context) (docker.State, error)
}

// ReachableProcess is a Process that crosscheck may also reach into. A container of this machine's is one.
type ReachableProcess interface {
	Process
	// Exec runs a command inside with stdin, to its end.
	Exec(ctx context.Context, stdin string, command ...string) (docker.ExecResult, error)
	// Put writes files, under whatever runs inside.
	Put(ctx context.Context, files ...docker.File) error
}

// UncontrolledError says that a step asks for something that is not in crosscheck's hands: a node that it cannot reach
// into, or what belongs to somebody else on a cluster that is not crosscheck's.
type UncontrolledError struct {
	Reason string // a sentence that says what it is, and what the user can do about it
	Fact   string // by which reports count it, such as "proxy-address"; empty: that of whatever is not controlled
}

func (e *UncontrolledError) Error() string { return e.Reason }

// NotOurs is an UncontrolledError about a cluster, such as "the local cluster", and what of it crosscheck would take
// into its hands, such as "the keystore of its nodes".
func NotOurs(cluster, what string) *UncontrolledError {
	return &UncontrolledError{Reason: cluster + " is not crosscheck's: it has no control of " + what}
}

// ReachError is a node that runs where crosscheck cannot reach into it.
type ReachError struct{ Node string }

func (e *ReachError) Error() string { return e.Node + " runs where crosscheck cannot reach into it" }

// Adoption is a node that something else than the lab has started, such as an operator.
type Adoption struct {
	Spec       ClusterSpec // Role and Version are needed; the rest says what is known of it
	Name       string
	ServerName string
	Image      image.Image
	Process    Process         // it stays the caller's; a keystore and files can be changed in a ReachableProcess only
	API        *elastic.Client // as a superuser
	// LimitHidden: see Cluster.LimitHidden.
	LimitHidden bool
}

// Adopt waits until the cluster is healthy. It is not the lab's to stop or to restart.
func (l *Lab) Adopt(ctx context.Context, a Adoption) (*Cluster, error) {
	n := &node{name: a.Name, process: a.Process, limitHidden: a.LimitHidden}
	n.container, _ = a.Process.(*docker.Container) // one of a pod elsewhere cannot be reached into
	c := &Cluster{Spec: a.Spec, Name: a.Name, ServerName: a.ServerName, Image: a.Image, lab: l, nodes: []*node{n}}
	if err := c.healthy(ctx, n, a.API); err != nil {
		return nil, err
	}
	if err := c.identify(ctx); err != nil {
		return c, err
	}
	return c, nil
}

// Processes are where the cluster's nodes run, as far as crosscheck can reach into them.
func (c *Cluster) Processes() []ReachableProcess {
	var all []ReachableProcess
	for _, n := range c.nodes {
		if inside, err := n.inside(); err == nil {
			all = append(all, inside)
		}
	}
	return all
}

// Network is the Docker network of the clusters of a role.
func (l *Lab) Network(role string) string { return l.network(role) }

// Observe tells whoever watches the run of a change in a cluster's life.
func (l *Lab) Observe(e Event) { l.observe(e) }

// Package topology holds what every part of a running pair of clusters agrees on: the roles of the two clusters, the
// documented ports, and the table of time limits. The nouns themselves live in the packages below: lab has clusters and
// load balancers, docker the containers, cloud the simulated Elastic Cloud, eck the clusters of ECK.
package topology

import (
	"net"
	"strconv"
)

// The role that a cluster plays in a connection: the local cluster starts it, the remote cluster receives it.
const (
	Local  = "local"
	Remote = "remote"
)

// Ports of Elasticsearch, and of the load balancer in front of a remote cluster.
const (
	HTTPPort      = 9200
	TransportPort = 9300
	// TransportPassthrough is the load balancer's own: SNI pass-through to the transport interface, as in Elastic Cloud.
	TransportPassthrough    = 9400
	RemoteClusterServerPort = 9443
)

// ListenerName is the balancer's listener for a documented port.
func ListenerName(port int) string { return "port-" + strconv.Itoa(port) }

// ListenAddress is where a load balancer listens: on every address that its container has or gets, of IPv4 and of IPv6.
func ListenAddress(port int) string { return net.JoinHostPort("", strconv.Itoa(port)) }

// OpenFiles is the number of files that a node's processes must be allowed to open where other nodes may join it: the
// bootstrap check of Elasticsearch wants at least 65535. See docs/decisions/008.
const OpenFiles = 65536

// Secrets learns what must never be written anywhere.
type Secrets interface{ Add(secret string) }

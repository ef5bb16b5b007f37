package reports

// Topology is what a scenario ran on, at the end of its steps.
type Topology struct {
	// Clusters has the local cluster first, then the remote ones.
	Clusters []Side `json:"clusters"`
	// Balancer is the load balancer in front of the first remote cluster.
	Balancer Balancer `json:"balancer"`
	// Remotes is what the local cluster was told about remote clusters, by alias.
	Remotes []Remote `json:"remotes"`
	// Broke is where the connection or the request ended, as the load balancer and the answers show; nil when it did not.
	Broke *Break `json:"broke,omitempty"`
}

// Side is a cluster of the topology.
type Side struct {
	// Role is "local" or "remote".
	Role       string `json:"role"`
	Name       string `json:"name"`
	Version    string `json:"version"`
	ServerName string `json:"server_name"`
}

// Balancer is the load balancer as the local cluster sees it.
type Balancer struct {
	// Name is its host name on the local cluster's network.
	Name string `json:"name"`
	// Listeners are its open ports, lowest first.
	Listeners []Listener `json:"listeners"`
}

// Listener is a port of the load balancer, with what passed through it since the scenario had its clusters.
type Listener struct {
	Port int `json:"port"`
	// Accepted counts connections from the local cluster, Open those that are still open, Refused those that found no
	// remote cluster behind it.
	Accepted int64 `json:"accepted"`
	Open     int64 `json:"open"`
	Refused  int64 `json:"refused"`
	// Reached counts connections by the interface, host:port, that they ended at.
	Reached map[string]int64 `json:"reached"`
}

// Remote is a remote cluster as it is set on the local one.
type Remote struct {
	// Alias is the name in the feature; the clusters know it with a suffix of the scenario's own.
	Alias string `json:"alias"`
	// Mode is "proxy" or "sniff".
	Mode string `json:"mode"`
	// Address is the proxy address, or the proxy or the seeds of sniff mode.
	Address    string `json:"address"`
	ServerName string `json:"server_name,omitempty"`
	// Port is the one in Address; 0 when there is none.
	Port int `json:"port"`
}

// Place is a spot between the local and the remote cluster.
type Place string

// The places, in the order in which a request meets them.
const (
	// AtLocal: the local cluster refused a setting or a request.
	AtLocal Place = "local"
	// BeforeBalancer: no connection got as far as the load balancer.
	BeforeBalancer Place = "before-balancer"
	// AtBalancer: the load balancer had a connection, and gave it to nobody.
	AtBalancer Place = "balancer"
	// BehindBalancer: the load balancer found nobody at the remote cluster's interface.
	BehindBalancer Place = "behind-balancer"
	// AtInterface: connections reached the remote cluster's interface, and none was kept.
	AtInterface Place = "interface"
	// AtRemote: the remote cluster refused a request that was made to it.
	AtRemote Place = "remote"
	// InSearch: the clusters are connected, and the search fails.
	InSearch Place = "search"
)

// Break is where something ended, and what shows it.
type Break struct {
	Place Place `json:"place"`
	// Text is a clause: "nothing listens on port 9999".
	Text string `json:"text"`
	// Recovered: the clusters were connected again at the end.
	Recovered bool `json:"recovered,omitempty"`
}

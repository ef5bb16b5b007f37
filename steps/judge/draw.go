package judge

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Topology is what the scenario ran on and how far connections got, for the reports; nil without clusters. What can no
// longer be read is left out.
func (j *Judge) Topology(ctx context.Context) *reports.Topology {
	c := j.world.Clusters
	if !c.Complete() { // an ECK scenario may end between one manifest and the next
		return nil
	}
	t := &reports.Topology{Balancer: reports.Balancer{Name: c.Remote.Balancer.Name}}
	for _, cluster := range []*lab.Cluster{c.Local, c.Remote, c.Other} {
		if cluster != nil {
			t.Clusters = append(t.Clusters, reports.Side{Role: cluster.Spec.Role, Name: cluster.Name,
				Version: cluster.Version, ServerName: cluster.ServerName})
		}
	}
	aliases := j.world.Names.Aliases()
	for _, name := range slices.Sorted(maps.Keys(aliases)) {
		if remote, added := j.remotes.Of(aliases[name]); added {
			t.Remotes = append(t.Remotes, reported(name, remote))
		}
	}
	if counts, err := c.Remote.Balancer.Connections(ctx); err == nil {
		t.Balancer.Listeners = listeners(counts)
	}
	t.Broke = j.ended(ctx)
	return t
}

func reported(name string, r *remotes.Remote) reports.Remote {
	return reports.Remote{Alias: name, Mode: r.Mode(), Port: max(0, r.Port()), Address: r.Addresses(),
		ServerName: r.ServerName()}
}

// listeners are the counts of the load balancer's documented ports, by port.
func listeners(counts balancer.Counts) []reports.Listener {
	var all []reports.Listener
	for name, c := range counts.Listeners {
		_, digits, _ := strings.Cut(name, "-")
		port, err := strconv.Atoi(digits)
		if err != nil || name != topology.ListenerName(port) {
			continue
		}
		all = append(all, reports.Listener{Port: port, Accepted: c.Accepted, Open: c.Open, Refused: c.Refused.Total(),
			Reached: c.Connected})
	}
	slices.SortFunc(all, func(a, b reports.Listener) int { return a.Port - b.Port })
	return all
}

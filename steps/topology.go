package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Topology is what the scenario ran on and how far connections got, for the reports; nil without clusters. What can no
// longer be read is left out.
func (s *Scenario) Topology(ctx context.Context) *reports.Topology {
	if s.lease == nil || s.local == nil || s.remote == nil { // an ECK scenario may end between one manifest and the next
		return nil
	}
	t := &reports.Topology{Balancer: reports.Balancer{Name: s.remote.Balancer.Name}}
	for _, c := range []*lab.Cluster{s.local, s.remote, s.other} {
		if c != nil {
			t.Clusters = append(t.Clusters, reports.Side{Role: c.Spec.Role, Name: c.Name, Version: c.Version, ServerName: c.ServerName})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.aliases)) {
		if settings, added := s.remotes[s.aliases[name]]; added {
			t.Remotes = append(t.Remotes, remoteOf(name, settings, s.port(s.aliases[name])))
		}
	}
	if counts, err := s.remote.Balancer.Connections(ctx); err == nil {
		t.Balancer.Listeners = listeners(counts)
	}
	t.Broke = s.ended(ctx)
	return t
}

// ended is where the scenario's failure was seen, or where the connection is stuck now.
func (s *Scenario) ended(ctx context.Context) *reports.Break {
	if s.observed != nil && s.observed.Request != nil {
		return s.whereAnswered()
	}
	if s.latest == "" {
		return s.broke
	}
	info, err := s.info(ctx, s.alias(s.latest))
	switch {
	case err != nil || info == nil:
	case s.broke == nil && info["connected"] != true:
		return s.whereConnecting(ctx, s.alias(s.latest))
	case s.broke != nil && s.broke.Place != reports.InSearch && info["connected"] == true:
		broke := *s.broke
		broke.Recovered = true
		return &broke
	}
	return s.broke
}

func remoteOf(alias string, settings map[string]any, port int) reports.Remote {
	r := reports.Remote{Alias: alias, Mode: "sniff", Port: max(0, port)}
	if mode, ok := settings["mode"].(string); ok && mode == "proxy" {
		r.Mode = mode
	}
	for _, name := range []string{"proxy_address", "proxy", "seeds"} {
		if value, ok := settings[name]; ok && value != nil && r.Address == "" {
			r.Address = strings.Join(texts(value), ", ")
		}
	}
	if name, ok := settings["server_name"]; ok && name != nil {
		r.ServerName = text(name)
	}
	return r
}

// texts is a setting's value, or its values.
func texts(value any) []string {
	switch v := value.(type) {
	case []string:
		return v
	case []any:
		all := make([]string, len(v))
		for i := range v {
			all[i] = text(v[i])
		}
		return all
	}
	return []string{text(value)}
}

func listeners(counts balancer.Counts) []reports.Listener {
	var all []reports.Listener
	for name, c := range counts.Listeners {
		_, digits, _ := strings.Cut(name, "-")
		port, err := strconv.Atoi(digits)
		if err != nil || name != topology.ListenerName(port) {
			continue
		}
		all = append(all, reports.Listener{Port: port, Accepted: c.Accepted, Open: c.Open, Refused: c.Refused.Total(), Reached: c.Connected})
	}
	slices.SortFunc(all, func(a, b reports.Listener) int { return a.Port - b.Port })
	return all
}

// whereAnswered is where a request that was refused ended: at the cluster that was asked.
func (s *Scenario) whereAnswered() *reports.Break {
	path, _, _ := strings.Cut(s.request.Path, "?")
	b := &reports.Break{Place: reports.AtLocal, Text: fmt.Sprintf("%s %s answered %d", s.request.Method, path, s.request.Status)}
	switch {
	case s.request.Status < 300:
		return nil
	case strings.HasPrefix(path, "/_security/cross_cluster/"), strings.HasPrefix(path, "/_security/_authenticate"):
		b.Place = reports.AtRemote // keys are made there, and only there somebody authenticates with one
	case strings.HasSuffix(path, "/_search"):
		b.Place = reports.InSearch
	}
	return b
}

// where is how far alias gets; nil when that cannot be told.
func (s *Scenario) where(ctx context.Context, alias string, searched *catalogue.Answer) *reports.Break {
	info, err := s.info(ctx, alias)
	switch {
	case err != nil:
		return nil
	case info == nil:
		return &reports.Break{Place: reports.AtLocal, Text: "the local cluster has no remote cluster of this alias"}
	case info["connected"] != true:
		return s.whereConnecting(ctx, alias)
	case searched != nil && searched.Status >= 300:
		return &reports.Break{Place: reports.InSearch, Text: fmt.Sprintf("the clusters are connected, and the search answers %d", searched.Status)}
	}
	return nil
}

// whereConnecting reads from the load balancer how far the connections of an alias that is not connected got.
func (s *Scenario) whereConnecting(ctx context.Context, alias string) *reports.Break {
	port := s.port(alias)
	address := strings.Join(texts(s.remotes[alias]["proxy_address"]), "")
	if address == "absent" {
		address = strings.Join(append(texts(s.remotes[alias]["proxy"]), texts(s.remotes[alias]["seeds"])...), " ")
	}
	if !s.remote.Balancer.Leads(address) {
		return &reports.Break{Place: reports.BeforeBalancer, Text: "the address does not lead to the load balancer"}
	}
	counts, err := s.remote.Balancer.Connections(ctx)
	if err != nil {
		return nil
	}
	states, err := s.remote.Balancer.State(ctx)
	if err != nil {
		return nil
	}
	c, listens := counts.Listeners[topology.ListenerName(port)]
	state := states[topology.ListenerName(port)]
	if broke := broken(port, listens, state); broke != nil {
		return broke
	}
	var reached int64
	for _, n := range c.Connected {
		reached += n
	}
	connections := words.Count(int(c.Accepted), "connection")
	switch {
	case c.Accepted == 0:
		return &reports.Break{Place: reports.BeforeBalancer, Text: fmt.Sprintf("no connection came to port %d of the load balancer", port)}
	case reached == 0 && c.Refused.UpstreamUnreachable > 0:
		return &reports.Break{Place: reports.BehindBalancer, Text: connections + " came to the load balancer, and nothing listened behind it"}
	case reached == 0 && c.Refused.UnknownServerName > 0:
		return &reports.Break{Place: reports.AtBalancer, Text: "the load balancer has no route for the server name"}
	case reached == 0 && c.Refused.Total() > 0:
		return &reports.Break{Place: reports.AtBalancer, Text: "the load balancer closed " + connections + " that sent no server name"}
	case c.BytesToClient == 0:
		return &reports.Break{Place: reports.AtInterface, Text: words.Count(int(reached), "connection") + " reached the remote cluster's interface, which sent nothing back"}
	}
	return &reports.Break{Place: reports.AtInterface, Text: words.Count(int(reached), "connection") + " reached the remote cluster's interface and ended there"}
}

// broken is what the load balancer's listener itself does to connections.
func broken(port int, listens bool, state balancer.State) *reports.Break {
	switch {
	case !listens:
		return &reports.Break{Place: reports.BeforeBalancer, Text: fmt.Sprintf("nothing listens on port %d of the load balancer", port)}
	case !state.Enabled:
		return &reports.Break{Place: reports.BeforeBalancer, Text: fmt.Sprintf("the load balancer refuses connections on port %d", port)}
	}
	for _, toxic := range state.Toxics {
		switch toxic.Type {
		case "timeout":
			return &reports.Break{Place: reports.AtBalancer, Text: fmt.Sprintf("the load balancer swallows everything on port %d", port)}
		case "reset_peer":
			return &reports.Break{Place: reports.AtBalancer, Text: fmt.Sprintf("the load balancer resets connections on port %d", port)}
		}
	}
	return nil
}

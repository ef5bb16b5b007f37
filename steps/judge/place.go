package judge

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// ended is where the scenario's failure was seen, or where the connection is stuck now.
func (j *Judge) ended(ctx context.Context) *reports.Break {
	if j.observed != nil && j.observed.Request != nil {
		return j.whereAnswered()
	}
	remote, ok := j.remotes.Its()
	if !ok {
		return j.broke
	}
	info, err := j.remotes.Info(ctx, remote.Alias)
	switch {
	case err != nil || info == nil:
	case j.broke == nil && info["connected"] != true:
		return j.whereConnecting(ctx, remote)
	case j.broke != nil && j.broke.Place != reports.InSearch && info["connected"] == true:
		broke := *j.broke
		broke.Recovered = true
		return &broke
	}
	return j.broke
}

// whereAnswered is where a request that was refused ended: at the cluster that was asked.
func (j *Judge) whereAnswered() *reports.Break {
	request := j.world.Answer
	path, _, _ := strings.Cut(request.Path, "?")
	b := &reports.Break{Place: reports.AtLocal, Text: fmt.Sprintf("%s %s answered %d", request.Method, path,
		request.Status)}
	switch {
	case request.Status < 300:
		return nil
	case strings.HasPrefix(path, "/_security/cross_cluster/"), strings.HasPrefix(path, "/_security/_authenticate"):
		b.Place = reports.AtRemote // keys are made there, and only there somebody authenticates with one
	case strings.HasSuffix(path, "/_search"):
		b.Place = reports.InSearch
	}
	return b
}

// where is how far a remote cluster gets; nil when that cannot be told.
func (j *Judge) where(ctx context.Context, remote *remotes.Remote, searched *catalogue.Answer) *reports.Break {
	info, err := j.remotes.Info(ctx, remote.Alias)
	refused, isRefused := errors.AsType[*elastic.StatusError](err)
	switch {
	case isRefused:
		return &reports.Break{Place: reports.AtLocal, Text: fmt.Sprintf("the local node answers %d to %s %s",
			refused.Status, refused.Method, refused.Path)}
	case err != nil:
		return nil
	case info == nil:
		return &reports.Break{Place: reports.AtLocal, Text: "the local cluster has no remote cluster of this alias"}
	case info["connected"] != true:
		return j.whereConnecting(ctx, remote)
	case searched != nil && searched.Status >= 300:
		return &reports.Break{Place: reports.InSearch,
			Text: fmt.Sprintf("the clusters are connected, and the search answers %d", searched.Status)}
	}
	return nil
}

// whereConnecting reads from the load balancer how far the connections of a remote cluster that is not connected got.
func (j *Judge) whereConnecting(ctx context.Context, remote *remotes.Remote) *reports.Break {
	lb, port := j.world.Remote().Balancer, remote.Port()
	if !lb.Leads(remote.Addresses()) {
		return &reports.Break{Place: reports.BeforeBalancer, Text: "the address does not lead to the load balancer"}
	}
	counts, err := lb.Connections(ctx)
	if err != nil {
		return nil
	}
	states, err := lb.State(ctx)
	if err != nil {
		return nil
	}
	listener := topology.ListenerName(port)
	c, listens := counts.Listeners[listener]
	if broke := brokenAtListener(port, listens, states[listener]); broke != nil {
		return broke
	}
	if c.Refused.UpstreamUnreachable > 0 {
		routes, err := lb.Routes(ctx, listener)
		if err == nil && reflect.DeepEqual(routes, balancer.Nowhere()) {
			return &reports.Break{Place: reports.BeforeBalancer,
				Text: "something on the local side closed " + words.Count(int(c.Accepted), "connection")}
		}
	}
	return whereCounted(port, c)
}

// whereCounted is how far the connections to a listener of the load balancer got, by its counts.
func whereCounted(port int, c balancer.ListenerCounts) *reports.Break {
	var reached int64
	for _, n := range c.Connected {
		reached += n
	}
	connections := words.Count(int(c.Accepted), "connection")
	at := func(place reports.Place, text string) *reports.Break { return &reports.Break{Place: place, Text: text} }
	switch {
	case c.Accepted == 0:
		return at(reports.BeforeBalancer, fmt.Sprintf("no connection came to port %d of the load balancer", port))
	case reached == 0 && c.Refused.UpstreamUnreachable > 0:
		return at(reports.BehindBalancer, connections+" came to the load balancer, and nothing listened behind it")
	case reached == 0 && c.Refused.UnknownServerName > 0:
		return at(reports.AtBalancer, "the load balancer has no route for the server name")
	case reached == 0 && c.Refused.Total() > 0:
		return at(reports.AtBalancer, "the load balancer closed "+connections+" that sent no server name")
	case c.BytesToClient == 0:
		return at(reports.AtInterface,
			words.Count(int(reached), "connection")+" reached the remote cluster's interface, which sent nothing back")
	}
	return at(reports.AtInterface,
		words.Count(int(reached), "connection")+" reached the remote cluster's interface and ended there")
}

// brokenAtListener is what the load balancer's listener itself does to connections; nil when it passes them on.
func brokenAtListener(port int, listens bool, state balancer.State) *reports.Break {
	switch {
	case !listens:
		return &reports.Break{Place: reports.BeforeBalancer,
			Text: fmt.Sprintf("nothing listens on port %d of the load balancer", port)}
	case !state.Enabled:
		return &reports.Break{Place: reports.BeforeBalancer,
			Text: fmt.Sprintf("the load balancer refuses connections on port %d", port)}
	}
	for _, toxic := range state.Toxics {
		switch toxic.Type {
		case "timeout":
			return &reports.Break{Place: reports.AtBalancer,
				Text: fmt.Sprintf("the load balancer swallows everything on port %d", port)}
		case "reset_peer":
			return &reports.Break{Place: reports.AtBalancer,
				Text: fmt.Sprintf("the load balancer resets connections on port %d", port)}
		}
	}
	return nil
}

package remotes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

func (r *Remotes) connectionSteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "{string} is connected", Handler: r.ExpectConnected,
			Doc: "Searches or resolves to trigger a connection, and reads _remote/info until it shows connected: true."},
		{Expression: "its remote info is", Handler: r.expectInfo, NeedsOf: ofFields,
			Doc: "The whole _remote/info object of the last alias: every field in the table and none beside. " +
				"<default> is the version's own default."},
		{Expression: "searching {string} finds {int} document(s)", Handler: r.ExpectHits,
			Doc: "A search across clusters answers 200 with that many hits and no failure."},
		{Expression: "the local cluster searches {string}", Handler: r.search,
			Doc: "One search with the settings as they are; its answer is kept."},
		{Expression: "the local cluster is asked {string}", Handler: r.ask, NeedsOf: ofRequest,
			Doc: "A method and a path, such as GET /partner:logs/_mapping; the aliases and indices in it become the " +
				"scenario's own. Its answer is kept."},
		{Expression: "searches send", Handler: r.sendInSearches, NeedsOf: ofSearch,
			Doc: "From now on a search across clusters has this body, in JSON."},
		{Expression: "the local cluster searches {string} without minimized round trips", Handler: r.searchInRoundTrips,
			Doc: "The same with ccs_minimize_roundtrips=false: the local cluster asks for shards first, and then each of them."},
		{Expression: "resolving {string} shows it connected", Handler: r.expectResolved,
			Needs: []string{"resolve-cluster"},
			Doc:   "GET _resolve/cluster says connected: true and matching_indices: true."},
		{Expression: "every connection went through the load balancer", Handler: r.ExpectThroughBalancer,
			Doc: "The listener of the port that the alias was added with carries the connections that _remote/info counts, " +
				"and no other listener carries any."},
		{Expression: "{string} is shown as {word}", Handler: r.expectShownAs,
			Doc: `"connected" or "disconnected": _remote/info is read, and nothing makes the local cluster connect.`},
	}
}

func (r *Remotes) sendInSearches(ctx context.Context, body string) error {
	if err := r.world.Ready(ctx); err != nil {
		return err
	}
	r.world.Searcher = r.world.Searching().Asking(body)
	return nil
}

// Trigger makes the local cluster try to connect: _remote/info alone never does. What it answers does not matter.
func (r *Remotes) Trigger(ctx context.Context, alias string) error {
	_, err := r.world.Local().API().Search(ctx, alias+":"+r.world.Names.All())
	return err
}

// Info reads the _remote/info object of alias; nil when the alias is not there.
func (r *Remotes) Info(ctx context.Context, alias string) (map[string]any, error) {
	all, err := r.world.Local().API().RemoteInfo(ctx)
	if err != nil {
		return nil, fmt.Errorf("read _remote/info: %w", err)
	}
	r.remember(alias, all[alias])
	return all[alias], nil
}

// ExpectConnected is a Mismatch unless the settings were accepted and the remote cluster connects in time.
func (r *Remotes) ExpectConnected(ctx context.Context, name string) error {
	if err := r.world.ExpectAccepted("adding the remote cluster"); err != nil {
		return err
	}
	alias := r.world.Names.Alias(name)
	r.its = name
	return world.Await(ctx, alias+" is connected", r.world.Env.Timeouts.Connect, func(ctx context.Context) error {
		if err := r.Trigger(ctx, alias); err != nil {
			return err
		}
		info, err := r.Info(ctx, alias)
		if err != nil {
			return err
		}
		if info["connected"] != true {
			return &verdict.Mismatch{What: "_remote/info of " + alias, Wanted: "connected true",
				Got: "connected " + verdict.Text(info["connected"]), Hint: r.whyNot(ctx, alias)}
		}
		return nil
	})
}

// whyNot is what there is to say of a connection that is not there, for a hint.
func (r *Remotes) whyNot(ctx context.Context, alias string) string {
	why := r.searchError(ctx, alias)
	if r.Explain != nil {
		why += "\n" + r.Explain(ctx)
	}
	return strings.TrimSpace(why)
}

// searchError is why a search across fails; empty when it does not.
func (r *Remotes) searchError(ctx context.Context, alias string) string {
	res, err := r.world.Local().API().Search(ctx, alias+":"+r.world.Names.All())
	if err != nil || res.Status == 200 {
		return ""
	}
	body := string(res.Body)
	return fmt.Sprintf("a search answers %d: %s", res.Status, body[:min(len(body), 500)])
}

func (r *Remotes) expectInfo(ctx context.Context, table gherkin.Table) error {
	remote, _ := r.Its()
	wanted := map[string]string{}
	for _, row := range table {
		if len(row) != 2 {
			return fmt.Errorf("the table wants two columns, field and value, and has %d", len(row))
		}
		value, err := r.wantedValue(remote, row[0], row[1])
		if err != nil {
			return err
		}
		wanted[row[0]] = value
	}
	what := "_remote/info of " + remote.Alias
	return world.Await(ctx, what, r.world.Env.Timeouts.Connect, func(ctx context.Context) error {
		info, err := r.Info(ctx, remote.Alias)
		if err != nil {
			return err
		}
		return verdict.Fields(what, wanted, info)
	})
}

// wantedValue replaces what stands in angle brackets.
func (r *Remotes) wantedValue(remote *Remote, field, value string) (string, error) {
	switch value {
	case "<default>":
		d, ok := r.world.Env.Facts.DefaultOf(field, r.world.Pair.Local)
		if !ok {
			return "", fmt.Errorf("fixtures/versions.yaml has no default of %s for %s", field, r.world.Pair.Local.Original())
		}
		return d, nil
	case "<as added>":
		return verdict.Text(remote.Settings[strings.TrimPrefix(field, "num_")]), nil
	}
	return value, nil
}

// ExpectHits is a Mismatch unless a search finds n documents in time, with no failed shard and no skipped cluster.
func (r *Remotes) ExpectHits(ctx context.Context, target string, n int) error {
	if err := r.world.Ready(ctx); err != nil {
		return err
	}
	own := r.world.Names.Target(target)
	what := "searching " + own
	return world.Await(ctx, what, r.world.Env.Timeouts.Search, func(ctx context.Context) error {
		res, err := r.world.Searching().Search(ctx, own)
		if err != nil {
			return err
		}
		if res.Status != 200 {
			return &verdict.Mismatch{What: what, Wanted: fmt.Sprintf("200, %d documents", n),
				Got: fmt.Sprintf("%d %s", res.Status, res.Body)}
		}
		found, err := ReadSearch(res.Body)
		if err != nil {
			return fmt.Errorf("read the answer of the search: %w", err)
		}
		if hits := found.Hits.Total.Value; hits != n || found.Shards.Failed > 0 || found.Clusters.Skipped > 0 {
			return &verdict.Mismatch{What: what,
				Wanted: fmt.Sprintf("%d documents, 0 failed shards, 0 skipped clusters", n),
				Got: fmt.Sprintf("%d documents, %d failed shards, %d skipped clusters",
					hits, found.Shards.Failed, found.Clusters.Skipped)}
		}
		return nil
	})
}

func (r *Remotes) search(ctx context.Context, target string) error {
	if err := r.world.Ready(ctx); err != nil {
		return err
	}
	res, err := r.world.Searching().Search(ctx, r.world.Names.Target(target))
	if err != nil {
		return fmt.Errorf("search %s: %w", target, err)
	}
	r.world.Answer = res
	return nil
}

// ask sends a request without a body, as whoever searches.
func (r *Remotes) ask(ctx context.Context, request string) error {
	method, path, ok := strings.Cut(request, " /")
	if !ok || path == "" {
		return fmt.Errorf("write a method and a path, such as GET /_remote/info, and not %q", request)
	}
	if err := r.world.Ready(ctx); err != nil {
		return err
	}
	res, err := r.world.Searching().Do(ctx, method, r.ownPath(path), nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", request, err)
	}
	if method != http.MethodGet && res.Status/100 == 2 {
		r.world.Undo.Spoil() // whatever it did is not undone
	}
	r.world.Answer = res
	return nil
}

// ownPath puts the scenario's own names into the part of a path that is before the first name of an API.
func (r *Remotes) ownPath(path string) string {
	parts := strings.Split(path, "/")
	if !strings.HasPrefix(parts[0], "_") {
		parts[0] = r.world.Names.Target(parts[0])
	}
	return "/" + strings.Join(parts, "/")
}

func (r *Remotes) expectResolved(ctx context.Context, target string) error {
	own := r.world.Names.Target(target)
	alias, _, _ := strings.Cut(own, ":")
	what, wanted := "resolving "+own, "200, connected true, matching_indices true"
	return world.Await(ctx, what, r.world.Env.Timeouts.Search, func(ctx context.Context) error {
		res, err := r.world.Searching().ResolveCluster(ctx, own)
		if err != nil {
			return err
		}
		if res.Status != 200 {
			return &verdict.Mismatch{What: what, Wanted: wanted, Got: fmt.Sprintf("%d %s", res.Status, res.Body)}
		}
		var answer map[string]map[string]any
		if err := json.Unmarshal(res.Body, &answer); err != nil {
			return fmt.Errorf("read the answer of _resolve/cluster: %w", err)
		}
		if entry := answer[alias]; entry["connected"] != true || entry["matching_indices"] != true {
			return &verdict.Mismatch{What: what, Wanted: wanted, Got: string(res.Body)}
		}
		return nil
	})
}

// ExpectThroughBalancer is a Mismatch unless the load balancer carries the connections of the remote cluster that "its"
// stands for, and no others.
func (r *Remotes) ExpectThroughBalancer(ctx context.Context) error {
	remote, _ := r.Its()
	port := remote.Port()
	if port == 0 {
		return fmt.Errorf("remote cluster %s was not added with an address of the load balancer", remote.Alias)
	}
	own := topology.ListenerName(port)
	limit := r.world.Env.Timeouts.Connect
	return world.Await(ctx, "connections of "+remote.Alias, limit, func(ctx context.Context) error {
		info, err := r.Info(ctx, remote.Alias)
		if err != nil {
			return err
		}
		counts, err := r.world.Remote().Balancer.Connections(ctx)
		if errors.Is(err, balancer.ErrForeign) {
			return r.checkForeignAddress(remote, port, info)
		}
		if err != nil {
			return err
		}
		least := 1.0
		if sockets, ok := info["num_proxy_sockets_connected"].(float64); ok {
			least = sockets
		}
		for name, listener := range counts.Listeners {
			if name == own && float64(listener.Open) < least || name != own && listener.Open > 0 {
				return &verdict.Mismatch{What: "the load balancer",
					Wanted: fmt.Sprintf("at least %.0f connections open on %s, none elsewhere", least, own),
					Got:    fmt.Sprintf("%d open on %s", listener.Open, name)}
			}
		}
		return nil
	})
}

// checkForeignAddress is all that can be checked where the load balancer is not crosscheck's: which address is
// connected to.
func (r *Remotes) checkForeignAddress(remote *Remote, port int, info map[string]any) error {
	r.world.Notes.Add("the load balancer is the cluster's own, and its connections cannot be counted: " +
		"that they went through it is what _remote/info says")
	wanted, err := r.world.Remote().Balancer.Address(port)
	if err != nil {
		return err
	}
	if got := verdict.Text(info["proxy_address"]); got != wanted {
		return &verdict.Mismatch{What: "_remote/info of " + remote.Alias,
			Wanted: "proxy_address " + wanted, Got: "proxy_address " + got}
	}
	return nil
}

func (r *Remotes) expectShownAs(ctx context.Context, name, state string) error {
	if state != "connected" && state != "disconnected" {
		return fmt.Errorf("a remote cluster is shown as connected or disconnected, and not as %q", state)
	}
	alias, wanted := r.world.Names.Alias(name), state == "connected"
	what := "_remote/info of " + alias
	return world.Await(ctx, what, r.world.Env.Timeouts.Connect, func(ctx context.Context) error {
		info, err := r.Info(ctx, alias)
		if err != nil {
			return err
		}
		if info["connected"] != wanted {
			return &verdict.Mismatch{What: what, Wanted: "connected " + verdict.Text(wanted),
				Got: "connected " + verdict.Text(info["connected"])}
		}
		return nil
	})
}

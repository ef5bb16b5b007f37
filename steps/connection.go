package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

var connectionSteps = []gherkin.Definition{
	{Expression: "{string} is connected", Handler: (*Scenario).connected,
		Doc: "Searches or resolves to trigger a connection, and reads _remote/info until it shows connected: true."},
	{Expression: "its remote info is", Handler: (*Scenario).remoteInfo,
		Doc: "The whole _remote/info object of the last alias: every field in the table and none beside. <default> is the version's own default."},
	{Expression: "searching {string} finds {int} document(s)", Handler: (*Scenario).searchFinds,
		Doc: "A search across clusters answers 200 with that many hits and no failure."},
	{Expression: "the local cluster searches {string}", Handler: (*Scenario).searches,
		Doc: "One search with the settings as they are; its answer is kept."},
	{Expression: "resolving {string} shows it connected", Handler: (*Scenario).resolves,
		Doc: "GET _resolve/cluster says connected: true and matching_indices: true."},
	{Expression: "every connection went through the load balancer", Handler: (*Scenario).throughBalancer,
		Doc: "The listener of the port that the alias was added with carries the connections that _remote/info counts, and no other listener carries any."},
}

// waitFor polls; that the product did not get there in time is a mismatch, with the last one seen.
func waitFor(ctx context.Context, what string, timeout time.Duration, try func(context.Context) error) error {
	err := await.Until(ctx, what, timeout, try)
	var late *await.TimeoutError
	if !errors.As(err, &late) {
		return err
	}
	var seen *verdict.Mismatch
	if !errors.As(late.Last, &seen) {
		return err
	}
	m := *seen
	m.Reads, m.Waited, m.LastAge = late.Tries, late.Waited, late.LastAge
	return &m
}

// trigger makes the local cluster try to connect: _remote/info alone never does. What it answers does not matter.
func (s *Scenario) trigger(ctx context.Context, alias string) error {
	_, err := s.local.API().Search(ctx, alias+":*")
	return err
}

// info reads the _remote/info object of alias; nil when the alias is not there.
func (s *Scenario) info(ctx context.Context, alias string) (map[string]any, error) {
	all, err := s.local.API().RemoteInfo(ctx)
	if err != nil {
		return nil, fmt.Errorf("read _remote/info: %w", err)
	}
	s.remember(alias, all[alias])
	return all[alias], nil
}

func (s *Scenario) connected(ctx context.Context, name string) error {
	if err := s.accepted(); err != nil {
		return &verdict.Mismatch{What: "adding the remote cluster", Wanted: "200", Got: err.Error()}
	}
	alias := s.alias(name)
	s.latest = name
	return waitFor(ctx, alias+" is connected", s.env.Timeouts.Connect, func(ctx context.Context) error {
		if err := s.trigger(ctx, alias); err != nil {
			return err
		}
		info, err := s.info(ctx, alias)
		if err != nil {
			return err
		}
		if info["connected"] != true {
			return &verdict.Mismatch{What: "_remote/info of " + alias, Wanted: "connected true", Got: "connected " + text(info["connected"]),
				Hint: s.whyNot(ctx, alias)}
		}
		return nil
	})
}

// whyNot is what else there is to say of a connection that is not there, for a hint.
func (s *Scenario) whyNot(ctx context.Context, alias string) string {
	why := s.searchError(ctx, alias)
	if s.eck != nil {
		if side := s.eck.sides[topology.Remote]; side != nil {
			why += "\n" + side.Forwarding(ctx, side.name)
		}
	}
	return strings.TrimSpace(why)
}

// searchError is why a search across fails.
func (s *Scenario) searchError(ctx context.Context, alias string) string {
	res, err := s.local.API().Search(ctx, alias+":*")
	if err != nil || res.Status == 200 {
		return ""
	}
	body := string(res.Body)
	return fmt.Sprintf("a search answers %d: %s", res.Status, body[:min(len(body), 500)])
}

func (s *Scenario) remoteInfo(ctx context.Context, table gherkin.Table) error {
	alias := s.alias(s.latest)
	wanted := map[string]string{}
	for _, row := range table {
		if len(row) != 2 {
			return fmt.Errorf("the table wants two columns, field and value, and has %d", len(row))
		}
		value, err := s.expand(alias, row[0], row[1])
		if err != nil {
			return err
		}
		wanted[row[0]] = value
	}
	return waitFor(ctx, "_remote/info of "+alias, s.env.Timeouts.Connect, func(ctx context.Context) error {
		info, err := s.info(ctx, alias)
		if err != nil {
			return err
		}
		return compareInfo(alias, wanted, info)
	})
}

// expand replaces what stands in angle brackets.
func (s *Scenario) expand(alias, field, value string) (string, error) {
	switch value {
	case "<default>":
		d, ok := s.env.Facts.DefaultOf(field, s.pair.Local)
		if !ok {
			return "", fmt.Errorf("fixtures/versions.yaml has no default of %s for %s", field, s.pair.Local.Original())
		}
		return d, nil
	case "<as added>":
		return text(s.remotes[alias][strings.TrimPrefix(field, "num_")]), nil
	}
	return value, nil
}

func compareInfo(alias string, wanted map[string]string, info map[string]any) error {
	return compareFields("_remote/info of "+alias, wanted, info)
}

// compareFields wants every field of wanted in info, and no other.
func compareFields(what string, wanted map[string]string, info map[string]any) error {
	got := map[string]string{}
	for field, value := range info {
		got[field] = text(value)
	}
	wantedLines, gotLines := held(wanted).differences(got)
	if len(wantedLines) == 0 {
		return nil
	}
	return &verdict.Mismatch{What: what, Wanted: strings.Join(wantedLines, "\n"), Got: strings.Join(gotLines, "\n")}
}

// text is a JSON value as the features write it: strings bare, everything else as JSON.
func text(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	if value == nil {
		return "absent"
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}

// searching is who searches: the user that a step made, or else the local superuser.
func (s *Scenario) searching() *elastic.Client {
	if s.searcher != nil {
		return s.searcher
	}
	return s.local.API()
}

func (s *Scenario) searchFinds(ctx context.Context, target string, n int) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	own := s.target(target)
	return waitFor(ctx, "searching "+own, s.env.Timeouts.Search, func(ctx context.Context) error {
		res, err := s.searching().Search(ctx, own)
		if err != nil {
			return err
		}
		var answer struct {
			Hits struct {
				Total struct {
					Value int `json:"value"`
				} `json:"total"`
			} `json:"hits"`
			Shards struct {
				Failed int `json:"failed"`
			} `json:"_shards"`
			Clusters struct {
				Skipped int `json:"skipped"`
			} `json:"_clusters"`
		}
		if res.Status != 200 {
			return &verdict.Mismatch{What: "searching " + own, Wanted: fmt.Sprintf("200, %d documents", n), Got: fmt.Sprintf("%d %s", res.Status, res.Body)}
		}
		if err := json.Unmarshal(res.Body, &answer); err != nil {
			return fmt.Errorf("read the answer of the search: %w", err)
		}
		if answer.Hits.Total.Value != n || answer.Shards.Failed > 0 || answer.Clusters.Skipped > 0 {
			return &verdict.Mismatch{What: "searching " + own, Wanted: fmt.Sprintf("%d documents, 0 failed shards, 0 skipped clusters", n),
				Got: fmt.Sprintf("%d documents, %d failed shards, %d skipped clusters", answer.Hits.Total.Value, answer.Shards.Failed, answer.Clusters.Skipped)}
		}
		return nil
	})
}

func (s *Scenario) searches(ctx context.Context, target string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	res, err := s.searching().Search(ctx, s.target(target))
	if err != nil {
		return fmt.Errorf("search %s: %w", target, err)
	}
	s.request = res
	return nil
}

func (s *Scenario) resolves(ctx context.Context, target string) error {
	own := s.target(target)
	alias, _, _ := strings.Cut(own, ":")
	return waitFor(ctx, "resolving "+own, s.env.Timeouts.Search, func(ctx context.Context) error {
		res, err := s.searching().ResolveCluster(ctx, own)
		if err != nil {
			return err
		}
		var answer map[string]map[string]any
		wanted := "200, connected true, matching_indices true"
		if res.Status != 200 {
			return &verdict.Mismatch{What: "resolving " + own, Wanted: wanted, Got: fmt.Sprintf("%d %s", res.Status, res.Body)}
		}
		if err := json.Unmarshal(res.Body, &answer); err != nil {
			return fmt.Errorf("read the answer of _resolve/cluster: %w", err)
		}
		if entry := answer[alias]; entry["connected"] != true || entry["matching_indices"] != true {
			return &verdict.Mismatch{What: "resolving " + own, Wanted: wanted, Got: string(res.Body)}
		}
		return nil
	})
}

func (s *Scenario) throughBalancer(ctx context.Context) error {
	alias := s.alias(s.latest)
	port := s.port(alias)
	if port == 0 {
		return fmt.Errorf("remote cluster %s was not added with an address of the load balancer", alias)
	}
	return waitFor(ctx, "connections of "+alias, s.env.Timeouts.Connect, func(ctx context.Context) error {
		info, err := s.info(ctx, alias)
		if err != nil {
			return err
		}
		counts, err := s.remote.Balancer.Connections(ctx)
		if errors.Is(err, balancer.ErrForeign) {
			return s.throughForeign(alias, port, info)
		}
		if err != nil {
			return err
		}
		least := 1.0
		if sockets, ok := info["num_proxy_sockets_connected"].(float64); ok {
			least = sockets
		}
		for name, listener := range counts.Listeners {
			want := fmt.Sprintf("at least %.0f connections open on %s, none elsewhere", least, topology.ListenerName(port))
			if own := name == topology.ListenerName(port); own && float64(listener.Open) < least || !own && listener.Open > 0 {
				return &verdict.Mismatch{What: "the load balancer", Wanted: want, Got: fmt.Sprintf("%d open on %s", listener.Open, name)}
			}
		}
		return nil
	})
}

// throughForeign is all that can be said where the load balancer is not crosscheck's: which address is connected to.
func (s *Scenario) throughForeign(alias string, port int, info map[string]any) error {
	s.noteOnce("the load balancer is the cluster's own, and its connections cannot be counted: that they went through it is what _remote/info says")
	wanted := s.remote.Balancer.Address(port)
	if got := text(info["proxy_address"]); got != wanted {
		return &verdict.Mismatch{What: "_remote/info of " + alias, Wanted: "proxy_address " + wanted, Got: "proxy_address " + got}
	}
	return nil
}

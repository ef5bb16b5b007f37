package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

var (
	angled      = regexp.MustCompile(`<([A-Za-z][\w .-]*)>`)
	addressName = regexp.MustCompile(`(?i)address|endpoint|host`)
	serverName  = regexp.MustCompile(`(?i)server.?name`)
	aliasName   = regexp.MustCompile(`(?i)alias|remote.?cluster.?name|remote.?name`)
	proxied     = regexp.MustCompile(`("proxy_address"\s*:\s*")([^"]*?):(\d+)"`)
	named       = regexp.MustCompile(`("server_name"\s*:\s*")([^"]*)"`)
)

// fillIn gives placeholders of requests their values: the reader's own, and for the common ones this pair's. An
// address or a server name that is an example becomes this pair's as well. What stays open is named.
func (w *walk) fillIn(text string, step guides.Step) (filled string, open []string) {
	remote := w.world.Remote()
	text = w.bind(text)
	text = proxied.ReplaceAllStringFunc(text, func(found string) string {
		m := proxied.FindStringSubmatch(found)
		port, err := strconv.Atoi(m[3])
		if err != nil {
			return found
		}
		address, err := remote.Balancer.Address(w.portFor(step, port))
		if err != nil {
			open = append(open, m[2]+":"+m[3])
			return found
		}
		return m[1] + address + `"`
	})
	text = named.ReplaceAllString(text, "${1}"+remote.ServerName+`"`)
	text = angled.ReplaceAllStringFunc(text, func(found string) string {
		switch {
		case aliasName.MatchString(found):
			return w.alias()
		case serverName.MatchString(found):
			return remote.ServerName
		case addressName.MatchString(found):
			return remote.Balancer.Name
		case strings.Contains(strings.ToLower(found), "index"):
			return w.world.Names.Unique(index)
		}
		open = append(open, found)
		return found
	})
	return text, open
}

// bind gives placeholders the reader's own values.
func (g Guide) bind(text string) string {
	for _, name := range slices.Sorted(maps.Keys(g.Bindings)) {
		text = strings.ReplaceAll(text, "<"+name+">", g.Bindings[name])
	}
	return text
}

// portFor is the port that a step of this model means where its example has another.
func (g Guide) portFor(step guides.Step, port int) int {
	switch {
	case g.Model == guides.APIKey && slices.Contains(step.Actions, guides.Port9443):
		return topology.RemoteClusterServerPort
	case g.Model == guides.Certificate && port == topology.RemoteClusterServerPort &&
		g.says(step, strconv.Itoa(topology.TransportPort)):
		return topology.TransportPort // an example for the other model, and the step names both ports
	}
	return port
}

// sendRequests sends a step's requests with their placeholders filled in, and compares what they answer with what the
// page shows.
func (w *walk) sendRequests(ctx context.Context, step guides.Step, blocks []guides.Block) (string, error) {
	to := w.world.Local()
	if step.Action() == guides.CreateKey {
		to = w.world.Remote()
	}
	if to == nil || w.world.Remote() == nil { // on ECK the page's manifests make them
		return "", &pageError{errors.New("no manifest before this request has made the clusters that it is about")}
	}
	var sent []string
	for _, b := range blocks {
		for _, r := range b.Code.Requests() {
			path, openPath := w.fillIn(r.Path, step)
			body, openBody := w.fillIn(r.Body, step)
			if open := slices.Concat(openPath, openBody); len(open) > 0 {
				return "", &pageError{fmt.Errorf("no value for %s; give one with --set", strings.Join(open, ", "))}
			}
			if err := w.send(ctx, to.API(), step, r.Method, "/"+strings.TrimPrefix(path, "/"), body); err != nil {
				return "", err
			}
			sent = append(sent, r.Method+" "+path)
		}
	}
	w.done[step.Action()] = step.Line
	return strings.Join(sent, ", ") + " as it stands, with this pair's address and names", nil
}

// send sends one request of a step.
func (w *walk) send(ctx context.Context, api *elastic.Client, step guides.Step, method, path, body string) error {
	var payload any
	if body != "" {
		payload = body
	}
	settings := method == http.MethodPut && strings.HasPrefix(path, "/_cluster/settings")
	if settings {
		remote := w.remotes.AddOwned(alias)
		if m := proxied.FindStringSubmatch(body); m != nil {
			remote.Settings["proxy_address"] = m[2] + ":" + m[3]
		}
	}
	if shown := w.answer(step); shown != "" && !settings {
		return w.expectShown(ctx, api, method, path, payload, shown)
	}
	res, err := api.Do(ctx, method, path, payload)
	if err != nil {
		return err
	}
	if res.Status < 200 || res.Status > 299 {
		return &verdict.Mismatch{What: method + " " + path, Wanted: "200", Got: fmt.Sprintf("%d %s", res.Status, res.Body)}
	}
	w.world.Answer = res
	switch {
	case step.Action() == guides.CreateKey:
		var key elastic.Key
		if err := json.Unmarshal(res.Body, &key); err != nil {
			return fmt.Errorf("read the key: %w", err)
		}
		w.keys.Keep(key)
	case settings:
		return w.remotes.ExpectConnected(ctx, alias)
	}
	return nil
}

// verifyConnection compares _remote/info with what the page shows, also where its own request is missing.
func (w *walk) verifyConnection(ctx context.Context, step guides.Step) (string, error) {
	shown := w.answer(step)
	if shown == "" {
		return "GET _remote/info says connected", w.remotes.ExpectConnected(ctx, alias)
	}
	if w.Model == guides.Certificate { // as in the request that added it, see portFor
		shown = strings.ReplaceAll(shown, fmt.Sprintf(`:%d"`, topology.RemoteClusterServerPort),
			fmt.Sprintf(`:%d"`, topology.TransportPort))
	}
	err := w.expectShown(ctx, w.world.Local().API(), http.MethodGet, "/_remote/info", nil, shown)
	if err == nil {
		return "GET _remote/info answers what the page shows", nil
	}
	if connectedErr := w.remotes.ExpectConnected(ctx, alias); connectedErr != nil {
		return "GET _remote/info", connectedErr
	}
	return "GET _remote/info says connected, but not what the page shows", &stoodIn{err}
}

// expectShown sends a request until its answer is what the page shows, placeholders and the order of fields aside.
func (w *walk) expectShown(ctx context.Context, api *elastic.Client, method, path string, body any,
	shown string) error {
	shown = angled.ReplaceAllStringFunc(shown, func(found string) string {
		if aliasName.MatchString(found) {
			return w.alias()
		}
		return found
	})
	var want any
	if err := json.Unmarshal([]byte(shown), &want); err != nil {
		return &pageError{fmt.Errorf("read the answer that the page shows: %w", err)}
	}
	what, limit := method+" "+path, w.world.Env.Timeouts.Connect
	return world.Await(ctx, what, limit, func(ctx context.Context) error {
		if _, added := w.remotes.Its(); added {
			if err := w.remotes.Trigger(ctx, w.alias()); err != nil {
				return err
			}
		}
		res, err := api.Do(ctx, method, path, body)
		if err != nil {
			return err
		}
		var got any
		if err := json.Unmarshal(res.Body, &got); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		if differs := guides.Differences(want, got); len(differs) > 0 {
			return &verdict.Mismatch{What: what, Wanted: "what the page shows", Got: strings.Join(differs, "\n")}
		}
		return nil
	})
}

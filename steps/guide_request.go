package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
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

// bind gives placeholders their values: the reader's own, and for the common ones this pair's. An address or a server name
// that is an example becomes this pair's as well. What stays open is named.
func (w *walk) bind(text string, step guides.Step) (bound string, open []string) {
	for _, name := range slices.Sorted(maps.Keys(w.Bindings)) {
		text = strings.ReplaceAll(text, "<"+name+">", w.Bindings[name])
	}
	text = proxied.ReplaceAllStringFunc(text, func(found string) string {
		m := proxied.FindStringSubmatch(found)
		port, err := strconv.Atoi(m[3])
		if err != nil {
			return found
		}
		switch {
		case w.Model == guides.APIKey && slices.Contains(step.Actions, guides.Port9443):
			port = topology.RemoteClusterServerPort
		case w.Model == guides.Certificate && port == topology.RemoteClusterServerPort && w.says(step, strconv.Itoa(topology.TransportPort)):
			port = topology.TransportPort // an example for the other model, and the step names both ports
		}
		return m[1] + w.remote.Balancer.Address(port) + `"`
	})
	text = named.ReplaceAllString(text, "${1}"+w.remote.ServerName+`"`)
	text = angled.ReplaceAllStringFunc(text, func(found string) string {
		switch {
		case aliasName.MatchString(found):
			return w.alias(guideAlias)
		case serverName.MatchString(found):
			return w.remote.ServerName
		case addressName.MatchString(found):
			return w.remote.Balancer.Name
		case strings.Contains(strings.ToLower(found), "index"):
			return w.unique(guideIndex)
		}
		open = append(open, found)
		return found
	})
	return text, open
}

// says reports whether a step's text has a word in it.
func (w *walk) says(step guides.Step, word string) bool {
	return slices.ContainsFunc(step.Blocks, func(i int) bool { return strings.Contains(w.Page.Blocks[i].Text, word) })
}

// send sends a step's requests, bound, and compares what they answer with what the page shows.
func (w *walk) send(ctx context.Context, step guides.Step, blocks []guides.Block) (string, error) {
	var sent []string
	for _, b := range blocks {
		for _, r := range b.Code.Requests() {
			path, openPath := w.bind(r.Path, step)
			body, openBody := w.bind(r.Body, step)
			if open := slices.Concat(openPath, openBody); len(open) > 0 {
				return "", fmt.Errorf("no value for %s; give one with --set", strings.Join(open, ", "))
			}
			if err := w.ask(ctx, step, r.Method, "/"+strings.TrimPrefix(path, "/"), body); err != nil {
				return "", err
			}
			sent = append(sent, r.Method+" "+path)
		}
	}
	w.done[step.Action()] = step.Line
	return strings.Join(sent, ", ") + " as it stands, with this pair's address and names", nil
}

// ask sends one request to the cluster that the step is about.
func (w *walk) ask(ctx context.Context, step guides.Step, method, path, body string) error {
	api := w.local.API()
	if step.Action() == guides.CreateKey {
		api = w.remote.API()
	}
	var payload any
	if body != "" {
		payload = body
	}
	settings := method == http.MethodPut && strings.HasPrefix(path, "/_cluster/settings")
	if settings {
		alias := w.alias(guideAlias)
		if _, known := w.remotes[alias]; !known {
			w.later("remove remote cluster "+alias, func(ctx context.Context) error { return w.local.API().RemoveRemote(ctx, alias) })
			w.remotes[alias] = map[string]any{}
		}
		if m := proxied.FindStringSubmatch(body); m != nil {
			w.remotes[alias]["proxy_address"] = m[2] + ":" + m[3]
		}
	}
	if shown := w.answer(step); shown != "" && !settings {
		return w.shows(ctx, api, method, path, payload, shown)
	}
	res, err := api.Do(ctx, method, path, payload)
	if err != nil {
		return err
	}
	if res.Status < 200 || res.Status > 299 {
		return &verdict.Mismatch{What: method + " " + path, Wanted: "200", Got: fmt.Sprintf("%d %s", res.Status, res.Body)}
	}
	w.request = res
	switch {
	case step.Action() == guides.CreateKey:
		var key elastic.Key
		if err := json.Unmarshal(res.Body, &key); err != nil {
			return fmt.Errorf("read the key: %w", err)
		}
		w.keepKey(key)
	case settings:
		return w.connected(ctx, guideAlias)
	}
	return nil
}

// answer is what the page shows below a step's request.
func (w *walk) answer(step guides.Step) string {
	for _, i := range step.Blocks {
		if b := w.Page.Blocks[i]; b.Answer() {
			return b.Code.Text
		}
	}
	return ""
}

// verify compares _remote/info with what the page shows, also where its own snippet is missing.
func (w *walk) verify(ctx context.Context, step guides.Step) (string, error) {
	shown := w.answer(step)
	if shown == "" {
		return "GET _remote/info says connected", w.connected(ctx, guideAlias)
	}
	if w.Model == guides.Certificate { // as in the request that added it, see bind
		shown = strings.ReplaceAll(shown, fmt.Sprintf(`:%d"`, topology.RemoteClusterServerPort), fmt.Sprintf(`:%d"`, topology.TransportPort))
	}
	err := w.shows(ctx, w.local.API(), http.MethodGet, "/_remote/info", nil, shown)
	if err == nil {
		return "GET _remote/info answers what the page shows", nil
	}
	if connectedErr := w.connected(ctx, guideAlias); connectedErr != nil {
		return "GET _remote/info", connectedErr
	}
	return "GET _remote/info says connected, but not what the page shows", &stoodIn{err}
}

// shows sends a request until its answer is what the page shows, placeholders and the order of fields aside.
func (w *walk) shows(ctx context.Context, api *elastic.Client, method, path string, body any, shown string) error {
	shown = angled.ReplaceAllStringFunc(shown, func(found string) string {
		if aliasName.MatchString(found) {
			return w.alias(guideAlias)
		}
		return found
	})
	var want any
	if err := json.Unmarshal([]byte(shown), &want); err != nil {
		return fmt.Errorf("read the answer that the page shows: %w", err)
	}
	return waitFor(ctx, method+" "+path, w.env.Timeouts.Connect, func(ctx context.Context) error {
		if w.latest != "" {
			if err := w.trigger(ctx, w.alias(guideAlias)); err != nil {
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
			return &verdict.Mismatch{What: method + " " + path, Wanted: "what the page shows", Got: strings.Join(differs, "\n")}
		}
		return nil
	})
}

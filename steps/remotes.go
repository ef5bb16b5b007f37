package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

var remoteSteps = []gherkin.Definition{
	{Expression: "the local cluster adds {string} in proxy mode on port {int}", Handler: (*Scenario).addsInProxyMode,
		Doc: "PUT _cluster/settings with mode proxy, proxy_address = the load balancer at that port, and the remote cluster's server_name."},
	{Expression: "the local cluster adds {string} in proxy mode on port {int} without a server name", Handler: (*Scenario).addsWithoutServerName,
		Doc: "The same without server_name."},
	{Expression: "the local cluster adds {string} in proxy mode on port {int} with the server name {string}", Handler: (*Scenario).addsWithServerName,
		Doc: "The same with another server_name."},
	{Expression: "the local cluster adds {string} in proxy mode at {string}", Handler: (*Scenario).addsAt,
		Doc: "mode proxy and that proxy_address, which need not be the load balancer's."},
	{Expression: "the local cluster sets for {string}", Handler: (*Scenario).sets,
		Doc: "PUT _cluster/settings with the names and values below, each value a piece of YAML; <address:9443> is the load balancer at that port, <server name> the remote cluster's, <IPv6 address> the load balancer's without brackets and port."},
	{Expression: "the local cluster puts the settings", Handler: (*Scenario).puts,
		Doc: "PUT _cluster/settings with the JSON below, as it is."},
	{Expression: "the local cluster removes {string}", Handler: (*Scenario).removes,
		Doc: "Every setting of the alias becomes null."},
	{Expression: "{string} is not in the remote info", Handler: (*Scenario).notThere,
		Doc: "_remote/info does not know the alias."},
	{Expression: "the local cluster adds {string} in sniff mode with the proxy on port {int}", Handler: (*Scenario).addsInSniffMode,
		Doc: "PUT _cluster/settings with one seed <server name>:1 and proxy = the load balancer at that port: for remote clusters above 6.7 and below 7.6."},
	{Expression: "the local cluster adds {string} in sniff mode with the seed on port {int}", Handler: (*Scenario).addsWithSeed,
		Doc: "PUT _cluster/settings with one seed, the load balancer at that port."},
}

func (s *Scenario) addsInProxyMode(ctx context.Context, alias string, port int) error {
	return s.add(ctx, alias, func() map[string]any {
		return map[string]any{"mode": "proxy", "proxy_address": s.remote.Balancer.Address(port), "server_name": s.remote.ServerName}
	})
}

func (s *Scenario) addsWithoutServerName(ctx context.Context, alias string, port int) error {
	return s.add(ctx, alias, func() map[string]any {
		return map[string]any{"mode": "proxy", "proxy_address": s.remote.Balancer.Address(port)}
	})
}

func (s *Scenario) addsWithServerName(ctx context.Context, alias string, port int, name string) error {
	return s.add(ctx, alias, func() map[string]any {
		return map[string]any{"mode": "proxy", "proxy_address": s.remote.Balancer.Address(port), "server_name": name}
	})
}

func (s *Scenario) addsAt(ctx context.Context, alias, address string) error {
	return s.add(ctx, alias, func() map[string]any { return map[string]any{"mode": "proxy", "proxy_address": address} })
}

var addressOf = regexp.MustCompile(`<address:(\d+)>`)

func (s *Scenario) sets(ctx context.Context, alias string, table gherkin.Table) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	values := map[string]any{}
	for _, row := range table {
		if len(row) != 2 {
			return fmt.Errorf("the table wants two columns, name and value, and has %d", len(row))
		}
		text := addressOf.ReplaceAllStringFunc(row[1], func(found string) string {
			port, err := strconv.Atoi(addressOf.FindStringSubmatch(found)[1])
			if err != nil {
				return found
			}
			return s.remote.Balancer.Address(port)
		})
		text, err := s.withIPv6(text)
		if err != nil {
			return err
		}
		if text, err = s.resolve(ctx, text); err != nil {
			return err
		}
		text = strings.ReplaceAll(text, "<server name>", s.remote.ServerName)
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			return fmt.Errorf("read the value of %s: %w", row[0], err)
		}
		values[row[0]] = value
	}
	return s.add(ctx, alias, func() map[string]any { return values })
}

func (s *Scenario) puts(ctx context.Context, body string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	res, err := s.local.API().Do(ctx, http.MethodPut, "/_cluster/settings", body)
	if err != nil {
		return fmt.Errorf("put the settings: %w", err)
	}
	if res.Status == http.StatusOK {
		s.dirty = true // whatever it was is not undone
	}
	s.request = res
	return nil
}

func (s *Scenario) removes(ctx context.Context, name string) error {
	alias := s.alias(name)
	if err := s.local.API().RemoveRemote(ctx, alias); err != nil {
		return fmt.Errorf("remove remote cluster %q: %w", alias, err)
	}
	s.mark(fmt.Sprintf("the local cluster has removed %q", name))
	return nil
}

func (s *Scenario) notThere(ctx context.Context, name string) error {
	alias := s.alias(name)
	return waitFor(ctx, alias+" is not there", s.env.Timeouts.Connect, func(ctx context.Context) error {
		info, err := s.info(ctx, alias)
		if err != nil {
			return err
		}
		if info != nil {
			return &verdict.Mismatch{What: "_remote/info", Wanted: alias + " absent", Got: text(info)}
		}
		return nil
	})
}

func (s *Scenario) addsInSniffMode(ctx context.Context, alias string, port int) error {
	return s.add(ctx, alias, func() map[string]any {
		return map[string]any{"seeds": []string{s.remote.ServerName + ":1"}, "proxy": s.remote.Balancer.Address(port)}
	})
}

func (s *Scenario) addsWithSeed(ctx context.Context, alias string, port int) error {
	return s.add(ctx, alias, func() map[string]any {
		return map[string]any{"seeds": []string{s.remote.Balancer.Address(port)}}
	})
}

// add puts the settings of a remote cluster. Its answer is kept and not judged: a settings update that is accepted
// proves nothing, and one that is refused may be what the scenario is about.
func (s *Scenario) add(ctx context.Context, name string, settings func() map[string]any) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if s.local == nil || s.remote == nil {
		return errors.New("apply an Elasticsearch to both sides first")
	}
	alias := s.alias(name)
	values := settings()
	if _, known := s.remotes[alias]; !known {
		s.later("remove remote cluster "+alias, func(ctx context.Context) error { return s.local.API().RemoveRemote(ctx, alias) })
		s.remotes[alias] = map[string]any{}
	}
	res, err := s.local.API().PutRemote(ctx, alias, values)
	if err != nil {
		return fmt.Errorf("add remote cluster %q: %w", alias, err)
	}
	maps.Copy(s.remotes[alias], values)
	s.request, s.latest = res, name
	s.mark(fmt.Sprintf("the local cluster has added %q", name))
	return nil
}

// accepted is an error unless the last settings update was.
func (s *Scenario) accepted() error {
	if s.request.Status != 200 {
		return fmt.Errorf("PUT _cluster/settings answered %d: %s", s.request.Status, s.request.Body)
	}
	return nil
}

// port is where alias was pointed: like Elasticsearch, it takes what follows the last colon. 0 is an address without one.
func (s *Scenario) port(alias string) int {
	for _, name := range []string{"proxy_address", "proxy", "seeds"} {
		address, _, _ := strings.Cut(strings.Join(texts(s.remotes[alias][name]), " "), " ") // the first seed
		if port, err := strconv.Atoi(address[strings.LastIndexByte(address, ':')+1:]); err == nil {
			return port
		}
	}
	return 0
}

package steps

import (
	"context"
	"fmt"
	"maps"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

var remoteSteps = []gherkin.Definition{
	{Expression: "the local cluster adds {string} in proxy mode on port {int}", Handler: (*Scenario).addsInProxyMode,
		Doc: "PUT _cluster/settings with mode proxy, proxy_address = the load balancer at that port, and the remote cluster's server_name."},
	{Expression: "the local cluster adds {string} in proxy mode on port {int} without a server name", Handler: (*Scenario).addsWithoutServerName,
		Doc: "The same without server_name."},
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
	return nil
}

// accepted is an error unless the last settings update was.
func (s *Scenario) accepted() error {
	if s.request.Status != 200 {
		return fmt.Errorf("PUT _cluster/settings answered %d: %s", s.request.Status, s.request.Body)
	}
	return nil
}

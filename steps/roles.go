package steps

import (
	"context"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

var roleSteps = []gherkin.Definition{
	{Expression: "a local user who may search {string} on {string}", Handler: (*Scenario).localUser,
		Doc: "A role with remote indices privileges for index and alias on the local cluster, and a user with that role, who does the searches from here on."},
	{Expression: "a local user without remote indices privileges", Handler: (*Scenario).plainUser,
		Doc: "A user whose role grants nothing on remote clusters, and who does the searches from here on."},
	{Expression: "a role of the same name grants read access to {string} on the remote cluster", Handler: (*Scenario).remoteRole,
		Doc: "The certificate model passes role names on: the remote cluster looks the role up by its name."},
}

func (s *Scenario) localUser(ctx context.Context, index, alias string) error {
	role := map[string]any{}
	if s.env.serverExists(s.pair.Local) { // remote_indices came with the API key model
		role["remote_indices"] = []any{map[string]any{
			"clusters": []string{s.alias(alias)}, "names": []string{s.unique(index)}, "privileges": []string{"read", "read_cross_cluster"},
		}}
	}
	return s.searchAs(ctx, role)
}

func (s *Scenario) plainUser(ctx context.Context) error { return s.searchAs(ctx, map[string]any{}) }

func (s *Scenario) searchAs(ctx context.Context, role map[string]any) error {
	api, err := s.user(ctx, role)
	s.searcher = api
	return err
}

// user makes a local user with one role of the given definition.
func (s *Scenario) user(ctx context.Context, definition map[string]any) (*elastic.Client, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	user, role, password := s.unique("searcher"), s.unique("searchers"), lab.NewPassword()
	s.env.Secrets.Add(password)
	api := s.local.API()
	s.later("delete user "+user, func(ctx context.Context) error { return s.local.API().DeleteUser(ctx, user) })
	s.later("delete role "+role, func(ctx context.Context) error { return s.local.API().DeleteRole(ctx, role) })
	if err := api.PutRole(ctx, role, definition); err != nil {
		return nil, fmt.Errorf("create role %s: %w", role, err)
	}
	if err := api.PutUser(ctx, user, password, role); err != nil {
		return nil, fmt.Errorf("create user %s: %w", user, err)
	}
	return api.As(user, password), nil
}

func (s *Scenario) remoteRole(ctx context.Context, index string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	role := s.unique("searchers")
	s.later("delete role "+role+" on the remote cluster", func(ctx context.Context) error { return s.remote.API().DeleteRole(ctx, role) })
	err := s.remote.API().PutRole(ctx, role, map[string]any{
		"indices": []any{map[string]any{"names": []string{s.unique(index)}, "privileges": []string{"read", "read_cross_cluster"}}},
	})
	if err != nil {
		return fmt.Errorf("create role %s on the remote cluster: %w", role, err)
	}
	return nil
}

package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

var credentialSteps = []gherkin.Definition{
	{Expression: "a cross-cluster API key with search access to {string}", Handler: (*Scenario).searchKey,
		Doc: "Created on the remote cluster with POST _security/cross_cluster/api_key."},
	{Expression: "the local keystore holds the key for the alias {string}", Handler: (*Scenario).storeKey,
		Doc: "elasticsearch-keystore add cluster.remote.<alias>.credentials, then POST _nodes/reload_secure_settings."},
	{Expression: "a local user who may search {string} on {string}", Handler: (*Scenario).localUser,
		Doc: "A role with remote indices privileges for index and alias on the local cluster, and a user with that role, who does the searches from here on."},
	{Expression: "a role of the same name grants read access to {string} on the remote cluster", Handler: (*Scenario).remoteRole,
		Doc: "The certificate model passes role names on: the remote cluster looks the role up by its name."},
}

func (s *Scenario) searchKey(ctx context.Context, index string) error {
	return s.createKey(ctx, map[string]any{
		"access": map[string]any{"search": []any{map[string]any{"names": []string{s.unique(index)}}}},
	})
}

func (s *Scenario) createKey(ctx context.Context, request map[string]any) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	request["name"] = s.unique("crosscheck")
	key, err := s.remote.API().CreateCrossClusterKey(ctx, request)
	if err != nil {
		return fmt.Errorf("create a cross-cluster API key: %w", err)
	}
	s.keepKey(key)
	return nil
}

// keepKey makes key the scenario's current one, hides its secrets and sees to its end.
func (s *Scenario) keepKey(key elastic.Key) {
	s.env.Secrets.Add(key.Secret)
	s.env.Secrets.Add(key.Encoded)
	s.key = key
	s.later("invalidate API key "+key.Name, func(ctx context.Context) error { return s.remote.API().InvalidateKey(ctx, key.ID) })
}

func (s *Scenario) storeKey(ctx context.Context, alias string) error {
	if s.key.Encoded == "" {
		return errors.New("there is no API key yet: create one first")
	}
	return s.store(ctx, alias, s.key.Encoded)
}

// store puts value into the local keystore as the credentials of alias and reloads the secure settings.
func (s *Scenario) store(ctx context.Context, alias, value string) error {
	if !s.keystoreSaved {
		before, err := s.local.SaveKeystore(ctx)
		if err != nil {
			return err
		}
		s.keystoreSaved = true
		s.later("restore the local keystore", func(ctx context.Context) error {
			if err := s.local.RestoreKeystore(ctx, before); err != nil {
				return err
			}
			return s.local.API().ReloadSecureSettings(ctx)
		})
	}
	if err := s.local.AddSecureSetting(ctx, "cluster.remote."+s.alias(alias)+".credentials", value); err != nil {
		return fmt.Errorf("store the key of %q: %w", alias, err)
	}
	if err := s.local.API().ReloadSecureSettings(ctx); err != nil {
		return fmt.Errorf("reload the secure settings: %w", err)
	}
	return nil
}

func (s *Scenario) localUser(ctx context.Context, index, alias string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	user, role, password := s.unique("searcher"), s.unique("searchers"), topology.NewPassword()
	s.env.Secrets.Add(password)
	api := s.local.API()
	s.later("delete user "+user, func(ctx context.Context) error { return s.local.API().DeleteUser(ctx, user) })
	s.later("delete role "+role, func(ctx context.Context) error { return s.local.API().DeleteRole(ctx, role) })
	definition := map[string]any{}
	if s.env.serverExists(s.pair.Local) { // remote_indices came with the API key model
		definition["remote_indices"] = []any{map[string]any{
			"clusters": []string{s.alias(alias)}, "names": []string{s.unique(index)}, "privileges": []string{"read", "read_cross_cluster"},
		}}
	}
	if err := api.PutRole(ctx, role, definition); err != nil {
		return fmt.Errorf("create role %s: %w", role, err)
	}
	if err := api.PutUser(ctx, user, password, role); err != nil {
		return fmt.Errorf("create user %s: %w", user, err)
	}
	s.searcher = api.As(user, password)
	return nil
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

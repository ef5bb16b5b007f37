package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Users are the users and roles of one scenario.
type Users struct{ world *world.World }

// NewUsers are the users of a scenario that has made none.
func NewUsers(w *world.World) *Users { return &Users{w} }

// Steps are the steps about users and roles.
func (u *Users) Steps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "a local user who may search {string} on {string}", Handler: u.SearchAsLocalUser,
			Doc: "A role with remote indices privileges for index and alias on the local cluster, and a user with that role, " +
				"who does the searches from here on."},
		{Expression: "a local user without remote indices privileges", Handler: u.searchWithoutPrivileges,
			Doc: "A user whose role grants nothing on remote clusters, and who does the searches from here on."},
		{Expression: "a role of the same name grants read access to {string} on the remote cluster",
			Handler: u.GrantRemoteRole,
			Doc:     "The certificate model passes role names on: the remote cluster looks the role up by its name."},
		{Expression: "the local user asks for the remote info", Handler: u.askRemoteInfo,
			Doc: "GET _remote/info, by the user whom an earlier step made; its answer is kept."},
		{Expression: "a role of the same name grants only the privilege {word} on {string} on the remote cluster",
			Handler: u.grantRemotePrivilege,
			Doc:     "The same with that privilege alone; otherwise the role has read and read_cross_cluster."},
	}
}

// SearchAsLocalUser makes a user whose role may search an index of a remote cluster, and who searches from here on.
func (u *Users) SearchAsLocalUser(ctx context.Context, index, name string) error {
	role := map[string]any{}
	if u.world.Knows("remote-indices-privileges") {
		role["remote_indices"] = []any{map[string]any{
			"clusters": []string{u.world.Names.Alias(name)}, "names": []string{u.world.Names.Unique(index)},
			"privileges": []string{"read", "read_cross_cluster"},
		}}
	}
	return u.searchAs(ctx, role)
}

func (u *Users) searchWithoutPrivileges(ctx context.Context) error {
	return u.searchAs(ctx, map[string]any{})
}

func (u *Users) askRemoteInfo(ctx context.Context) error {
	if u.world.Searcher == nil {
		return errors.New("make a local user before this step: so far the superuser does everything")
	}
	res, err := u.world.Searcher.Do(ctx, http.MethodGet, "/_remote/info", nil)
	if err != nil {
		return fmt.Errorf("read _remote/info as the local user: %w", err)
	}
	u.world.Answer = res
	return nil
}

func (u *Users) searchAs(ctx context.Context, role map[string]any) error {
	api, err := u.create(ctx, role)
	u.world.Searcher = api
	return err
}

// create makes a local user with one role of the given definition.
func (u *Users) create(ctx context.Context, definition map[string]any) (*elastic.Client, error) {
	if err := u.world.Ready(ctx); err != nil {
		return nil, err
	}
	user, role := u.world.Names.Unique("searcher"), u.world.Names.Unique("searchers")
	password := lab.NewPassword()
	u.world.Env.Secrets.Add(password)
	api := u.world.Local().API()
	u.world.Undo.Later("delete user "+user, func(ctx context.Context) error {
		return u.world.Local().API().DeleteUser(ctx, user)
	})
	u.world.Undo.Later("delete role "+role, func(ctx context.Context) error {
		return u.world.Local().API().DeleteRole(ctx, role)
	})
	if err := api.PutRole(ctx, role, definition); err != nil {
		return nil, fmt.Errorf("create role %s: %w", role, err)
	}
	if err := api.PutUser(ctx, user, password, role); err != nil {
		return nil, fmt.Errorf("create user %s: %w", user, err)
	}
	return api.As(user, password), nil
}

// GrantRemoteRole makes a role on the remote cluster, of the name that the local user's role has, that may read an
// index.
func (u *Users) GrantRemoteRole(ctx context.Context, index string) error {
	return u.grantRemote(ctx, index, "read", "read_cross_cluster")
}

func (u *Users) grantRemotePrivilege(ctx context.Context, privilege, index string) error {
	return u.grantRemote(ctx, index, privilege)
}

func (u *Users) grantRemote(ctx context.Context, index string, privileges ...string) error {
	if err := u.world.Ready(ctx); err != nil {
		return err
	}
	role := u.world.Names.Unique("searchers")
	u.world.Undo.Later("delete role "+role+" on the remote cluster", func(ctx context.Context) error {
		return u.world.Remote().API().DeleteRole(ctx, role)
	})
	err := u.world.Remote().API().PutRole(ctx, role, map[string]any{
		"indices": []any{map[string]any{"names": []string{u.world.Names.Unique(index)}, "privileges": privileges}},
	})
	if err != nil {
		return fmt.Errorf("create role %s on the remote cluster: %w", role, err)
	}
	return nil
}

package remotes

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func (r *Remotes) existingSteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "the local cluster has connected to the remote one as {string}", Handler: r.takeExisting,
			Doc: "On clusters of the user's: the alias of --alias stands for it from here on, and is only read."},
		{Expression: "the credentials of {string} give access to {string}", Handler: r.expectAccess,
			Doc: "The scenario is unsupported where a search is answered 403: what the stored key gives access to is the " +
				"user's to say."},
	}
}

// takeExisting has name stand for the remote cluster that the user named.
func (r *Remotes) takeExisting(ctx context.Context, name string) error {
	pair := r.world.Env.Existing
	if pair == nil || pair.Alias == "" {
		return &verdict.UnsupportedError{Fact: "alias",
			Reason: "no connection that exists was named (--alias NAME, on clusters of yours)"}
	}
	if err := r.world.Ready(ctx); err != nil {
		return err
	}
	r.world.Names.Call(name, pair.Alias)
	remote := r.AddForeign(name)
	settings, err := r.world.Local().API().PersistentSettings(ctx)
	if err != nil {
		return fmt.Errorf("read what was set of %s: %w", pair.Alias, err)
	}
	for setting, value := range settings {
		if own, ok := strings.CutPrefix(setting, "cluster.remote."+pair.Alias+"."); ok {
			remote.Settings[own] = value
		}
	}
	res, err := r.world.Local().API().Do(ctx, http.MethodGet, "/_remote/info", nil)
	if err != nil {
		return fmt.Errorf("read _remote/info: %w", err)
	}
	r.world.Answer = res
	return nil
}

// expectAccess finds out whether the credentials of a remote cluster give access to an index.
func (r *Remotes) expectAccess(ctx context.Context, name, index string) error {
	alias := r.world.Names.Alias(name)
	res, err := r.world.Searching().Search(ctx, alias+":"+r.world.Names.Unique(index))
	if err != nil {
		return fmt.Errorf("search %s: %w", alias, err)
	}
	if res.Status == http.StatusForbidden {
		return &lab.UncontrolledError{Fact: "alias",
			Reason: fmt.Sprintf("the credentials of %s give no access to indices of the run, such as %s", alias,
				r.world.Names.Unique(index))}
	}
	return nil
}

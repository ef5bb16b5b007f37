package remotes

import (
	"context"
	"fmt"
	"maps"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

func (r *Remotes) fileSteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "the local cluster restarts with {string} in elasticsearch.yml", Handler: r.restartWith,
			NeedsOf: ofSettings,
			Doc: "The names and values below go into elasticsearch.yml, as those of a settings update would, and the node " +
				"stops and starts. That it ends while it starts is for a later step to judge."},
		{Expression: "the local cluster has started", Handler: r.expectStarted,
			Doc: "The node did not end while it started."},
	}
}

// restartWith has the local cluster start with a remote cluster in elasticsearch.yml. Its settings go with the cluster,
// which no other scenario gets.
func (r *Remotes) restartWith(ctx context.Context, name string, table gherkin.Table) error {
	if err := r.world.Ready(ctx); err != nil {
		return err
	}
	values, err := r.values(ctx, table)
	if err != nil {
		return err
	}
	remote := r.AddForeign(name)
	maps.Copy(remote.Settings, values)
	settings := map[string]any{}
	for setting, value := range values {
		settings["cluster.remote."+remote.Alias+"."+setting] = value
	}
	r.world.Undo.Spoil()
	if err := r.world.Local().RestartWith(ctx, settings); err != nil {
		return fmt.Errorf("restart the local cluster with %s in elasticsearch.yml: %w", remote.Alias, err)
	}
	return nil
}

func (r *Remotes) expectStarted(ctx context.Context) error {
	if err := r.world.Ready(ctx); err != nil {
		return err
	}
	state, ended, err := r.world.Local().Ended(ctx)
	if err != nil {
		return err
	}
	if ended {
		return &verdict.Mismatch{What: "the local node", Wanted: "runs", Got: state.Text}
	}
	return nil
}

package clusters

import (
	"context"
	"fmt"
	"net/http"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

func (d *Description) documentSteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "{string} on the remote cluster holds {int} document(s)", Handler: d.AddDocuments,
			Doc: "Creates an index with that many documents on the remote cluster."},
		{Expression: "{string} on the remote cluster is closed", Handler: d.closeIndex,
			Doc: "POST <index>/_close on the remote cluster."},
	}
}

// AddDocuments puts n documents into a new index on the remote cluster, which is deleted at the end.
func (d *Description) AddDocuments(ctx context.Context, index string, n int) error {
	if err := d.world.Ready(ctx); err != nil {
		return err
	}
	name := d.world.Names.Unique(index)
	remote := d.world.Remote() // a later manifest may put another one in its place
	d.world.Undo.Later("delete index "+name, func(ctx context.Context) error {
		return remote.API().DeleteIndex(ctx, name)
	})
	replicas := 0
	if d.world.Clusters.RemoteSpec.Nodes > 1 {
		replicas = 1
	}
	if err := remote.API().AddDocuments(ctx, name, n, replicas); err != nil {
		return fmt.Errorf("add documents to %s: %w", name, err)
	}
	documents := d.world.Documents
	documents.Indices, documents.Count = append(documents.Indices, name), n
	return nil
}

func (d *Description) closeIndex(ctx context.Context, index string) error {
	name := d.world.Names.Unique(index)
	res, err := d.world.Remote().API().Do(ctx, http.MethodPost, "/"+name+"/_close", nil)
	if err != nil {
		return fmt.Errorf("close %s: %w", name, err)
	}
	if res.Status != http.StatusOK {
		return fmt.Errorf("close %s: %d %s", name, res.Status, res.Body)
	}
	return nil
}

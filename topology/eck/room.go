package eck

import (
	"context"
	"slices"
)

// resource is an Elasticsearch of a side.
type resource struct {
	side *Side
	name string
}

// makeRoom notes that an Elasticsearch is used, and removes the ones whose use is longest ago where there are more than the
// machine has memory for. Clusters stay for the scenarios after the one that they were made for.
func (e *Environment) makeRoom(ctx context.Context, used resource) error {
	e.resources = append(slices.DeleteFunc(e.resources, func(r resource) bool { return r == used }), used)
	for e.options.MaxNodes > 0 && len(e.resources) > e.options.MaxNodes {
		old := e.resources[0]
		e.options.Log.Debug("eck", "removed", old.name, "namespace", old.side.Namespace, "for", used.name)
		if err := e.kube.remove(ctx, elasticsearch, old.side.Namespace, old.name); err != nil {
			return err
		}
		e.resources = e.resources[1:]
	}
	return nil
}

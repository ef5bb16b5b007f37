package eck

import (
	"context"
	"slices"

	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

// resource is an Elasticsearch of a side.
type resource struct {
	side *Side
	name string
}

// makeRoom notes that an Elasticsearch is used. Where there are more than the machine has memory for, it removes those
// that were not used for longest. The others stay for later scenarios.
func (e *Environment) makeRoom(ctx context.Context, used resource) error {
	e.resources = append(slices.DeleteFunc(e.resources, func(r resource) bool { return r == used }), used)
	for e.options.MaxNodes > 0 && len(e.resources) > e.options.MaxNodes {
		old := e.resources[0]
		e.options.Log.Debug("eck", "removed", old.name, "namespace", old.side.Namespace, "for", used.name)
		if err := e.kube.Remove(ctx, kube.Elasticsearches, old.side.Namespace, old.name); err != nil {
			return err
		}
		e.resources = e.resources[1:]
	}
	return nil
}

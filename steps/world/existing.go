package world

import (
	"context"
)

// existingPair has the clusters of a scenario be the pair of the user's. It implements Source.
type existingPair struct{ world *World }

// Ready implements Source. Clusters that the pair would have to be made to are an UnsupportedError.
func (e existingPair) Ready(ctx context.Context) error {
	c, pair := e.world.Clusters, e.world.Env.Existing
	if c.lease != nil {
		return nil
	}
	if err := pair.Fits(c.LocalSpec, c.RemoteSpec, c.Another != nil); err != nil {
		return UnsupportedIfMissing(err)
	}
	searcher, err := pair.Searcher()
	if err != nil {
		return err
	}
	e.world.Searcher = searcher
	c.Local, c.Remote = pair.Clusters()
	c.Lend(func(context.Context, bool) error { return nil }, c.Remote, c.Local)
	return nil
}

// prefix of the names of things on clusters that others use, too; empty on crosscheck's own.
func (e *Env) prefix() string {
	if e.Existing == nil {
		return ""
	}
	return e.Existing.Prefix
}

package remotes

import (
	"context"
	"fmt"
	"net/http"
)

// searchInRoundTrips searches, as whoever searches, without minimized round trips.
func (r *Remotes) searchInRoundTrips(ctx context.Context, target string) error {
	if err := r.world.Ready(ctx); err != nil {
		return err
	}
	path := "/" + r.world.Names.Target(target) + "/_search?ccs_minimize_roundtrips=false"
	res, err := r.world.Searching().Do(ctx, http.MethodPost, path, nil)
	if err != nil {
		return fmt.Errorf("search %s: %w", target, err)
	}
	r.world.Answer = res
	return nil
}

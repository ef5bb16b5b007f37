package world

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/await"
)

func TestAwaitTurnsALateMismatchIntoAFailure(t *testing.T) {
	mismatch := &verdict.Mismatch{What: "x", Wanted: "1", Got: "2"}
	broken := errors.New("no answer")
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx context.Context
		try func(context.Context) error
		as  func(*testing.T, error)
	}{
		"in time": {t.Context(), func(context.Context) error { return nil },
			func(t *testing.T, err error) { require.NoError(t, err) }},
		"never as wanted": {t.Context(), func(context.Context) error { return mismatch }, func(t *testing.T, err error) {
			var got *verdict.Mismatch
			require.ErrorAs(t, err, &got)
			require.Positive(t, got.Reads)
			require.Positive(t, got.Waited)
			require.Zero(t, mismatch.Reads, "the step's own mismatch is left alone")
		}},
		"never answered": {t.Context(), func(context.Context) error { return broken }, func(t *testing.T, err error) {
			var late *await.TimeoutError
			require.ErrorAs(t, err, &late, "what breaks is no failure of the product")
			require.ErrorIs(t, err, broken)
		}},
		"interrupted": {ended, func(context.Context) error { return mismatch }, func(t *testing.T, err error) {
			require.ErrorIs(t, err, context.Canceled)
			given := verdict.Of(err).Scenario
			require.Equal(t, verdict.Skipped, given)
		}},
	} {
		t.Run(name, func(t *testing.T) { c.as(t, Await(c.ctx, "x", 20*time.Millisecond, c.try)) })
	}
}

package world

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// bare is a world without facts and clusters.
func bare() *World {
	version := semver.MustParse("9.2.0")
	env := &Env{Facts: &facts.Facts{}, Timeouts: topology.DefaultTimeouts()}
	return New(env, Pair{Local: version, Remote: version})
}

func TestNamesBelongToOneScenario(t *testing.T) {
	s, other := newNames("", ""), newNames("", "")
	s.suffix, other.suffix = "abc123", "xyz789"
	for text, want := range map[string]string{
		"partner:logs":   "partner-abc123:logs-abc123",
		"partner:*":      "partner-abc123:*",
		"partner:logs-*": "partner-abc123:logs-*",
		"logs":           "logs-abc123",
		"*":              "*",
	} {
		require.Equal(t, want, s.Target(text), "the target of %q", text)
	}
	require.Equal(t, "partner-abc123", s.Alias("partner"))
	require.Equal(t, s.Alias("partner"), s.Alias("partner"), "an alias keeps its name")
	require.NotEqual(t, s.Alias("partner"), other.Alias("partner"), "scenarios share no names")
	require.NotEqual(t, newNames("", "").suffix, newNames("", "").suffix)
	require.Regexp(t, `^[a-z0-9]{6}$`, newNames("", "").suffix, "index names are lower case")
}

func TestIndexIsTheLastOne(t *testing.T) {
	w := bare()
	require.Equal(t, w.Names.Unique("logs"), w.Index(), "without documents: one that does not exist")
	w.Documents.Indices = []string{"a-1", "b-1"}
	require.Equal(t, "b-1", w.Index())
}

func TestCloseUndoesInReverseAndGoesOnAfterAnError(t *testing.T) {
	for name, c := range map[string]struct {
		interrupted bool
		want        []string
	}{
		"at its end":            {false, []string{"key", "index"}},
		"after an interruption": {true, nil}, // the clusters are stopped instead
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w := bare()
			var did []string
			w.Undo.Later("delete the index", func(ctx context.Context) error {
				did = append(did, "index")
				_, bounded := ctx.Deadline()
				require.True(t, bounded, "cleaning up ends at some time")
				return nil
			})
			w.Undo.Later("invalidate the key", func(context.Context) error {
				did = append(did, "key")
				return errors.New("no answer")
			})
			if c.interrupted {
				cancel()
			}
			err := w.Close(ctx)
			require.Equal(t, c.want, did)
			if !c.interrupted {
				require.EqualError(t, err, "invalidate the key: no answer")
			}
			require.NoError(t, w.Close(t.Context()), "there is nothing left to undo")
		})
	}
}

func TestWhatIsMissingHereIsNobodysFailure(t *testing.T) {
	broken := errors.New("the Engine is gone")
	for fact, err := range map[string]error{
		"eck-service-override": &eck.LacksError{Fact: "eck-service-override", Reason: "too old"},
		"file-limit":           fmt.Errorf("start: %w", &lab.FileLimitError{Err: broken}),
		"ipv6":                 fmt.Errorf("start: %w", &lab.NoIPv6Error{Err: broken}),
	} {
		var unsupported *verdict.UnsupportedError
		require.ErrorAs(t, UnsupportedIfMissing(err), &unsupported)
		require.Equal(t, fact, unsupported.Fact)
	}
	require.Equal(t, broken, UnsupportedIfMissing(broken))
	require.NoError(t, UnsupportedIfMissing(nil))
}

package access

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

func TestAKeyIsHidden(t *testing.T) {
	w := worldtest.New(t, "9.2.0", "9.2.0")
	k := NewKeys(w, NewUsers(w))
	require.ErrorContains(t, k.store(t.Context(), "partner"), "create one first")
	k.Keep(elastic.Key{ID: "id", Name: "k", Secret: "s3cret", Encoded: "aWQ6czNjcmV0"})
	require.Equal(t, &worldtest.Secrets{"s3cret", "aWQ6czNjcmV0"}, w.Env.Secrets)
}

package access

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

func TestTheLocalUserAsksForTheRemoteInfo(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		require.Equal(t, "searcher GET /_remote/info", user+" "+r.Method+" "+r.URL.Path)
		w.WriteHeader(http.StatusForbidden)
	}))
	defer server.Close()
	w := worldtest.New(t, "9.3.2", "9.3.2")
	u := NewUsers(w)
	require.ErrorContains(t, u.askRemoteInfo(t.Context()), "make a local user before this step")
	api, err := elastic.New(server.Listener.Addr().String())
	require.NoError(t, err)
	w.Searcher = api.As("searcher", "a password")
	require.NoError(t, u.askRemoteInfo(t.Context()))
	require.Equal(t, http.StatusForbidden, w.Answer.Status)
}

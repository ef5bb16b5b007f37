package judge

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

func TestASearchThatHangsIsAnAnswerWhereOneIsExpected(t *testing.T) {
	w := worldtest.New(t, "9.3.2", "9.3.2")
	r := remotes.New(w)
	var err error
	w.Env.Catalogue, err = catalogue.Default()
	require.NoError(t, err)
	signature, err := New(w, r).signature("connection-lost-silently", "partner", "logs")
	require.NoError(t, err)
	hangs := signature.SkipUnavailableFalse
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  int
	}{
		"it hangs":   {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, catalogue.NoAnswer},
		"it answers": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) }, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.serve)
			defer server.Close()
			w.Searcher, err = elastic.New(server.Listener.Addr().String())
			require.NoError(t, err)
			w.Env.Timeouts.Silence = map[bool]time.Duration{true: 20 * time.Millisecond,
				false: time.Minute}[c.want == catalogue.NoAnswer]
			asked := comparison{world: w, remotes: r, remote: &remotes.Remote{Alias: "partner"}, index: "logs"}
			found, err := asked.ask(t.Context(), hangs)
			require.NoError(t, err)
			require.Equal(t, c.want, found.Status)
			require.Equal(t, c.want != catalogue.NoAnswer, len(hangs.Check(found.Status, found.Body)) > 0)
		})
	}
}

func TestOnlyWhatElasticsearchSaysIsARefusal(t *testing.T) {
	for name, c := range map[string]struct {
		res     elastic.Response
		refused bool
	}{
		"a role is missing": {elastic.Response{Status: 400, Body: []byte(`{"error":{"reason":"node [n] ..."},"status":400}`)},
			true},
		"a privilege is missing":    {elastic.Response{Status: 403, Body: []byte(`{"error":{}}`)}, true},
		"it answers":                {elastic.Response{Status: 200, Body: []byte(`{"error":{"connected":true}}`)}, false},
		"something is in front":     {elastic.Response{Status: 404, Body: []byte(`<html>`)}, false},
		"it says nothing":           {elastic.Response{Status: 400, Body: []byte(`{}`)}, false},
		"it is broken, not refused": {elastic.Response{Status: 503, Body: []byte(`{"error":{}}`)}, false},
	} {
		require.Equal(t, c.refused, refusal(c.res) != nil, name)
	}
}

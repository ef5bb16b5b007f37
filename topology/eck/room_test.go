package eck

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"

	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

// TestRoomIsMadeByTheLongestUnused removes no Elasticsearch that was applied again since.
func TestRoomIsMadeByTheLongestUnused(t *testing.T) {
	var removed []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		removed = append(removed, r.Method+" "+r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Success"})
	}))
	defer server.Close()
	client, err := kube.New(&rest.Config{Host: server.URL}, 0)
	require.NoError(t, err)
	e := &Environment{kube: client, options: Options{MaxNodes: 2, Log: slog.New(slog.DiscardHandler)}}
	local, remote := &Side{Namespace: "local-1", env: e}, &Side{Namespace: "remote-1", env: e}
	for _, r := range []resource{{remote, "a"}, {local, "a"}, {remote, "a"}, {local, "b"}} {
		require.NoError(t, e.makeRoom(t.Context(), r))
	}
	const unused = "/apis/elasticsearch.k8s.elastic.co/v1/namespaces/local-1/elasticsearches/a"
	require.Equal(t, []string{"DELETE " + unused}, removed)
	require.Equal(t, []resource{{remote, "a"}, {local, "b"}}, e.resources)
	e.options.MaxNodes = 0
	require.NoError(t, e.makeRoom(t.Context(), resource{local, "c"}))
	require.Len(t, removed, 1, "no limit")
}

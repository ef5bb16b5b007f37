package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"

	"github.com/crosscheck-dev/crosscheck/topology/await"
)

// apiServer knows Secrets, of which one named "old" exists. It answers writes with the answers given, the last one
// again and again.
type apiServer struct {
	answers []func(http.ResponseWriter)
	broken  bool // one of its groups does not answer
	wrote   []string
	sent    map[string]any // with the last write
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	if r.Method != http.MethodGet {
		s.wrote = append(s.wrote, r.Method)
		s.sent = nil
		_ = json.NewDecoder(r.Body).Decode(&s.sent)
		now := s.answers[0]
		s.answers = s.answers[min(1, len(s.answers)-1):]
		now(w)
		return
	}
	switch r.URL.Path {
	case "/api":
		answer(map[string]any{"kind": "APIVersions", "versions": []string{"v1"}})
	case "/apis":
		groups := []any{}
		if s.broken {
			version := map[string]any{"groupVersion": "broken.test/v1", "version": "v1"}
			groups = append(groups, map[string]any{
				"name": "broken.test", "versions": []any{version}, "preferredVersion": version})
		}
		answer(map[string]any{"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
	case "/api/v1":
		answer(map[string]any{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1", "resources": []any{
			map[string]any{"name": "secrets", "kind": "Secret", "namespaced": true, "verbs": []string{"get"}}}})
	case "/api/v1/namespaces/ns/secrets/old":
		answer(map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{
			"name": "old", "namespace": "ns", "resourceVersion": "7", "labels": map[string]any{"by": "others"}}})
	case "/apis/broken.test/v1":
		status(503, "ServiceUnavailable", "the group is not available")(w)
	default:
		status(404, "NotFound", "not found")(w)
	}
}

func status(code int, reason, message string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
	}
}

func accepted(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "old", "namespace": "ns"}}`)
}

func plain(code int, text string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { http.Error(w, text, code) }
}

func object(apiVersion, kind, name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind,
		"metadata": map[string]any{"name": name, "namespace": "ns", "labels": map[string]any{"by-the": "manifest"}}}}
}

// TestWhatIsARefusal: only what the API server says of the object is one. Whatever else goes wrong says nothing of it.
func TestWhatIsARefusal(t *testing.T) {
	type answers = []func(http.ResponseWriter)
	secret, created := object("v1", "Secret", "old"), object("v1", "Secret", "new")
	conflict, exists := status(409, "Conflict", "the object has been modified"), status(409, "AlreadyExists", "it exists")
	gone := status(404, "NotFound", "it is gone")
	answer := func(code int, reason, message string) answers { return answers{status(code, reason, message)} }
	const denied = `admission webhook "w" denied the request: no`
	const mayNot = `secrets "old" is forbidden: User "me" cannot update resource "secrets"`
	for name, c := range map[string]struct {
		object  *unstructured.Unstructured
		answers answers
		refused bool
		err     string // empty: it is applied
		writes  int    // how often at least
	}{
		"accepted":                   {secret, answers{accepted}, false, "", 1},
		"changed by others once":     {secret, answers{conflict, accepted}, false, "", 2},
		"changed by others for ever": {secret, answers{conflict}, false, "the object has been modified", 2},
		"made by others just now":    {created, answers{exists, accepted}, false, "", 2},
		"deleted by others just now": {secret, answers{gone, accepted}, false, "", 2},

		"a value is wrong":       {secret, answer(422, "Invalid", "spec.a: Invalid value"), true, "spec.a: ", 1},
		"a field is unknown":     {created, answer(400, "BadRequest", `unknown field "a"`), true, "unknown", 1},
		"admission denies it":    {secret, answer(403, "Forbidden", denied), true, "denied the request", 1},
		"a webhook's own status": {secret, answer(406, "NotAcceptable", denied), true, "denied the request", 1},
		"no such group":          {object("none.test/v1", "Thing", "a"), nil, true, `no matches for kind "Thing"`, 0},
		"no such kind":           {object("v1", "Thing", "a"), nil, true, `no matches for kind "Thing"`, 0},

		"the namespace is full": {secret, answer(403, "Forbidden", `secrets "a" is forbidden: exceeded quota: q`), false,
			"exceeded quota", 1},
		"the user may not":           {secret, answer(403, "Forbidden", mayNot), false, "cannot update", 1},
		"credentials have expired":   {secret, answer(401, "Unauthorized", "who?"), false, "who?", 1},
		"no namespace":               {created, answer(404, "NotFound", "no namespace"), false, "no namespace", 1},
		"a proxy in between":         {secret, answers{plain(403, "go away")}, false, "go away", 1},
		"too many requests":          {secret, answer(429, "TooManyRequests", "later"), false, "later", 1},
		"trouble inside":             {secret, answer(500, "InternalError", "webhook"), false, "webhook", 1},
		"not available":              {secret, answer(503, "ServiceUnavailable", "etcd"), false, "etcd", 1},
		"a group that does not tell": {object("broken.test/v1", "Thing", "a"), nil, false, "is not available", 0},
	} {
		t.Run(name, func(t *testing.T) {
			api := &apiServer{answers: c.answers, broken: c.object.GroupVersionKind().Group == "broken.test"}
			server := httptest.NewServer(api)
			defer server.Close()
			client, err := New(&rest.Config{Host: server.URL, QPS: -1}, 300*time.Millisecond)
			require.NoError(t, err)
			err = client.Apply(t.Context(), c.object)
			var refused *RefusedError
			require.Equal(t, c.refused, errors.As(err, &refused), "is it a refusal: %v", err)
			require.GreaterOrEqual(t, len(api.wrote), c.writes)
			if c.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.err)
		})
	}
}

func TestConflictsForEverEndWithTheLimit(t *testing.T) {
	server := httptest.NewServer(&apiServer{answers: []func(http.ResponseWriter){status(409, "Conflict", "modified")}})
	defer server.Close()
	client, err := New(&rest.Config{Host: server.URL, QPS: -1}, 200*time.Millisecond)
	require.NoError(t, err)
	var late *await.TimeoutError
	require.ErrorAs(t, client.Apply(t.Context(), object("v1", "Secret", "old")), &late)
	require.Greater(t, late.Tries, 1)
}

// TestWithoutAnAnswerNothingIsRefused: the API server is gone, or nobody waits any more.
func TestWithoutAnAnswerNothingIsRefused(t *testing.T) {
	server := httptest.NewServer(&apiServer{answers: []func(http.ResponseWriter){status(409, "Conflict", "modified")}})
	client, err := New(&rest.Config{Host: server.URL, QPS: -1}, time.Minute)
	require.NoError(t, err)
	var refused *RefusedError

	interrupted := errors.New("interrupted by the user")
	ctx, cancel := context.WithCancelCause(t.Context())
	timer := time.AfterFunc(200*time.Millisecond, func() { cancel(interrupted) })
	defer timer.Stop()
	err = client.Apply(ctx, object("v1", "Secret", "old"))
	require.ErrorIs(t, err, interrupted, "while a conflict is tried again")
	require.NotErrorAs(t, err, &refused)
	err = client.Apply(ctx, object("v1", "Secret", "old"))
	require.ErrorIs(t, err, interrupted, "before the first try")

	require.NoError(t, client.Reachable(t.Context()), "an answer of 404 is one of a server that works")
	server.Close()
	err = client.Apply(t.Context(), object("v1", "Secret", "old"))
	require.ErrorContains(t, err, "connection refused")
	require.NotErrorAs(t, err, &refused)
	require.ErrorContains(t, client.Reachable(t.Context()), "connection refused")
	never, err := New(&rest.Config{Host: server.URL, QPS: -1}, time.Minute)
	require.NoError(t, err)
	err = never.Apply(t.Context(), object("v1", "Secret", "old"))
	require.ErrorContains(t, err, "ask "+server.URL+" for the kinds that it knows: ", "before its kinds are known")
	require.NotErrorAs(t, err, &refused)
}

func TestWhatOthersWroteIntoTheMetadataStays(t *testing.T) {
	api := &apiServer{answers: []func(http.ResponseWriter){accepted}}
	server := httptest.NewServer(api)
	defer server.Close()
	client, err := New(&rest.Config{Host: server.URL, QPS: -1}, time.Minute)
	require.NoError(t, err)
	require.NoError(t, client.Apply(t.Context(), object("v1", "Secret", "old")))
	metadata := api.sent["metadata"].(map[string]any)
	require.Equal(t, map[string]any{"by": "others", "by-the": "manifest"}, metadata["labels"])
	require.Equal(t, "7", metadata["resourceVersion"], "a change in between is noticed")
}

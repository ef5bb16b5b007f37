package eck

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/eck/build"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// usersCluster is the API server of a cluster with ECK. It takes namespaces, and answers other writes with code and
// applied.
type usersCluster struct {
	*httptest.Server
	code    int
	applied string
}

func newUsersCluster(t *testing.T) *usersCluster {
	t.Helper()
	c := &usersCluster{}
	answers := map[string]string{
		"GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/elasticsearches.elasticsearch.k8s.elastic.co": `
			{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "e"}}`,
		"GET /api/v1/pods":  `{"apiVersion": "v1", "kind": "PodList", "items": []}`,
		"GET /api/v1/nodes": `{"apiVersion": "v1", "kind": "NodeList", "items": []}`,
		"POST /api/v1/namespaces": `
			{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}`,
		"GET /api":  `{"kind": "APIVersions", "versions": ["v1"]}`,
		"GET /apis": `{"kind": "APIGroupList", "apiVersion": "v1", "groups": []}`,
		"GET /api/v1": `{"kind": "APIResourceList", "groupVersion": "v1", "resources": [
			{"name": "secrets", "kind": "Secret", "namespaced": true, "verbs": ["get"]}]}`,
	}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer, found := answers[r.Method+" "+r.URL.Path]
		switch {
		case found:
			fmt.Fprint(w, answer)
		case r.Method == http.MethodPost:
			w.WriteHeader(c.code)
			fmt.Fprint(w, c.applied)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}`)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

type noSecrets struct{}

func (noSecrets) Add(string) {}

// remoteSide is the remote side of an environment on the cluster, with a stand-in for kubectl.
func (c *usersCluster) remoteSide(t *testing.T) *Side {
	t.Helper()
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "kubectl"), []byte("#!/bin/sh\n"), 0o755))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("TMPDIR", t.TempDir())
	config := api.NewConfig()
	config.Clusters["a"] = &api.Cluster{Server: c.URL}
	config.Contexts["here"] = &api.Context{Cluster: "a"}
	config.CurrentContext = "here"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*config, path))
	installed, err := Inspect(t.Context(), path)
	require.NoError(t, err)
	timeouts := topology.DefaultTimeouts()
	timeouts.NamespaceRemoval = time.Second
	l, err := lab.NewLab(t.Context(), lab.Options{Timeouts: timeouts})
	require.NoError(t, err)
	e, err := Start(t.Context(), Options{Installed: installed, Run: "20261122-120000-abcd", Lab: l,
		Builder: &build.Builder{Cache: t.TempDir()}, Secrets: noSecrets{}, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = e.Close(context.WithoutCancel(t.Context())) })
	s, err := e.Side(t.Context(), topology.Remote, "")
	require.NoError(t, err)
	return s
}

func TestAnEnvironmentLeavesNothingAlsoAfterCtrlC(t *testing.T) {
	s := newUsersCluster(t).remoteSide(t)
	again, err := s.env.Side(t.Context(), topology.Remote, "")
	require.NoError(t, err)
	require.Same(t, s, again)
	require.False(t, s.Simulated())
	require.Contains(t, s.About(), "of the Kubernetes cluster at http://127.0.0.1:")
	require.FileExists(t, s.Kubeconfig)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, s.env.Close(ended))
	require.NoDirExists(t, s.env.dir)
}

// TestOnlyAnAnswerToTheManifestIsAManifestError: a caller reports a *ManifestError as a failure of the product, and
// every other error as one of the machine.
func TestOnlyAnAnswerToTheManifestIsAManifestError(t *testing.T) {
	failure := func(code int, reason string) string {
		return fmt.Sprintf(`{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": %d, "reason": "%s",
			"message": "unknown field \"stringData\""}`, code, reason)
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx    context.Context
		code   int
		reason string
		gone   bool
		line   int // of the *ManifestError; 0: it is none
	}{
		"a wrong field":    {t.Context(), 400, "BadRequest", false, 20},
		"trouble inside":   {t.Context(), 500, "InternalError", false, 0},
		"Ctrl-C":           {interrupted, 400, "BadRequest", false, 0},
		"nobody is there":  {t.Context(), 400, "BadRequest", true, 0},
		"expired password": {t.Context(), 401, "Unauthorized", false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newUsersCluster(t)
			s := cluster.remoteSide(t)
			cluster.code, cluster.applied = c.code, failure(c.code, c.reason)
			if c.gone {
				cluster.Close()
			}
			manifests, err := ReadManifests("m.yaml", []byte(someManifest))
			require.NoError(t, err)
			err = s.Apply(c.ctx, manifests[1:], "9.3.2")
			var refused *ManifestError
			require.Equal(t, c.line > 0, errors.As(err, &refused), "is it the manifest's fault: %v", err)
			if c.line > 0 {
				require.EqualError(t, err, fmt.Sprintf(`m.yaml:%d: unknown field "stringData"`, c.line))
				return
			}
			require.Error(t, err)
		})
	}
}

// TestOnlyACommandThatFailsIsACommandError as long as the API server is well, and nobody ended the command.
func TestOnlyACommandThatFailsIsACommandError(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		gone   bool
		failed bool
		err    string // empty: none
	}{
		"it works":             {"kubectl get pods; echo done", false, false, ""},
		"it fails":             {"echo no >&2; exit 3", false, true, "exit status 3: no"},
		"it was killed":        {"kill -KILL $$", false, false, "signal: killed"},
		"no API server":        {"exit 1", true, false, "exit status 1; ask "},
		"it needs none at all": {"true", true, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newUsersCluster(t)
			s := cluster.remoteSide(t)
			if c.gone {
				cluster.Close()
			}
			_, err := s.Shell(t.Context(), c.script)
			var failed *CommandError
			require.Equal(t, c.failed, errors.As(err, &failed), "is it the command's fault: %v", err)
			if c.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.err)
		})
	}
}

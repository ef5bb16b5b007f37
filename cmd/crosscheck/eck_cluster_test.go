package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// apiServer is a Kubernetes that knows nothing at all. It notes what is asked of it.
func apiServer(t *testing.T) (kubeconfig string, asked func() []string) {
	t.Helper()
	var mu sync.Mutex
	var all []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, r.Method+" "+r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}`)
	}))
	t.Cleanup(server.Close)
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: %q}}]
users: [{name: u, user: {}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`, server.URL)
	return write(t, "kubeconfig", text), func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string{}, all...)
	}
}

func TestAClusterWithoutECK(t *testing.T) {
	for name, args := range map[string][]string{
		"run":   {"run", "--tags", "@eck", "--local", "9.3.2", "--out", t.TempDir(), "--kubeconfig"},
		"check": {"eck", "check", "--kubeconfig"},
		"clean": {"clean", "--kubeconfig"},
	} {
		t.Run(name, func(t *testing.T) {
			kubeconfig, asked := apiServer(t)
			code, stdout, stderr := crosscheck(t, append(args, kubeconfig)...)
			require.Equal(t, 2, code, "stdout: %s\nstderr: %s", stdout, stderr)
			require.Contains(t, stderr, "has no ECK: it does not know elasticsearches.elasticsearch.k8s.elastic.co")
			require.Contains(t, stderr, "Nothing was changed")
			require.Empty(t, stdout)
			for _, request := range asked() {
				require.Regexp(t, "^GET ", request, "nothing is changed")
			}
		})
	}
}

func TestWrongUseOfAKubeconfig(t *testing.T) {
	kubeconfig, asked := apiServer(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"not there":         {[]string{"run", "--tags", "@eck", "--kubeconfig", "/nonexistent"}, "read the kubeconfig: "},
		"not there, clean":  {[]string{"clean", "--kubeconfig", "/nonexistent"}, "read the kubeconfig: "},
		"none":              {[]string{"eck", "check", "--kubeconfig", write(t, "none", "a: [")}, "read the kubeconfig: "},
		"both environments": {[]string{"run", "--tags", "@eck", "--eck", "--kubeconfig", kubeconfig}, "give one of them"},
		"a trial": {[]string{"run", "--tags", "@eck", "--eck-trial", "--kubeconfig", kubeconfig},
			"--eck-trial is for crosscheck's own environment"},
		"nothing for it": {[]string{"run", "--tags", "@cloud", "--kubeconfig", kubeconfig},
			"none of the selected scenarios is tagged @eck"},
		"an operator to run": {[]string{"eck", "up", "--operator", "1.0.0"}, "eck up --operator: "},
		"limits to run with": {[]string{"eck", "up", "--timeouts", "conect=3s"}, `unknown time limit "conect"`},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := crosscheck(t, c.args...)
			require.Equal(t, 64, code, "stdout: %s\nstderr: %s", stdout, stderr)
			require.Contains(t, stderr, c.want)
		})
	}
	require.Empty(t, asked())
}

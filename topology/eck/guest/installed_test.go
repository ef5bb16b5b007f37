package guest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
)

const definition = `{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
 "metadata": {"name": "elasticsearches.elasticsearch.k8s.elastic.co", "labels": {"app.kubernetes.io/version": "%s"}},
 "spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": {"properties": {"spec": {"properties": {%s}}}}}}]}}`

func TestWhatAKubernetesClusterKnowsOfECK(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		answer string
		want   Installed
		err    string
	}{
		"a new operator": {200, fmt.Sprintf(definition, "3.5.0", `"remoteClusterServer": {"properties": {"service": {}}}`),
			Installed{Operator: "3.5.0", RemoteServer: true, ServiceOverride: true}, ""},
		"an older one": {200, fmt.Sprintf(definition, "3.2.0", `"remoteClusterServer": {"properties": {"enabled": {}}}`),
			Installed{Operator: "3.2.0", RemoteServer: true}, ""},
		"an old one": {200, fmt.Sprintf(definition, "2.9.0", `"version": {}`), Installed{Operator: "2.9.0"}, ""},
		"none": {404, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}`,
			Installed{}, "has no ECK: it does not know elasticsearches.elasticsearch.k8s.elastic.co; install"},
		"no permission": {403, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "you may not",
			"reason": "Forbidden", "code": 403}`, Installed{}, "you may not"},
	} {
		t.Run(name, func(t *testing.T) {
			var wrote []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet {
					wrote = append(wrote, r.Method+" "+r.URL.Path)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.answer)
			}))
			defer server.Close()
			got, err := inspect(t.Context(), &rest.Config{Host: server.URL})
			require.Empty(t, wrote, "nothing is changed")
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			c.want.Server = server.URL
			require.Equal(t, &c.want, got)
		})
	}
}

func TestAKubeconfigThatIsNotThere(t *testing.T) {
	_, err := Inspect(t.Context(), t.TempDir()+"/none")
	require.ErrorContains(t, err, "read the kubeconfig: ")
}

package own

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
)

func TestTheLogOfWhatEndedIsStillThere(t *testing.T) {
	k := &kubelet{pods: map[types.UID]*pod{
		"a": {namespace: "ns", name: "es-0", ended: ended("es-0/elastic-internal-init-keystore", 65, "one\ntwo\n")},
		"b": {namespace: "ns", name: "es-1", ended: errors.New("there is no image")},
	}}
	for name, c := range map[string]struct {
		path   string
		status int
		want   string // a regular expression
	}{
		"all of it": {"/containerLogs/ns/es-0/elastic-internal-init-keystore", 200, "^one\ntwo\n$"},
		"its end":   {"/containerLogs/ns/es-0/elastic-internal-init-keystore?tailLines=1", 200, "^two\n$"},
		"with times": {"/containerLogs/ns/es-0/elastic-internal-init-keystore?timestamps=true", 200,
			`^\d{4}-\S+Z one` + "\n" + `\S+Z two` + "\n$"},
		"another container": {"/containerLogs/ns/es-0/elasticsearch", 400, "has not run"},
		"it never began":    {"/containerLogs/ns/es-1/elasticsearch", 400, "has not run"},
		"no such pod":       {"/containerLogs/other/es-0/elasticsearch", 400, "there is no pod es-0 in other"},
		"no time":           {"/containerLogs/ns/es-0/elasticsearch?sinceTime=yesterday", 400, "sinceTime: "},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", k.containerLogs)
			recorder := httptest.NewRecorder()
			mux.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, c.path, nil))
			require.Equal(t, c.status, recorder.Code, recorder.Body.String())
			require.Regexp(t, c.want, recorder.Body.String())
		})
	}
}

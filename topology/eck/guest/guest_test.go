package guest

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func TestWhichNamespacesAreAbandoned(t *testing.T) {
	dead := "nobody/1/2"
	if host, err := os.Hostname(); err == nil {
		dead = host + "/999999999/1"
	}
	for name, c := range map[string]struct {
		owner, keep  string
		without, all bool // without and with --kept
	}{
		"a living run's":        {docker.Owner(), "", false, false},
		"a dead run's":          {dead, "", true, true},
		"a dead run's, kept":    {dead, "true", false, true},
		"another machine's":     {"elsewhere/1/2", "", false, false},
		"somebody else's thing": {"", "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := &unstructured.Unstructured{Object: map[string]any{}}
			if c.owner != "" {
				o.SetAnnotations(map[string]string{docker.LabelOwner: c.owner})
			}
			if c.keep != "" {
				o.SetLabels(map[string]string{docker.LabelKeep: c.keep})
			}
			require.Equal(t, c.without, abandoned(o, false))
			require.Equal(t, c.all, abandoned(o, true))
		})
	}
}

// cluster is an API server that knows the namespaces given, and notes what is written.
type cluster struct {
	namespaces map[string]map[string]any // metadata by name
	stubborn   string                    // stays when it is deleted
	wrote      []string
	emptied    []string
}

func (c *cluster) serve(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	object := func(name string) map[string]any {
		return map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": c.namespaces[name]}
	}
	mux.HandleFunc("GET /api/v1/namespaces", func(w http.ResponseWriter, _ *http.Request) {
		items := []any{}
		for name := range c.namespaces {
			items = append(items, object(name))
		}
		answer(w, map[string]any{"apiVersion": "v1", "kind": "NamespaceList", "items": items})
	})
	mux.HandleFunc("GET /api/v1/namespaces/{name}", func(w http.ResponseWriter, r *http.Request) {
		if c.namespaces[r.PathValue("name")] == nil {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}`)
			return
		}
		answer(w, object(r.PathValue("name")))
	})
	mux.HandleFunc("DELETE /api/v1/namespaces/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		c.wrote = append(c.wrote, "DELETE "+name)
		answer(w, object(name))
		if name != c.stubborn {
			delete(c.namespaces, name)
		}
	})
	const elasticsearches = "/apis/elasticsearch.k8s.elastic.co/v1/namespaces/{name}/elasticsearches"
	mux.HandleFunc("DELETE "+elasticsearches, func(w http.ResponseWriter, r *http.Request) {
		c.emptied = append(c.emptied, r.PathValue("name"))
		answer(w, map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Success"})
	})
	mux.HandleFunc("GET /api/v1/namespaces/{name}/pods", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"apiVersion": "v1", "kind": "PodList", "items": []any{}})
	})
	mux.HandleFunc("POST /api/v1/namespaces", func(w http.ResponseWriter, r *http.Request) {
		var o map[string]any
		_ = json.NewDecoder(r.Body).Decode(&o)
		metadata := o["metadata"].(map[string]any)
		name := metadata["name"].(string)
		if c.namespaces[name] != nil {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusConflict)
			fmt.Fprintf(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "AlreadyExists",
				"message": "namespaces %s already exists", "code": 409}`, name)
			return
		}
		c.wrote = append(c.wrote, "POST "+name)
		c.namespaces[name] = metadata
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		answer(w, o)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// started is a Kubernetes on c, with the secrets that it learnt.
func started(t *testing.T, c *cluster) (*Kubernetes, *learnt) {
	t.Helper()
	url := c.serve(t)
	raw := api.NewConfig()
	raw.Clusters["a"] = &api.Cluster{Server: url}
	raw.Clusters["b"] = &api.Cluster{Server: "https://elsewhere.test"}
	raw.AuthInfos["me"] = &api.AuthInfo{Token: "of-mine"}
	raw.Contexts["here"] = &api.Context{Cluster: "a", AuthInfo: "me", Namespace: "mine"}
	raw.Contexts["there"] = &api.Context{Cluster: "b", AuthInfo: "me"}
	raw.CurrentContext = "here"
	secrets := &learnt{}
	timeouts := topology.DefaultTimeouts()
	timeouts.NamespaceRemoval = 200 * time.Millisecond
	lab, err := lab.NewLab(t.Context(), lab.Options{Timeouts: timeouts})
	require.NoError(t, err)
	k, err := Start(Options{
		Dir: t.TempDir(), Run: "20261122-120000-abcd", Lab: lab, Secrets: secrets, Log: slog.New(slog.DiscardHandler),
		Installed: &Installed{Server: url, Operator: "3.5.0", RemoteServer: true, ServiceOverride: true,
			config: &rest.Config{Host: url, QPS: -1}, raw: *raw},
	})
	require.NoError(t, err)
	return k, secrets
}

type learnt struct{ all []string }

func (l *learnt) Add(secret string) { l.all = append(l.all, secret) }

func TestAGuestHasNamespacesOfItsOwnAndTakesThemAway(t *testing.T) {
	c := &cluster{namespaces: map[string]map[string]any{"mine": {"name": "mine"}}}
	k, secrets := started(t, c)
	remote, err := k.Install(t.Context(), topology.Remote, "")
	require.NoError(t, err)
	again, err := k.Install(t.Context(), topology.Remote, "3.5.0")
	require.NoError(t, err)
	require.Same(t, remote, again, "the operator that a scenario asks for is the one that is there")
	_, err = k.Install(t.Context(), topology.Local, "")
	require.NoError(t, err)
	require.Equal(t, []string{"POST crosscheck-remote-abcd", "POST crosscheck-local-abcd"}, c.wrote)
	metadata := c.namespaces["crosscheck-remote-abcd"]
	require.Equal(t, "20261122-120000-abcd", metadata["labels"].(map[string]any)[docker.LabelRun])
	require.Equal(t, docker.Owner(), metadata["annotations"].(map[string]any)[docker.LabelOwner])

	written, err := clientcmd.LoadFromFile(remote.Kubeconfig)
	require.NoError(t, err)
	require.Len(t, written.Contexts, 1, "only the context that is used")
	require.Equal(t, "crosscheck-remote-abcd", written.Contexts["here"].Namespace)
	require.Contains(t, secrets.all, "of-mine")
	info, err := os.Stat(remote.Kubeconfig)
	require.NoError(t, err)
	require.Zero(t, info.Mode()&0o077, "nobody else may read it")

	require.NoError(t, k.Close(t.Context()))
	require.Equal(t, []string{"crosscheck-remote-abcd", "crosscheck-local-abcd"}, c.emptied)
	require.Equal(t, map[string]map[string]any{"mine": {"name": "mine"}}, c.namespaces)
}

func TestANamespaceOfSomebodyElseIsLeftAlone(t *testing.T) {
	c := &cluster{namespaces: map[string]map[string]any{"crosscheck-remote-abcd": {"name": "crosscheck-remote-abcd"}}}
	k, _ := started(t, c)
	_, err := k.Install(t.Context(), topology.Remote, "")
	require.ErrorContains(t, err, "make namespace crosscheck-remote-abcd: ")
	require.NoError(t, k.Close(t.Context()))
	require.Empty(t, c.wrote)
}

func TestANamespaceThatStaysIsNamedWithTheRemedy(t *testing.T) {
	c := &cluster{namespaces: map[string]map[string]any{}, stubborn: "crosscheck-remote-abcd"}
	k, _ := started(t, c)
	_, err := k.Install(t.Context(), topology.Remote, "")
	require.NoError(t, err)
	require.ErrorContains(t, k.Close(t.Context()), "kubectl delete namespace crosscheck-remote-abcd removes it")
}

func TestAnOperatorThatIsNotThereMakesAScenarioUnsupported(t *testing.T) {
	c := &cluster{namespaces: map[string]map[string]any{}}
	k, _ := started(t, c)
	_, err := k.Install(t.Context(), topology.Remote, "3.2.0")
	var lacks *LacksError
	require.ErrorAs(t, err, &lacks)
	require.Equal(t, "eck-operator", lacks.Fact)
	require.Contains(t, lacks.Reason, "it takes ECK 3.2.0 on the remote side, and the cluster at ")
	require.Empty(t, c.wrote)
}

func TestOnlyAbandonedNamespacesAreSwept(t *testing.T) {
	host, err := os.Hostname()
	require.NoError(t, err)
	named := func(name, owner string) map[string]any {
		return map[string]any{"name": name, "annotations": map[string]any{docker.LabelOwner: owner}}
	}
	c := &cluster{namespaces: map[string]map[string]any{
		"dead": named("dead", host+"/999999999/1"), "living": named("living", docker.Owner()), "mine": {"name": "mine"}}}
	url := c.serve(t)
	in := &Installed{config: &rest.Config{Host: url}}
	removed, err := SweepNamespaces(t.Context(), in, topology.DefaultTimeouts(), false)
	require.NoError(t, err)
	require.Equal(t, []string{"dead"}, removed)
	require.Equal(t, []string{"DELETE dead"}, c.wrote)
	require.Equal(t, []string{"dead"}, c.emptied)
}

func TestWhatTheInstalledECKLacks(t *testing.T) {
	server := func(fields map[string]any) map[string]any {
		return map[string]any{"kind": "Elasticsearch", "spec": map[string]any{"remoteClusterServer": fields}}
	}
	override := server(map[string]any{"enabled": true, "service": map[string]any{}})
	for name, c := range map[string]struct {
		in       Installed
		manifest map[string]any
		fact     string
	}{
		"all of it":      {Installed{RemoteServer: true, ServiceOverride: true}, override, ""},
		"no override":    {Installed{RemoteServer: true}, override, "eck-service-override"},
		"without a need": {Installed{RemoteServer: true}, server(map[string]any{"enabled": true}), ""},
		"no server":      {Installed{}, server(map[string]any{"enabled": true}), "eck-remote-cluster-server"},
		"the other model": {Installed{}, map[string]any{
			"kind": "Elasticsearch", "spec": map[string]any{"transport": map[string]any{}}}, ""},
		"another kind": {Installed{}, map[string]any{"kind": "Secret"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.in.supports(&unstructured.Unstructured{Object: c.manifest})
			if c.fact == "" {
				require.NoError(t, err)
				return
			}
			var lacks *LacksError
			require.ErrorAs(t, err, &lacks)
			require.Equal(t, c.fact, lacks.Fact)
		})
	}
}

func TestALogFromATimeOn(t *testing.T) {
	const log = "2026-11-22T12:00:00.100000000Z old\n2026-11-22T12:00:00.300000000Z new line\n" +
		"without a time\n2026-11-22T12:00:01Z {\"a\": 1}"
	since := time.Date(2026, 11, 22, 12, 0, 0, 200_000_000, time.UTC)
	require.Equal(t, "new line\nwithout a time\n{\"a\": 1}", withoutTimes(log, since))
	require.Equal(t, "old\nnew line\nwithout a time\n{\"a\": 1}", withoutTimes(log, time.Time{}))
}

func FuzzWithoutTimes(f *testing.F) {
	f.Add("2026-11-22T12:00:00.1Z a\nb\n")
	f.Fuzz(func(t *testing.T, text string) {
		if got := withoutTimes(text, time.Time{}); strings.Count(got, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q has other lines than %q", got, text)
		}
	})
}

// TestTheLogOfAPod reads it as client-go asks for it: the current container, or the one before the last start.
func TestTheLogOfAPod(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		switch {
		case r.URL.Path != "/api/v1/namespaces/ns/pods/es-0/log" || query.Get("timestamps") != "true":
			w.WriteHeader(http.StatusNotFound)
		case query.Get("previous") == "true" && query.Get("container") == "init":
			fmt.Fprint(w, "2026-11-22T12:00:00Z before\n")
		case query.Get("previous") == "true":
			w.WriteHeader(http.StatusBadRequest)
		default:
			fmt.Fprintf(w, "2026-11-22T12:00:00.1Z old\n2026-11-22T12:00:00.3Z since %s\n", query.Get("sinceTime"))
		}
	}))
	defer server.Close()
	client, err := kube.New(&rest.Config{Host: server.URL}, 0)
	require.NoError(t, err)
	p := &podProcess{kube: client, namespace: "ns", pod: "es-0"}
	text, err := p.Logs(t.Context(), time.Date(2026, 11, 22, 12, 0, 0, 200_000_000, time.UTC))
	require.NoError(t, err)
	require.Equal(t, "since 2026-11-22T12:00:00Z\n", text, "the API server is asked for whole seconds")
	text, err = p.lastLog(t.Context(), "init")
	require.NoError(t, err)
	require.Equal(t, "before\n", text)
	text, err = p.lastLog(t.Context(), kube.Container)
	require.NoError(t, err)
	require.Equal(t, "old\nsince \n", text, "there was no container before this one")
	_, err = (&podProcess{kube: client, namespace: "ns", pod: "gone"}).Logs(t.Context(), time.Time{})
	require.ErrorContains(t, err, "read the log of pod gone: ")
}

func TestHowAPodIs(t *testing.T) {
	ended := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1}}
	done := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}
	condition := func(kind corev1.PodConditionType, is corev1.ConditionStatus, message string) corev1.PodCondition {
		return corev1.PodCondition{Type: kind, Status: is, Message: message}
	}
	for name, c := range map[string]struct {
		status corev1.PodStatus
		ended  string
		waits  string // empty: it is ready
	}{
		"ready": {corev1.PodStatus{Conditions: []corev1.PodCondition{condition(corev1.PodReady, corev1.ConditionTrue, "")},
			InitContainerStatuses: []corev1.ContainerStatus{{Name: "init", State: done, Ready: true}}}, "", ""},
		"nowhere to go": {corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
			condition(corev1.PodScheduled, corev1.ConditionFalse, "0/3 nodes are available")}},
			"", "it is Pending: 0/3 nodes are available"},
		"no image": {corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{{
			Name:  kube.Container,
			State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}}}}},
			"", "container elasticsearch: ImagePullBackOff"},
		"it ended": {corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{
			{Name: kube.Container, LastTerminationState: ended}}}, kube.Container, "it is"},
		"what prepares it did": {corev1.PodStatus{InitContainerStatuses: []corev1.ContainerStatus{
			{Name: "init", State: ended}}}, "init", "it is"},
		"another one ended": {corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{
			{Name: "sidecar", State: ended}}}, "", "it is"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &corev1.Pod{Status: c.status}
			ended, code := crashed(p)
			require.Equal(t, c.ended, ended)
			require.Equal(t, ended != "", code != 0, "its exit code")
			err := ready(p)
			if c.waits == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.waits)
		})
	}
}

func TestWhereALoadBalancerLeads(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.StartTLS()
	defer server.Close()
	asks := httptest.NewUnstartedServer(http.NotFoundHandler())
	asks.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	asks.StartTLS()
	defer asks.Close()
	plain, asking := server.Listener.Addr().String(), asks.Listener.Addr().String()
	require.NoError(t, leadsTo(t.Context(), plain, topology.RemoteClusterServerPort))
	require.NoError(t, leadsTo(t.Context(), asking, topology.TransportPort))
	const other = "it leads to another interface"
	require.ErrorContains(t, leadsTo(t.Context(), asking, topology.RemoteClusterServerPort), other)
	require.ErrorContains(t, leadsTo(t.Context(), plain, topology.TransportPort), other)
	require.NoError(t, leadsTo(t.Context(), "127.0.0.1:1", 443), "nobody of Elasticsearch's listens there anyway")
	require.Error(t, closed(t.Context(), plain, time.Second))
	require.NoError(t, closed(t.Context(), "127.0.0.1:1", time.Second))
}

func TestAClusterWithoutLoadBalancersIsTold(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "lb"}, "status": {"loadBalancer": {}}}`)
	}))
	defer server.Close()
	timeouts := topology.DefaultTimeouts()
	timeouts.ClusterStart = 100 * time.Millisecond
	lab, err := lab.NewLab(t.Context(), lab.Options{Timeouts: timeouts})
	require.NoError(t, err)
	k, err := Start(Options{Lab: lab, Installed: &Installed{config: &rest.Config{Host: server.URL}}})
	require.NoError(t, err)
	in := &Installation{k: k, Installation: kube.Installation{Namespace: "ns"}}
	_, err = in.ingress(t.Context(), "lb")
	require.ErrorContains(t, err, "the address of service ns/lb: ")
	require.ErrorContains(t, err, "the cluster provisions no load balancer for services of type LoadBalancer")
}

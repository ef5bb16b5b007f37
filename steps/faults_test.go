package steps

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

// shelf starts clusters that are nothing but a load balancer, and knows which ones were stopped.
type shelf struct {
	client  *balancer.Client
	stopped []string
}

func (s *shelf) Start(_ context.Context, spec lab.ClusterSpec) (*lab.Cluster, error) {
	return &lab.Cluster{Name: spec.Role, Spec: spec, Balancer: &lab.LoadBalancer{Client: s.client}}, nil
}

func (s *shelf) Stop(_ context.Context, c *lab.Cluster) error {
	s.stopped = append(s.stopped, c.Name)
	return nil
}

func TestAStuckLoadBalancerIsNotUsedAgain(t *testing.T) {
	var stuck atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if stuck.Load() && r.URL.Path == "/healthz" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write([]byte(`{"error":"toxiproxy is stuck"}`))
	}))
	defer server.Close()
	s := scenario(t, "9.3.2", "9.3.2")
	clusters := &shelf{client: balancer.New(server.URL)}
	s.env.Pool = pool.New(clusters, 2)
	require.NoError(t, s.refuses(t.Context(), 9300))
	stuck.Store(true)
	require.ErrorIs(t, s.Close(t.Context()), balancer.ErrStuck, "the scenario must not end as if nothing was the matter")
	require.ElementsMatch(t, []string{topology.Remote, topology.Local}, clusters.stopped, "no later scenario may meet the load balancer")
}

func TestASearchThatHangsIsAnAnswerWhereOneIsExpected(t *testing.T) {
	s := scenario(t, "9.3.2", "9.3.2")
	var err error
	s.env.Catalogue, err = catalogue.Default()
	require.NoError(t, err)
	signature, err := s.signature("connection-lost-silently", "partner", "logs")
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
			s.searcher, err = elastic.New(server.Listener.Addr().String())
			require.NoError(t, err)
			s.env.Timeouts.Silence = map[bool]time.Duration{true: 20 * time.Millisecond, false: time.Minute}[c.want == catalogue.NoAnswer]
			found, err := judgement{Scenario: s, alias: "partner", index: "logs"}.ask(t.Context(), hangs)
			require.NoError(t, err)
			require.Equal(t, c.want, found.Status)
			require.Equal(t, c.want != catalogue.NoAnswer, len(hangs.Check(found.Status, found.Body)) > 0)
		})
	}
}

// A slash is the grammar's sign for alternatives.
func TestTheRateOfALinkIsWrittenWithASlash(t *testing.T) {
	vocabulary, err := gherkin.NewVocabulary(Vocabulary())
	require.NoError(t, err)
	_, err = vocabulary.Bind(gherkin.Scenario{Steps: []gherkin.Step{{Text: "the load balancer passes 40 KB/s on port 9300"}}})
	require.NoError(t, err)
}

package disturb

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

func TestOutagesGoFromAFailureToTheNextSearchThatWorks(t *testing.T) {
	type search struct {
		began, ended float64
		kind         string
	}
	for name, c := range map[string]struct {
		searches []search
		want     []reports.Outage
		down     bool
	}{
		"none": {[]search{{0, 0.1, ""}, {1, 1.1, ""}}, nil, false},
		"one": {[]search{{0, 0.1, ""}, {1, 1.5, "a"}, {2, 2.5, "a"}, {3, 3.1, ""}},
			[]reports.Outage{{From: 1, To: 3, Kind: "a", Searches: 2}}, false},
		"two": {[]search{{1, 1.5, "a"}, {2, 2.5, ""}, {3, 3.1, "a"}, {4, 4.1, ""}},
			[]reports.Outage{{From: 1, To: 2, Kind: "a", Searches: 1}, {From: 3, To: 4, Kind: "a", Searches: 1}}, false},
		"of two kinds": {[]search{{1, 1.5, "a"}, {2, 2.5, "b"}, {3, 3.1, ""}},
			[]reports.Outage{{From: 1, To: 2, Kind: "a", Searches: 1}, {From: 2, To: 3, Kind: "b", Searches: 1}}, false},
		"to the end": {[]search{{0, 0.1, ""}, {1, 5, "a"}}, []reports.Outage{{From: 1, To: 5, Kind: "a", Searches: 1}},
			true},
		"from the first": {[]search{{1, 1.5, "a"}, {2, 2.1, ""}}, []reports.Outage{{From: 1, To: 2, Kind: "a", Searches: 1}},
			false},
	} {
		t.Run(name, func(t *testing.T) {
			w := &watcher{}
			for _, s := range c.searches {
				w.note(s.began, s.ended, s.kind)
			}
			searches, outages, down := w.seen()
			require.Equal(t, len(c.searches), searches)
			require.Equal(t, c.want, outages)
			require.Equal(t, c.down, down)
		})
	}
}

func TestKindsOfFailure(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		err    error
		want   string
	}{
		"found":      {200, `{"hits":{"total":{"value":3}},"_shards":{"failed":0},"_clusters":{"skipped":0}}`, nil, ""},
		"found less": {200, `{"hits":{"total":{"value":2}}}`, nil, "200, 2 documents"},
		"skipped": {200, `{"hits":{"total":{"value":0}},"_clusters":{"skipped":1,"details":` +
			`{"p":{"failures":[{"reason":{"type":"connect_transport_exception"}}]}}}}`,
			nil, "200, cluster skipped: connect_transport_exception"},
		"skipped, no more": {200, `{"_clusters":{"skipped":1}}`, nil, "200, cluster skipped"},
		"a shard":          {200, `{"hits":{"total":{"value":3}},"_shards":{"failed":1}}`, nil, "200, shards failed"},
		"an error": {500, `{"error":{"type":"a","root_cause":[{"type":"node_disconnected_exception"}]}}`, nil,
			"500 node_disconnected_exception"},
		"without a cause": {503, `{"error":{"type":"no_shard_available_action_exception"}}`, nil,
			"503 no_shard_available_action_exception"},
		"no JSON":          {502, `<html>`, nil, "502, and no JSON"},
		"too late":         {0, "", fmt.Errorf("search: %w", context.DeadlineExceeded), "no answer"},
		"nobody to ask":    {0, "", errors.New("connection refused"), "no local node answers"},
		"a text for error": {400, `{"error":"bad"}`, nil, "400, and no JSON"},
	} {
		require.Equal(t, c.want, kindOf(elastic.Response{Status: c.status, Body: []byte(c.body)}, c.err, 3), name)
	}
}

func FuzzKindOf(f *testing.F) {
	f.Add(200, []byte(`{"hits":{"total":{"value":3}}}`))
	f.Add(500, []byte(`{"error":{"root_cause":[{"type":"a"}]}}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if kind := kindOf(elastic.Response{Status: status, Body: body}, nil, 3); kind == "" && status != 200 {
			t.Fatalf("status %d with %q counts as a search that worked", status, body)
		}
	})
}

func TestAWatcherEndsWithItsScenario(t *testing.T) {
	defer goleak.VerifyNone(t)
	w := worldtest.New(t, "8.19.0", "8.19.0")
	watch := NewWatch(w, remotes.New(w))
	var searches atomic.Int64
	twice := make(chan struct{})
	now := 0.0
	clock := func() float64 { now++; return now }
	watch.watcher = &watcher{wanted: 3, limit: time.Minute, clock: clock,
		search: func(ctx context.Context) (elastic.Response, error) {
			if searches.Add(1) == 2 {
				close(twice)
				<-ctx.Done() // one that hangs must not hold up the end
				return elastic.Response{}, ctx.Err()
			}
			return elastic.Response{Status: 500, Body: []byte(`{"error":{"type":"broken"}}`)}, nil
		}}
	watch.watcher.start(t.Context())
	<-twice
	watch.End()
	timeline := watch.Timeline()
	require.NotNil(t, timeline)
	require.Len(t, timeline.Outages, 1, "the search that was cut off says nothing")
	require.Equal(t, "broken", timeline.Outages[0].Kind[4:])
	require.Equal(t, 1, timeline.Searches)
	require.Equal(t, "the watcher ends", timeline.Events[0].Text)
	require.Equal(t, 1.0, w.Notes.Measured["outage"], "the time of the only search that failed")
	none := worldtest.New(t, "8.19.0", "8.19.0")
	require.Nil(t, NewWatch(none, remotes.New(none)).Timeline(), "a scenario without a watcher or an upgrade keeps none")
}

func TestAWatcherThatReachesNobodyIsNoFailureOfTheProduct(t *testing.T) {
	w := worldtest.New(t, "8.19.0", "8.19.0")
	w.Env.Timeouts.Search = time.Millisecond
	watch := NewWatch(w, remotes.New(w))
	watch.watcher = &watcher{wanted: 3}
	watch.watcher.note(0, 1, kindOf(elastic.Response{}, errors.New("connection refused"), 3))
	err := watch.expectInterruptedAtMost(t.Context(), 5)
	require.ErrorContains(t, err, "the watcher reaches no local node")
	require.False(t, errors.As(err, new(*verdict.Mismatch)))
}

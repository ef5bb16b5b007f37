package terminal

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
)

func TestATimelineIsInOrder(t *testing.T) {
	v := newView(&strings.Builder{}, Options{})
	require.Empty(t, v.timeline(nil), "most scenarios keep none")
	got := v.timeline(&reports.Timeline{
		Events: []reports.Event{{At: 12.34, Text: "remote-1-1 stops (8.19.0)"},
			{At: 100, Text: "remote-1-1 has joined\nwith 9.3.2"}},
		Outages: []reports.Outage{{From: 13, To: 14.25, Kind: "500 node_disconnected_exception", Searches: 3},
			{From: 101, To: 101.5, Kind: "no answer", Searches: 1}},
	})
	require.Equal(t, []string{
		"   12.3s  remote-1-1 stops (8.19.0)",
		"   13.0s  the watcher's searches fail for 1.2 s, until 14.2 s: 500 node_disconnected_exception (3 searches)",
		"  100.0s  remote-1-1 has joined with 9.3.2",
		"  101.0s  the watcher's searches fail for 0.5 s, until 101.5 s: no answer (1 search)",
	}, got)
	quiet := &reports.Timeline{Events: []reports.Event{{At: 1, Text: "it begins"}}}
	require.Equal(t, []string{"    1.0s  it begins"}, v.timeline(quiet), "nobody watched")
	quiet.Searches = 40
	require.Equal(t, []string{"    1.0s  it begins", "          none of the watcher's 40 searches failed"},
		v.timeline(quiet))
}

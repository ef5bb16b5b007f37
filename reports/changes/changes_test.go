package changes

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/fixtures/survey"
)

// source is what was compiled in, with these files as the survey.
func source(t *testing.T, files ...*survey.File) Source {
	t.Helper()
	entries, err := catalogue.Default()
	require.NoError(t, err)
	known, err := facts.Default()
	require.NoError(t, err)
	return Source{Survey: &survey.Survey{Files: files}, Facts: known, Catalogue: entries}
}

// line is what a line showed of some failures: a status and a reason each.
func line(version string, status int, failures map[string]string) *survey.File {
	f := &survey.File{Header: survey.Header{Local: version, Remote: version, When: "2026-11-28",
		Images: []string{"assembled"}, Unseen: map[string]string{"unknown-host": "proxy-mode"}},
		Healthy: []survey.Healthy{{Model: "certificate", Mode: "proxy", Fields: map[string]string{"connected": "boolean"},
			Defaults: map[string]string{"skip_unavailable": map[bool]string{true: "false", false: "true"}[version < "9"]}}}}
	for id, reason := range failures {
		body, err := json.Marshal(map[string]any{"error": map[string]string{"reason": reason}})
		if err != nil {
			panic(err)
		}
		f.Seen = append(f.Seen, catalogue.Observation{Outcome: id, Local: version, Remote: version,
			SkipUnavailableFalse: &catalogue.Answer{Status: status, Body: body},
			LocalLog:             []string{"WARN a.B: it said " + reason + " | X: why", "Caused by: Y: because"}})
	}
	return f
}

var common = []string{"connection-refused", "not-a-transport-port", "unknown-api-key", "api-key-not-encoded"}

func pair(t *testing.T) Source {
	before := map[string]string{"unknown-alias": "no such [index]"}
	after := map[string]string{"unknown-alias": "no such cluster"}
	for _, id := range common {
		before[id], after[id] = "cannot connect", "unable to connect"
	}
	after["unknown-host"] = "unknown host"
	return source(t, line("8.5.0", 500, before), line("9.3.2", 502, after))
}

func TestWhatDiffersBetweenTwoLines(t *testing.T) {
	c, err := pair(t).Between(semver.MustParse("8.5"), semver.MustParse("9.2.4"))
	require.NoError(t, err)
	require.Equal(t, []Change{{"certificate, proxy mode: defaults", []string{"skip_unavailable false"},
		[]string{"skip_unavailable true"}}}, c.Info)
	require.Len(t, c.Common, 2, "the answer and the log of four failures changed alike")
	require.Len(t, c.Common[0].Failures, len(common))
	require.Len(t, c.Failures, 1)
	require.Equal(t, "unknown-alias", c.Failures[0].ID)
	require.Equal(t, Change{searchFails, []string{"500", "no such [index]"}, []string{"502", "no such cluster"}},
		c.Failures[0].Changes[0])
	require.Equal(t, Change{localLog, []string{"WARN it said no such [index]"}, []string{"WARN it said no such cluster"}},
		c.Failures[0].Changes[1])
	require.Contains(t, c.OnlyTo[0].Why, "proxy mode with proxy_address")
	begins := map[string]bool{}
	for _, fact := range c.Begins {
		begins[fact.ID] = true
	}
	require.True(t, begins["api-key-model"])
	text := c.Text()
	for _, want := range []string{
		"9.3.2: measured on 2026-11-28, assembled images; it stands for 9.2.4, which was not surveyed",
		"Alike in 4 failures", "    - skip_unavailable false\n    + skip_unavailable true\n", "What begins\n",
		"Seen on 9.3.2 alone", "8.5.0 and 9.2.4 connect to each other: no"} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "stands for 8.5,", "8.5 names the line, and the line was measured")
	for l := range strings.SplitSeq(text, "\n") {
		require.LessOrEqual(t, len(l), width+10, l)
	}
}

func TestWithoutASurvey(t *testing.T) {
	_, err := source(t).Between(semver.MustParse("8.5"), semver.MustParse("9.3"))
	require.ErrorIs(t, err, survey.ErrEmpty)
}

func TestTheTableOfAllLines(t *testing.T) {
	page := pair(t).Markdown()
	for _, want := range []string{"| certificate, proxy mode | connected | 8.5.0 to 9.3.2: boolean |", "### unknown-alias",
		"  - 8.5.0: `500 · no such [index]`", "  - 9.3.2: `502 · no such cluster`"} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "### unknown-host", "it was seen on one line alone")
}

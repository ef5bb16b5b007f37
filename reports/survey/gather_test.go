package survey

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/survey"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// folder is that of a run with scenarios of one feature; a passed one of unknown-alias has an observation.
func folder(t *testing.T, started time.Time, scenarios ...reports.Scenario) string {
	t.Helper()
	dir := t.TempDir()
	for i := range scenarios {
		s := &scenarios[i]
		s.File, s.Line, s.Local, s.Remote, s.Tags = "f.feature", i+1, "8.5.0", "8.5.0", []string{"@model:certificate"}
		s.ID = reports.ScenarioID(s.File, s.Line, s.Pair())
		if s.Verdict != verdict.Passed {
			s.Reason = "because"
		}
		if s.Outcome == "unknown-alias" && s.Verdict == verdict.Passed {
			s.Evidence = "evidence/" + s.Name
			data, err := json.Marshal(catalogue.Observation{Outcome: s.Outcome, Local: "8.5.0", Remote: "8.5.0",
				Model: "certificate", Alias: "nobody-4t23dl", Index: "logs-4t23dl",
				SkipUnavailableFalse: &catalogue.Answer{Status: 403, Body: []byte(`{"error":{"type":"security_exception",` +
					`"caused_by":{"reason":"no such remote cluster: [nobody-4t23dl]"}}}`)}})
			require.NoError(t, err)
			require.NoError(t, os.MkdirAll(filepath.Join(dir, s.Evidence), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, s.Evidence, catalogue.ObservationFile), data, 0o600))
		}
	}
	r := &reports.Result{RunID: "r", Started: started, Finished: started.Add(time.Hour), Scenarios: scenarios,
		Clusters: []reports.Cluster{{Name: "local-1", Version: "8.5.0", ImageSource: "assembled", Lacks: []string{"ccr"}}}}
	reports.Summarize(r, "")
	data, err := reports.JSON(r)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, reports.ResultFile), data, 0o600))
	return dir
}

func TestOfSeveralRunsTheLastOneCounts(t *testing.T) {
	day := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	info := []reports.RemoteInfo{{Alias: "partner", Mode: "proxy", Fields: map[string]string{"connected": "boolean"},
		Defaults: map[string]string{"skip_unavailable": "false"}}}
	later := folder(t, day.Add(time.Hour),
		reports.Scenario{Name: "a", Outcome: "unknown-alias", Verdict: verdict.Passed},
		reports.Scenario{Name: "b", Verdict: verdict.Skipped})
	earlier := folder(t, day,
		reports.Scenario{Name: "a", Outcome: "unknown-alias", Verdict: verdict.Failed},
		reports.Scenario{Name: "b", Verdict: verdict.Passed, RemoteInfo: info},
		reports.Scenario{Name: "c", Outcome: "unknown-host", Verdict: verdict.Unsupported, Fact: "unknown-host"},
		reports.Scenario{Name: "d", Outcome: "connection-refused", Verdict: verdict.Unsupported, Fact: "proxy-mode"},
		reports.Scenario{Name: "e", Outcome: "connection-refused", Verdict: verdict.Error})
	pairs, err := Gather(later, earlier)
	require.NoError(t, err)
	require.Len(t, pairs, 1)
	entries, err := catalogue.Default()
	require.NoError(t, err)
	storing := Storing{Catalogue: entries, Commit: "abc", Note: func(text string) { t.Error(text) }}
	f, err := storing.File(pairs[0])
	require.NoError(t, err)
	require.Equal(t, survey.Verdicts{Passed: 2, Error: 1, Unsupported: 2}, f.Verdicts)
	require.Equal(t, map[string]string{"unknown-host": "unknown-host", "connection-refused": "error"}, f.Unseen)
	require.Equal(t, []string{"2026-11-28", "assembled", "ccr"}, []string{f.When, f.Images[0], f.Lacks[0]})
	require.True(t, f.Complete)
	require.Len(t, f.Healthy, 1)
	require.Len(t, f.Seen, 1)
	require.Equal(t, []string{"nobody", "logs"}, []string{f.Seen[0].Alias, f.Seen[0].Index})
	require.Contains(t, string(f.Seen[0].SkipUnavailableFalse.Body), "[nobody]")

	row := NewRow(pairs[0].Pair, pairs[0], "")
	require.InDelta(t, 0.4, row.Share, 0.001)
	require.Equal(t, reports.ExitHarnessBroke, Table{Rows: []Row{row}}.ExitCode())
	require.Equal(t, reports.ExitIncomplete, Table{Rows: []Row{{Missing: "no image"}}}.ExitCode())
	require.Contains(t, Table{Rows: []Row{row}}.Markdown(), "2 (40 %)")

	added := folder(t, day.Add(2*time.Hour),
		reports.Scenario{Name: "z", Outcome: "unknown-alias", Verdict: verdict.Passed})
	more, err := Gather(added)
	require.NoError(t, err)
	g, err := storing.File(more[0])
	require.NoError(t, err)
	joined := Joined(f, g)
	require.Equal(t, f.Verdicts, joined.Verdicts)
	require.Len(t, joined.Seen, 1, "the same was seen by another scenario")
	require.Len(t, joined.Healthy, 1)
}

func TestARunWithoutAResult(t *testing.T) {
	_, err := Gather(t.TempDir())
	require.ErrorIs(t, err, ErrNoResult)
}

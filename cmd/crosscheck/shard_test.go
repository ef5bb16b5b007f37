package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// The scenarios of the real result, run on real clusters once more in two parts.
var realShards = []string{"cmd/crosscheck/testdata/shard-1.json", "cmd/crosscheck/testdata/shard-2.json"}

// lasting is what a result says of the product: without times, names and the machine.
func lasting(t *testing.T, path string) *reports.Result {
	t.Helper()
	r, err := reports.Load(path)
	require.NoError(t, err)
	r.RunID, r.Started, r.Finished, r.Seconds, r.Merged, r.Command.Line = "", time.Time{}, time.Time{}, 0, nil, ""
	r.Machine = reports.Machine{}
	for i := range r.Clusters {
		r.Clusters[i].Name = ""
	}
	slices.SortFunc(r.Clusters, func(a, b reports.Cluster) int {
		return strings.Compare(a.Version+a.Image, b.Version+b.Image)
	})
	r.Clusters = slices.CompactFunc(r.Clusters, func(a, b reports.Cluster) bool { return cmp.Equal(a, b) })
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		s.Seconds, s.Lane = 0, 0
		for name := range s.Measurements {
			s.Measurements[name] = 0
		}
		for j := range s.Steps {
			s.Steps[j].Seconds, s.Steps[j].Polled = 0, ""
		}
	}
	return r
}

func TestRealShardsJoinedEqualTheRealRun(t *testing.T) {
	out := t.TempDir()
	code, stdout, stderr := crosscheck(t, append([]string{"report", "merge", "--out", out}, realShards...)...)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "14 passed, 0 failed of 14; exit 0, conformant")
	merged := filepath.Join(out, "latest", "result.json")
	require.Empty(t, cmp.Diff(lasting(t, root+realResult), lasting(t, merged)),
		"two parts joined (+) are not the whole (-)")
	_, err := os.Stat(filepath.Join(out, "latest", "junit.xml"))
	require.NoError(t, err)
}

func TestMergeWritesNothingWhenItRefuses(t *testing.T) {
	r, err := reports.Load(root + realShards[1])
	require.NoError(t, err)
	r.Scenarios[0].Evidence = "../../elsewhere"
	data, err := json.Marshal(r)
	require.NoError(t, err)
	outside := write(t, "shard-2.json", string(data))
	for want, args := range map[string][]string{
		"part 2/2 is missing":                         realShards[:1],
		"and so is":                                   {realShards[0], realShards[1], realShards[1]},
		"is no part of a plan":                        {realShards[0], realResult},
		"cannot be read":                              {realShards[0], "nowhere.json"},
		`expected "<results> ..."`:                    nil,
		"which is not in the run's folder; run again": {realShards[0], outside},
	} {
		out := filepath.Join(t.TempDir(), "out")
		code, stdout, stderr := crosscheck(t, append([]string{"report", "merge", "--out", out}, args...)...)
		require.Equal(t, 64, code, "%s: %s%s", want, stdout, stderr)
		require.Contains(t, stderr, want)
		entries, err := filepath.Glob(filepath.Join(out, "*"))
		require.NoError(t, err)
		require.Empty(t, entries, "%s: nothing is written", want)
	}
}

// ids are the scenarios that a command line would run or report.
func ids(t *testing.T, args ...string) []string {
	t.Helper()
	code, stdout, stderr := crosscheck(t, append([]string{"list", "--json"}, args...)...)
	require.Zero(t, code, stderr)
	var answer struct {
		Scenarios []listed `json:"scenarios"`
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &answer))
	var all []string
	for _, s := range answer.Scenarios {
		all = append(all, s.ID)
	}
	slices.Sort(all)
	return all
}

// TestRerunFailedKnowsWhatECKLacks: a scenario that failed elsewhere is not run where ECK's programs are not built.
func TestRerunFailedKnowsWhatECKLacks(t *testing.T) {
	t.Setenv("CROSSCHECK_CACHE", t.TempDir())
	feature := write(t, "eck.feature",
		"@eck\nFeature: Of ECK\n  Scenario: one\n    Given a remote cluster with the remote cluster server enabled\n")
	stored := doctored(t, func(r *reports.Result) {
		r.Scenarios = r.Scenarios[:1]
		s := &r.Scenarios[0]
		s.File, s.Feature, s.Name, s.Line, s.Examples, s.Verdict, s.Reason = feature, "Of ECK", "one", 3, nil,
			verdict.Failed, "a reason"
		s.ID = reports.ScenarioID(s.File, s.Line, s.Pair())
	})
	code, stdout, stderr := crosscheck(t, "list", "--json", "--rerun-failed", stored)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "is not built")
}

func TestShardsListThePlanOnce(t *testing.T) {
	selection := []string{"--local", "9.3.2,8.14.3", "--remote", "9.3.2", "features/api_key"}
	var joined []string
	for _, shard := range []string{"1/3", "2/3", "3/3"} {
		part := ids(t, append(selection, "--shard", shard, "--costs", realResult)...)
		require.NotEmpty(t, part)
		joined = append(joined, part...)
	}
	slices.Sort(joined)
	require.Equal(t, ids(t, selection...), joined)
}

const fiveScenarios = `Feature: Five
  Scenario: one
    Then "partner" is connected
  Scenario: two
    Then "partner" is connected
  Scenario: three
    Then "partner" is connected
  Scenario: four
    Then "partner" is connected
  Scenario Outline: row
    Then "<alias>" is connected
    Examples:
      | alias |
      | east  |
      | west  |
`

func TestRerunFailed(t *testing.T) {
	feature := write(t, "five.feature", fiveScenarios)
	rows := []map[string]string{{"alias": "east"}, {"alias": "west"}}
	stored := func(change func(r *reports.Result)) string {
		return doctored(t, func(r *reports.Result) {
			r.Scenarios = r.Scenarios[:6]
			for i, line := range []int{2, 4, 6, 8, 14, 15} {
				s := &r.Scenarios[i]
				s.File, s.Feature, s.Line = feature, "Five", line
				s.Name = []string{"one", "two", "three", "four", "row", "row"}[i]
				if i > 3 {
					s.Examples = rows[i-4]
				}
				s.Verdict, s.Reason = []verdict.Verdict{verdict.Failed, verdict.Error, verdict.Skipped, verdict.Flaky,
					verdict.Unsupported, verdict.Passed}[i], "a reason"
			}
			change(r)
			for i := range r.Scenarios {
				s := &r.Scenarios[i]
				s.ID = reports.ScenarioID(s.File, s.Line, s.Pair())
			}
		})
	}
	at := func(lines ...string) (all []string) {
		for _, line := range lines {
			all = append(all, feature+":"+line+"@9.3.2->9.3.2")
		}
		return all
	}
	nothing := func(*reports.Result) {}
	require.Equal(t, at("2", "4", "6"), ids(t, "--rerun-failed", stored(nothing)),
		"failed, broke and skipped; neither flaky nor unsupported")
	moved := stored(func(r *reports.Result) {
		for i := range r.Scenarios {
			r.Scenarios[i].Line -= 1 // the second row now stands where the first one did
		}
		r.Scenarios[5].Verdict = verdict.Failed
	})
	require.Equal(t, at("15", "2", "4", "6"), ids(t, "--rerun-failed", moved),
		"found by names and cells where lines have moved")

	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing failed": {[]string{realResult}, "nothing failed, broke or was skipped in " + realResult},
		"the scenario is gone": {[]string{stored(func(r *reports.Result) { r.Scenarios[1].Name = "Long gone" })},
			"the features no longer hold " + at("4")[0] + " (Five: Long gone)"},
		"the file is gone": {[]string{stored(func(r *reports.Result) { r.Scenarios[1].File = "features/gone.feature" })},
			"features/gone.feature: there is no such feature file or folder; "},
		"no version": {[]string{stored(func(r *reports.Result) { r.Scenarios[1].Local = "nine" })},
			`has the pair nine -> 9.3.2, which is none`},
		"two selections": {[]string{stored(nothing), "--tags", "@x"},
			"give no features, tags, versions or profile beside it"},
		"no file": {[]string{"nowhere.json"}, "--rerun-failed: nowhere.json: cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := crosscheck(t, append([]string{"list", "--rerun-failed"}, c.args...)...)
			require.Equal(t, 64, code, stdout)
			require.Contains(t, stderr, c.want)
		})
	}
}

func TestShardsAndRetriesThatCannotBe(t *testing.T) {
	for want, args := range map[string][]string{
		"--shard 3/2: write i/n, such as 1/4": {"list", "--shard", "3/2"},
		"split them into 1 parts at most": {"list", "--local", "9.3.2", "--shard", "1/2",
			"features/api_key/connect.feature:15"},
		"--costs: says how to split a plan; give --shard too": {"list", "--costs", realResult},
		"--costs: nowhere.json: cannot be read":               {"list", "--shard", "1/2", "--costs", "nowhere.json"},
		"--retries 10: a number from 0 to 9":                  {"run", "--retries", "10"},
	} {
		code, stdout, stderr := crosscheck(t, args...)
		require.Equal(t, 64, code, "%v: %s", args, stdout)
		require.Contains(t, stderr, want)
	}
}

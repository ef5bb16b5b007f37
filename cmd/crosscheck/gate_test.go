package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/gate"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// root is where the repository is from here; crosscheck itself runs in it.
const root = "../../"

// realResult is a run of 14 scenarios on Elasticsearch 9.3.2, as it was written.
const realResult = "cmd/crosscheck/testdata/result.json"

// doctored writes the real result, changed, and answers where.
func doctored(t *testing.T, change func(*reports.Result)) string {
	t.Helper()
	r, err := reports.Load(root + realResult)
	require.NoError(t, err)
	change(r)
	reports.Summarize(r, "")
	data, err := json.Marshal(r)
	require.NoError(t, err)
	return write(t, "doctored.json", string(data))
}

// named is the scenario with that text in its name.
func named(r *reports.Result, text string) *reports.Scenario {
	i := slices.IndexFunc(r.Scenarios, func(s reports.Scenario) bool { return strings.Contains(s.Name, text) })
	return &r.Scenarios[i]
}

const gatePolicy = `
expected_failures:
  - scenario: "A cross-cluster API key and the wrong port: The wrong port: the HTTP interface"
    reason: it was to be gone in 9.3.1
    link: https://tracker.test/1
    until: "2026-01-31"
`

// tenWays spoils a result in every way that a gate looks for, on a scenario of its own each.
func tenWays(r *reports.Result) {
	setVerdict := func(text string, v verdict.Verdict, reason string) *reports.Scenario {
		s := named(r, text)
		s.Verdict, s.Reason = v, reason
		return s
	}
	setVerdict("stored under another alias", verdict.Failed, "the search answered 500")
	r.Scenarios = slices.DeleteFunc(r.Scenarios,
		func(s reports.Scenario) bool { return strings.Contains(s.Name, "slices") })
	setVerdict("latency", verdict.Skipped, "no time")
	setVerdict("bandwidth", verdict.Unsupported, "nobody knows why")
	shape := named(r, "The documented steps connect").RemoteInfo[0]
	shape.Fields["color"] = "string"
	named(r, "closes idle").RemoteInfo[0].Defaults["max_proxy_socket_connections"] = "9"
	named(r, "The remote cluster restarts").Measurements["recovery"] += 60
	setVerdict("swallows everything", verdict.Error, "no such container")
	setVerdict("the HTTP interface", verdict.Failed, "it fails otherwise")
	setVerdict("idle for a second", verdict.Flaky, "failed at first: the search").Attempts = 2
}

func TestGateNamesEverythingThatChanged(t *testing.T) {
	result, policy := doctored(t, tenWays), write(t, "policy.yaml", gatePolicy)
	wanted := map[string]string{
		"new-failure":         "The key is stored under another alias",
		"vanished":            "A link that is slow and works: slices",
		"skipped":             "A link that is slow and works: latency",
		"unsupported":         "A link that is slow and works: bandwidth",
		"remote-info-shape":   "color",
		"remote-info-default": "max_proxy_socket_connections",
		"slower":              "The remote cluster restarts",
		"error":               "The load balancer swallows everything",
		"expired":             "The wrong port: the HTTP interface",
		"flaky":               "idle for a second",
	}
	code, stdout, stderr := crosscheck(t, "gate", "--baseline", realResult, "--policy", policy, "--format", "json", result)
	require.Equal(t, 1, code, stderr)
	var report gate.Report
	require.NoError(t, json.Unmarshal([]byte(stdout), &report))
	for kind, about := range wanted {
		require.True(t, slices.ContainsFunc(report.Findings,
			func(f gate.Finding) bool { return f.Kind == kind && strings.Contains(f.Title+f.Field, about) }),
			"no finding %s about %q in\n%s", kind, about, stdout)
	}
	require.Len(t, report.Findings, len(wanted)+1, "these, and the failure itself whose expectation is over:\n%s", stdout)
	for format, marks := range map[string][]string{"text": {"new failure", "exit 1, not conformant"},
		"markdown": {"| new failure |", "## ✘ crosscheck gate"}} {
		code, stdout, stderr := crosscheck(t, "gate", "--baseline", realResult, "--policy", policy, "--format", format,
			result)
		require.Equal(t, 1, code, stderr)
		for _, about := range wanted {
			require.Contains(t, strings.ReplaceAll(stdout, `\_`, "_"), about, "as %s", format)
		}
		for _, mark := range marks {
			require.Contains(t, stdout, mark)
		}
	}
}

func TestGateOverTheSameResultTwice(t *testing.T) {
	for _, format := range []string{"text", "markdown", "json"} {
		code, stdout, stderr := crosscheck(t, "gate", "--baseline", realResult, "--format", format, realResult)
		require.Zero(t, code, "%s%s", stdout, stderr)
		require.Contains(t, stdout, "0 findings in 14 scenarios compared")
	}
}

func TestGateForAnUpgrade(t *testing.T) {
	upgraded := doctored(t, func(r *reports.Result) {
		r.Pairs[0].Local, r.Pairs[0].Remote = "9.2.0", "9.3.2"
		for i := range r.Scenarios {
			s := &r.Scenarios[i]
			s.Local, s.Remote, s.Line = "9.2.0", "9.3.2", s.Line+7
			s.ID = reports.ScenarioID(s.File, s.Line, s.Pair())
		}
	})
	code, stdout, _ := crosscheck(t, "gate", "--baseline", realResult, upgraded)
	require.Equal(t, 1, code, "other versions are not compared unasked")
	require.Contains(t, stdout, "different pair             9.3.2 -> 9.3.2")
	require.Contains(t, stdout, "different pair             9.2.0 -> 9.3.2")
	for _, how := range [][]string{{"--any-versions"}, {"--pair", "9.3.2->9.3.2=9.2.0->9.3.2"},
		{"--pair=9.3.2 -> 9.3.2 = 9.2.0 -> 9.3.2"}} {
		code, stdout, stderr := crosscheck(t, append([]string{"gate", "--baseline", realResult, upgraded}, how...)...)
		require.Zero(t, code, "%v\n%s%s", how, stdout, stderr)
		require.Contains(t, stdout, "14 scenarios on 9.2.0 -> 9.3.2 (baseline: 9.3.2 -> 9.3.2)",
			"lines that moved are no trouble")
	}
}

func TestGateRefuses(t *testing.T) {
	good, err := os.ReadFile(root + realResult)
	require.NoError(t, err)
	shard := doctored(t, func(r *reports.Result) { r.Shard = &reports.Shard{Index: 1, Count: 2, Plan: []string{}} })
	truncated := write(t, "truncated.json", string(good[:len(good)/2]))
	foreign := write(t, "foreign.json", `{"schema": "other/1"}`)
	newer := write(t, "newer.json", strings.Replace(string(good), reports.SchemaVersion, "crosscheck.result/999", 1))
	contradictory := write(t, "contradictory.json", strings.Replace(string(good), `"passed": 14`, `"passed": 15`, 1))
	bad := write(t, "policy.yaml", "expected_failures:\n  - scenario: x\n    reason: y\n    link: z\n    untill: never\n")
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"truncated": {[]string{truncated}, []string{"truncated.json: ends in the middle"}},
		"foreign":   {[]string{foreign}, []string{"foreign.json: is not a result of crosscheck"}},
		"newer":     {[]string{newer}, []string{"newer.json: has the schema", "use the crosscheck that wrote it"}},
		"contradictory": {[]string{contradictory},
			[]string{"contradictory.json: its summary says 15 passed, its scenarios say 14"}},
		"missing":  {[]string{"nowhere.json"}, []string{"nowhere.json: cannot be read"}},
		"one part": {[]string{shard}, []string{"is part 1 of 2 of a run; join the parts first (crosscheck report merge)"}},
		"bad policy": {[]string{realResult, "--policy", bad},
			[]string{`policy.yaml:5:5: unknown key "untill" in an expected failure; did you mean "until"?`,
				"policy.yaml:4:11: link is"}},
		"no policy": {[]string{realResult, "--policy", "nowhere.yaml"}, []string{"nowhere.yaml"}},
		"bad pair": {[]string{realResult, "--pair", "9.3.2=9.3.2"},
			[]string{"--pair 9.3.2=9.3.2: write a pair of the baseline"}},
		"no such pair": {[]string{realResult, "--pair", "1->1=9.3.2->9.3.2"},
			[]string{"has no pair 1 -> 1; it has 9.3.2 -> 9.3.2"}},
		"both ways": {[]string{realResult, "--any-versions", "--pair", "9.3.2->9.3.2=9.3.2->9.3.2"},
			[]string{"give one of them"}},
		"everything bad":  {[]string{truncated, "--policy", bad}, []string{"ends in the middle", "unknown key"}},
		"unknown format":  {[]string{realResult, "--format", "html"}, []string{"--format must be one of"}},
		"a merge of none": {nil, []string{`expected "<result>"`}},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := crosscheck(t, append([]string{"gate", "--baseline", realResult}, c.args...)...)
			require.Equal(t, 64, code, "%s%s", stdout, stderr)
			for _, want := range c.want {
				require.Contains(t, stderr, want)
			}
		})
	}
}

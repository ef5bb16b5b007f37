package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/survey"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/changes"
	surveyed "github.com/crosscheck-dev/crosscheck/reports/survey"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

func TestWrongUseOfASurvey(t *testing.T) {
	killed := t.TempDir()
	cut := write(t, "9.3.2--9.3.2.jsonl", `{"schema":"crosscheck.survey/0","local":"9.3.2"}`+"\n")
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"unknown line": {[]string{"survey", "--lines", "5.6"},
			[]string{"--lines 5.6: no line of fixtures/survey.yaml; there are 7.17.29"}},
		"bad part":        {[]string{"survey", "--shard", "3/2"}, []string{"--shard 3/2: write i/n"}},
		"no such feature": {[]string{"survey", "--out", t.TempDir(), "nowhere.feature"}, []string{"nowhere.feature"}},
		"a run was killed": {[]string{"survey", "store", "--dir", t.TempDir(), killed},
			[]string{killed, "holds no result.json", "run it again"}},
		"an older schema": {[]string{"survey", "store", "--add", "--dir", filepath.Dir(cut), resultFolder(t)},
			[]string{"9.3.2--9.3.2.jsonl:1", "crosscheck.survey/0", "survey store"}},
		"no versions": {[]string{"changes"}, []string{"name two versions"}},
		"one version": {[]string{"changes", "8.5"}, []string{"name two versions"}},
		"not a version": {[]string{"changes", "8.5", "latest"},
			[]string{"changes latest: is no version; write it like 8.5"}},
		"all and two lines": {[]string{"changes", "8.5", "9.3", "--markdown"}, []string{"name no versions beside it"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := crosscheck(t, c.args...)
			require.Equal(t, 64, code, "stdout: %s\nstderr: %s", stdout, stderr)
			for _, want := range c.want {
				require.Contains(t, stderr, want)
			}
		})
	}
}

// resultFolder is a run's folder with the real result.
func resultFolder(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(root + realResult)
	require.NoError(t, err)
	return filepath.Dir(write(t, reports.ResultFile, string(data)))
}

func TestAResultIsStored(t *testing.T) {
	dir := t.TempDir()
	code, stdout, stderr := crosscheck(t, "survey", "store", "--dir", dir, resultFolder(t))
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "of 14 scenarios")
	data, err := os.ReadFile(filepath.Join(dir, "9.3.2--9.3.2.jsonl"))
	require.NoError(t, err)
	f, err := survey.Parse("f", data)
	require.NoError(t, err)
	require.Equal(t, 14, f.Verdicts.Passed)
	require.NotEmpty(t, f.Healthy, "the connected scenarios are kept")
	require.Empty(t, f.Seen, "there is no evidence beside this result")
}

func TestChangesBetweenStoredLines(t *testing.T) {
	code, stdout, stderr := crosscheck(t, "changes", "--json", "7.17", "8.5")
	require.Zero(t, code, stderr)
	var c changes.Changes
	require.NoError(t, json.Unmarshal([]byte(stdout), &c))
	require.Equal(t, []string{changes.Schema, "7.17", "8.5"}, []string{c.Schema, c.From.Asked, c.To.Asked})
	require.NotEmpty(t, c.Failures)
	code, stdout, stderr = crosscheck(t, "changes", "7.17", "8.5")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "What begins\n")
}

// surveyedPair writes what a run of a feature came to on the first line, but for the last skip scenarios, and answers
// the command that surveys it.
func surveyedPair(t *testing.T, skip int) []string {
	t.Helper()
	plan, err := survey.DefaultPlan()
	require.NoError(t, err)
	line := plan.Lines[0].Original()
	feature := write(t, "own.feature", "Feature: f\n  Scenario: a\n    Then \"partner\" is connected\n"+
		"  Scenario: b\n    Then \"partner\" is connected\n")
	o := session.Options{}
	o.Features, o.Paths, o.Local = anyPath{}, []string{feature}, []string{line}
	selected, err := session.Select(t.Context(), o)
	require.NoError(t, err)
	r := &reports.Result{RunID: "run"}
	for _, item := range selected.Items() {
		s := item.Report()
		s.Verdict = verdict.Passed
		r.Scenarios = append(r.Scenarios, s)
	}
	require.Len(t, r.Scenarios, 2)
	for i := range skip {
		s := &r.Scenarios[len(r.Scenarios)-1-i]
		s.Verdict, s.Reason = verdict.Skipped, "not run: interrupted"
	}
	reports.Summarize(r, "")
	data, err := reports.JSON(r)
	require.NoError(t, err)
	out := t.TempDir()
	folder := filepath.Join(out, line+"--"+line, "run")
	require.NoError(t, os.MkdirAll(folder, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, reports.ResultFile), data, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(out, line+"--"+line, "killed"), 0o755))
	return []string{"survey", "--lines", line, "--pairs", "self", "--out", out, feature}
}

func TestASurveyGoesOnWhereItStopped(t *testing.T) {
	args := surveyedPair(t, 0)
	code, stdout, stderr := crosscheck(t, args...)
	require.Zero(t, code, "what is complete is not run again, and so needs no Engine: %s%s", stdout, stderr)
	require.Contains(t, stdout, "BY FACT")
	data, err := os.ReadFile(filepath.Join(args[len(args)-2], "survey.json"))
	require.NoError(t, err)
	var table surveyed.Table
	require.NoError(t, json.Unmarshal(data, &table))
	require.Equal(t, 2, table.Rows[0].Verdicts.Passed)
	code, _, stderr = crosscheck(t, surveyedPair(t, 1)...)
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "/nonexistent/docker.sock", "what was skipped is run")
}

package cucumber

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	messages "github.com/cucumber/messages/go/v34"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// sample has a scenario of each verdict, on two pairs.
func sample() *reports.Result {
	r := &reports.Result{RunID: "r", ToolVersion: "1", Started: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
	r.Finished = r.Started.Add(time.Minute)
	for i, v := range verdict.Verdicts() {
		for _, remote := range []string{"9.3.2", "8.19.0"} {
			s := reports.Scenario{Name: v.String(), Feature: "f", File: "features/a.feature", Line: 10 * (i + 1),
				Local: "9.3.2", Remote: remote,
				Verdict: v, Tags: []string{"@a"}, Reason: "why", Attempts: 1, Seconds: 2}
			s.ID = reports.ScenarioID(s.File, s.Line, s.Pair())
			given := reports.Step{Keyword: "Given", Text: "a", Line: s.Line + 1, Verdict: verdict.Passed, Seconds: 1.5,
				Table: [][]string{{"x", "y"}}}
			switch v {
			case verdict.Failed, verdict.Error:
				s.Steps = []reports.Step{given, {Keyword: "Then", Text: "b", Verdict: v, Message: "m", Wanted: "w1\nw2", Got: "g"},
					{Keyword: "And", Text: "c", Verdict: verdict.Skipped}}
			case verdict.Skipped, verdict.Unsupported:
				s.Attempts, s.Fact = 0, "fact"
			case verdict.Flaky:
				s.Attempts, s.Steps = 3, []reports.Step{given}
			default:
				s.Steps = []reports.Step{given}
			}
			r.Scenarios = append(r.Scenarios, s)
		}
	}
	reports.Summarize(r, "")
	return r
}

func read(t testing.TB, data []byte) []messages.Envelope {
	t.Helper()
	var all []messages.Envelope
	for line := range bytes.Lines(data) {
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.DisallowUnknownFields()
		var e messages.Envelope
		require.NoError(t, decoder.Decode(&e), "%s", line)
		all = append(all, e)
	}
	return all
}

// TestEveryReferenceLeadsSomewhere follows the ids as a reader of messages does, and counts what each scenario comes
// to.
func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	data, err := Messages(sample())
	require.NoError(t, err)
	nodes, hooks, pickleSteps := map[string]bool{}, map[string]bool{}, map[string]bool{}
	pickles, sources := map[string]string{}, map[string]bool{}
	testSteps, cases, runs := map[string]bool{}, map[string]string{}, map[string]string{}
	worst := map[string]messages.TestStepResultStatus{} // by pickle
	finished, retried := map[string]bool{}, map[string]int{}
	severity := []messages.TestStepResultStatus{"", messages.TestStepResultStatus_PASSED,
		messages.TestStepResultStatus_SKIPPED, messages.TestStepResultStatus_FAILED}
	rank := func(s messages.TestStepResultStatus) int {
		for i := range severity {
			if severity[i] == s {
				return i
			}
		}
		t.Fatalf("status %q is not one that a run can have", s)
		return 0
	}
	unique := func(seen map[string]bool, id, what string) {
		require.NotEmpty(t, id, what)
		require.False(t, seen[id], "%s %s is there twice", what, id)
		seen[id] = true
	}
	for i, e := range read(t, data) {
		switch {
		case e.Meta != nil:
			require.Zero(t, i, "the meta message comes first")
		case e.Hook != nil:
			unique(hooks, e.Hook.Id, "hook")
		case e.Source != nil:
			unique(sources, e.Source.Uri, "source")
		case e.GherkinDocument != nil:
			require.True(t, sources[e.GherkinDocument.Uri])
			for _, child := range e.GherkinDocument.Feature.Children {
				unique(nodes, child.Scenario.Id, "scenario")
				for _, step := range child.Scenario.Steps {
					unique(nodes, step.Id, "step")
				}
				for _, tag := range child.Scenario.Tags {
					unique(nodes, tag.Id, "tag")
				}
			}
		case e.Pickle != nil:
			require.Empty(t, pickles[e.Pickle.Id])
			pickles[e.Pickle.Id] = e.Pickle.Name
			for _, id := range e.Pickle.AstNodeIds {
				require.True(t, nodes[id], "the pickle's node is unknown")
			}
			for _, step := range e.Pickle.Steps {
				unique(pickleSteps, step.Id, "pickle step")
				require.True(t, nodes[step.AstNodeIds[0]])
			}
		case e.TestCase != nil:
			require.NotEmpty(t, pickles[e.TestCase.PickleId])
			require.NotEmpty(t, e.TestCase.TestSteps, "a case without steps has no status")
			cases[e.TestCase.Id] = e.TestCase.PickleId
			for _, step := range e.TestCase.TestSteps {
				unique(testSteps, step.Id, "test step")
				require.True(t, hooks[step.HookId] != pickleSteps[step.PickleStepId],
					"a step of the case is a hook or a step of the pickle")
			}
		case e.TestCaseStarted != nil:
			require.NotEmpty(t, cases[e.TestCaseStarted.TestCaseId])
			require.Equal(t, int64(retried[e.TestCaseStarted.TestCaseId]), e.TestCaseStarted.Attempt, "attempts count from 0")
			runs[e.TestCaseStarted.Id] = e.TestCaseStarted.TestCaseId
			delete(worst, cases[e.TestCaseStarted.TestCaseId])
		case e.TestStepFinished != nil:
			require.True(t, testSteps[e.TestStepFinished.TestStepId])
			pickle := cases[runs[e.TestStepFinished.TestCaseStartedId]]
			if status := e.TestStepFinished.TestStepResult.Status; rank(status) > rank(worst[pickle]) {
				worst[pickle] = status
			}
		case e.TestCaseFinished != nil:
			if e.TestCaseFinished.WillBeRetried {
				retried[runs[e.TestCaseFinished.TestCaseStartedId]]++
			}
			finished[e.TestCaseFinished.TestCaseStartedId] = true
		}
	}
	assert.Len(t, finished, len(runs), "every case that was started is finished")
	assert.Len(t, pickles, 12)
	assert.Len(t, sources, 2, "a document for each feature on each pair")
	want := map[string]messages.TestStepResultStatus{"passed": "PASSED", "failed": "FAILED", "error": "FAILED",
		"skipped": "SKIPPED", "unsupported": "SKIPPED", "flaky": "PASSED"}
	for id, name := range pickles {
		assert.Equal(t, want[name], worst[id], "what the last attempt of %s comes to", name)
	}
	for id, pickle := range cases {
		if pickles[pickle] == "flaky" {
			assert.Equal(t, 2, retried[id], "two attempts came before the last one")
		}
	}
}

func TestAFailureCarriesWhatWasWantedAndGot(t *testing.T) {
	data, err := Messages(sample())
	require.NoError(t, err)
	kinds := map[string]string{}
	for _, e := range read(t, data) {
		if f := e.TestStepFinished; f != nil && f.TestStepResult.Exception != nil {
			kinds[f.TestStepResult.Exception.Type] = f.TestStepResult.Message
		}
	}
	assert.Equal(t, map[string]string{"Mismatch": "m\nwanted  w1\n        w2\ngot     g",
		"HarnessError": "m\nwanted  w1\n        w2\ngot     g"}, kinds,
		"a product that differs and a harness that broke are told apart")
}

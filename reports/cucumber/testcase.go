package cucumber

import (
	"strings"

	messages "github.com/cucumber/messages/go/v34"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// testCase writes how a scenario ran. Attempts before the last one are known by their number only.
func (w *writer) testCase(s reports.Scenario) {
	test := &messages.TestCase{Id: w.id(), PickleId: s.ID, TestSteps: []*messages.TestStep{}}
	// Where no step ran, the hook carries the verdict.
	gate := len(s.Steps) == 0 || s.Attempts > 1 || s.Verdict == verdict.Unsupported
	if gate {
		test.TestSteps = append(test.TestSteps, &messages.TestStep{Id: w.id(), HookId: applies})
	}
	for _, id := range w.steps[s.ID] {
		test.TestSteps = append(test.TestSteps, &messages.TestStep{Id: w.id(), PickleStepId: id,
			StepDefinitionIds: []string{}, StepMatchArgumentsLists: []*messages.StepMatchArgumentsList{}})
	}
	w.put(&messages.Envelope{TestCase: test})

	last := max(1, s.Attempts) - 1
	for attempt := range last {
		started := w.start(test.Id, attempt)
		for j, step := range test.TestSteps {
			result := &messages.TestStepResult{Status: messages.TestStepResultStatus_SKIPPED, Duration: duration(0)}
			if j == 0 { // the hook
				result.Status, result.Message = messages.TestStepResultStatus_FAILED, s.Reason
			}
			w.step(started, step.Id, result, 0, 0)
		}
		w.put(&messages.Envelope{TestCaseFinished: &messages.TestCaseFinished{TestCaseStartedId: started, Timestamp: w.at(0),
			WillBeRetried: true}})
	}
	started := w.start(test.Id, last)
	rest := test.TestSteps
	if gate {
		w.step(started, rest[0].Id, gateResult(s), 0, 0)
		rest = rest[1:]
	}
	clock := 0.0
	for j, step := range s.Steps {
		w.step(started, rest[j].Id, stepResult(step), clock, clock+step.Seconds)
		clock += step.Seconds
	}
	w.put(&messages.Envelope{TestCaseFinished: &messages.TestCaseFinished{TestCaseStartedId: started,
		Timestamp: w.at(max(clock, s.Seconds))}})
}

func (w *writer) start(testCase string, attempt int) string {
	id := w.id()
	w.put(&messages.Envelope{TestCaseStarted: &messages.TestCaseStarted{Attempt: int64(attempt), Id: id,
		TestCaseId: testCase, Timestamp: w.at(0)}})
	return id
}

func (w *writer) step(started, id string, result *messages.TestStepResult, from, to float64) {
	w.put(&messages.Envelope{TestStepStarted: &messages.TestStepStarted{TestCaseStartedId: started, TestStepId: id,
		Timestamp: w.at(from)}})
	w.put(&messages.Envelope{TestStepFinished: &messages.TestStepFinished{TestCaseStartedId: started, TestStepId: id,
		TestStepResult: result, Timestamp: w.at(to)}})
}

// gateResult is the scenario's own verdict, for the hook.
func gateResult(s reports.Scenario) *messages.TestStepResult {
	result := &messages.TestStepResult{Duration: duration(0), Message: s.Reason,
		Status: messages.TestStepResultStatus_SKIPPED}
	switch s.Verdict {
	case verdict.Passed, verdict.Flaky:
		result.Status, result.Message = messages.TestStepResultStatus_PASSED, ""
	case verdict.Unsupported:
		result.Message = "unsupported: " + s.Reason
		if s.Fact != "" {
			result.Message += " (" + s.Fact + ")"
		}
	case verdict.Failed, verdict.Error:
		result.Status = messages.TestStepResultStatus_FAILED
		result.Exception = exception(s.Verdict, s.Reason)
	}
	return result
}

func stepResult(step reports.Step) *messages.TestStepResult {
	result := &messages.TestStepResult{Duration: duration(step.Seconds)}
	switch step.Verdict {
	case verdict.Passed:
		result.Status = messages.TestStepResultStatus_PASSED
	case verdict.Skipped:
		result.Status, result.Message = messages.TestStepResultStatus_SKIPPED, step.Message
	default:
		var lines []string
		for _, l := range []struct{ label, text string }{
			{"", step.Message}, {"wanted  ", step.Wanted}, {"got     ", step.Got}, {"polled  ", step.Polled},
			{"hint    ", step.Hint},
		} {
			if l.text != "" {
				lines = append(lines, l.label+strings.ReplaceAll(l.text, "\n", "\n"+strings.Repeat(" ", len(l.label))))
			}
		}
		result.Status, result.Message = messages.TestStepResultStatus_FAILED, strings.Join(lines, "\n")
		result.Exception = exception(step.Verdict, step.Message)
	}
	return result
}

// exception tells a product that differs from a harness that broke: messages have one status for both.
func exception(v verdict.Verdict, message string) *messages.Exception {
	if v == verdict.Failed {
		return &messages.Exception{Type: "Mismatch", Message: message}
	}
	return &messages.Exception{Type: "HarnessError", Message: message}
}

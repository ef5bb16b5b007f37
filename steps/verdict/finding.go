package verdict

import (
	"context"
	"errors"
)

// Finding is what the error of one step comes to: the verdict for its scenario, the verdict for the step itself, and
// what the reports show of it. A step only ever passes, fails, breaks or is skipped.
type Finding struct {
	Scenario, Step                     Verdict
	Message, Wanted, Got, Polled, Hint string
	// Fact is the id of the fact for which the scenario is unsupported; empty with every other verdict.
	Fact string
}

// Of judges the error of a step. A cancelled context means that the run was interrupted, which is nobody's failure; a
// deadline that passed is an error. A Mismatch beside other errors stays a failure, so that trouble while cleaning up
// does not hide it.
func Of(err error) Finding {
	if err == nil {
		return Finding{Scenario: Passed, Step: Passed}
	}
	if errors.Is(err, context.Canceled) {
		return Finding{Scenario: Skipped, Step: Skipped, Message: "the run was interrupted"}
	}
	if m, ok := errors.AsType[*Mismatch](err); ok {
		return Finding{Scenario: Failed, Step: Failed,
			Message: m.What, Wanted: m.Wanted, Got: m.Got, Polled: m.Polled(), Hint: m.Hint}
	}
	if u, ok := errors.AsType[*UnsupportedError](err); ok {
		return Finding{Scenario: Unsupported, Step: Skipped, Message: u.Reason, Fact: u.Fact}
	}
	if s, ok := errors.AsType[*SkippedError](err); ok {
		return Finding{Scenario: Skipped, Step: Skipped, Message: s.Reason}
	}
	return Finding{Scenario: Error, Step: Error, Message: err.Error()}
}

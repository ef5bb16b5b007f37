package suite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cucumber/godog"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin/engine"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// performance is one scenario while godog carries it out. Its hooks see each step as it begins and as it ends, and
// note the verdict at once, so that a live view shows steps as they finish.
type performance struct {
	ctx      context.Context
	planned  []gherkin.Bound
	result   *reports.Scenario
	finished func(reports.Step)
	begun    time.Time // when the current step began
	failure  error     // of the first step that did not pass
}

// steps lets godog carry out the steps of one item, and answers why the scenario did not pass. godog's own tally is
// not asked: it counts a skipped step as passed, and a file without steps as a success.
func (r *runner) steps(ctx context.Context, item Item, scenario world, result *reports.Scenario) error {
	result.Verdict = verdict.Passed
	p := &performance{ctx: ctx, planned: item.bound, result: result,
		finished: func(step reports.Step) { r.Observer.StepFinished(result.ID, step) }}
	definitions := scenario.Definitions()
	if err := item.vocabulary.Fits(definitions); err != nil { // godog would call every step undefined
		p.complete(err)
		return p.failure
	}
	var register error
	err := engine.Run(ctx, item.Scenario.File, item.Scenario.Alone(), func(sc *godog.ScenarioContext) {
		register = item.vocabulary.Register(sc, definitions, steps.Unsupported)
		sc.StepContext().Before(p.before)
		sc.StepContext().After(p.after)
	})
	if err != nil && errors.Is(err, ctx.Err()) { // say why it ended, as a step that is cut off does
		err = interrupted(ctx, context.Cause(ctx))
	}
	p.complete(errors.Join(register, err))
	return p.failure
}

// before is godog's hook for a step that begins.
func (p *performance) before(ctx context.Context, _ *godog.Step) (context.Context, error) {
	p.begun = time.Now()
	return ctx, nil
}

// after is godog's hook for a step that has ended, or that was skipped because an earlier one did not pass. err is the
// error that the step's handler returned, or godog's own for a step that is undefined or ambiguous.
func (p *performance) after(
	ctx context.Context, step *godog.Step, status godog.StepResultStatus, err error,
) (context.Context, error) {
	index := len(p.result.Steps)
	switch {
	case index >= len(p.planned) || p.planned[index].Text != step.Text:
		p.fail(fmt.Errorf("godog carried out the step %q, which is not the next one of the plan", step.Text))
	case p.failure != nil:
		p.note(p.planned[index], nil, 0)
	default:
		if err == nil && status != godog.StepPassed {
			err = fmt.Errorf("godog has this step as %s", status)
		}
		p.note(p.planned[index], interrupted(p.ctx, err), time.Since(p.begun))
	}
	return ctx, nil
}

// note adds a planned step to the result. A step after the failure was not carried out.
func (p *performance) note(planned gherkin.Bound, err error, took time.Duration) {
	step := reports.Step{
		Keyword: planned.Keyword, Text: planned.Text, Line: planned.Line, Table: planned.Table, Verdict: verdict.Skipped,
	}
	if p.failure == nil {
		found := verdict.Of(err)
		step.Seconds, step.Verdict, step.Message = took.Seconds(), found.Step, found.Message
		step.Wanted, step.Got, step.Polled, step.Hint = found.Wanted, found.Got, found.Polled, found.Hint
		if err != nil {
			p.failure = err
			p.result.Verdict, p.result.Reason, p.result.Fact = found.Scenario, reason(step), found.Fact
		}
	}
	p.result.Steps = append(p.result.Steps, step)
	p.finished(step)
}

// fail makes an error of the scenario that none of its steps returned.
func (p *performance) fail(err error) {
	if p.failure == nil {
		p.failure = err
		p.result.Verdict, p.result.Reason = verdict.Error, err.Error()
	}
}

// complete compares the steps that godog carried out with the planned ones. err is what godog itself had trouble with.
func (p *performance) complete(err error) {
	seen := len(p.result.Steps)
	switch {
	case err != nil:
		p.fail(err)
	case seen < len(p.planned):
		p.fail(fmt.Errorf("godog carried out %d of the %d planned steps", seen, len(p.planned)))
	}
	for _, planned := range p.planned[seen:] {
		p.note(planned, nil, 0)
	}
}

func reason(step reports.Step) string {
	if step.Message != "" {
		return step.Message
	}
	return step.Text
}

// interrupted makes a skip of an error with which a step was cut off because the run ends, whatever it ends for.
func interrupted(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(ctx.Err(), context.Canceled) && errors.Is(err, cause) {
		return &verdict.SkippedError{Reason: "the run was interrupted: " + cause.Error()}
	}
	return err
}

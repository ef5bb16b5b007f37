package gherkin

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"

	"github.com/cucumber/godog"
)

// Register makes the vocabulary's steps known to one of godog's scenarios. Their handlers are those of definitions,
// which has to be the list that the vocabulary was made of, bound to the state of that scenario. seen may replace the
// error that a handler returned; nil leaves errors as they are.
func (v *Vocabulary) Register(sc *godog.ScenarioContext, definitions []Definition, seen func(error) error) error {
	if err := v.Fits(definitions); err != nil {
		return err
	}
	for i, e := range v.entries {
		handler := reflect.ValueOf(definitions[i].Handler)
		perform := func(ctx context.Context, step Step) error {
			err := e.perform(ctx, handler, step)
			if seen != nil {
				err = seen(err)
			}
			return err
		}
		// godog looks at the handler's parameters to tell what it may pass on from below the step.
		switch {
		case e.table:
			sc.Step(e.pattern, func(ctx context.Context, text string, table *godog.Table) error {
				return perform(ctx, Step{Text: text, Table: newTable(table)})
			})
		case e.doc:
			sc.Step(e.pattern, func(ctx context.Context, text string, doc *godog.DocString) error {
				return perform(ctx, Step{Text: text, Doc: doc.Content})
			})
		default:
			sc.Step(e.pattern, func(ctx context.Context, text string) error {
				return perform(ctx, Step{Text: text})
			})
		}
	}
	return nil
}

// Check finds the steps of a scenario that belong to the vocabulary and do not have below them what they want, which
// godog does not tell. Steps that the vocabulary does not know are left to godog: they are answered without a
// definition.
func (v *Vocabulary) Check(scenario *godog.Scenario) ([]Bound, error) {
	var bound []Bound
	var errs []error
	for _, pickled := range scenario.Steps {
		step := newStep(node{}, pickled)
		one := Bound{Step: step}
		for i, e := range v.entries {
			matched, err := e.expression.Match(step.Text)
			if err == nil && matched != nil {
				one = e.bound(step, i)
				one.Arguments, err = e.arguments(step, matched)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", scenario.Uri, err))
			}
		}
		bound = append(bound, one)
	}
	return bound, errors.Join(errs...)
}

// Run carries out one step outside of godog, with the handlers of definitions.
func (v *Vocabulary) Run(ctx context.Context, b Bound, definitions []Definition) error {
	if err := v.Fits(definitions); err != nil {
		return err
	}
	return call(ctx, reflect.ValueOf(definitions[b.entry].Handler), b.Arguments)
}

// Fits checks that definitions are the ones that the vocabulary was made of.
func (v *Vocabulary) Fits(definitions []Definition) error {
	if len(definitions) != len(v.entries) {
		return fmt.Errorf("the vocabulary has %d steps, and the scenario offers %d", len(v.entries), len(definitions))
	}
	for i, e := range v.entries {
		if d := definitions[i]; d.Expression != e.Expression || reflect.TypeOf(d.Handler) != e.handler {
			return fmt.Errorf("step %d of the vocabulary is %q with %s, and the scenario offers %q with %T",
				i+1, e.Expression, e.handler, d.Expression, d.Handler)
		}
	}
	return nil
}

// perform reads the arguments of a step from its text and calls the handler with them.
func (e *entry) perform(ctx context.Context, handler reflect.Value, step Step) error {
	matched, err := e.expression.Match(step.Text)
	if err != nil {
		return fmt.Errorf("match %q: %w", step.Text, err)
	}
	arguments, err := e.arguments(step, matched)
	if err != nil {
		return err
	}
	return call(ctx, handler, arguments)
}

// call turns a panic of the handler into an error with its stack: one broken step must not take the clean-up of the
// other scenarios with it, and godog's own error for a panic has lost where it happened.
func call(ctx context.Context, handler reflect.Value, arguments []any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the step panicked: %v\n%s", p, debug.Stack())
		}
	}()
	in := []reflect.Value{reflect.ValueOf(ctx)}
	for _, a := range arguments {
		in = append(in, reflect.ValueOf(a))
	}
	err, _ = handler.Call(in)[0].Interface().(error)
	return err
}

package gherkin

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	expressions "github.com/cucumber/cucumber-expressions/go/v18"
)

// Definition is one entry of a vocabulary: a Cucumber expression and the function that carries the step out. Handler is
// func(World, context.Context, ...) error with one parameter for each of the expression's, and a Table or a string
// (doc string) at the end for what stands below the step.
type Definition struct {
	Expression string
	Handler    any
	Doc        string   // what the step does, in a sentence
	Simulates  []string // what around the clusters is not real in it
}

// Vocabulary is the language of the features.
type Vocabulary struct {
	entries []entry
}

type entry struct {
	Definition
	expression expressions.Expression
	handler    reflect.Value
	table, doc bool
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
	tableType   = reflect.TypeFor[Table]()
)

// NewVocabulary compiles definitions for the World of type W. A handler that does not fit its expression is an error.
func NewVocabulary[W any](definitions []Definition) (*Vocabulary, error) {
	registry := expressions.NewParameterTypeRegistry()
	world := reflect.TypeFor[W]()
	v := &Vocabulary{}
	for _, d := range definitions {
		expression, err := expressions.NewCucumberExpression(d.Expression, registry)
		if err != nil {
			return nil, fmt.Errorf("step %q: %w", d.Expression, err)
		}
		e := entry{Definition: d, expression: expression, handler: reflect.ValueOf(d.Handler)}
		t := e.handler.Type()
		if t.Kind() != reflect.Func || t.NumIn() < 2 || t.In(0) != world || t.In(1) != contextType || t.NumOut() != 1 || t.Out(0) != errorType {
			return nil, fmt.Errorf("step %q: its handler is %s, not func(%s, context.Context, ...) error", d.Expression, t, world)
		}
		parameters := strings.Count(d.Expression, "{") - strings.Count(d.Expression, `\{`)
		switch extra := t.NumIn() - 2 - parameters; {
		case extra == 0:
		case extra == 1 && t.In(t.NumIn()-1) == tableType:
			e.table = true
		case extra == 1 && t.In(t.NumIn()-1).Kind() == reflect.String:
			e.doc = true
		default:
			return nil, fmt.Errorf("step %q has %d parameters, and its handler %s does not fit", d.Expression, parameters, t)
		}
		v.entries = append(v.entries, e)
	}
	return v, nil
}

// Bound is a step that knows its function and its arguments.
type Bound struct {
	Step
	Expression string // of the definition that it is bound to
	Simulates  []string
	Arguments  []any // string or int, and last the Table or doc string
	call       func(world any, ctx context.Context) error
}

// Run carries the step out.
func (b Bound) Run(ctx context.Context, world any) error { return b.call(world, ctx) }

// Bind finds the function of every step. Steps that are undefined, ambiguous or lack their table are all reported.
func (v *Vocabulary) Bind(s Scenario) ([]Bound, error) {
	bound := make([]Bound, 0, len(s.Steps))
	var errs []error
	for _, step := range s.Steps {
		b, err := v.bind(step)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", s.File, step.Line, err))
			continue
		}
		bound = append(bound, b)
	}
	return bound, errors.Join(errs...)
}

func (v *Vocabulary) bind(step Step) (Bound, error) {
	var found []entry
	var arguments []*expressions.Argument
	for _, e := range v.entries {
		match, err := e.expression.Match(step.Text)
		if err != nil {
			return Bound{}, fmt.Errorf("match %q: %w", step.Text, err)
		}
		if match != nil {
			found = append(found, e)
			arguments = match
		}
	}
	switch {
	case len(found) == 0:
		return Bound{}, fmt.Errorf("undefined step %q; the nearest is %q (crosscheck list --steps shows all)", step.Text, v.nearest(step.Text))
	case len(found) > 1:
		return Bound{}, fmt.Errorf("ambiguous step %q: both %q and %q match", step.Text, found[0].Expression, found[1].Expression)
	}
	e := found[0]
	if e.table != (step.Table != nil) {
		if e.table {
			return Bound{}, fmt.Errorf("step %q wants a table below it", step.Text)
		}
		return Bound{}, fmt.Errorf("step %q takes no table", step.Text)
	}
	values := []reflect.Value{}
	for _, a := range arguments {
		values = append(values, reflect.ValueOf(a.GetValue()))
	}
	if e.table {
		values = append(values, reflect.ValueOf(step.Table))
	}
	if e.doc {
		values = append(values, reflect.ValueOf(step.Doc))
	}
	for i, value := range values {
		if want := e.handler.Type().In(i + 2); !value.Type().AssignableTo(want) {
			return Bound{}, fmt.Errorf("step %q: argument %d is a %s, and its handler wants a %s", step.Text, i+1, value.Type(), want)
		}
	}
	given := make([]any, 0, len(values))
	for _, value := range values {
		given = append(given, value.Interface())
	}
	return Bound{Step: step, Expression: e.Expression, Simulates: e.Simulates, Arguments: given, call: func(world any, ctx context.Context) error {
		out := e.handler.Call(append([]reflect.Value{reflect.ValueOf(world), reflect.ValueOf(ctx)}, values...))
		err, _ := out[0].Interface().(error)
		return err
	}}, nil
}

// nearest is the expression that shares the most words with text.
func (v *Vocabulary) nearest(text string) string {
	best, most := "", -1.0
	words := map[string]bool{}
	for _, w := range strings.Fields(text) {
		words[w] = true
	}
	for _, e := range v.entries {
		fields := strings.Fields(e.Expression)
		shared := 0
		for _, w := range fields {
			if words[w] {
				shared++
			}
		}
		if score := float64(shared) / float64(len(fields)+len(words)); score > most {
			best, most = e.Expression, score
		}
	}
	return best
}

package gherkin

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	expressions "github.com/cucumber/cucumber-expressions/go/v18"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
)

// Definition is one entry of a vocabulary: a Cucumber expression and the function that carries the step out. Handler
// is func(context.Context, ...) error with one string or int for each parameter of the expression, and a Table or a
// string (doc string) at the end for what stands below the step. It is bound to the state of one scenario.
type Definition struct {
	Expression string
	Handler    any
	Doc        string   // what the step does, in a sentence
	Simulates  []string // what around the clusters is not real in it
	// Controls names what the step takes into crosscheck's hands, which clusters of a user's do not give, such as "the
	// keystore of the local nodes"; empty: it speaks to the clusters as any client does.
	Controls string
	// Needs are the facts of fixtures/versions.yaml that the step always takes, such as resolve-cluster.
	Needs []string
	// NeedsOf answers the facts that follow from its arguments, such as those of the settings that its table names; nil:
	// none do. The arguments are those of the handler without the context.
	NeedsOf func(known *facts.Facts, arguments []any) []string
}

// Controlling has all of some definitions take the same into crosscheck's hands.
func Controlling(what string, definitions []Definition) []Definition {
	for i := range definitions {
		definitions[i].Controls = what
	}
	return definitions
}

// Needing has all of some definitions take a fact.
func Needing(fact string, definitions []Definition) []Definition {
	for i, d := range definitions {
		definitions[i].Needs = append([]string{fact}, d.Needs...)
	}
	return definitions
}

// Vocabulary is the language of the features: expressions that were compiled once, and the shapes of their handlers.
// Handlers are given to Register or Run for each scenario, by the same list of definitions that the vocabulary was
// made of.
type Vocabulary struct {
	entries []entry
}

type entry struct {
	Definition
	expression expressions.Expression
	pattern    *regexp.Regexp // of the whole step, for godog
	handler    reflect.Type
	table, doc bool
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
	tableType   = reflect.TypeFor[Table]()
)

// NewVocabulary compiles definitions. A handler that does not fit its expression is an error.
func NewVocabulary(definitions []Definition) (*Vocabulary, error) {
	registry := expressions.NewParameterTypeRegistry()
	v := &Vocabulary{}
	for _, d := range definitions {
		expression, err := expressions.NewCucumberExpression(d.Expression, registry)
		if err != nil {
			return nil, fmt.Errorf("step %q: %w", d.Expression, err)
		}
		e := entry{Definition: d, expression: expression, handler: reflect.TypeOf(d.Handler)}
		if e.pattern, err = wholeStep(expression.Regexp()); err != nil {
			return nil, fmt.Errorf("step %q: %w", d.Expression, err)
		}
		if err := e.shape(); err != nil {
			return nil, err
		}
		v.entries = append(v.entries, e)
	}
	return v, nil
}

// shape checks that the handler fits the expression, and finds out what it wants below the step.
func (e *entry) shape() error {
	t := e.handler
	if t == nil || t.Kind() != reflect.Func ||
		t.NumIn() < 1 || t.In(0) != contextType || t.NumOut() != 1 || t.Out(0) != errorType {
		return fmt.Errorf("step %q: its handler is %v, not func(context.Context, ...) error", e.Expression, t)
	}
	parameters := strings.Count(e.Expression, "{") - strings.Count(e.Expression, `\{`)
	switch extra := t.NumIn() - 1 - parameters; {
	case extra == 0:
	case extra == 1 && t.In(t.NumIn()-1) == tableType:
		e.table = true
	case extra == 1 && t.In(t.NumIn()-1).Kind() == reflect.String:
		e.doc = true
	default:
		return fmt.Errorf("step %q has %d parameters, and its handler %s does not fit", e.Expression, parameters, t)
	}
	return nil
}

// Bound is a step that knows its definition and its arguments.
type Bound struct {
	Step
	Expression string // of the definition that it is bound to
	Simulates  []string
	Controls   string
	Arguments  []any // string or int, and last the Table or doc string
	definition Definition
	entry      int
}

// Needs are the facts of fixtures/versions.yaml that the step takes with its arguments, in the order of its definition.
func (b Bound) Needs(known *facts.Facts) []string {
	if b.definition.NeedsOf == nil {
		return b.definition.Needs
	}
	return slices.Concat(b.definition.Needs, b.definition.NeedsOf(known, b.Arguments))
}

// Bind finds the definition of every step. Steps that are undefined, ambiguous or do not have below them what their
// definition wants are all reported.
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
	var found []int
	var arguments []*expressions.Argument
	for i, e := range v.entries {
		match, err := e.expression.Match(step.Text)
		if err != nil {
			return Bound{}, fmt.Errorf("match %q: %w", step.Text, err)
		}
		if match != nil {
			found = append(found, i)
			arguments = match
		}
	}
	switch {
	case len(found) == 0:
		return Bound{}, fmt.Errorf("undefined step %q; the nearest is %q (crosscheck list --steps shows all)",
			step.Text, v.nearest(step.Text))
	case len(found) > 1:
		return Bound{}, fmt.Errorf("ambiguous step %q: both %q and %q match", step.Text,
			v.entries[found[0]].Expression, v.entries[found[1]].Expression)
	}
	e := v.entries[found[0]]
	values, err := e.arguments(step, arguments)
	if err != nil {
		return Bound{}, err
	}
	b := e.bound(step, found[0])
	b.Arguments = values
	return b, nil
}

// bound is a step without its arguments, given the place of its definition in the vocabulary.
func (e *entry) bound(step Step, place int) Bound {
	return Bound{Step: step, Expression: e.Expression, Simulates: e.Simulates, Controls: e.Controls,
		definition: e.Definition, entry: place}
}

// arguments are what the handler of a step gets after the context.
func (e *entry) arguments(step Step, matched []*expressions.Argument) ([]any, error) {
	switch {
	case e.table && step.Table == nil:
		return nil, fmt.Errorf("step %q wants a table below it", step.Text)
	case !e.table && step.Table != nil:
		return nil, fmt.Errorf("step %q takes no table", step.Text)
	case e.doc && step.Doc == "":
		return nil, fmt.Errorf("step %q wants a doc string below it", step.Text)
	case !e.doc && step.Doc != "":
		return nil, fmt.Errorf("step %q takes no doc string", step.Text)
	}
	var values []any
	for _, a := range matched {
		values = append(values, a.GetValue())
	}
	if e.table {
		values = append(values, step.Table)
	}
	if e.doc {
		values = append(values, step.Doc)
	}
	for i, value := range values {
		if have, want := reflect.TypeOf(value), e.handler.In(i+1); !have.AssignableTo(want) {
			return nil, fmt.Errorf("step %q: argument %d is a %s, and its handler wants a %s", step.Text, i+1, have, want)
		}
	}
	return values, nil
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

package steps

import (
	"reflect"
	"slices"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

// Definitions are the steps of the vocabulary, bound to this scenario: always the same ones in the same order.
func (s *Scenario) Definitions() []gherkin.Definition {
	definitions := slices.Clone(unbound())
	for i, d := range definitions {
		definitions[i].Handler = bind(d.Handler, s)
	}
	return definitions
}

// bind turns a method expression of Scenario into a function of one scenario.
func bind(method any, s *Scenario) any {
	value := reflect.ValueOf(method)
	t := value.Type()
	in := make([]reflect.Type, 0, t.NumIn()-1)
	for i := 1; i < t.NumIn(); i++ {
		in = append(in, t.In(i))
	}
	bound := reflect.FuncOf(in, []reflect.Type{t.Out(0)}, false)
	receiver := reflect.ValueOf(s)
	return reflect.MakeFunc(bound, func(arguments []reflect.Value) []reflect.Value {
		return value.Call(append([]reflect.Value{receiver}, arguments...))
	}).Interface()
}

package gherkin_test

import (
	"context"
	"os"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cucumber/godog"
	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin/engine"
)

// heard is one call of a handler.
type heard struct {
	Expression string
	Arguments  []any
}

// listener offers the vocabulary of the features with handlers of the same shapes that do nothing but note their
// calls.
type listener struct{ calls []heard }

func (l *listener) definitions(vocabulary []gherkin.Definition) []gherkin.Definition {
	definitions := slices.Clone(vocabulary)
	for i, d := range definitions {
		t := reflect.TypeOf(d.Handler)
		definitions[i].Handler = reflect.MakeFunc(t, func(in []reflect.Value) []reflect.Value {
			call := heard{Expression: d.Expression}
			for _, value := range in[1:] {
				call.Arguments = append(call.Arguments, value.Interface())
			}
			l.calls = append(l.calls, call)
			return []reflect.Value{reflect.Zero(t.Out(0))}
		}).Interface()
	}
	return definitions
}

// play runs one scenario with godog, and answers which handlers were called with what.
func play(
	ctx context.Context, v *gherkin.Vocabulary, vocabulary []gherkin.Definition, s gherkin.Scenario,
) ([]heard, error) {
	l := &listener{}
	var register error
	err := engine.Run(ctx, s.File, s.Alone(), func(sc *godog.ScenarioContext) {
		register = v.Register(sc, l.definitions(vocabulary), nil)
	})
	if register != nil {
		return nil, register
	}
	return l.calls, err
}

func TestGodogCallsTheHandlersThatWerePlanned(t *testing.T) {
	vocabulary := steps.Vocabulary()
	v, err := gherkin.NewVocabulary(vocabulary)
	require.NoError(t, err)
	scenarios, err := gherkin.Load(os.DirFS("../.."), "features")
	require.NoError(t, err)
	require.NotEmpty(t, scenarios)
	queue := make(chan gherkin.Scenario, len(scenarios))
	for _, s := range scenarios {
		queue <- s
	}
	close(queue)
	var lanes sync.WaitGroup
	var ran atomic.Int64
	for range 4 {
		lanes.Go(func() {
			for s := range queue {
				bound, err := v.Bind(s)
				if err != nil {
					t.Error(err)
					continue
				}
				var planned []heard
				for _, b := range bound {
					planned = append(planned, heard{b.Expression, b.Arguments})
				}
				calls, err := play(t.Context(), v, vocabulary, s)
				if err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(planned, calls); diff != "" {
					t.Errorf("%s: godog called other handlers than planned (-planned +called):\n%s", s.ID(), diff)
				}
				ran.Add(int64(len(calls)))
			}
		})
	}
	lanes.Wait()
	t.Logf("%d scenarios, %d steps", len(scenarios), ran.Load())
}

func BenchmarkScenarioOfTenSteps(b *testing.B) {
	vocabulary := steps.Vocabulary()
	v, err := gherkin.NewVocabulary(vocabulary)
	require.NoError(b, err)
	scenarios, err := gherkin.Load(os.DirFS("../.."), "features")
	require.NoError(b, err)
	at := slices.IndexFunc(scenarios, func(s gherkin.Scenario) bool { return len(s.Steps) == 10 })
	require.NotEqual(b, -1, at)
	for b.Loop() {
		calls, err := play(b.Context(), v, vocabulary, scenarios[at])
		if err != nil || len(calls) != 10 {
			b.Fatalf("%d steps were called: %v", len(calls), err)
		}
	}
}

func BenchmarkNewVocabulary(b *testing.B) {
	vocabulary := steps.Vocabulary()
	for b.Loop() {
		if _, err := gherkin.NewVocabulary(vocabulary); err != nil {
			b.Fatal(err)
		}
	}
}

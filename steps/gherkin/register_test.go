package gherkin

import (
	"context"
	"strings"
	"testing"

	"github.com/cucumber/godog"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin/engine"
)

// perform runs a scenario with godog and the handlers of definitions, and answers the errors that its steps ended
// with.
func perform(t *testing.T, v *Vocabulary, definitions []Definition, s Scenario) []error {
	t.Helper()
	var errs []error
	var register error
	err := engine.Run(t.Context(), s.File, s.Alone(), func(sc *godog.ScenarioContext) {
		register = v.Register(sc, definitions, nil)
		sc.StepContext().After(
			func(ctx context.Context, _ *godog.Step, _ godog.StepResultStatus, err error) (context.Context, error) {
				errs = append(errs, err)
				return ctx, nil
			})
	})
	require.NoError(t, err)
	require.NoError(t, register)
	return errs
}

func TestGodogPassesOnWhatStandsBelowAStep(t *testing.T) {
	for name, ends := range map[string]string{"Linux": "\n", "Windows": "\r\n"} {
		t.Run(name, func(t *testing.T) {
			scenarios, err := Parse("nasty.feature", []byte(strings.ReplaceAll(nasty, "\n", ends)))
			require.NoError(t, err)
			said := map[string][]string{}
			v := vocabulary(t)
			for _, s := range scenarios {
				w := &world{}
				definitions := w.definitions()
				definitions[2].Handler = func(_ context.Context, table Table) error {
					for _, row := range table {
						w.said = append(w.said, row...)
					}
					return nil
				}
				for _, err := range perform(t, v, definitions, s) {
					require.NoError(t, err)
				}
				said[s.Name] = append(said[s.Name], strings.Join(w.said, "; "))
			}
			text := "Szenario: This is text\n  Dann it is no step\n@tag\nBeispiele:\n  | a |"
			require.Equal(t, map[string][]string{
				"Ein Text, der wie Gherkin aussieht": {"cluster west; west says " + text + "; a; |; \n b; c"},
				"west holds 1":                       {"cluster west; west; 1; west; 1"},
				"ost holds 2":                        {"cluster west; ost; 2; ost; 2"},
				"west holds 3":                       {"cluster west; west; 3; west; 3", "cluster west; west; 3; west; 3"},
				"Innen":                              {`cluster west; cluster inner; west says """`},
				"Innen 4":                            {"cluster west; cluster inner; inner; 4"},
				"Innen 5":                            {"cluster west; cluster inner; inner; 5"},
				"Ohne Schritte":                      {""},
				"Das letzte":                         {"cluster west; cluster last"},
			}, said)
		})
	}
}

func TestHandlersOfAnotherVocabularyAreRefused(t *testing.T) {
	v := vocabulary(t)
	for name, c := range map[string]struct {
		change func([]Definition) []Definition
		want   string
	}{
		"one is missing": {func(d []Definition) []Definition { return d[1:] },
			"the vocabulary has 4 steps, and the scenario offers 3"},
		"two are exchanged": {func(d []Definition) []Definition { d[0], d[1] = d[1], d[0]; return d },
			`step 1 of the vocabulary is "a cluster {string}"`},
		"one takes no name": {func(d []Definition) []Definition { d[0].Handler = d[1].Handler; return d },
			"and the scenario offers"},
	} {
		t.Run(name, func(t *testing.T) {
			definitions := c.change(new(world).definitions())
			require.ErrorContains(t, v.Register(nil, definitions, nil), c.want)
			require.ErrorContains(t, v.Run(t.Context(), Bound{}, definitions), c.want)
		})
	}
}

func TestAPanicIsAnErrorWithItsStack(t *testing.T) {
	definitions := new(world).definitions()
	definitions[0].Handler = func(context.Context, string) error { panic("a nil map") }
	errs := perform(t, vocabulary(t), definitions, load(t, "features/connect.feature:7")[0])
	require.ErrorContains(t, errs[0], "the step panicked: a nil map\n")
	require.ErrorContains(t, errs[0], "TestAPanicIsAnErrorWithItsStack", "the stack names the function that panicked")
	require.Len(t, errs, 3, "the hook sees the skipped steps, too")
}

func TestAPatternHasOneGroup(t *testing.T) {
	for from, want := range map[string]string{
		`^a (\d+) of ("([^"\\]*(\\.[^"\\]*)*)"|'x')$`: `^a (?:\d+) of (?:"(?:[^"\\]*(?:\\.[^"\\]*)*)"|'x')$`,
		`\(literal\) [(] []()] [^](] (?:kept)`:        `\(literal\) [(] []()] [^](] (?:kept)`,
		`\\(a)`:                                       `\\(?:a)`,
	} {
		require.Equal(t, want, withoutGroups(from))
	}
	for _, e := range vocabulary(t).entries {
		require.Equal(t, 1, e.pattern.NumSubexp(), "%s: godog passes every group on as an argument", e.pattern)
	}
}

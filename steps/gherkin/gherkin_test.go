package gherkin

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

const sample = `@guide:one
Feature: Connect
  Background:
    Given a cluster "west"

  @slow
  Scenario: Plain
    Then "west" holds 3 documents
    And its info is
      | a | 1 |

  Scenario Outline: Port <port>
    Then "west" holds <port> documents

    Examples:
      | port |
      | 9300 |
      | 9443 |

  Rule: In a rule
    Scenario: Inner
      Then "west" says
        """
        hello
        """
`

func load(t *testing.T, paths ...string) []Scenario {
	t.Helper()
	s, err := Load(fstest.MapFS{"features/connect.feature": {Data: []byte(sample)}, "features/readme.txt": {}}, paths...)
	require.NoError(t, err)
	return s
}

func TestARowKnowsItsCells(t *testing.T) {
	cells := map[string]map[string]string{}
	for _, s := range load(t, "features") {
		cells[s.Name] = s.Examples
	}
	require.Equal(t, map[string]string{"port": "9443"}, cells["Port 9443"])
	require.Nil(t, cells["Inner"], "a plain scenario has none")
}

func TestScenariosKnowTheirPlaceTagsAndSteps(t *testing.T) {
	all := load(t, "features")
	var ids []string
	for _, s := range all {
		ids = append(ids, s.ID()+" "+s.Name+" "+strings.Join(s.Tags, ","))
	}
	want := []string{
		"features/connect.feature:7 Plain @guide:one,@slow",
		"features/connect.feature:17 Port 9300 @guide:one",
		"features/connect.feature:18 Port 9443 @guide:one",
		"features/connect.feature:21 Inner @guide:one",
	}
	require.Empty(t, cmp.Diff(want, ids))
	require.Equal(t, []Step{
		{Keyword: "Given", Text: `a cluster "west"`, Line: 4},
		{Keyword: "Then", Text: `"west" holds 3 documents`, Line: 8},
		{Keyword: "And", Text: "its info is", Line: 9, Table: Table{{"a", "1"}}},
	}, all[0].Steps)
	require.Equal(t, "hello", all[3].Steps[1].Doc)
	guide, ok := all[0].Tagged("@guide:")
	require.True(t, ok)
	require.Equal(t, "one", guide)
}

func TestOneScenarioIsSelectedByItsLine(t *testing.T) {
	require.Len(t, load(t, "features/connect.feature:18"), 1)
	require.Len(t, load(t, "features/connect.feature:18", "features"), 4, "none twice")
	_, err := Load(fstest.MapFS{"a.feature": {Data: []byte(sample)}}, "a.feature:5")
	require.ErrorContains(t, err, "a.feature:5: no scenario")
}

func TestBadFilesAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ file, content, path, want string }{
		"missing": {"a.feature", sample, "b.feature", "b.feature: there is no such"},
		"empty":   {"a.feature", "", "a.feature", "a.feature: there is no Feature"},
		"garbled": {"a.feature", "Feature: x\n  Scenario: y\n    Given z\n    Gibberish here\n",
			"a.feature", "a.feature:4:5: expected:"},
		"no feature": {"d/a.txt", "x", "d", "d: there is no feature file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(fstest.MapFS{c.file: {Data: []byte(c.content)}}, c.path)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestSelectByTagExpression(t *testing.T) {
	all := load(t, "features")
	for expression, want := range map[string]int{
		"": 4, "@slow": 1, "not @slow": 3, "@guide:one and not (@slow or @other)": 3,
	} {
		got, err := Select(all, expression)
		require.NoError(t, err, expression)
		require.Len(t, got, want, expression)
	}
	_, err := Select(all, "@nobody")
	require.ErrorContains(t, err, "selects none of the 4 scenarios")
	_, err = Select(all, "@slow and (")
	require.ErrorContains(t, err, `tag expression "@slow and ("`)
}

// world is the state of one scenario: what its steps said.
type world struct{ said []string }

func (w *world) cluster(_ context.Context, name string) error {
	w.said = append(w.said, "cluster "+name)
	return nil
}

func (w *world) holds(_ context.Context, name string, n int) error {
	w.said = append(w.said, name, strconv.Itoa(n))
	return nil
}

func (w *world) info(_ context.Context, table Table) error {
	w.said = append(w.said, table[0][1])
	return errors.New("info differs")
}

func (w *world) says(_ context.Context, name, text string) error {
	w.said = append(w.said, name+" says "+text)
	return nil
}

func (w *world) definitions() []Definition {
	return []Definition{
		{Expression: "a cluster {string}", Handler: w.cluster},
		{Expression: "{string} holds {int} document(s)", Handler: w.holds},
		{Expression: "its info is", Handler: w.info},
		{Expression: "{string} says", Handler: w.says},
	}
}

func vocabulary(t *testing.T) *Vocabulary {
	t.Helper()
	v, err := NewVocabulary(new(world).definitions())
	require.NoError(t, err)
	return v
}

func TestStepsCallTheirHandlers(t *testing.T) {
	v := vocabulary(t)
	bound, err := v.Bind(load(t, "features/connect.feature:7")[0])
	require.NoError(t, err)
	w := &world{}
	require.NoError(t, v.Run(t.Context(), bound[0], w.definitions()))
	require.NoError(t, v.Run(t.Context(), bound[1], w.definitions()))
	require.ErrorContains(t, v.Run(t.Context(), bound[2], w.definitions()), "info differs")
	require.Equal(t, []string{"cluster west", "west", "3", "1"}, w.said)
}

func TestStepsThatDoNotFitAreReportedTogether(t *testing.T) {
	_, err := vocabulary(t).Bind(Scenario{File: "x.feature", Steps: []Step{
		{Text: `a clutser "west"`, Line: 3}, {Text: "its info is", Line: 4},
		{Text: `a cluster "w"`, Line: 5, Table: Table{{"x"}}}, {Text: `"w" says`, Line: 6},
		{Text: `a cluster "w"`, Line: 7, Doc: "x"},
	}})
	require.EqualError(t, err, strings.Join([]string{
		`x.feature:3: undefined step "a clutser \"west\""; the nearest is "a cluster {string}"` +
			` (crosscheck list --steps shows all)`,
		`x.feature:4: step "its info is" wants a table below it`,
		`x.feature:5: step "a cluster \"w\"" takes no table`,
		`x.feature:6: step "\"w\" says" wants a doc string below it`,
		`x.feature:7: step "a cluster \"w\"" takes no doc string`,
	}, "\n"))
}

func TestAHandlerThatDoesNotFitIsRefused(t *testing.T) {
	w := &world{}
	for name, c := range map[string]struct {
		definition Definition
		want       string
	}{
		"too few arguments": {Definition{Expression: "a {string} and {int}", Handler: w.cluster}, "has 2 parameters"},
		"no context":        {Definition{Expression: "a {string}", Handler: func() {}}, "not func(context.Context"},
		"no handler":        {Definition{Expression: "a {string}"}, "not func(context.Context, ...) error"},
		"a bad expression":  {Definition{Expression: "a {colour}", Handler: w.cluster}, "colour"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewVocabulary([]Definition{c.definition})
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestAmbiguousStepsAreRefused(t *testing.T) {
	w := &world{}
	v, err := NewVocabulary([]Definition{
		{Expression: "a cluster {string}", Handler: w.cluster}, {Expression: "a cluster {string}", Handler: w.cluster},
	})
	require.NoError(t, err)
	_, err = v.Bind(Scenario{File: "x", Steps: []Step{{Text: `a cluster "w"`, Line: 1}}})
	require.ErrorContains(t, err, "ambiguous step")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(nasty))
	f.Add([]byte("Feature: x\n Scenario Outline: <a>\n Given <b>\n Examples:\n | a |\n | |"))
	if own, err := os.ReadFile("../../features/api_key/connect.feature"); err == nil {
		f.Add(own)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		scenarios, err := Parse("x.feature", content)
		if err != nil {
			return
		}
		for _, s := range scenarios {
			if s.Line == 0 {
				t.Fatalf("scenario %q has no line", s.Name)
			}
			requireAlone(t, s)
		}
	})
}

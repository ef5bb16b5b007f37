package replay

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

func TestReplay(t *testing.T) {
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, name)
			synctest.Test(t, func(t *testing.T) {
				p := newPlayer(t, read(t, name), false)
				result := s.play(t, p)
				p.followed()
				require.Equal(t, verdict.Passed, result.Verdict, "%s", describe(result))
			})
		})
	}
}

// defaults reads the catalogue and the facts once: their check takes a moment.
var defaults = sync.OnceValues(func() (*steps.Env, error) {
	outcomes, err := catalogue.Default()
	if err != nil {
		return nil, err
	}
	known, err := facts.Default()
	return &steps.Env{Catalogue: outcomes, Facts: known}, err
})

// stage is a recorded scenario, planned and ready to be carried out any number of times.
type stage struct {
	name  string
	env   steps.Env
	items []suite.Item
}

func newStage(t *testing.T, name string) *stage {
	t.Helper()
	shared, err := defaults()
	require.NoError(t, err)
	s := &stage{name: name, env: *shared}
	s.env.Timeouts, s.env.Secrets, s.env.Suffix = topology.DefaultTimeouts(), unspoken{}, suffix
	r := read(t, name)
	local, err := semver.NewVersion(r.Local.Version)
	require.NoError(t, err)
	remote, err := semver.NewVersion(r.Remote.Version)
	require.NoError(t, err)
	s.items = plan(t, r.Scenario, steps.Pair{Local: local, Remote: remote}, &s.env)
	return s
}

// play has the suite carry out the scenario on the clusters of a player.
func (s *stage) play(t *testing.T, p *player) reports.Scenario {
	t.Helper()
	env := s.env
	env.Pool = pool.New(p, nodes)
	return suite.Run(t.Context(), s.items, options(&env)).Scenarios[0]
}

// playDoctored is play with changed answers. The time that a scenario waits for others passes at once.
func (s *stage) playDoctored(t *testing.T, doctors []doctor) (result reports.Scenario) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := read(t, s.name)
		for _, d := range doctors {
			d.change(t, r)
		}
		result = s.play(t, newPlayer(t, r, true))
	})
	return result
}

// plan is the one scenario in lines of Gherkin, on a pair.
func plan(t *testing.T, lines []string, pair steps.Pair, env *steps.Env) []suite.Item {
	t.Helper()
	scenarios, err := gherkin.Parse("recorded.feature", []byte(strings.Join(lines, "\n")+"\n"))
	require.NoError(t, err)
	require.Len(t, scenarios, 1)
	bindings, err := suite.Bind(scenarios, env.Catalogue)
	require.NoError(t, err)
	items, err := bindings.Plan([]steps.Pair{pair}, suite.Rules{Facts: env.Facts})
	require.NoError(t, err)
	require.Nil(t, items[0].Unsupported)
	return items
}

// options of a run of one scenario that nobody watches.
func options(env *steps.Env) suite.Options {
	return suite.Options{Env: env, Lanes: 1, Observer: silent{}, Evidence: silent{},
		Alive: func(context.Context) error { return nil }}
}

// describe is why a scenario did not pass: its verdict, and what the step that did not pass says.
func describe(s reports.Scenario) string {
	text := s.Verdict.String()
	for _, step := range s.Steps {
		if step.Verdict != verdict.Passed && step.Message+step.Wanted+step.Got != "" {
			m := verdict.Mismatch{What: step.Message, Wanted: step.Wanted, Got: step.Got}
			return text + " at " + step.Text + "\n" + m.Error()
		}
	}
	return text + " " + s.Reason
}

// silent is an observer and a store of evidence that keep nothing.
type silent struct{}

func (silent) RunStarted(reports.Plan)                    {}
func (silent) Note(string)                                {}
func (silent) ClusterChanged(reports.ClusterEvent)        {}
func (silent) ScenarioStarted(reports.Scenario, int)      {}
func (silent) StepFinished(string, reports.Step)          {}
func (silent) ScenarioFinished(reports.Scenario)          {}
func (silent) RunFinished(*reports.Result, string)        {}
func (silent) Evidence(string) (string, error)            { return "", nil }
func (silent) WriteEvidence(string, string, []byte) error { return nil }

// unspoken forgets secrets.
type unspoken struct{}

func (unspoken) Add(string) {}

package replay

import (
	"context"
	"slices"
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

// TestReplay has every recorded scenario make its recorded calls and pass.
func TestReplay(t *testing.T) {
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, strayed := newStage(t, name).play(t, func(*Recording) {})
			require.NoError(t, strayed)
			require.Equal(t, verdict.Passed, result.Verdict, "%s", describe(result))
		})
	}
}

// TestOtherCallsAreNoticed changes what a recording has, so that the scenario's calls are other ones.
func TestOtherCallsAreNoticed(t *testing.T) {
	s := newStage(t, "key-connects")
	at := func(r *Recording, call string) int {
		return slices.IndexFunc(r.Calls, func(c Call) bool { return strings.HasPrefix(c.Call, call) })
	}
	for name, c := range map[string]struct {
		change func(*Recording)
		want   string
	}{
		"one too many": {func(r *Recording) {
			r.Calls = slices.Delete(r.Calls, at(r, resolve), at(r, resolve)+1)
		}, "call 13 is\n  local GET /_resolve/cluster/partner-replay:logs-replay as crosscheck-admin\n" +
			"and the recording has\n  local GET /_remote/info"},
		"one too few": {func(r *Recording) {
			r.Calls = append(r.Calls, Call{Side: remoteSide, Call: "DELETE /logs-replay"})
		}, "the scenario made 23 of 24 calls; the next one is\n  remote DELETE /logs-replay"},
		"another order": {func(r *Recording) {
			i := at(r, searchLogs)
			r.Calls[i], r.Calls[i+1] = r.Calls[i+1], r.Calls[i]
		}, "and the recording has\n  local GET /_resolve/cluster"},
		"another body": {func(r *Recording) {
			r.Calls[at(r, putSettings)].Request = Body(`{"persistent":{}}`)
		}, `and the recording has` + "\n" + `  local PUT /_cluster/settings as crosscheck-admin with {"persistent":{}}`},
		"another user": {func(r *Recording) { r.Calls[at(r, resolve)].User = "searcher-replay" }, "as searcher-replay"},
		"another side": {func(r *Recording) { r.Calls[at(r, resolve)].Side = remoteSide }, "remote GET /_resolve/cluster"},
		"another key in the keystore": {func(r *Recording) {
			r.Calls[at(r, "exec /usr/share")].Request = Body("another")
		}, "credentials with another"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, strayed := s.play(t, c.change)
			require.ErrorContains(t, strayed, c.want)
		})
	}
}

// TestEveryRecordingCanBeMadeAgain compares the table of what is recorded with what there is.
func TestEveryRecordingCanBeMadeAgain(t *testing.T) {
	var all []string
	for _, on := range recorded {
		for _, s := range on.scenarios {
			all = append(all, s.name)
			r := read(t, s.name)
			require.Equal(t, on.local+" to "+on.remote, r.Local.Version+" to "+r.Remote.Version, s.name)
		}
	}
	require.ElementsMatch(t, all, names(t))
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

// play has the suite carry out the scenario on a recording that was changed. Waiting takes no time. strayed says which
// call was another one than the recorded one.
func (s *stage) play(t *testing.T, change func(*Recording)) (result reports.Scenario, strayed error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer(t, read(t, s.name))
		change(p.recording)
		result = s.run(t, p)
		strayed = p.followed()
	})
	return result, strayed
}

// playDoctored is play with changed answers, after which the scenario may leave the order of the recording.
func (s *stage) playDoctored(t *testing.T, doctors []doctor) (result reports.Scenario) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer(t, read(t, s.name))
		p.lenient = true
		for _, d := range doctors {
			d.change(t, p.recording)
		}
		result = s.run(t, p)
	})
	return result
}

func (s *stage) run(t *testing.T, p *player) reports.Scenario {
	env := s.env
	env.Pool = pool.New(p, nodes)
	return suite.Run(t.Context(), s.items, options(&env)).Scenarios[0]
}

// plan is the one scenario in lines of Gherkin, on a pair.
func plan(t *testing.T, lines []string, pair steps.Pair, env *steps.Env) []suite.Item {
	t.Helper()
	scenarios, err := gherkin.Parse("recorded.feature", []byte(strings.Join(lines, "\n")+"\n"))
	require.NoError(t, err)
	require.Len(t, scenarios, 1)
	bindings, err := suite.Bind(scenarios, env.Catalogue)
	require.NoError(t, err)
	items, err := bindings.Plan(t.Context(), []steps.Pair{pair}, suite.Rules{Facts: env.Facts})
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
			return text + " at " + step.Text + "\n" + m.Error() + "\n" + step.Polled
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

package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/cucumber/godog"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports/redact"
	"github.com/crosscheck-dev/crosscheck/topology"
)

// ended is how godog's own report shows the steps of a scenario: status, or status and the error.
func ended(t *testing.T, report []byte) []string {
	t.Helper()
	var features []struct {
		Elements []struct {
			Steps []struct {
				Result struct {
					Status string
					Error  string `json:"error_message"`
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(report, &features), "%s", report)
	var all []string
	for _, step := range features[0].Elements[0].Steps {
		text := step.Result.Status
		if step.Result.Error != "" {
			text += ": " + step.Result.Error
		}
		all = append(all, text)
	}
	return all
}

func TestAnotherTeamsSuiteRunsTheVocabularyBesideItsOwnSteps(t *testing.T) {
	const nodes = "Given the local cluster has 2 nodes\n"
	var scenario *Scenario
	var undone int
	own := map[string]func(context.Context) error{
		"passes":  func(context.Context) error { return nil },
		"pends":   func(context.Context) error { return godog.ErrPending },
		"hurries": func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) },
		"leaves": func(context.Context) error {
			scenario.Later("remove it", func(context.Context) error { return errors.New("s3cr3t-token stays") })
			return nil
		},
		"wants": func(ctx context.Context) error { return scenario.Ready(ctx) },
	}
	for name, c := range map[string]struct {
		steps  string
		secret bool // there is nothing that keeps secrets
		code   int
		want   []string
	}{
		"both": {steps: nodes + "When it passes\n", want: []string{"passed", "passed"}},
		"a step of ours breaks": {steps: "Given the s3cr3t-token cluster has 2 nodes\nThen it passes\n", code: 1,
			want: []string{`failed: there is a local and a remote cluster, and no "[redacted]" one`, "skipped"}},
		"nothing hides secrets": {steps: "Given the s3cr3t-token cluster has 2 nodes\n", secret: true, code: 1,
			want: []string{`failed: there is a local and a remote cluster, and no "s3cr3t-token" one`}},
		"a step of theirs is pending": {steps: nodes + "When it pends\n", code: 1, want: []string{"passed", "pending"}},
		"a step is nobody's": {steps: nodes + "When nobody knows it\n", code: 1,
			want: []string{"passed", "undefined"}},
		"clean-up fails": {steps: nodes + "When it leaves\nThen it passes\n", code: 1, want: []string{"passed", "passed",
			"failed: after scenario hook failed: clean up: remove it: [redacted] stays"}},
		"a table where none belongs": {steps: nodes + "| a |\nThen it passes\n", code: 1, want: []string{
			`failed: before scenario hook failed: own.feature: ` +
				`step "the local cluster has 2 nodes" takes no table`, "skipped"}},
		"it takes too long": {steps: nodes + "When it hurries\n", code: 1,
			want: []string{"passed", "failed: the scenario took longer than 20ms"}},
		"there are no clusters": {steps: nodes + "When it wants\n", code: 1,
			want: []string{"passed", "failed: the clusters are described"}},
	} {
		t.Run(name, func(t *testing.T) {
			limits := topology.DefaultTimeouts()
			limits.Scenario, limits.ClusterStart = 10*time.Millisecond, 10*time.Millisecond
			env := &Env{Facts: &facts.Facts{}, Timeouts: limits}
			if !c.secret {
				secrets := redact.New()
				secrets.Add("s3cr3t-token")
				env.Secrets = secrets
			}
			version := semver.MustParse("9.3.2")
			text := fmt.Appendf(nil, "Feature: f\nScenario: s\n%s", c.steps)
			var report bytes.Buffer
			undone = 0
			suite := godog.TestSuite{
				ScenarioInitializer: func(sc *godog.ScenarioContext) {
					scenario = Initialize(sc, env, Pair{Local: version, Remote: version})
					scenario.Later("count", func(context.Context) error { undone++; return nil })
					for word, do := range own {
						sc.Step("^it "+word+"$", do)
					}
				},
				Options: &godog.Options{
					Format: "cucumber", Output: &report, Strict: true, DefaultContext: t.Context(),
					FeatureContents: []godog.Feature{{Name: "own.feature", Contents: text}},
				},
			}
			require.Equal(t, c.code, suite.Run())
			require.Equal(t, c.want, ended(t, report.Bytes()))
			require.Equal(t, 1, undone, "the scenario is cleaned up once, whatever happens")
		})
	}
}

func TestARegisteredVocabularyIsCompiledOnce(t *testing.T) {
	first, err := compiled()
	require.NoError(t, err)
	second, err := compiled()
	require.NoError(t, err)
	require.Same(t, first, second)
}

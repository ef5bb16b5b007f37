package gate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/strict/stricttest"
)

const somePolicy = `
measurements:
  - {name: recovery, factor: 1.5, slack: 2s}
flaky: report
expected_failures:
  - scenario: features/a.feature:3
    pair: "9.3.2 -> 9.2.0"
    reason: it is known
    link: https://tracker.test/1
    until: "2026-12-31"
  - finding: remote-info-default
    field: skip_unavailable
    reason: 8.15 changed it
    link: https://tracker.test/2
    until: 2027-01-31
`

func TestPolicy(t *testing.T) {
	stricttest.Satisfies(t, policySchema, []byte(somePolicy))
	p, err := LoadPolicy("policy.yaml", []byte(somePolicy))
	require.NoError(t, err)
	until := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	require.True(t, p.Flaky)
	require.Equal(t, []Expected{
		{Finding: NewFailure, Scenario: "features/a.feature:3", Pair: "9.3.2 -> 9.2.0", Reason: "it is known",
			Link: "https://tracker.test/1", Until: until, Line: 6},
		{Finding: RemoteInfoDefault, Field: "skip_unavailable", Reason: "8.15 changed it", Link: "https://tracker.test/2",
			Until: until.AddDate(0, 1, 0), Line: 11},
	}, p.Expected)
	require.False(t, p.Expected[0].Expired(until.Add(24*time.Hour-time.Second)), "the last day counts")
	require.True(t, p.Expected[0].Expired(until.Add(24*time.Hour)))

	for _, c := range []struct {
		name              string
		baseline, allowed float64
	}{
		{"recovery", 1, 3}, {"recovery", 10, 15}, {"outage", 1, 6}, {"outage", 10, 20},
	} {
		require.Equal(t, c.allowed, p.Limit(c.name).Allowed(c.baseline), "%s of %.0f s", c.name, c.baseline)
	}
}

const policySchema = "../../docs/policy.schema.json"

func loadPolicy(name string, data []byte) error {
	_, err := LoadPolicy(name, data)
	return err
}

func TestBadPoliciesAreReportedWithPlaceAndRemedy(t *testing.T) {
	stricttest.BadFiles(t, "policy", loadPolicy)
	stricttest.OddInput(t, loadPolicy)
	for _, name := range []string{"wrong", "empty", "unknown-key"} {
		stricttest.SchemaRefuses(t, policySchema, "testdata/policy/"+name+".yaml")
	}
}

func FuzzLoadPolicy(f *testing.F) { stricttest.Fuzz(f, "policy", []byte(somePolicy), loadPolicy) }

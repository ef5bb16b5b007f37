package gate

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

const policy = `
flaky: report
expected_failures:
  - {scenario: "features/a.feature:10", reason: it is known, link: "https://tracker.test/1", until: "2026-06-15"}
  - {scenario: "A: two", finding: slower, pair: "9.3.2 -> 9.3.2", reason: a slow machine, ` +
	`link: "https://tracker.test/2", until: "2026-06-14"}
  - {finding: remote-info-shape, field: color, reason: a pull request, ` +
	`link: "https://tracker.test/3", until: "2027-01-01"}
  - {scenario: "A: seven", reason: it failed before, link: "https://tracker.test/6", until: "2027-01-01"}
  - {scenario: "A: three", reason: it comes and goes, link: "https://tracker.test/4", until: "2027-01-01"}
  - {scenario: "A: five", pair: "1 -> 1", reason: of another pair, link: "https://tracker.test/5", until: "2027-01-01"}
`

func spoiled(r *reports.Result) {
	becomes(0, verdict.Failed, "wanted 3 | got <b>0</b>\x1b[31m")(r)
	r.Scenarios[1].Measurements["recovery"] = 60
	r.Scenarios[2].RemoteInfo[0].Fields["color"] = "string"
	becomes(3, verdict.Flaky, "shaky")(r)
	r.Scenarios[3].Attempts = 2
	r.Scenarios = append(r.Scenarios, scenario(50, "five"))
	becomes(4, verdict.Failed, "no")(r)
}

func TestPolicyAndReports(t *testing.T) {
	p, err := LoadPolicy("policy.yaml", []byte(policy))
	require.NoError(t, err)
	r := judge(t, func(r *reports.Result) {
		r.Scenarios = append(r.Scenarios, scenario(60, "six"), scenario(70, "seven"))
		becomes(4, verdict.Failed, "no")(r)
		becomes(5, verdict.Failed, "no")(r)
	}, func(r *reports.Result) {
		spoiled(r)
		r.Scenarios = append(r.Scenarios, scenario(61, "six"), scenario(71, "seven"))
		becomes(6, verdict.Failed, "no")(r)
	}, func(in *Input) { in.Policy, in.PolicyPath = p, "policy.yaml" })
	kinds := func(findings []Finding) (all []string) {
		for _, f := range findings {
			all = append(all, f.Kind)
		}
		slices.Sort(all)
		return all
	}
	require.Equal(t, []string{"expired", "new-failure", "slower"}, kinds(r.Findings),
		"the last day of the first entry is today, that of the second is over")
	require.Equal(t, []string{"new-failure", "new-failure", "remote-info-shape"}, kinds(r.Expected),
		"one fails as it did in the baseline")
	require.Equal(t, []string{"fixed"}, kinds(r.Fixed))
	asJSON, err := r.JSON()
	require.NoError(t, err)
	for name, got := range map[string]string{"report.txt": r.Text(), "report.md": r.Markdown(),
		"report.json": string(asJSON)} {
		golden(t, name, got)
		require.NotContains(t, got, "\x1b", "what a result holds must not steer a terminal")
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("../../docs/gate.schema.json")
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(document))
}

// golden compares with testdata; UPDATE=1 writes it anew.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "%s; UPDATE=1 accepts it", file)
}

package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// binary is the command as users run it, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "crosscheck-test-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "crosscheck")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// crosscheck runs the command in the repository's root, with an Engine that nobody can reach.
func crosscheck(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "DOCKER_HOST=unix:///nonexistent/docker.sock", "CROSSCHECK_FIX=0")
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errOut.String()
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestWrongUse(t *testing.T) {
	undefined := write(t, "undefined.feature",
		"Feature: f\n  Scenario: s\n    Given a local clutser that trusts its certificate\n")
	unknown := write(t, "unknown.feature",
		"Feature: f\n  Scenario: s\n    Then \"partner\" fails as \"credentials-other-alias\"\n")
	fact := write(t, "fact.feature",
		"@requires:api-key-modle\nFeature: f\n  Scenario: s\n    Then \"partner\" is connected\n")
	upgrade := write(t, "upgrade.feature",
		"Feature: f\n  Scenario: s\n    When the remote cluster is upgraded node by node to \"9.x\"\n")
	garbled := write(t, "garbled.feature", "Feature: f\n  Scenario: s\n    Given x\n    nonsense\n")
	images := write(t, "images.yaml", "image: {}\n")
	file := write(t, "file", "")
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"no command":   {nil, []string{"crosscheck --help"}},
		"unknown flag": {[]string{"run", "--lnaes", "2"}, []string{"unknown flag --lnaes"}},
		"unknown version": {[]string{"run", "--local", "9.x.2"},
			[]string{"--local 9.x.2: no such version; write it like 9.3.2"}},
		"unknown line":          {[]string{"list", "--remote", "5.6"}, []string{"--remote 5.6: no such version"}},
		"tags that don't parse": {[]string{"run", "--tags", "@a and ("}, []string{`tag expression "@a and ("`}},
		"tags select nothing":   {[]string{"run", "--tags", "@nobody"}, []string{`"@nobody" selects none of`}},
		"undefined step": {[]string{"run", undefined},
			[]string{"undefined.feature:3: undefined step", "a local cluster that trusts its certificate"}},
		"unknown outcome": {[]string{"run", unknown}, []string{
			"unknown.feature:3: unknown failure \"credentials-other-alias\"; " +
				"did you mean \"credentials-under-another-alias\"? (fixtures/outcomes.yaml)"}},
		"unknown fact": {[]string{"run", fact},
			[]string{`unknown version fact "api-key-modle"; did you mean "api-key-model"?`}},
		"bad upgrade": {[]string{"run", upgrade},
			[]string{`upgrade.feature:3: upgrade to "9.x": write one whole version, such as 9.3.2`}},
		"garbled feature": {[]string{"list", garbled}, []string{"garbled.feature:4:5:"}},
		"no such feature": {[]string{"list", "nowhere.feature"},
			[]string{"nowhere.feature: there is no such feature file or folder"}},
		"unknown profile": {[]string{"list", "--profile", "defualt"},
			[]string{`unknown profile "defualt"; did you mean "default"?`}},
		"bad images file": {[]string{"run", "--images", images}, []string{"images.yaml:1"}},
		"bad timeouts":    {[]string{"run", "--timeouts", "conect=3s"}, []string{`unknown time limit "conect"; there are`}},
		"bad factor":      {[]string{"run", "--timeouts=-1x"}, []string{"a factor is a number"}},
		"unwritable out":  {[]string{"run", "--out", filepath.Join(file, "out")}, []string{file}},
		"no observations": {[]string{"mutations", t.TempDir()}, []string{"holds no observations"}},
		"up without what": {[]string{"up"}, []string{`expected "cloud"`}},
		"up, bad version": {[]string{"up", "cloud", "--local", "9.x.2"}, []string{"--local 9.x.2: no such version"}},
		"up, no security": {[]string{"up", "cloud", "--local", "7.5.2"},
			[]string{"the image of 7.5.2 lacks security", "--image"}},
		"nothing to remove": {[]string{"images", "rm"}, []string{"name versions, or give --all"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := crosscheck(t, c.args...)
			require.Equal(t, 64, code, "stdout: %s\nstderr: %s", stdout, stderr)
			for _, want := range c.want {
				require.Contains(t, stderr, want)
			}
			require.NotContains(t, stderr, "goroutine", "a message, no stack")
		})
	}
}

func TestUpgradesHaveAProfileOfTheirOwn(t *testing.T) {
	for profile, want := range map[string]bool{"default": false, "full": false, "upgrade": true} {
		code, stdout, stderr := crosscheck(t, "list", "--json", "--profile", profile)
		require.Zero(t, code, stderr)
		require.Equal(t, want, strings.Contains(stdout, "features/upgrade/"), "profile %s", profile)
		require.Equal(t, !want, strings.Contains(stdout, "features/api_key/"), "profile %s", profile)
	}
}

func TestWithoutAnEngine(t *testing.T) {
	for _, args := range [][]string{{"run", "--out", t.TempDir()}, {"up", "cloud"}, {"clean"}, {"images"}, {"preflight"}} {
		code, stdout, stderr := crosscheck(t, args...)
		require.Equal(t, 2, code, "%v\nstdout: %s\nstderr: %s", args, stdout, stderr)
		require.Contains(t, stdout+stderr, "/nonexistent/docker.sock", "%v", args)
	}
}

func TestListNeedsNoEngine(t *testing.T) {
	code, stdout, stderr := crosscheck(t, "list", "--json", "--local", "9.3.x", "--remote", "7.5.2", "--tags",
		"@model:api-key")
	require.Zero(t, code, stderr)
	var answer struct {
		Scenarios []listed `json:"scenarios"`
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &answer))
	require.NotEmpty(t, answer.Scenarios)
	for _, s := range answer.Scenarios {
		require.False(t, s.Supported, s.ID)
		require.Contains(t, []string{"api-key-model", "api-key-model-beta"}, s.Fact, s.ID)
		require.Contains(t, s.Reason, "7.5.2")
	}
	code, stdout, stderr = crosscheck(t, "list")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "would run")
}

func TestListOutcomes(t *testing.T) {
	code, stdout, stderr := crosscheck(t, "list", "--outcomes", "--json", "--results", "reports/testdata/nowhere.json")
	require.Equal(t, 64, code, stdout)
	require.Contains(t, stderr, "reports/testdata/nowhere.json")
	code, stdout, stderr = crosscheck(t, "list", "--outcomes", "--json")
	require.Zero(t, code, stderr)
	var answer struct {
		Entries    int        `json:"entries"`
		Reproduced int        `json:"reproduced"`
		Outcomes   []coverage `json:"outcomes"`
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &answer))
	require.Len(t, answer.Outcomes, answer.Entries)
	n := 0
	for _, o := range answer.Outcomes {
		require.Equal(t, len(o.Scenarios) > 0, o.Reproduced, o.ID)
		if o.Reproduced {
			n++
		} else {
			require.NotEmpty(t, o.Needs, "%s: an entry without a scenario says what it would need", o.ID)
		}
	}
	require.Equal(t, n, answer.Reproduced)
}

func TestVersionAndVocabulary(t *testing.T) {
	code, stdout, _ := crosscheck(t, "version")
	require.Zero(t, code)
	require.Contains(t, stdout, version)
	code, stdout, _ = crosscheck(t, "list", "--steps")
	require.Zero(t, code)
	require.Contains(t, stdout, "a cross-cluster API key with search access to {string}")
}

func TestParseTimeouts(t *testing.T) {
	got, err := parseTimeouts("2x, connect=90s")
	require.NoError(t, err)
	require.Equal(t, "1m30s", got.Connect.String())
	require.Equal(t, "6m0s", got.ClusterStart.String())
}

func FuzzParseTimeouts(f *testing.F) {
	f.Add("2x")
	f.Add("connect=90s,log=1m")
	f.Fuzz(func(t *testing.T, spec string) {
		if got, err := parseTimeouts(spec); err == nil && got.Connect <= 0 {
			t.Fatalf("%q gives a time limit of %s", spec, got.Connect)
		}
	})
}

package engine

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/cucumber/godog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(printPath) != "" {
		os.Stdout.WriteString(os.Getenv("PATH"))
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// printPath is the variable that makes this test's program print its PATH and end.
const printPath = "CROSSCHECK_TEST_PRINT_PATH"

func TestGodogDoesNotRunTheGoCommandWhenTheProgramStarts(t *testing.T) {
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go"), []byte("#!/bin/sh\necho \"$@\" >>'"+ran+"'\n"), 0o700))
	self, err := os.Executable()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), self)
	command.Env = append(os.Environ(), "PATH="+dir, printPath+"=1")
	out, err := command.Output()
	require.NoError(t, err)
	require.Equal(t, dir, string(out), "PATH is there again once the program runs")
	require.NoFileExists(t, ran, "godog ran the go command before package nogo could hide it")
}

const feature = `Feature: f
  Scenario: one
    Given a step
    And a step
  Scenario: two
    Given a step
`

func TestRunHandsTheContextToHooksAndSteps(t *testing.T) {
	cause := errors.New("enough")
	ctx, stop := context.WithCancelCause(t.Context())
	var seen []error
	statuses := map[godog.StepResultStatus]int{}
	err := Run(ctx, "a.feature", []byte(feature), func(sc *godog.ScenarioContext) {
		sc.Step("a step", func(ctx context.Context) error {
			stop(cause)
			<-ctx.Done()
			seen = append(seen, context.Cause(ctx))
			return context.Cause(ctx)
		})
		sc.StepContext().After(
			func(ctx context.Context, _ *godog.Step, s godog.StepResultStatus, _ error) (context.Context, error) {
				statuses[s]++
				return ctx, nil
			})
	})
	require.NoError(t, err, "what becomes of the steps is no error of the run")
	require.Equal(t, []error{cause, cause}, seen, "the step sees why the run was cancelled")
	require.Equal(t, map[godog.StepResultStatus]int{godog.StepFailed: 2, godog.StepSkipped: 1}, statuses)
}

func TestWhatGodogCannotRunIsAnError(t *testing.T) {
	panics := func(sc *godog.ScenarioContext) {
		sc.After(func(context.Context, *godog.Scenario, error) (context.Context, error) { panic("a nil map") })
	}
	for name, c := range map[string]struct {
		text       string
		initialize func(*godog.ScenarioContext)
		want       string
	}{
		"not Gherkin":        {"Given nothing", nil, "a.feature: godog could not read this feature file"},
		"a hook that panics": {feature, panics, "a.feature: godog or a hook panicked: a nil map"},
	} {
		t.Run(name, func(t *testing.T) {
			require.EqualError(t, Run(t.Context(), "a.feature", []byte(c.text), c.initialize), c.want)
		})
	}
}

func TestNothingIsPrinted(t *testing.T) {
	read, write, err := os.Pipe()
	require.NoError(t, err)
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = write, write
	err = Run(t.Context(), "a.feature", []byte(feature), func(sc *godog.ScenarioContext) {
		sc.Step("a step", func() error { return errors.New("it broke") })
	})
	os.Stdout, os.Stderr = stdout, stderr
	require.NoError(t, write.Close())
	require.NoError(t, err)
	var printed [1]byte
	n, _ := read.Read(printed[:])
	require.Zero(t, n, "the terminal belongs to crosscheck's own report")
	require.NoError(t, read.Close())
}

package session

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// goIsHere skips a test where Go programs cannot be built.
func goIsHere(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("go is not on PATH")
	}
}

// TestAProgramThatWantsLibraries builds one, where there is a C compiler for it.
func TestAProgramThatWantsLibraries(t *testing.T) {
	goIsHere(t)
	if _, err := exec.LookPath("cc"); err != nil || runtime.GOOS != "linux" {
		t.Skip("there is no C compiler for Linux")
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	require.NoError(t, os.WriteFile(source, []byte("package main\n\nimport \"C\"\n\nfunc main() {}\n"), 0o600))
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "program"), source)
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	program, err := os.ReadFile(filepath.Join(dir, "program"))
	require.NoError(t, err)
	require.EqualError(t, runsOn(program, runtime.GOARCH),
		"it wants libraries, which containers of the load balancer do not have")
}

// A Go test has no load balancer's program beside it, so one is built.
func TestTheBalancerIsBuiltForTheEngine(t *testing.T) {
	goIsHere(t)
	program, err := balancerProgram(t.Context(), runtime.GOARCH, 5*time.Minute)
	require.NoError(t, err)
	require.NoError(t, runsOn(program, runtime.GOARCH), "a program for Linux, whatever system the test runs on")
	for other := range machines {
		if other != runtime.GOARCH {
			require.ErrorContains(t, runsOn(program, other), "than the Docker Engine's, "+other)
		}
	}
}

func TestTheBalancerBesideTheProgramIsTaken(t *testing.T) {
	goIsHere(t)
	data, err := balancerProgram(t.Context(), runtime.GOARCH, 5*time.Minute)
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	beside := filepath.Join(filepath.Dir(self), "balancer")
	require.NoError(t, os.WriteFile(beside, data, 0o600))
	t.Cleanup(func() { require.NoError(t, os.Remove(beside)) })
	t.Setenv("PATH", t.TempDir()) // nothing can be built
	program, err := balancerProgram(t.Context(), runtime.GOARCH, time.Minute)
	require.NoError(t, err)
	require.Len(t, program, len(data), "the program beside this one")

	require.NoError(t, os.WriteFile(beside, []byte("\xcf\xfa\xed\xfe for another operating system"), 0o600))
	_, err = balancerProgram(t.Context(), runtime.GOARCH, time.Minute)
	require.ErrorContains(t, err, "it is no program for Linux")
	require.ErrorContains(t, err, "go is not on PATH")
	require.ErrorContains(t, err, "make build")
}

func TestABalancerThatCannotBeBuilt(t *testing.T) {
	goIsHere(t)
	t.Setenv("GOPROXY", "off")
	_, err := balancerProgram(t.Context(), "no-such-architecture", time.Minute)
	require.ErrorContains(t, err, "building it for linux/no-such-architecture failed")
	require.ErrorContains(t, err, "unsupported GOOS/GOARCH pair linux/no-such-architecture",
		"the Engine's architecture reaches the toolchain")

	_, err = balancerProgram(t.Context(), runtime.GOARCH, time.Nanosecond)
	require.ErrorContains(t, err, "it took longer than 1ns")

	t.Chdir(t.TempDir())
	_, err = moduleFolder(t.Context(), t.TempDir())
	require.ErrorContains(t, err, "find the source of crosscheck: from the working folder: go list")
}

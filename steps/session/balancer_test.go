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
	self, err := os.Executable()
	require.NoError(t, err)
	data, err := os.ReadFile(self)
	require.NoError(t, err)
	if runsOn(data, runtime.GOARCH) != nil {
		t.Skip("this test is no program for Linux")
	}
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

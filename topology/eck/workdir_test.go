package eck

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFoldersOfDeadRunsAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	first, unlock, err := workDir("one")
	require.NoError(t, err)
	second, unlockSecond, err := workDir("two")
	require.NoError(t, err)
	require.DirExists(t, first, "it is still locked")
	unlock()
	third, unlockThird, err := workDir("three")
	require.NoError(t, err)
	require.NoDirExists(t, first)
	require.DirExists(t, second)
	unlockSecond()
	unlockThird()
	require.DirExists(t, third)
}

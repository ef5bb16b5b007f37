package eck

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnOwnEnvironmentNeedsLinux(t *testing.T) {
	require.NoError(t, ownEnvironment("linux"))
	err := ownEnvironment("darwin")
	var platform *PlatformError
	require.ErrorAs(t, err, &platform)
	require.ErrorContains(t, err, "needs Linux, and this is darwin: ", "the reason names the system")
	require.ErrorContains(t, err, "--kubeconfig FILE", "and what works there")
}

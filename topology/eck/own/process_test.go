package own

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/await"
)

func TestAChildDiesWithStop(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "logs"), 0o755))
	p, err := startProcess(dir, "sleeper", 50*time.Millisecond, []string{"A=b"},
		"sh", "-c", "trap '' TERM; echo says $A; while :; do sleep 0.1; done")
	require.NoError(t, err)
	require.NoError(t, await.Until(t.Context(), "the trap is set", 10*time.Second, func(context.Context) error {
		if log := p.tail(1); log != "says b" {
			return errors.New(log)
		}
		return p.alive()
	}))
	p.stop(t.Context())
	require.ErrorContains(t, p.alive(), "sleeper has ended (signal: killed)")
}

func TestAProgramThatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "logs"), 0o755))
	_, err := startProcess(dir, "none", time.Second, nil, filepath.Join(dir, "none"))
	require.ErrorContains(t, err, "start none: ")
}

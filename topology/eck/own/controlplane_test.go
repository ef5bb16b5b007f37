package own

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/eck/build"
	"github.com/crosscheck-dev/crosscheck/topology/eck/guest"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

type noSecrets struct{}

func (noSecrets) Add(string) {}

// A real API server, where one was built.
func TestARealClusterWithoutECKIsNotChanged(t *testing.T) {
	pins, err := facts.DefaultECK()
	require.NoError(t, err)
	cache, err := image.CacheDir()
	require.NoError(t, err)
	program, err := (&build.Builder{Cache: cache, Pins: pins}).ControlPlane()
	if err != nil {
		t.Skipf("needs a control plane: %v", err)
	}
	control, err := startControlPlane(t.Context(), t.TempDir(), program.Program, noSecrets{}, topology.DefaultTimeouts())
	defer control.stop(context.WithoutCancel(t.Context()))
	require.NoError(t, err)
	kubeconfig, err := control.kubeconfig("test", "default")
	require.NoError(t, err)
	client, err := kube.New(control.config, 0)
	require.NoError(t, err)
	before, err := kube.List[corev1.Namespace](t.Context(), client, kube.Namespaces, "")
	require.NoError(t, err)

	_, err = guest.Inspect(t.Context(), kubeconfig)
	var none *guest.NotInstalledError
	require.ErrorAs(t, err, &none)
	require.Equal(t, control.config.Host, none.Server)
	after, err := kube.List[corev1.Namespace](t.Context(), client, kube.Namespaces, "")
	require.NoError(t, err)
	require.Len(t, after, len(before))

	info, err := os.Stat(filepath.Join(control.dir, "pki", kubeletClient+".key"))
	require.NoError(t, err)
	require.Zero(t, info.Mode()&0o077, "nobody else may read it")
}

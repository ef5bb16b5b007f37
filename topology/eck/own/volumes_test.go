package own

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

func TestAVolumeHoldsWhatItsSourceHolds(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, writeAll(dir, map[string][]byte{"a": []byte("1"), "b": []byte("2")}, 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "mounted"), 0o755))
	require.NoError(t, writeAll(dir, map[string][]byte{"b": []byte("3")}, 0o644))
	require.NoFileExists(t, filepath.Join(dir, "a"), "a key that is gone")
	require.DirExists(t, filepath.Join(dir, "mounted"), "a folder is another volume's")
	got, err := os.ReadFile(filepath.Join(dir, "b"))
	require.NoError(t, err)
	require.Equal(t, "3", string(got))
}

func TestKeysOfAVolume(t *testing.T) {
	data := map[string][]byte{"a": []byte("1"), "b": []byte("2")}
	require.Equal(t, data, pick(nil, data))
	listed := []corev1.KeyToPath{{Key: "a", Path: "x/a"}, {Key: "c", Path: "c"}}
	require.Equal(t, map[string][]byte{"x/a": []byte("1")}, pick(listed, data))
}

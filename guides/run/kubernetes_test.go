package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology"
)

func TestReadManifest(t *testing.T) {
	t.Parallel()
	set := func(count int64) map[string]any {
		return map[string]any{"spec": map[string]any{"nodeSets": []any{map[string]any{"name": "a", "count": count}}}}
	}
	for name, c := range map[string]struct {
		text, left string
		want       map[string]any
	}{
		"one node": {"spec:\n  nodeSets:\n    - name: a\n      count: 1\n", "", set(1)},
		"three nodes, dots": {"spec:\n  nodeSets:\n    - name: a\n      count: 3\n      ...\n      ...\n",
			", with one node a set, without the dots", set(1)},
		"a list with dots": {"spec:\n  nodeSets:\n    - name: a\n      count: 1\n    - ...\n",
			", without the dots", set(1)},
		"no nodes, callouts": {"spec: <1>\n  a: b # <2>\n", "", map[string]any{"spec": map[string]any{"a": "b"}}},
	} {
		got, left, err := readManifest(c.text)
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got, name)
		assert.Equal(t, c.left, left, name)
	}
	for _, bad := range []string{"a: [", "- a", "a"} {
		_, _, err := readManifest(bad)
		assert.Error(t, err, bad)
	}
}

func FuzzReadManifest(f *testing.F) {
	f.Add("apiVersion: v1\nspec:\n  nodeSets:\n  - count: 3\n    ...\n")
	f.Fuzz(func(_ *testing.T, text string) { _, _, _ = readManifest(text) })
}

func TestOverlaid(t *testing.T) {
	t.Parallel()
	under := map[string]any{"a": map[string]any{"b": 1, "c": []any{1}}, "d": 2}
	got := overlaid(under, map[string]any{"a": map[string]any{"c": []any{2}, "e": 3}, "f": 4})
	assert.Equal(t, map[string]any{"a": map[string]any{"b": 1, "c": []any{2}, "e": 3}, "d": 2, "f": 4}, got)
	untouched := map[string]any{"a": map[string]any{"b": 1, "c": []any{1}}, "d": 2}
	assert.Equal(t, untouched, under, "what was there stays as it was")
}

// TestSideOf tells whose manifest or command a snippet is.
func TestSideOf(t *testing.T) {
	t.Parallel()
	const command = "```sh\nkubectl create configmap a --from-file=b\n```\n"
	for name, c := range map[string]struct{ page, want string }{
		"the name in the manifest": {"# Remote things\n\nDo it:\n\n" +
			"```yaml\napiVersion: v1\nmetadata:\n  name: <local-cluster-name>\n```\n", topology.Local},
		"the cluster of a command": {"# Local things\n\nDo it:\n\n" +
			"```sh\nkubectl get secret quickstart-es-a\n```\n", topology.Remote},
		"the section": {"# Page\n\n## Configure the local deployment\n\n" +
			"For the remote one:\n\n" + command, topology.Local},
		"the step": {"# Page\n\n## Trust\n\n1. Let the local cluster trust the remote one:\n\n" +
			"   ```sh\n   kubectl create configmap a --from-file=b\n   ```\n", topology.Local},
		"nothing says it: the remote": {"# Page\n\n## Trust\n\nDo it:\n\n" + command, topology.Remote},
	} {
		w := testWalk(t, c.page, "9.3.2")
		require.Len(t, w.Page.Steps, 1, name)
		step := w.Page.Steps[0]
		text := ""
		for _, i := range step.Blocks {
			text += w.Page.Blocks[i].Code.Text
		}
		assert.Equal(t, c.want, w.sideOf(step, text), name)
		assert.True(t, AboutECK(w.Page), name)
	}
	assert.False(t, AboutECK(testWalk(t, "# Page\n\nAsk:\n\n```console\nGET /_remote/info\n```\n", "9.3.2").Page))
}

package lab

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/keystore"
)

// stored is a node with a keystore.
type stored struct {
	looked
	content []byte
	tool    [][]string // the calls of elasticsearch-keystore
}

func (s *stored) Exec(_ context.Context, _ string, command ...string) (docker.ExecResult, error) {
	if command[0] == "cat" {
		return docker.ExecResult{Stdout: string(s.content)}, nil
	}
	s.tool = append(s.tool, command[1:])
	return docker.ExecResult{}, nil
}

func (s *stored) Put(_ context.Context, files ...docker.File) error {
	s.content = files[0].Content
	return nil
}

func (s *stored) secrets(t *testing.T) map[string][]byte {
	t.Helper()
	k, err := new(keystore.Reader).Read(s.content)
	require.NoError(t, err)
	delete(k.Settings, "keystore.seed")
	return k.Settings
}

func TestSecureSettingsAreWrittenWithoutTheTool(t *testing.T) {
	content, err := os.ReadFile("../keystore/testdata/8.5.0.keystore")
	require.NoError(t, err)
	node := &stored{content: content}
	c := adopt(t, node)
	require.NoError(t, c.AddSecureSetting(t.Context(), "cluster.remote.a.credentials", "old"))
	require.NoError(t, c.AddSecureSetting(t.Context(), "cluster.remote.a.credentials", "new"))
	require.NoError(t, c.AddSecureSetting(t.Context(), "cluster.remote.b.credentials", "b"))
	require.Equal(t, map[string][]byte{"cluster.remote.a.credentials": []byte("new"),
		"cluster.remote.b.credentials": []byte("b")}, node.secrets(t))
	require.NoError(t, c.RemoveSecureSetting(t.Context(), "cluster.remote.a.credentials"))
	require.Equal(t, map[string][]byte{"cluster.remote.b.credentials": []byte("b")}, node.secrets(t))
	require.Empty(t, node.tool)
}

// TestTheToolHasTheLastWord where a name or a file is not what it should be, and where it is asked for.
func TestTheToolHasTheLastWord(t *testing.T) {
	content, err := os.ReadFile("../keystore/testdata/8.5.0.keystore")
	require.NoError(t, err)
	node := &stored{content: content}
	c := adopt(t, node)
	require.NoError(t, c.AddSecureSetting(t.Context(), "no name", "x"))
	require.NoError(t, c.RemoveSecureSetting(t.Context(), "not.there"))
	require.NoError(t, c.AddSecureSettingWithTool(t.Context(), "a", "x"))
	node.content = []byte("of a later format")
	require.NoError(t, c.AddSecureSetting(t.Context(), "b", "x"))
	add := func(name string) []string { return []string{"add", "--stdin", "--force", name} }
	require.Equal(t, [][]string{add("no name"), {"remove", "not.there"}, add("a"), add("b")}, node.tool)

	l, err := NewLab(t.Context(), Options{Timeouts: topology.DefaultTimeouts(), KeystoreTool: true})
	require.NoError(t, err)
	api, err := elastic.NewOver("pod.test:9200", looked{})
	require.NoError(t, err)
	node = &stored{content: content}
	c, err = l.Adopt(t.Context(), Adoption{Spec: ClusterSpec{Version: "9.3.2"}, Name: "pod", Process: node, API: api})
	require.NoError(t, err)
	require.NoError(t, c.AddSecureSetting(t.Context(), "a", "x"))
	require.Equal(t, [][]string{add("a")}, node.tool)
}

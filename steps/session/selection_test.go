package session

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

const ownFeature = `Feature: Of a team
  Scenario: one
    Then "partner" is connected
  @eck
  Scenario: two
    Then "partner" is connected
  Scenario: three
    When the remote cluster is upgraded node by node to "9.3.2"
`

// noPrograms makes a cache folder without ECK's programs, and an Engine that nobody can reach: Select asks for none.
func noPrograms(t *testing.T) {
	t.Helper()
	t.Setenv("CROSSCHECK_CACHE", t.TempDir())
	t.Setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
}

func ownOptions(local, remote string) Options {
	return Options{
		ScenarioOptions: ScenarioOptions{
			Features: fstest.MapFS{"mine/own.feature": &fstest.MapFile{Data: []byte(ownFeature)}}, Paths: []string{"mine"},
		},
		Local: []string{local}, Remote: []string{remote},
	}
}

func TestSelectPlansWithoutAnEngine(t *testing.T) {
	noPrograms(t)
	s, err := Select(t.Context(), ownOptions("9.3.2", "9.2.0"))
	require.NoError(t, err)
	var facts []string
	for _, item := range s.Items() {
		fact := ""
		if item.Unsupported != nil {
			fact = item.Unsupported.Fact
		}
		facts = append(facts, fact)
	}
	require.Equal(t, []string{"", "eck", ""}, facts, "why scenarios are unsupported: ECK's programs are not built here")
	require.Equal(t, []string{"9.3.2", "9.2.0"}, s.Versions(), "each once, newest first")
	require.Equal(t, Nodes{Most: 2}, s.Nodes(), "what cannot run takes no node")
	require.Nil(t, s.Shard())
}

// Whoever has scenarios of his own, in a Go test, names versions alone.
func TestSelectWithoutScenarios(t *testing.T) {
	noPrograms(t)
	s, err := Select(t.Context(), Options{Local: []string{"9.3.2", "9.2.0"}, Remote: []string{"9.3.2"}})
	require.NoError(t, err)
	require.Empty(t, s.Items())
	require.Len(t, s.Pairs, 2)
	require.Equal(t, []string{"9.3.2", "9.2.0"}, s.Versions())
	require.True(t, s.needsEngine())

	_, err = s.Open(t.Context())
	require.ErrorContains(t, err, "/nonexistent/docker.sock")
}

func TestImagesThatAUserNamed(t *testing.T) {
	noPrograms(t)
	file := filepath.Join(t.TempDir(), "images.yaml")
	require.NoError(t, os.WriteFile(file, []byte("images:\n  \"7.5.2\": file/a\n  \"8.0.0\": file/b\n"), 0o600))
	o := Options{Local: []string{"7.5.2"}}
	o.ImagesFile, o.Images = file, map[string]string{"7.5.2": "flag/a"}
	s, err := Select(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"7.5.2": "flag/a", "8.0.0": "file/b"}, s.Images,
		"what was given goes before the file")
}

func TestOptionsThatCannotBe(t *testing.T) {
	noPrograms(t)
	for want, change := range map[string]func(*Options){
		"--local 5.6: no such version":                    func(o *Options) { o.Local = []string{"5.6"} },
		"theirs: there is no such feature file or folder": func(o *Options) { o.Paths = []string{"theirs"} },
		`unknown profile "ful"`:                           func(o *Options) { o.Profile = "ful" },
		`"@nobody" selects none of`:                       func(o *Options) { o.Tags = "@nobody" },
		"--shard 2: write i/n":                            func(o *Options) { o.Shard = "2" },
		"--kubeconfig names a cluster instead; give one of them": func(o *Options) {
			o.ECK = ECKOptions{Build: true, Kubeconfig: "file"}
		},
		"give no features, tags, versions or profile beside it": func(o *Options) { o.RerunFailed = "result.json" },
		"none of the selected scenarios is tagged @eck; add --tag": func(o *Options) {
			o.Tags, o.ECK.Kubeconfig = "not @eck", "file"
		},
	} {
		o := ownOptions("9.3.2", "9.3.2")
		change(&o)
		_, err := Select(t.Context(), o)
		require.ErrorContains(t, err, want)
		var usage *UsageError
		require.ErrorAs(t, err, &usage, "%s: it is a mistake of the user, and no failure of the harness", want)
	}
}

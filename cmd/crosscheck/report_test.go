package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// storedRun is a run of real clusters, in the tests of the HTML report.
const storedRun = "../../reports/html/testdata/run"

func copyRun(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	require.NoError(t, os.CopyFS(dir, os.DirFS(storedRun)))
	return dir
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestReportRender(t *testing.T) {
	run, out := copyRun(t), t.TempDir()
	code, stdout, stderr := crosscheck(t, "report", "render", run)
	require.Zero(t, code, stderr)
	require.Equal(t, filepath.Join(run, "report.html")+"\n", stdout,
		"HTML beside the result, unless something else is said")

	code, stdout, stderr = crosscheck(t, "report", "render", filepath.Join(run, "result.json"), "--format", "html,junit",
		"--format", "cucumber",
		"--format", "markdown", "--format", "json", "--out", filepath.Join(out, "new"))
	require.Zero(t, code, stderr)
	require.Equal(t, []string{"junit.xml", "messages.ndjson", "report.html", "result.json", "summary.md"},
		files(t, filepath.Join(out, "new")))
	require.Equal(t, 5, strings.Count(stdout, "\n"), "each file is named")
	before, err := os.ReadFile(filepath.Join(run, "result.json"))
	require.NoError(t, err)
	after, err := os.ReadFile(filepath.Join(out, "new", "result.json"))
	require.NoError(t, err)
	require.JSONEq(t, string(before), string(after), "JSON is the result as it was stored")

	code, _, stderr = crosscheck(t, "report", "render", run, "--format", "junit", "--out", filepath.Join(out, "my.xml"))
	require.Zero(t, code, stderr)
	require.FileExists(t, filepath.Join(out, "my.xml"))
	code, stdout, stderr = crosscheck(t, "report", "render", run, "--format", "markdown", "--out", "-")
	require.Zero(t, code, stderr)
	require.True(t, strings.HasPrefix(stdout, "# crosscheck: not conformant\n"),
		"standard output holds the report and nothing else: %.80s", stdout)
	require.NotContains(t, strings.Join(files(t, out), " "), "writing", "temporary files must be gone")
}

// What a page says goes where the user asked for it, and never into the result.
func TestReportRenderWithAPage(t *testing.T) {
	run := copyRun(t)
	page := write(t, "mine.md", "# A title of its own\n\n1. On the remote cluster, create a cross-cluster API key.\n")
	code, _, stderr := crosscheck(t, "report", "render", run, "--format", "html,markdown,json", "--out",
		filepath.Join(run, "new"), "--guide", page, "--guide", cleanPage)
	require.Zero(t, code, stderr)
	for name, has := range map[string]bool{"report.html": true, "summary.md": true, "result.json": false} {
		data, err := os.ReadFile(filepath.Join(run, "new", name))
		require.NoError(t, err)
		require.Equal(t, has, strings.Contains(string(data), "A title of its own"), name)
		require.Equal(t, has, strings.Contains(string(data), "Join two harbors"), name)
	}
	code, _, stderr = crosscheck(t, "report", "render", run, "--guide", "nowhere.md", "--out", filepath.Join(run, "none"))
	require.Equal(t, 64, code)
	require.Contains(t, stderr, "nowhere.md: there is no such page")
	require.NoDirExists(t, filepath.Join(run, "none"), "nothing is written")
	code, _, stderr = crosscheck(t, "run", "--guide", "nowhere.md")
	require.Equal(t, 64, code, stderr)
	require.Contains(t, stderr, "nowhere.md: there is no such page")
}

func TestReportShow(t *testing.T) {
	run := copyRun(t)
	code, stdout, stderr := crosscheck(t, "report", "show", run)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "exit 1, not conformant; report "+run)
	code, stdout, stderr = crosscheck(t, "report", "show", run, "connect.feature:58@9.3.2")
	require.Zero(t, code, stderr)
	for _, want := range []string{"The key is stored under another alias", "ends here",
		"reached the remote cluster's interface", "expects", "credentials-under-another-alias", "fix  "} {
		require.Contains(t, stdout, want)
	}
	code, stdout, stderr = crosscheck(t, "report", "show", run, "fewer sockets")
	require.Equal(t, 64, code, stdout)
	require.Contains(t, stderr, "3 scenarios have \"fewer sockets\" in their id or name; name one by its id:")
	code, _, stderr = crosscheck(t, "report", "show", run, "nobody")
	require.Equal(t, 64, code)
	require.Contains(t, stderr, `no scenario has "nobody"`)
}

func TestReportRefuses(t *testing.T) {
	run := copyRun(t)
	good, err := os.ReadFile(filepath.Join(run, "result.json"))
	require.NoError(t, err)
	change := func(name string, value any) []byte {
		var d map[string]any
		require.NoError(t, json.Unmarshal(good, &d))
		d[name] = value
		data, err := json.Marshal(d)
		require.NoError(t, err)
		return data
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"truncated": {good[:len(good)/2], "ends in the middle"},
		"foreign":   {[]byte(`{"suites": []}`), "is not a result of crosscheck"},
		"newer":     {change("schema", "crosscheck.result/99"), "use the crosscheck that wrote it, or a newer one"},
		"older": {change("schema", "crosscheck.result/2"),
			"run again to write a new one, or use the crosscheck that wrote it"},
		"contradictory": {change("scenarios", []any{}), "its summary says"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "result.json"), c.data, 0o600))
			for _, args := range [][]string{
				{"report", "render", dir, "--format", "html,junit,cucumber,markdown"},
				{"report", "render", filepath.Join(dir, "result.json"), "--out", filepath.Join(dir, "new")},
				{"report", "show", dir},
			} {
				code, stdout, stderr := crosscheck(t, args...)
				require.Equal(t, 64, code, stdout)
				require.Empty(t, stdout)
				require.Contains(t, stderr, filepath.Join(dir, "result.json")+": ")
				require.Contains(t, stderr, c.want)
			}
			require.Equal(t, []string{"result.json"}, files(t, dir), "nothing may be written")
		})
	}
	for want, args := range map[string][]string{
		"cannot be read":                      {filepath.Join(run, "none.json")},
		"is the result itself":                {run, "--format", "json"},
		"do not fit into one file":            {run, "--format", "html,markdown", "--out", "-"},
		"formats do not fit into one file; n": {run, "--format", "html,markdown", "--out", filepath.Join(run, "x.html")},
		"--format must be one of":             {run, "--format", "pdf"},
		"name another place with --out":       {run, "--out", filepath.Join(run, "result.json", "deeper")},
	} {
		code, stdout, stderr := crosscheck(t, append([]string{"report", "render"}, args...)...)
		require.Equal(t, 64, code, "%v: %s%s", args, stdout, stderr)
		require.Contains(t, stderr, want)
	}
}

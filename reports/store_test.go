package reports

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports/redact"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

func newStore(t *testing.T, r *redact.Redactor) *Store {
	t.Helper()
	store, err := Create(filepath.Join(t.TempDir(), "out"), "run-1", r)
	require.NoError(t, err)
	return store
}

func TestAResultReadsBackAsItWasWritten(t *testing.T) {
	path, err := newStore(t, nil).WriteResult(sample())
	require.NoError(t, err)
	assert.Equal(t, "result.json", filepath.Base(path))
	got, err := Load(path)
	require.NoError(t, err)
	assert.Empty(t, cmp.Diff(sample(), got, cmpopts.EquateEmpty()), "(-written +read)")

	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(data), `"id": "features/api_key/connect.feature:20@9.3.2->8.19.4"`,
		"ids must be findable with grep")
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	require.NoError(t, err)
	assert.Empty(t, left, "temporary files must be gone")
}

func TestAnUnfinishedResultCanBeWritten(t *testing.T) {
	r := &Result{RunID: "run-1", Scenarios: []Scenario{{ID: "a", Steps: []Step{{}}}, {ID: "b", Verdict: verdict.Skipped}}}
	Summarize(r, "interrupted")
	path, err := newStore(t, nil).WriteResult(r)
	require.NoError(t, err)
	got, err := Load(path)
	require.NoError(t, err)
	assert.Equal(t, verdict.Error, got.Scenarios[0].Verdict)
	assert.Equal(t, "the harness gave no verdict", got.Scenarios[0].Reason)
	assert.Equal(t, "no reason was given", got.Scenarios[1].Reason)
	assert.NotNil(t, got.Pairs, "a list is [] and never null")
	assert.Equal(t, verdict.Verdict(0), r.Scenarios[0].Verdict, "the caller's result must stay as it was")
}

func TestNoSecretIsWritten(t *testing.T) {
	const secret = "hunter2-hunter2"
	redactor := redact.New()
	redactor.Add(secret)
	result := sample()
	result.Command.Line += " --password " + secret
	result.Scenarios[0].Tags = []string{"@" + secret}
	result.Scenarios[1].Reason = "Authorization: ApiKey abc"
	result.Scenarios[1].Steps[1].Got = secret
	result.Scenarios[1].Steps[1].Table = [][]string{{"key", secret}}
	store := newStore(t, redactor)
	result.Scenarios[0].Topology.Remotes[0].Address = secret
	_, err := store.WriteResult(result)
	require.NoError(t, err)
	require.NoError(t, store.WriteEvidence(secret, "remote_info.json", []byte(`{"a": "`+secret+`"}`)))

	files := 0
	require.NoError(t, filepath.WalkDir(store.Dir(), func(path string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		assert.NotContains(t, path, secret)
		if !entry.IsDir() {
			files++
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.NotContains(t, string(data), secret, path)
			assert.NotContains(t, string(data), "ApiKey abc", path)
		}
		return nil
	}))
	assert.Equal(t, 2, files)
	_, err = Load(filepath.Join(store.Dir(), ResultFile))
	assert.NoError(t, err, "redaction must not break the file")
}

func TestEvidenceHasAFolderForEachScenario(t *testing.T) {
	store := newStore(t, nil)
	for _, c := range []struct{ id, dir string }{
		{"features/api_key/connect.feature:27@9.3.2->8.19.4", "evidence/api_key-connect-27-9.3.2-8.19.4"},
		{"features/api_key/connect.feature:27@9.3.2->8.19.4", "evidence/api_key-connect-27-9.3.2-8.19.4"},
		{"features/api_key-connect.feature:27@9.3.2->8.19.4", "evidence/api_key-connect-27-9.3.2-8.19.4-2"},
		{"../..", "evidence/scenario"},
		{strings.Repeat("x", 500), "evidence/" + strings.Repeat("x", maxSlugRunes)},
	} {
		dir, err := store.Evidence(c.id)
		require.NoError(t, err)
		assert.Equal(t, c.dir, dir)
		assert.DirExists(t, filepath.Join(store.Dir(), dir))
	}
	for _, name := range []string{"", "..", "a/b", "/x", ".hidden"} {
		assert.Error(t, store.WriteEvidence("a", name, nil), "%q is no plain file name", name)
	}
}

func TestCreateSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "run-1"), 0o755))
	for _, c := range []struct{ out, id, want string }{
		{file, "run-1", file + ": reports cannot be written here (not a directory); make it a writable folder or name " +
			"another with --out"},
		{filepath.Join(file, "deep"), "run-1", "with --out"},
		{dir, "run-1", "a run of this name was written already"},
		{dir, "latest", "cannot name a folder"},
		{dir, "../x", "cannot name a folder"},
		{dir, "", "cannot name a folder"},
	} {
		_, err := Create(c.out, c.id, nil)
		assert.ErrorContains(t, err, c.want)
	}
}

func TestLatestPointsAtTheNewestRun(t *testing.T) {
	out := t.TempDir()
	for _, id := range []string{"run-1", "run-2"} {
		store, err := Create(out, id, nil)
		require.NoError(t, err)
		require.NoError(t, store.Latest())
		target, err := os.Readlink(filepath.Join(out, "latest"))
		require.NoError(t, err)
		assert.Equal(t, id, target, "the link is relative and points at the newest run")
	}
	require.NoError(t, os.Remove(filepath.Join(out, "latest")))
	require.NoError(t, os.Mkdir(filepath.Join(out, "latest"), 0o755))
	store, err := Create(out, "run-3", nil)
	require.NoError(t, err)
	assert.ErrorContains(t, store.Latest(), "remove it if it is not a link")
	entries, err := os.ReadDir(out)
	require.NoError(t, err)
	assert.Len(t, entries, 4, "no temporary link may stay: %v", entries)
}

func TestLoadRefuses(t *testing.T) {
	path, err := newStore(t, nil).WriteResult(sample())
	require.NoError(t, err)
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	swap := func(old, new string) string {
		require.Contains(t, string(good), old)
		return strings.Replace(string(good), old, new, 1)
	}
	for name, c := range map[string]struct {
		data string
		kind error
		want string
	}{
		"empty":      {"", ErrTruncated, "ends in the middle, after 0 bytes; run again"},
		"half":       {string(good[:len(good)/2]), ErrTruncated, "ends in the middle"},
		"not JSON":   {"\n<html>", ErrForeign, "line 2: invalid character"},
		"a list":     {"[]", ErrForeign, "name the result.json of a run"},
		"other JSON": {`{"a": 1}`, ErrForeign, `its schema is ""`},
		"other tool": {swap(SchemaVersion, "other/9"), ErrForeign, `its schema is "other/9"`},
		"older": {swap(SchemaVersion, "crosscheck.result/2"), ErrOlder,
			`has the schema "crosscheck.result/2", this crosscheck knows`},
		"no such schema":  {swap(SchemaVersion, "crosscheck.result/x"), ErrForeign, "crosscheck.result/x"},
		"newer":           {swap(SchemaVersion, "crosscheck.result/99"), ErrNewer, "use the crosscheck that wrote it"},
		"unknown field":   {swap(`"run_id"`, `"ran_id"`), ErrDamaged, "ran_id"},
		"unknown verdict": {swap(`"verdict": "flaky"`, `"verdict": "maybe"`), ErrDamaged, `unknown verdict "maybe"`},
		"missing verdict": {swap(`"verdict": "flaky"`, `"verdict": null`), ErrDamaged, "has no verdict"},
		"impossible verdict": {swap(`"verdict": "passed",`+"\n          ", `"verdict": "flaky",`+"\n          "), ErrDamaged,
			"which a step cannot have"},
		"wrong type": {swap(`"attempts": 1`, `"attempts": "one"`), ErrDamaged, "line "},
		"a count is off": {swap(`"passed": 1`, `"passed": 2`), ErrDamaged,
			"its summary says 2 passed, its scenarios say 1"},
		"total is off":       {swap(`"total": 6`, `"total": 5`), ErrDamaged, "its summary says 5 scenarios, it holds 6"},
		"a nicer exit code":  {swap(`"exit_code": 1`, `"exit_code": 0`), ErrDamaged, "exit code 0, its scenarios say 1"},
		"no run":             {swap(`"run_id": "20251122-0549"`, `"run_id": ""`), ErrDamaged, "has no run_id"},
		"the same id twice":  {swap(`connect.feature:27@`, `connect.feature:20@`), ErrDamaged, "stands there twice"},
		"more after the end": {string(good) + "{}", ErrDamaged, "goes on after its end"},
		"a scenario sans id": {swap(`"id": "features/api_key/connect.feature:27@9.3.2->8.19.4"`, `"id": ""`), ErrDamaged,
			"scenario 2 has no id"},
		"no such part":      {swap(`"index": 1`, `"index": 3`), ErrDamaged, "says that it is part 3 of 2"},
		"a plan with twins": {swap("\"a\",", "\"b\","), ErrDamaged, `its plan names "b" twice`},
		"passed and failed": {swap(`"verdict": "failed",`, `"verdict": "passed",`), ErrDamaged,
			`passed, and its step "its remote info is" did not`},
		"complete with gaps": {swap(`"complete": false`, `"complete": true`), ErrDamaged,
			"is complete, and 1 selected scenarios were skipped"},
		"evidence elsewhere": {swap(`"evidence/api_key-27"`, `"../../secret"`), ErrDamaged, "not in the run's folder"},
		"not a date":         {swap("2025-11-22T05:49:00Z", "yesterday"), ErrDamaged, "yesterday"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "result.json")
			require.NoError(t, os.WriteFile(file, []byte(c.data), 0o644))
			_, err := Load(file)
			require.ErrorIs(t, err, c.kind)
			assert.ErrorContains(t, err, c.want)
			assert.True(t, strings.HasPrefix(err.Error(), file+": "), "the path comes first: %s", err)
		})
	}
	_, err = Load(filepath.Join(t.TempDir(), "none.json"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, "name the result.json of a run")
}

func FuzzLoad(f *testing.F) {
	good, err := json.Marshal(publishable(sample(), nil))
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte(`{"schema":"crosscheck.result/99999999999999999999"}`))
	f.Add([]byte(`{"schema":"crosscheck.result/3","run_id":"a","summary":{"exit_code":3},"scenarios":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		result, loadErr := parse(data)
		if loadErr != nil {
			return
		}
		again, err := json.Marshal(publishable(result, nil))
		if err != nil {
			t.Fatalf("a result that was read cannot be written: %v", err)
		}
		if _, loadErr := parse(again); loadErr != nil {
			t.Fatalf("a result that was read and written cannot be read again: %v\n%s", loadErr, again)
		}
		junit, err := JUnit(result)
		if err != nil {
			t.Fatalf("a result that was read has no JUnit report: %v", err)
		}
		if err := xml.Unmarshal(junit, new(junitSuites)); err != nil {
			t.Fatalf("the JUnit report is not XML: %v\n%s", err, junit)
		}
	})
}

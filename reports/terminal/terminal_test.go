package terminal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/redact"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

func TestMain(m *testing.M) {
	text.OverrideRuneWidthEastAsianWidth(false) // whatever the locale
	goleak.VerifyTestMain(m)
}

const secret = "hunter2-hunter2"

var (
	newest = reports.Pair{Local: "9.3.2", Remote: "9.3.2"}
	cross  = reports.Pair{Local: "8.19.4", Remote: "9.3.2"}
)

// clock is moved by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }
func (c *clock) wait(seconds float64) {
	c.now = c.now.Add(time.Duration(seconds * float64(time.Second)))
}

func options(c *clock, width, height int) Options {
	redactor := redact.New()
	redactor.Add(secret)
	return Options{Now: c.Now, Redactor: redactor, Size: func() (int, int) { return width, height }}
}

func scenario(pair reports.Pair, line int, name string, verdict verdict.Verdict) reports.Scenario {
	s := reports.Scenario{
		Name: name, Feature: "Connect with a cross-cluster API key", File: "features/api_key/connect.feature", Line: line,
		Local: pair.Local, Remote: pair.Remote, Verdict: verdict, Seconds: 1.2, Attempts: 1, Lane: 1,
	}
	s.ID = reports.ScenarioID(s.File, s.Line, pair)
	return s
}

// play is a run with a scenario of each verdict; at is called at its interesting moments.
func play(v *View, c *clock, at func(moment string)) {
	passed := scenario(newest, 20, "The documented steps connect the clusters", verdict.Passed)
	passed.Measurements = map[string]float64{"recovery": 0.8}
	failed := scenario(newest, 27, "The key is stored under another alias", verdict.Failed)
	passed.Notes = []string{"_remote/info in mode proxy has the field x, which is not documented for 9.3.2"}
	failed.Lane, failed.Evidence, failed.Reason = 2, "evidence/api_key-connect-27", "remote info differs"
	failed.Steps = []reports.Step{{Keyword: "Given", Text: "a remote cluster", Line: 28, Verdict: verdict.Passed}, {
		Keyword: "Then", Text: `"partner" fails as "another-alias"`, Line: 29, Verdict: verdict.Failed,
		Message: "remote info differs",
		Wanted:  "cluster_credentials absent", Got: "cluster_credentials \"::es_redacted::\"\nkey " + secret + "\x1b[2J",
		Polled: "9 reads in 30 s, last 0.4 s ago", Hint: "is the alias right?",
	}}
	unsupported := scenario(cross, 20, "The documented steps connect the clusters", verdict.Unsupported)
	unsupported.Attempts, unsupported.Fact, unsupported.Reason = 0, "api-key-model", "needs 8.14 on both sides"
	skipped := scenario(cross, 27, "The key is stored under another alias", verdict.Skipped)
	skipped.Attempts, skipped.Reason = 0, "not started after the first failure"
	broke := scenario(cross, 35, "The wrong port", verdict.Error)
	broke.Reason, broke.Simulated = "the balancer's container is gone", []string{"Elastic Cloud console"}
	flaky := scenario(cross, 40, "A shaky one", verdict.Flaky)
	flaky.Attempts, flaky.Reason = 2, "the first search timed out"

	v.Note("9.3.2 assembled from published artifacts, password " + secret)
	c.wait(0.5)
	at("before the plan")
	v.RunStarted(reports.Plan{
		Version: "0.3.0", Pairs: []reports.Pair{newest, cross}, Scenarios: 6, Lanes: 2, RunDir: "out/run-1",
		EngineVersion: "20.10", Cores: 2, FreeMemoryBytes: 21e9,
		Groups: []reports.Group{{Feature: passed.Feature, Pair: newest, Scenarios: 2},
			{Feature: passed.Feature, Pair: cross, Scenarios: 4}},
	})
	v.ClusterChanged(reports.ClusterEvent{Name: "r1", Version: "9.3.2", Role: "remote", State: reports.ClusterStarting})
	v.ClusterChanged(reports.ClusterEvent{Name: "l1", Version: "9.3.2", Role: "local", State: reports.ClusterStarting})
	c.wait(11.8)
	v.ClusterChanged(reports.ClusterEvent{Name: "r1", Version: "9.3.2", Role: "remote", State: reports.ClusterReady,
		Seconds: 11.8})
	v.ClusterChanged(reports.ClusterEvent{Name: "l1", Version: "9.3.2", Role: "local", State: reports.ClusterFailed,
		Seconds: 11.84})
	v.ClusterChanged(reports.ClusterEvent{Name: "l2", Version: "8.19.4", Role: "local", State: reports.ClusterStarting})
	v.ScenarioStarted(failed, 1)
	v.ScenarioStarted(passed, 2)
	v.StepFinished(failed.ID, failed.Steps[0])
	c.wait(4)
	at("running")
	v.ScenarioFinished(passed)
	v.ScenarioFinished(failed)
	v.ScenarioFinished(unsupported)
	v.ScenarioStarted(broke, 3)
	at("after a failure")
	c.wait(10)
	for _, s := range []reports.Scenario{broke, skipped, flaky} {
		v.ScenarioFinished(s)
	}
	v.ClusterChanged(reports.ClusterEvent{Name: "l2", Version: "8.19.4", Role: "local", State: reports.ClusterStopping})
	r := &reports.Result{ToolVersion: "0.3.0", Pairs: []reports.TestedPair{
		{Local: newest.Local, Remote: newest.Remote, Connects: true, ConnectsReason: "same version", CCSSupported: true,
			CCSReason: "same version"},
		{Local: cross.Local, Remote: cross.Remote, Connects: true, ConnectsReason: "8.19 is the last 8.x",
			CCSReason: "9.3 is too new"},
	}, Scenarios: []reports.Scenario{passed, failed, unsupported, broke, skipped, flaky}}
	reports.Summarize(r, "")
	v.RunFinished(r, filepath.Join("out", "run-1", "result.json"))
	v.Note("containers removed")
	v.Close()
	at("end")
}

// golden compares with testdata; UPDATE=1 writes it anew.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got+"\n"), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, strings.TrimSuffix(string(want), "\n"), got,
		"the text shown differs from %s; if it should, run with UPDATE=1", file)
	assert.NotContains(t, got, secret)
	assert.NotContains(t, got, "\x1b")
}

func TestPlainLines(t *testing.T) {
	c := &clock{}
	var out bytes.Buffer
	play(New(&out, options(c, 0, 0)), c, func(string) {})
	golden(t, "plain", strings.TrimSuffix(out.String(), "\n"))
}

func TestTheScreen(t *testing.T) {
	for _, size := range []struct{ width, height int }{{100, 40}, {60, 9}} {
		c := &clock{}
		s := newScreen(size.width, size.height)
		o := options(c, size.width, size.height)
		o.TTY = true
		v := newView(s, o)
		close(v.stopped) // the test repaints, no loop does
		play(v, c, func(moment string) {
			if moment != "end" {
				v.paint()
				v.paint() // a second time changes nothing
				assert.True(t, s.hidden, "the cursor is hidden while the block is repainted")
			}
			golden(t, fmt.Sprintf("tty-%dx%d-%s", size.width, size.height, strings.ReplaceAll(moment, " ", "-")), s.String())
		})
		assert.False(t, s.hidden, "the cursor must come back")
		assert.Empty(t, s.unknown, "escape sequences that the screen does not know, or that came from the product")
	}
}

func TestColors(t *testing.T) {
	for _, color := range []bool{true, false} {
		c := &clock{}
		var out bytes.Buffer
		o := options(c, 100, 40)
		o.TTY, o.Color = true, color
		play(New(&out, o), c, func(string) {})
		assert.Equal(t, color, strings.Contains(out.String(), "\x1b[31m✘"), "color %t", color)
		assert.Equal(t, color, strings.Contains(out.String(), "\x1b[0m"), "color %t", color)
	}
}

func TestLongRunsFitTheScreen(t *testing.T) {
	c := &clock{}
	s := newScreen(80, 12)
	o := options(c, 80, 12)
	o.TTY = true
	v := newView(s, o)
	close(v.stopped)
	plan := reports.Plan{Version: "0.3.0", Scenarios: 900, Lanes: 1}
	for i := range 30 {
		plan.Groups = append(plan.Groups, reports.Group{Feature: fmt.Sprintf("機能 %d %s", i, strings.Repeat("x", 60)),
			Pair: newest, Scenarios: 90})
	}
	v.RunStarted(plan)
	for i := range 20 {
		v.ClusterChanged(reports.ClusterEvent{Name: fmt.Sprint(i), Version: "9.3.2", Role: "local",
			State: reports.ClusterStarting})
	}
	for i := range 95 {
		finished := scenario(newest, i, "n", verdict.Passed)
		finished.Feature = plan.Groups[i/90].Feature
		v.ScenarioFinished(finished)
	}
	for range 5 {
		v.paint()
		c.wait(1)
	}
	golden(t, "tty-long", s.String())
	assert.LessOrEqual(t, len(s.lines), 12, "the block must not scroll")
	v.Close()
}

func TestANarrowerWindowLeavesNothingBehind(t *testing.T) {
	c := &clock{}
	s := newScreen(30, 40)
	width := 30
	o := options(c, 0, 0)
	o.TTY, o.Size = true, func() (int, int) { return width, 40 }
	v := newView(s, o)
	close(v.stopped)
	v.RunStarted(reports.Plan{Version: "0.3.0"})
	v.paint()
	v.painted = []int{59, 0, 0, 10} // what a window of 60 columns held: 5 lines of 30 columns
	var out bytes.Buffer
	v.out = &out
	v.paint()
	assert.Contains(t, out.String(), "\x1b[5A")
	v.Close()
}

func TestTheTimeLeft(t *testing.T) {
	for _, c := range []struct {
		ran, done int
		seconds   float64
		want      string
	}{
		{0, 0, 10, ""},
		{1, 1, 10, ""},
		{2, 2, 1, ", about 20 s left"},
		{40, 44, 60, ", about 5 s left"},
		{10, 20, 22, ", about 1m 0s left"},
		{10, 20, 15, ", about 40 s left"},
		{10, 20, 200, ", about 9m left"},
		{10, 46, 200, ""},
	} {
		k := &clock{}
		v := newView(&bytes.Buffer{}, options(k, 0, 0))
		v.plan.Scenarios, v.ran, v.done, v.firstStart = 46, c.ran, c.done, k.now
		k.wait(c.seconds)
		assert.Equal(t, c.want, v.estimate(), "%+v", c)
	}
}

func TestCloseWithoutAnEnd(t *testing.T) {
	c := &clock{}
	s := newScreen(80, 20)
	o := options(c, 80, 20)
	o.TTY = true
	v := New(s, o)
	v.RunStarted(reports.Plan{Version: "0.3.0"})
	v.Note("the Docker Engine went away")
	v.Close()
	v.Close()
	assert.Contains(t, s.String(), "the Docker Engine went away")
	assert.Contains(t, s.String(), "crosscheck 0.3.0")
	assert.False(t, s.hidden, "the cursor must come back")
}

func TestDetectAFile(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer file.Close()
	o := Detect(file, nil)
	assert.False(t, o.TTY || o.Color, "a file is no terminal")
	width, height := (&View{options: o}).size()
	assert.Equal(t, []int{defaultWidth, defaultHeight}, []int{width, height})
}

func TestTheLastLineOfAPartSaysSo(t *testing.T) {
	var out bytes.Buffer
	v := New(&out, options(&clock{now: time.Unix(0, 0)}, 100, 40))
	r := &reports.Result{ToolVersion: "0.3.0", Shard: &reports.Shard{Index: 2, Count: 4}}
	reports.Summarize(r, "")
	v.RunFinished(r, "result.json")
	v.Close()
	require.Contains(t, out.String(), "crosscheck 0.3.0, part 2 of 4: ")
}

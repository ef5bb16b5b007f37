package gate

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

var (
	day  = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	pair = reports.Pair{Local: "9.3.2", Remote: "9.3.2"}
)

// The data is loaded once: there are many cases.
var (
	loadFacts     = sync.OnceValues(facts.Default)
	loadCatalogue = sync.OnceValues(catalogue.Default)
)

// scenario passed, and saw one connected remote cluster.
func scenario(line int, name string) reports.Scenario {
	return reports.Scenario{
		ID: reports.ScenarioID("features/a.feature", line, pair), Name: name, Feature: "A", File: "features/a.feature",
		Line:  line,
		Local: pair.Local, Remote: pair.Remote, Verdict: verdict.Passed, Attempts: 1,
		Measurements: map[string]float64{"recovery": 2},
		RemoteInfo: []reports.RemoteInfo{{Alias: "partner", Mode: "proxy",
			Fields:   map[string]string{"connected": "boolean", "mode": "string"},
			Defaults: map[string]string{"skip_unavailable": "true"}}},
	}
}

// run has the scenarios one to four.
func run(change func(*reports.Result)) *reports.Result {
	r := &reports.Result{RunID: "run", ToolVersion: "1", Finished: day,
		Pairs:    []reports.TestedPair{{Local: pair.Local, Remote: pair.Remote}},
		Clusters: []reports.Cluster{{Version: "9.3.2", BuildHash: "abc"}}}
	for i, name := range []string{"one", "two", "three", "four"} {
		r.Scenarios = append(r.Scenarios, scenario(10*(i+1), name))
	}
	if change != nil {
		change(r)
	}
	reports.Summarize(r, "")
	return r
}

func judge(t *testing.T, before, after func(*reports.Result), change func(*Input)) *Report {
	t.Helper()
	known, err := loadFacts()
	require.NoError(t, err)
	entries, err := loadCatalogue()
	require.NoError(t, err)
	in := Input{Baseline: Source{"before.json", run(before)}, Result: Source{"after.json", run(after)}, Facts: known,
		Catalogue: entries, Now: day}
	if change != nil {
		change(&in)
	}
	report, err := Judge(in)
	require.NoError(t, err)
	return report
}

// becomes gives scenario i a verdict.
func becomes(i int, v verdict.Verdict, reason string) func(*reports.Result) {
	return func(r *reports.Result) { r.Scenarios[i].Verdict, r.Scenarios[i].Reason = v, reason }
}

func TestFindings(t *testing.T) {
	nothing := func(*reports.Result) {}
	unsupported := func(fact string, tags ...string) func(*reports.Result) {
		return func(r *reports.Result) {
			s := &r.Scenarios[0]
			s.Verdict, s.Fact, s.Reason, s.Tags = verdict.Unsupported, fact, "it does not apply", tags
		}
	}
	info := func(change func(*reports.RemoteInfo)) func(*reports.Result) {
		return func(r *reports.Result) {
			for i := range r.Scenarios {
				change(&r.Scenarios[i].RemoteInfo[0])
			}
		}
	}
	for name, c := range map[string]struct {
		before, after func(*reports.Result)
		code          int
		findings      []string // kind: text
		fixed         int
		note          string
	}{
		"the same":      {nothing, nothing, 0, nil, 0, ""},
		"a new failure": {nothing, becomes(1, verdict.Failed, "no"), 1, []string{"new-failure: failed: no"}, 0, ""},
		"a known failure": {becomes(1, verdict.Failed, "no"), becomes(1, verdict.Failed, "no"), 0, nil, 0,
			"features/a.feature:20@9.3.2->9.3.2 (A: two) fails as it did in the baseline: no"},
		"it fails otherwise": {becomes(1, verdict.Failed, "no"), func(r *reports.Result) {
			becomes(1, verdict.Failed, "never")(r)
			r.Scenarios[1].Steps = []reports.Step{{Text: "it is connected", Verdict: verdict.Failed}}
		}, 0, nil, 0, `features/a.feature:20@9.3.2->9.3.2 (A: two) failed in the baseline too, and at another step, "": ` +
			`now at "it is connected": never`},
		"from flaky to failed": {becomes(1, verdict.Flaky, "shaky"), becomes(1, verdict.Failed, "no"), 1,
			[]string{"new-failure: failed: no"}, 0, ""},
		"fixed":             {becomes(1, verdict.Failed, "no"), nothing, 0, nil, 1, ""},
		"no longer flaky":   {becomes(1, verdict.Flaky, "shaky"), nothing, 0, nil, 1, ""},
		"fixed, on a retry": {becomes(1, verdict.Failed, "no"), becomes(1, verdict.Flaky, "shaky"), 0, nil, 1, ""},
		"flaky": {nothing, becomes(1, verdict.Flaky, "shaky"), 1,
			[]string{"flaky: passed only on attempt 1: shaky"}, 0, ""},
		"broke": {nothing, becomes(1, verdict.Error, "oh"), 2,
			[]string{"error: broke, which says nothing about the product: oh"}, 0, ""},
		"broke in the baseline": {becomes(1, verdict.Error, "oh"), nothing, 2,
			[]string{"baseline-error: broke in the baseline, which says nothing about the product then; run the baseline " +
				"again: oh"}, 1, ""},
		"skipped": {nothing, becomes(1, verdict.Skipped, "no time"), 1, []string{"skipped: was skipped: no time"}, 0, ""},
		"the run ended": {nothing, func(r *reports.Result) {
			becomes(1, verdict.Skipped, "not run: interrupted")(r)
			r.Scenarios[1].Attempts = 0
		}, 3, []string{"skipped: was skipped: not run: interrupted"}, 0, ""},
		"skipped as before": {becomes(1, verdict.Skipped, "no time"), becomes(1, verdict.Skipped, "no time"), 3, nil, 0,
			"the baseline is incomplete: 1 selected scenario skipped"},
		"failed, now skipped": {becomes(1, verdict.Failed, "no"), becomes(1, verdict.Skipped, "no time"), 3, nil, 0,
			"features/a.feature:20@9.3.2->9.3.2 (A: two) was skipped; in the baseline it was failed"},
		"unsupported, no fact": {nothing, unsupported(""), 1,
			[]string{"unsupported: is said to be unsupported and names no fact: it does not apply"}, 0, ""},
		"unsupported, odd fact": {nothing, unsupported("moon"), 1,
			[]string{`unsupported: is said to be unsupported and "moon" is no fact about versions: it does not apply`}, 0, ""},
		"unsupported, the image": {nothing, unsupported("image-lacks-ml"), 1, []string{`unsupported: is said to be ` +
			`unsupported and "image-lacks-ml" is no fact about versions: it does not apply`}, 0, ""},
		"unsupported, wrongly": {nothing, unsupported("strong-identity"), 1, []string{"unsupported: is said to be " +
			"unsupported and the fact strong-identity does not exclude this pair: it does not apply"}, 0, ""},
		"unsupported, wire": {nothing, unsupported("wire"), 1,
			[]string{"unsupported: is said to be unsupported and the fact wire does not exclude this pair: it does not apply"},
			0, ""},
		"unsupported, wire, and that it is about": {nothing, unsupported("wire", "@wire:incompatible"), 0, nil, 0,
			"features/a.feature:10@9.3.2->9.3.2 (A: one) no longer applies: it does not apply"},
		"unsupported as before": {unsupported("moon"), unsupported("moon"), 0, nil, 0, ""},
		"applies now": {unsupported("moon"), nothing, 0, nil, 0,
			"features/a.feature:10@9.3.2->9.3.2 (A: one) applies now, and passed"},
		"vanished": {nothing, func(r *reports.Result) { r.Scenarios = r.Scenarios[1:] }, 1,
			[]string{"vanished: is no longer in the result"}, 0, ""},
		"new": {nothing, func(r *reports.Result) { r.Scenarios = append(r.Scenarios, scenario(90, "five")) }, 0, nil, 0,
			"features/a.feature:90@9.3.2->9.3.2 (A: five) is new: passed"},
		"new, and failed": {nothing, func(r *reports.Result) {
			r.Scenarios = append(r.Scenarios, scenario(90, "five"))
			becomes(4, verdict.Failed, "no")(r)
		}, 1, []string{"new-failure: is new, and failed: no"}, 0, ""},
		"new, and broke": {nothing, func(r *reports.Result) {
			r.Scenarios = append(r.Scenarios, scenario(90, "five"))
			becomes(4, verdict.Error, "oh")(r)
		}, 2, []string{"error: is new, and broke: oh"}, 0, ""},
		"lines moved": {nothing, func(r *reports.Result) {
			for i := range r.Scenarios {
				r.Scenarios[i].Line += 10
				r.Scenarios[i].ID = reports.ScenarioID(r.Scenarios[i].File, r.Scenarios[i].Line, pair)
			}
			becomes(0, verdict.Failed, "no")(r)
		}, 1, []string{"new-failure: failed: no"}, 0, ""},
		"renamed": {nothing, func(r *reports.Result) { r.Scenarios[2].Name = "tres" }, 0, nil, 0,
			`features/a.feature:30 is called "A: tres" now; it was "A: three"`},
		"slower": {nothing, func(r *reports.Result) { r.Scenarios[0].Measurements["recovery"] = 7.1 }, 1,
			[]string{"slower: recovery took 7.1 s, and 2.0 s in the baseline; up to 7.0 s is allowed"}, 0, ""},
		"a little slower": {nothing, func(r *reports.Result) { r.Scenarios[0].Measurements["recovery"] = 7 }, 0, nil,
			0, ""},
		"no longer measured": {nothing, func(r *reports.Result) { r.Scenarios[0].Measurements = nil }, 0, nil, 0,
			"features/a.feature:10@9.3.2->9.3.2 (A: one) measured recovery of 2.0 s in the baseline, and none now"},
		"a field more, in four": {nothing, info(func(i *reports.RemoteInfo) { i.Fields["color"] = "string" }), 1, []string{
			"remote-info-shape: _remote/info has another shape in mode proxy: color is string, and " +
				"absent in the baseline"}, 0, ""},
		"a documented field": {nothing, info(func(i *reports.RemoteInfo) { i.Fields["server_name"] = "string" }), 1,
			[]string{"remote-info-shape: _remote/info has another shape in mode proxy: server_name is string, and absent in " +
				"the baseline; that is what is documented for 9.3.2"}, 0, ""},
		"a field less": {nothing, info(func(i *reports.RemoteInfo) { delete(i.Fields, "mode") }), 1, []string{
			"remote-info-shape: _remote/info has another shape in mode proxy: mode is absent, and " +
				"string in the baseline"}, 0, ""},
		"another type": {nothing, info(func(i *reports.RemoteInfo) { i.Fields["mode"] = "object" }), 1, []string{
			"remote-info-shape: _remote/info has another shape in mode proxy: mode is object, and " +
				"string in the baseline"}, 0, ""},
		"another mode": {nothing, info(func(i *reports.RemoteInfo) { i.Mode = "sniff" }), 1, []string{
			"remote-info-shape: _remote/info has another shape in mode sniff: mode is sniff, and proxy " +
				"in the baseline"}, 0, ""},
		"a default": {nothing, info(func(i *reports.RemoteInfo) { i.Defaults["skip_unavailable"] = "" }), 1, []string{
			`remote-info-default: _remote/info shows another default of skip_unavailable in mode ` +
				`proxy: "", and true in the baseline`}, 0, ""},
		"none connected": {nothing, func(r *reports.Result) { r.Scenarios[0].RemoteInfo = nil }, 0, nil, 0,
			"features/a.feature:10@9.3.2->9.3.2 (A: one) saw no connected remote cluster in " +
				"_remote/info, as it did in the baseline"},
		"another build": {nothing, func(r *reports.Result) { r.Clusters[0].BuildHash = "def" }, 0, nil, 0,
			"Elasticsearch 9.3.2 is another build: def, and abc in the baseline"},
		"another tool": {nothing, func(r *reports.Result) { r.ToolVersion = "2" }, 0, nil, 0,
			"the baseline was written by crosscheck 1, the result by 2"},
		"a note": {nothing, func(r *reports.Result) { r.Scenarios[0].Notes = []string{"it is odd"} }, 0, nil, 0,
			"9.3.2 -> 9.3.2: it is odd"},
		"the worst decides": {nothing, func(r *reports.Result) {
			becomes(0, verdict.Error, "oh")(r)
			becomes(1, verdict.Failed, "no")(r)
		}, 1, []string{"error: broke, which says nothing about the product: oh", "new-failure: failed: no"}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := judge(t, c.before, c.after, nil)
			var got []string
			for _, f := range r.Findings {
				got = append(got, f.Kind+": "+f.Text)
			}
			require.Equal(t, c.findings, got)
			require.Len(t, r.Fixed, c.fixed)
			if c.note == "" {
				for _, n := range r.Notes {
					require.Contains(t, n, "the baseline is incomplete", "a note that nobody expects")
				}
			} else {
				require.Contains(t, r.Notes, c.note)
			}
			require.Equal(t, c.code, r.ExitCode, r.Reason)
		})
	}
	r := judge(t, nil, info(func(i *reports.RemoteInfo) { i.Fields["color"] = "string" }), nil)
	require.Len(t, r.Findings[0].Scenarios, 4, "one change that four scenarios show is one finding")
}

func TestPairs(t *testing.T) {
	other := reports.Pair{Local: "9.2.0", Remote: "9.3.2"}
	moved := func(r *reports.Result) {
		r.Pairs = []reports.TestedPair{{Local: other.Local, Remote: other.Remote}}
		for i := range r.Scenarios {
			s := &r.Scenarios[i]
			s.Local, s.Remote = other.Local, other.Remote
			s.ID = reports.ScenarioID(s.File, s.Line, other)
		}
	}
	r := judge(t, nil, moved, nil)
	require.Len(t, r.Findings, 2)
	require.Equal(t, []string{"pair", "pair"}, []string{r.Findings[0].Kind, r.Findings[1].Kind})
	require.Equal(t, 1, r.ExitCode)
	require.Zero(t, r.Compared)
	for _, how := range []func(*Input){
		func(in *Input) { in.AnyVersions = true },
		func(in *Input) { in.Pairs = map[reports.Pair]reports.Pair{pair: other} },
	} {
		r := judge(t, nil, moved, how)
		require.Zero(t, r.ExitCode, r.Text())
		require.Equal(t, 4, r.Compared)
	}
	two := func(r *reports.Result) {
		r.Pairs = append(r.Pairs, reports.TestedPair{Local: "9.2.0", Remote: "9.2.0"})
	}
	for want, in := range map[string]Input{
		"--any-versions: b has 2 pairs and r has 1 pair; it takes one each": {Baseline: Source{"b", run(two)},
			Result: Source{"r", run(nil)}, AnyVersions: true},
		"r has no pair 1 -> 1; it has 9.3.2 -> 9.3.2": {Baseline: Source{"b", run(nil)},
			Result: Source{"r", run(nil)}, Pairs: map[reports.Pair]reports.Pair{pair: {Local: "1", Remote: "1"}}},
		"9.2.0 -> 9.2.0 are both compared with 9.3.2 -> 9.3.2": {Baseline: Source{"b", run(two)},
			Result: Source{"r", run(nil)},
			Pairs:  map[reports.Pair]reports.Pair{{Local: "9.2.0", Remote: "9.2.0"}: pair}},
		"r: is part 2 of 3 of a run": {Baseline: Source{"b", run(nil)},
			Result: Source{"r", run(func(r *reports.Result) { r.Shard = &reports.Shard{Index: 2, Count: 3} })}},
	} {
		_, err := Judge(in)
		require.ErrorContains(t, err, want)
	}
	_, err := ParsePairs([]string{"1->1=2->2", "1 -> 1 = 3->3"})
	require.ErrorContains(t, err, "is mapped already")
}

func TestNothingComparedIsNoSuccess(t *testing.T) {
	empty := func(r *reports.Result) { r.Scenarios = nil }
	r := judge(t, empty, empty, nil)
	require.Equal(t, reports.ExitIncomplete, r.ExitCode)
	r = judge(t, empty, nil, nil)
	require.Equal(t, reports.ExitIncomplete, r.ExitCode, "scenarios that are all new are held against nothing")
}

func FuzzParsePairs(f *testing.F) {
	f.Add("9.3.2->9.3.2=9.2.0 -> 9.3.2")
	f.Fuzz(func(t *testing.T, text string) {
		pairs, err := ParsePairs([]string{text})
		if err == nil && len(pairs) != 1 {
			t.Fatalf("%q gives %v", text, pairs)
		}
	})
}

// twins are rows whose name and cells are alike, in two places.
func TestMatch(t *testing.T) {
	before := []reports.Scenario{scenario(10, "twin"), scenario(20, "twin"), scenario(30, "a"), scenario(40, "b")}
	after := []reports.Scenario{scenario(11, "twin"), scenario(21, "twin"), scenario(30, "b"), scenario(40, "c"),
		scenario(50, "d")}
	met, fresh := match(before, after)
	require.Equal(t, []int{0, 1, -1, 2}, met, "twins in their order; a name goes before a place")
	require.Equal(t, []int{3, 4}, fresh)
	after[3].Examples = map[string]string{"port": "9300"}
	before[2].Examples, before[2].Name = map[string]string{"port": "9300"}, "c"
	met, _ = match(before, after)
	require.Equal(t, []int{0, 1, 3, 2}, met, "a row is known by its cells")
}

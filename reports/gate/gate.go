// Package gate compares the result of a run with the last accepted one and judges whether it may take its place.
// docs/gate.md explains its findings, docs/gate.schema.json is the schema of its JSON.
package gate

import (
	"fmt"
	"slices"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
)

// SchemaVersion names the layout of the report as JSON.
const SchemaVersion = "crosscheck.gate/1"

// The kinds of findings that no policy can expect; policy.go has the others.
const (
	Broke         = "error"
	OtherPair     = "pair"
	ExpiredEntry  = "expired"
	BrokeBaseline = "baseline-error"
)

// Input is everything that a verdict hangs on.
type Input struct {
	Baseline, Result Source
	Policy           *Policy // nil for the default one
	PolicyPath       string
	Facts            *facts.Facts
	Catalogue        *catalogue.Catalogue
	// Pairs maps pairs of the baseline to pairs of the result. What is not in it is compared with the same pair.
	Pairs map[reports.Pair]reports.Pair
	// AnyVersions compares the only pair of the baseline with the only pair of the result, whatever their versions.
	AnyVersions bool
	Now         time.Time
}

// Source is a result and where it was read.
type Source struct {
	Path   string
	Result *reports.Result
}

// Report is what a gate found.
type Report struct {
	Schema   string `json:"schema"`
	Baseline Run    `json:"baseline"`
	Result   Run    `json:"result"`
	Policy   string `json:"policy,omitempty"`
	// Pairs are the ones that were compared.
	Pairs    []Compared `json:"pairs"`
	Compared int        `json:"compared"` // scenarios
	// Findings are what the gate fails for, Expected what the policy lets pass.
	Findings []Finding `json:"findings"`
	Expected []Finding `json:"expected"`
	Fixed    []Finding `json:"fixed"`
	// Notes are worth reading and decide nothing.
	Notes    []string `json:"notes"`
	ExitCode int      `json:"exit_code"`
	Reason   string   `json:"reason"`
}

// Run names one of the two results.
type Run struct {
	Path        string    `json:"path"`
	RunID       string    `json:"run_id"`
	ToolVersion string    `json:"tool_version"`
	Finished    time.Time `json:"finished"`
}

// Compared is a pair of the baseline and the pair of the result that it was compared with.
type Compared struct {
	Baseline reports.Pair `json:"baseline"`
	Result   reports.Pair `json:"result"`
}

// Finding is one difference between the two results.
type Finding struct {
	Kind string `json:"kind"`
	// Pair is the result's; the baseline's where the result has none.
	Pair reports.Pair `json:"pair"`
	// Title is "feature: scenario", or what the finding is about. Scenarios are the ids that show it.
	Title     string   `json:"title"`
	Scenarios []string `json:"scenarios"`
	Field     string   `json:"field,omitempty"` // of _remote/info
	Was       string   `json:"was,omitempty"`
	Is        string   `json:"is,omitempty"`
	Text      string   `json:"text"`
	// Expected is the entry of the policy that knows of it.
	Expected *Entry `json:"expected,omitempty"`

	code int // exit code that it stands for
}

// Entry is an expected failure of the policy.
type Entry struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
	Link   string `json:"link"`
	Until  string `json:"until"`
}

// Judge compares. An error means that the two cannot be compared, and says what to do.
func Judge(in Input) (*Report, error) {
	if in.Policy == nil {
		in.Policy = &Policy{}
	}
	for _, s := range []Source{in.Baseline, in.Result} {
		if shard := s.Result.Shard; shard != nil {
			return nil, fmt.Errorf("%s: is part %d of %d of a run; join the parts first (crosscheck report merge)", s.Path,
				shard.Index, shard.Count)
		}
	}
	g := &comparison{Input: in, report: &Report{
		Schema: SchemaVersion, Baseline: runOf(in.Baseline), Result: runOf(in.Result), Policy: in.PolicyPath,
		Pairs: []Compared{}, Findings: []Finding{}, Expected: []Finding{}, Fixed: []Finding{}, Notes: []string{},
	}}
	if err := g.pairs(); err != nil {
		return nil, err
	}
	g.runs()
	g.scenarios()
	g.expire()
	g.conclude()
	return g.report, nil
}

func runOf(s Source) Run {
	return Run{Path: s.Path, RunID: s.Result.RunID, ToolVersion: s.Result.ToolVersion, Finished: s.Result.Finished}
}

// comparison is a gate at work.
type comparison struct {
	Input
	report *Report
	used   map[int]bool // the policy's entries that met a finding
}

func (g *comparison) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(g.report.Notes, text) {
		g.report.Notes = append(g.report.Notes, text)
	}
}

// found files a finding: as expected where the policy knows of it and its time is not over.
func (g *comparison) found(f Finding) {
	if f.code == 0 {
		f.code = reports.ExitNotConformant
	}
	if !g.expects(&f) {
		g.report.Findings = append(g.report.Findings, f)
	}
}

// expects files a finding as expected if an entry of the policy knows of it whose time is not over. One whose time is
// over is named in the finding.
func (g *comparison) expects(f *Finding) bool {
	for i, e := range g.Policy.Expected {
		if !knows(e, *f) {
			continue
		}
		if g.used == nil {
			g.used = map[int]bool{}
		}
		g.used[i] = true
		f.Expected = entryOf(e)
		if !e.Expired(g.Now) {
			g.report.Expected = append(g.report.Expected, *f)
			return true
		}
	}
	return false
}

func entryOf(e Expected) *Entry {
	return &Entry{Line: e.Line, Reason: e.Reason, Link: e.Link, Until: e.Until.Format(time.DateOnly)}
}

// knows reports whether a policy's entry is about the finding.
func knows(e Expected, f Finding) bool {
	if e.Finding != f.Kind || e.Pair != "" && e.Pair != f.Pair.String() || e.Field != f.Field {
		return false
	}
	if e.Scenario == "" {
		return true
	}
	return e.Scenario == f.Title || slices.ContainsFunc(f.Scenarios,
		func(id string) bool { return place(id) == e.Scenario })
}

// expire fails for what was expected until a day that is over, whether it still happens or not, and tells of entries
// that nothing needs.
func (g *comparison) expire() {
	for i, e := range g.Policy.Expected {
		about := e.Scenario
		if about == "" {
			about = e.Field
		}
		switch {
		case e.Expired(g.Now):
			g.report.Findings = append(g.report.Findings, Finding{
				Kind: ExpiredEntry, Title: about, Scenarios: []string{}, Field: e.Field, Expected: entryOf(e),
				code: reports.ExitNotConformant,
				Text: fmt.Sprintf("%s:%d expects %s until %s, which is over; settle %s, then remove the entry", g.PolicyPath,
					e.Line, e.Finding, e.Until.Format(time.DateOnly), e.Link),
			})
		case !g.used[i]:
			g.note("%s:%d expects %s of %s, and it did not happen; remove the entry", g.PolicyPath, e.Line, e.Finding, about)
		}
	}
}

// conclude picks the exit code: as for a run, the lowest that is not 0.
func (g *comparison) conclude() {
	r := g.report
	for _, f := range r.Findings {
		if r.ExitCode == 0 || f.code < r.ExitCode {
			r.ExitCode = f.code
		}
	}
	r.Reason = fmt.Sprintf("%s in %d scenarios compared", words.Count(len(r.Findings), "finding"), r.Compared)
	if len(r.Expected) > 0 {
		r.Reason += fmt.Sprintf(", %d expected", len(r.Expected))
	}
	if len(r.Fixed) > 0 {
		r.Reason += fmt.Sprintf(", %d fixed", len(r.Fixed))
	}
	if s := g.Result.Result.Summary; !s.Complete {
		r.Reason += "; the result is incomplete: " + s.Reason
		if r.ExitCode == 0 {
			r.ExitCode = reports.ExitIncomplete
		}
	}
	if r.Compared == 0 && r.ExitCode == 0 {
		r.Reason, r.ExitCode = "nothing was compared", reports.ExitIncomplete
	}
}

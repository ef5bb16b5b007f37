package html

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// page is what the template shows without the script's help.
type page struct {
	*reports.Result
	Verdict  headline
	Counts   []count
	Matrix   matrix
	Urgent   []urgent
	More     int // urgent scenarios that are only in the list
	NotRun   []fact
	Facts    []fact
	Notes    []note
	Measured []measured
	Images   []imageRow
	Lacks    []lack
	Unreal   []count2
	Guides   []reports.GuideCoverage

	Index, Details, Evidence template.JS
	Style                    template.CSS
	Script                   template.JS
	Policy                   string
}

// maxUrgent is how many scenarios that did not pass are shown in full on the first page.
const maxUrgent = 25

func newPage(r *reports.Result) *page {
	p := &page{Result: r, Verdict: judge(r), Matrix: newMatrix(r)}
	for _, v := range verdict.Verdicts() {
		p.Counts = append(p.Counts, count{v, r.Summary.Count(v)})
	}
	for _, s := range r.Scenarios {
		if urgency(s.Verdict) < urgency(verdict.Skipped) {
			p.Urgent = append(p.Urgent, newUrgent(r, s))
		}
	}
	slices.SortStableFunc(p.Urgent, func(a, b urgent) int { return cmp.Compare(urgency(a.Verdict), urgency(b.Verdict)) })
	if len(p.Urgent) > maxUrgent {
		p.More = len(p.Urgent) - maxUrgent
		p.Urgent = p.Urgent[:maxUrgent]
	}
	p.NotRun, p.Facts = reasons(r, verdict.Skipped), reasons(r, verdict.Unsupported)
	p.Notes, p.Measured, p.Unreal = notes(r), measurements(r), unreal(r)
	p.Images, p.Lacks = images(r)
	return p
}

// Date is when the run began, for people.
func (p *page) Date() string { return p.Started.UTC().Format("2 January 2006, 15:04 UTC") }

// Stamp is the same for programs.
func (p *page) Stamp() string { return p.Started.UTC().Format(time.RFC3339) }

// Memory is the machine's, in GB.
func (p *page) Memory() string {
	return fmt.Sprintf("%.0f GB", float64(p.Machine.MemoryBytes)/1e9)
}

// headline is the run in a word and a sentence.
type headline struct {
	Class, Word, Sentence string
}

func judge(r *reports.Result) headline {
	s := r.Summary
	ran := s.Total - s.Unsupported
	pairs := words.Count(len(r.Pairs), "pair") + " of versions"
	word := strings.ToUpper(reports.Meaning(s.ExitCode)[:1]) + reports.Meaning(s.ExitCode)[1:]
	switch s.ExitCode {
	case reports.ExitConformant:
		sentence := fmt.Sprintf("All %s that apply passed, on %s.", words.Count(ran, "scenario"), pairs)
		if s.Flaky > 0 {
			sentence += fmt.Sprintf(" %d of them only on a retry.", s.Flaky)
		}
		return headline{"passed", word, sentence}
	case reports.ExitNotConformant:
		sentence := fmt.Sprintf("%d of %s that apply failed, on %s.", s.Failed, words.Count(ran, "scenario"), pairs)
		if s.Error > 0 {
			sentence += fmt.Sprintf(" The harness or the machine broke in %d.", s.Error)
		}
		if s.Skipped > 0 {
			sentence += fmt.Sprintf(" %d did not run.", s.Skipped)
		}
		return headline{"failed", word, sentence}
	case reports.ExitHarnessBroke:
		return headline{"error", word, fmt.Sprintf("The harness or the machine broke in %d of %s. Nothing is known about "+
			"those.", s.Error, words.Count(ran, "scenario"))}
	}
	return headline{"skipped", word, strings.ToUpper(s.Reason[:min(1, len(s.Reason))]) +
		s.Reason[min(1, len(s.Reason)):] + "."}
}

type count struct {
	Verdict verdict.Verdict
	N       int
}

type count2 struct {
	Name string
	N    int
}

// urgent is a scenario that did not pass.
type urgent struct {
	reports.Scenario
	Step    *reports.Step
	Outcome *reports.ExpectedFailure
	Link    string
}

func newUrgent(r *reports.Result, s reports.Scenario) urgent {
	u := urgent{Scenario: s, Step: s.Broken(), Link: scenarioLink(s.ID)}
	for i := range r.Outcomes {
		if r.Outcomes[i].ID == s.Outcome {
			u.Outcome = &r.Outcomes[i]
		}
	}
	return u
}

func scenarioLink(id string) string { return "#/scenario/" + url.PathEscape(id) }

// fact is a reason for which scenarios do not apply, or did not run.
type fact struct {
	ID, Reason string
	N          int
}

func reasons(r *reports.Result, v verdict.Verdict) []fact {
	counts := map[[2]string]int{}
	for _, s := range r.Scenarios {
		if s.Verdict == v {
			counts[[2]string{s.Fact, s.Reason}]++
		}
	}
	var all []fact
	for key, n := range counts {
		all = append(all, fact{key[0], key[1], n})
	}
	slices.SortFunc(all, func(a, b fact) int {
		return cmp.Or(b.N-a.N, strings.Compare(a.ID, b.ID), strings.Compare(a.Reason, b.Reason))
	})
	return all
}

// note is something that was noticed, and where first.
type note struct {
	Text, Name, Link string
	N                int
}

func notes(r *reports.Result) []note {
	var all []note
	for _, s := range r.Scenarios {
		for _, text := range s.Notes {
			at := slices.IndexFunc(all, func(n note) bool { return n.Text == text })
			if at < 0 {
				at, all = len(all), append(all, note{Text: text, Name: s.Name, Link: scenarioLink(s.ID)})
			}
			all[at].N++
		}
	}
	return all
}

type measured struct {
	Scenario reports.Scenario
	Link     string
	Name     string
	Seconds  float64
}

// measurements are in the order of the time that they took, longest first.
func measurements(r *reports.Result) []measured {
	var all []measured
	for _, s := range r.Scenarios {
		for _, name := range slices.Sorted(maps.Keys(s.Measurements)) {
			all = append(all, measured{s, scenarioLink(s.ID), name, s.Measurements[name]})
		}
	}
	slices.SortStableFunc(all, func(a, b measured) int { return cmp.Compare(b.Seconds, a.Seconds) })
	return all
}

// unreal counts the scenarios that ran with something simulated, by what it was.
func unreal(r *reports.Result) []count2 {
	counts := map[string]int{}
	for _, s := range r.Scenarios {
		for _, name := range s.Simulated {
			if s.Attempts > 0 {
				counts[name]++
			}
		}
	}
	var all []count2
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, count2{name, counts[name]})
	}
	return all
}

// lack is something that an image cannot do, and why.
type lack struct{ Capability, Reason string }

// imageRow is an image and the clusters that ran from it.
type imageRow struct {
	reports.Cluster
	Clusters int
}

func images(r *reports.Result) (rows []imageRow, lacks []lack) {
	for _, c := range r.Clusters {
		at := slices.IndexFunc(rows, func(row imageRow) bool { return row.Image == c.Image && row.BuildHash == c.BuildHash })
		if at < 0 {
			at = len(rows)
			rows = append(rows, imageRow{Cluster: c})
			for _, name := range c.Lacks {
				if l := (lack{name, c.LackReasons[name]}); l.Reason != "" && !slices.Contains(lacks, l) {
					lacks = append(lacks, l)
				}
			}
		}
		rows[at].Clusters++
	}
	slices.SortStableFunc(rows, func(a, b imageRow) int { return facts.CompareVersions(b.Version, a.Version) })
	slices.SortStableFunc(lacks, func(a, b lack) int { return strings.Compare(a.Capability, b.Capability) })
	return rows, lacks
}

// part is a piece of the bar over the counts, out of 1000.
type part struct {
	Verdict  verdict.Verdict
	X, Width float64
}

// Proportions are the verdicts' shares, those that want a look first.
func (p *page) Proportions() []part {
	counts := slices.Clone(p.Counts)
	slices.SortStableFunc(counts, func(a, b count) int { return cmp.Compare(urgency(a.Verdict), urgency(b.Verdict)) })
	var all []part
	x := 0.0
	for _, c := range counts {
		if c.N > 0 {
			width := 1000 * float64(c.N) / float64(p.Summary.Total)
			all = append(all, part{c.Verdict, x, width})
			x += width
		}
	}
	return all
}

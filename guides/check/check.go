// Package check reads pages as test input: snippets that do not parse, requests and settings that Elasticsearch does
// not know, and places where a page contradicts itself, another page or the version facts. Nothing runs; a page without
// defects has no findings.
package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/guides"
)

// Severity is how much a finding weighs.
type Severity int

// The severities. A note is something to know; a warning misleads; an error does not work as it stands.
const (
	Note Severity = iota
	Warning
	Error
)

var severities = []string{"note", "warning", "error"}

// String is the severity's name.
func (s Severity) String() string { return severities[s] }

// MarshalText writes the name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseSeverity reads a name.
func ParseSeverity(name string) (Severity, error) {
	i := slices.Index(severities, name)
	if i < 0 {
		return 0, fmt.Errorf("unknown level %q; it is one of note, warning and error", name)
	}
	return Severity(i), nil
}

// Finding is one thing wrong with a page.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	File     string   `json:"file"`
	guides.Pos
	Width   int      `json:"width"` // characters that are meant, 0 for the rest of the line
	What    string   `json:"what"`
	Reason  string   `json:"reason"`
	Fix     string   `json:"fix"`
	Also    []string `json:"also,omitempty"` // other places, as file:line
	Excerpt string   `json:"excerpt"`        // the source line
}

// Rule is one kind of finding.
type Rule struct {
	ID       string
	Severity Severity
	Doc      string // what is found
	Reason   string // why it matters to the one who follows the page
	// check looks at one page; across looks at all pages together. A rule has one of them.
	check  func(*pass)
	across func(*pass, []*source)
}

// Tools is what checks are held against.
type Tools struct {
	Facts   *facts.Facts
	Schemas Schemas // of Kubernetes resources; nil where none are at hand
}

// pass is one rule on one page.
type pass struct {
	*source
	Tools
	rule     Rule
	findings []Finding
}

// at begins a finding.
func (p *pass) at(pos guides.Pos, width int, what, fix string) *Finding {
	p.findings = append(p.findings, Finding{Rule: p.rule.ID, Severity: p.rule.Severity, File: p.File, Pos: pos,
		Width: width,
		What:  what, Reason: p.rule.Reason, Fix: fix, Excerpt: p.Line(pos.Line)})
	return &p.findings[len(p.findings)-1]
}

// Rules are all rules, by id.
func Rules() []Rule {
	all := slices.Concat(pageRules, snippetRules, requestRules, yamlRules, shellRules, settingRules, versionRules,
		nameRules,
		orderRules, responseRules, proseRules, acrossRules)
	slices.SortFunc(all, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Pages checks pages, alone and against each other. Findings come in the order of the pages and lines; silenced ones
// are left out, and silences that silence nothing are findings themselves.
func Pages(pages []*guides.Page, tools Tools, list []Ignore) []Finding {
	var all []Finding
	sources := make([]*source, len(pages))
	for i, page := range pages {
		sources[i] = newSource(page)
		for _, rule := range Rules() {
			p := &pass{source: sources[i], Tools: tools, rule: rule}
			if rule.check != nil {
				rule.check(p)
			}
			all = append(all, p.findings...)
		}
	}
	if len(pages) > 1 {
		for _, rule := range Rules() {
			p := &pass{source: sources[0], Tools: tools, rule: rule}
			if rule.across != nil {
				rule.across(p, sources)
			}
			all = append(all, p.findings...)
		}
	}
	all = silence(pages, all, list)
	order := map[string]int{}
	for i, page := range pages {
		order[page.File] = i
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(order[a.File]-order[b.File], a.Line-b.Line, a.Column-b.Column, cmp.Compare(a.Rule, b.Rule))
	})
	return slices.CompactFunc(all, func(a, b Finding) bool {
		return a.Rule == b.Rule && a.File == b.File && a.Pos == b.Pos && a.What == b.What
	})
}

// on moves the pass to another page.
func (p *pass) on(page *source) *pass {
	p.source = page
	return p
}

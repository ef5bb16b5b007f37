package check

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/strict"
	"github.com/crosscheck-dev/crosscheck/guides"
)

// RuleSilence is the rule about silences.
const RuleSilence = "silence"

// Ignore is an entry of a list of silenced findings.
type Ignore struct {
	Page     string // the page's id; empty for every page
	Rule     string
	Contains string // a piece of the finding's text or line; empty for any
	Reason   string
	file     string
}

// ReadIgnores reads a list of silenced findings: a YAML sequence of entries with rule, reason, and perhaps page and
// contains. Every entry needs a rule that there is. An error holds every *strict.Problem of the file.
func ReadIgnores(name string) ([]Ignore, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, &strict.Problem{File: name, What: "cannot be read", Remedy: "name a YAML list of silenced findings"}
	}
	r := strict.NewReader(name)
	var list []Ignore
	if root := r.OptionalDocument(data); root != nil {
		r.List(root, "the list of silenced findings", func(n strict.Node) { list = append(list, readIgnore(r, n, name)) })
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return list, nil
}

func readIgnore(r *strict.Reader, n strict.Node, file string) Ignore {
	entry := Ignore{file: file}
	r.Mapping(n, "an entry", []string{"rule", "reason"}, strict.Keys{
		"page": func(n strict.Node) { entry.Page = r.Text(n, "page") },
		"rule": func(n strict.Node) {
			if entry.Rule = r.Text(n, "rule"); entry.Rule != "" && !known(entry.Rule) {
				r.Problem(n, fmt.Sprintf("the rule %q does not exist", entry.Rule), "`crosscheck guides check --rules` lists them")
			}
		},
		"contains": func(n strict.Node) { entry.Contains = r.Text(n, "contains") },
		"reason":   func(n strict.Node) { entry.Reason = r.Text(n, "reason") },
	})
	return entry
}

func known(rule string) bool {
	return slices.ContainsFunc(Rules(), func(r Rule) bool { return r.ID == rule })
}

// silence takes out what comments and the list silence, and reports silences without a reason or without a finding.
func silence(pages []*guides.Page, all []Finding, list []Ignore) []Finding {
	rule := Rules()[slices.IndexFunc(Rules(), func(r Rule) bool { return r.ID == RuleSilence })]
	used := make([]bool, len(list))
	var kept, own []Finding
	byFile := map[string]*guides.Page{}
	for _, page := range pages {
		byFile[page.File] = page
	}
	silenced := map[*guides.Silence]bool{}
	for _, f := range all {
		page := byFile[f.File]
		quiet := false
		for i := range page.Silences {
			s := &page.Silences[i]
			if s.Rule == f.Rule && f.Line >= s.From && f.Line <= s.To && s.Reason != "" {
				silenced[s], quiet = true, true
			}
		}
		for i, entry := range list {
			if entry.Rule == f.Rule && (entry.Page == "" || entry.Page == page.ID()) &&
				strings.Contains(f.What+"\n"+f.Excerpt, entry.Contains) {
				used[i], quiet = true, true
			}
		}
		if !quiet {
			kept = append(kept, f)
		}
	}
	for _, page := range pages {
		own = append(own, idleComments(page, rule, silenced)...)
	}
	own = append(own, idleEntries(pages, rule, list, used)...)
	return append(kept, own...)
}

// idleComments reports comments of a page that silence nothing. silenced are those that do.
func idleComments(page *guides.Page, rule Rule, silenced map[*guides.Silence]bool) []Finding {
	p := &pass{source: newSource(page), rule: rule}
	for i := range page.Silences {
		s := &page.Silences[i]
		at := guides.Pos{Line: s.Line, Column: 1}
		switch {
		case !known(s.Rule):
			p.at(at, 0, fmt.Sprintf("there is no rule %q to ignore", s.Rule), "`crosscheck guides check --rules` lists them")
		case s.Reason == "":
			p.at(at, 0, "a finding is ignored without a reason, and so it is not", "write the reason after the rule")
		case !silenced[s]:
			p.at(at, 0, s.Rule+" is ignored here, and finds nothing in the block below", "remove the comment")
		}
	}
	return p.findings
}

// idleEntries reports entries of the list, for one of pages or for any, that silence nothing. used are those that do.
func idleEntries(pages []*guides.Page, rule Rule, list []Ignore, used []bool) []Finding {
	var idle []Finding
	for i, entry := range list {
		if !used[i] && (entry.Page == "" || slices.ContainsFunc(pages,
			func(p *guides.Page) bool { return p.ID() == entry.Page })) {
			p := &pass{source: newSource(pages[0]), rule: rule}
			f := p.at(guides.Pos{Line: 1, Column: 1}, 0,
				fmt.Sprintf("entry %d of %s (%s) silences nothing", i+1, entry.file, entry.Rule), "remove the entry")
			idle = append(idle, *f)
		}
	}
	return idle
}

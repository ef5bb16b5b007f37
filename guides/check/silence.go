package check

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/strict"

	"github.com/goccy/go-yaml"

	"github.com/crosscheck-dev/crosscheck/guides"
)

// RuleSilence is the rule about silences.
const RuleSilence = "silence"

// Ignore is an entry of a list of silenced findings.
type Ignore struct {
	Page     string `yaml:"page"` // the page's id; empty for every page
	Rule     string `yaml:"rule"`
	Contains string `yaml:"contains"` // a piece of the finding's text or line; empty for any
	Reason   string `yaml:"reason"`
	file     string
}

// ReadIgnores reads a list of silenced findings: a YAML sequence of Ignore. Every entry needs a rule that there is, and a
// reason.
func ReadIgnores(name string) ([]Ignore, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, &strict.Problem{File: name, What: "cannot be read", Remedy: "name a YAML list of silenced findings"}
	}
	var list []Ignore
	if err := yaml.UnmarshalWithOptions(data, &list, yaml.Strict()); err != nil {
		return nil, &strict.Problem{File: name, What: strings.TrimSpace(yaml.FormatError(err, false, false)),
			Remedy: "an entry has rule, reason, and perhaps page and contains"}
	}
	for i := range list {
		list[i].file = name
		if !known(list[i].Rule) {
			return nil, &strict.Problem{File: name, What: fmt.Sprintf("entry %d names the rule %q", i+1, list[i].Rule),
				Remedy: "`crosscheck guides check --rules` lists them"}
		}
		if strings.TrimSpace(list[i].Reason) == "" {
			return nil, &strict.Problem{File: name, What: fmt.Sprintf("entry %d, %s, has no reason", i+1, list[i].Rule), Remedy: "say why it is no defect"}
		}
	}
	return list, nil
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
			if entry.Rule == f.Rule && (entry.Page == "" || entry.Page == page.ID()) && strings.Contains(f.What+"\n"+f.Excerpt, entry.Contains) {
				used[i], quiet = true, true
			}
		}
		if !quiet {
			kept = append(kept, f)
		}
	}
	for _, page := range pages {
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
		own = append(own, p.findings...)
	}
	for i, entry := range list {
		if !used[i] && (entry.Page == "" || slices.ContainsFunc(pages, func(p *guides.Page) bool { return p.ID() == entry.Page })) {
			p := &pass{source: newSource(pages[0]), rule: rule}
			f := p.at(guides.Pos{Line: 1, Column: 1}, 0, fmt.Sprintf("entry %d of %s (%s) silences nothing", i+1, entry.file, entry.Rule), "remove the entry")
			own = append(own, *f)
		}
	}
	return append(kept, own...)
}

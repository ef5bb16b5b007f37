package check

import "github.com/crosscheck-dev/crosscheck/guides"

var pageRules = []Rule{
	{ID: guides.RuleMarkup, Severity: Warning, check: readers(guides.RuleMarkup),
		Doc:    "Markup that is never closed, closes nothing, or is not known",
		Reason: "What follows is read as something else than was meant."},
	{ID: guides.RuleEncoding, Severity: Warning, check: readers(guides.RuleEncoding),
		Doc:    "Bytes that are not UTF-8, and line ends of two kinds",
		Reason: "Browsers and build tools disagree on what stands there."},
}

// readers passes on what the page's reader found.
func readers(rule string) func(*pass) {
	return func(p *pass) {
		for _, problem := range p.Problems {
			if problem.Rule == rule {
				p.at(problem.Pos, 0, problem.What, "mend the markup, or silence this where it is meant")
			}
		}
	}
}

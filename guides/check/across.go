package check

import (
	"fmt"
)

var acrossRules = []Rule{
	{ID: "contradiction", Severity: Warning, across: contradictions,
		Doc:    "Pages that describe the same thing and name different versions for it",
		Reason: "What a reader does depends on which of the pages they found."},
}

// contradictions compares the claims of pages two by two. What a page says against itself is another rule's.
func contradictions(p *pass, pages []*source) {
	for i, page := range pages {
		var theirs []claim
		for _, other := range pages[i+1:] {
			theirs = append(theirs, other.claims()...)
		}
		for _, ours := range page.claims() {
			p.on(page).against(ours, theirs)
		}
	}
}

// against reports the pages that have another version for the same topic, and never the claim's own.
func (p *pass) against(ours claim, theirs []claim) {
	agrees := map[*source]bool{}
	for _, c := range theirs {
		agrees[c.page] = agrees[c.page] || c.topic == ours.topic && sameVersion(c.version, ours.version)
	}
	var f *Finding
	for _, c := range theirs {
		switch {
		case c.topic != ours.topic || agrees[c.page]:
		case f == nil:
			f = p.at(ours.at, len(ours.text), fmt.Sprintf("%s is %s here, and %s in %s", ours.topic, ours.text, c.text, c.page.File), "decide which is right, and say it in all")
			fallthrough
		default:
			f.Also = append(f.Also, fmt.Sprintf("%s:%d", c.page.File, c.at.Line))
		}
	}
}

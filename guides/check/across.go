package check

import (
	"fmt"
	"slices"
	"strings"
)

var acrossRules = []Rule{
	{ID: "contradiction", Severity: Warning, across: contradictions,
		Doc: "Pages that describe the same thing and differ in its version, port, default, request, mode, identifier, " +
			"or in whether it is needed",
		Reason: "What a reader does depends on which of the pages they found."},
	{ID: "contradiction-name", Severity: Warning, across: func(p *pass, pages []*source) { p.compare(pages, true) },
		Doc:    "Pages that have another name for the same field, menu or button in the same step",
		Reason: "A reader looks for what is not on the screen."},
}

// contradictions compares what pages say two by two. What a page says against itself is another rule's.
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
	p.compare(pages, false)
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
			f = p.at(ours.at, len(ours.text), fmt.Sprintf("%s is %s here, and %s in %s", ours.topic, ours.text, c.text,
				c.page.File), "decide which is right, and say it in all")
			fallthrough
		default:
			f.Also = append(f.Also, fmt.Sprintf("%s:%d", c.page.File, c.at.Line))
		}
	}
}

// compare reports topics of which pages say different things. A page that says several things of a topic tells cases
// apart that are not known here, and is left out.
func (p *pass) compare(pages []*source, screen bool) {
	said := make([]map[string]saying, len(pages)) // by topic
	for i, page := range pages {
		said[i] = settled(page)
	}
	for i, page := range pages {
		for _, ours := range page.sayings() {
			if first, ok := said[i][ours.key()]; !ok || first.at != ours.at || ours.screen != screen {
				continue
			}
			var f *Finding
			for j := i + 1; j < len(pages); j++ {
				other, ok := said[j][ours.key()]
				if !ok || strings.EqualFold(other.value, ours.value) || ours.near != nil && !alike(ours.near, other.near) {
					continue
				}
				if f == nil {
					f = p.on(page).at(ours.at, ours.width, fmt.Sprintf("%s is %s here, and %s in %s", ours.topic, ours.value,
						other.value, pages[j].File), "decide which is right, and say it in all")
				}
				f.Also = append(f.Also, fmt.Sprintf("%s:%d", pages[j].File, other.at.Line))
			}
		}
	}
}

// settled maps each topic to the first that a page says of it. A topic of which it says several things is left out.
func settled(page *source) map[string]saying {
	said, several := map[string]saying{}, map[string]bool{}
	for _, s := range page.sayings() {
		first, again := said[s.key()]
		if several[s.key()] = several[s.key()] || again && !strings.EqualFold(first.value, s.value); !again {
			said[s.key()] = s
		}
	}
	for key := range several {
		if several[key] {
			delete(said, key)
		}
	}
	return said
}

// alike reports whether two texts have most of their words in common.
func alike(a, b []string) bool {
	common := 0
	for _, word := range a {
		if slices.Contains(b, word) {
			common++
		}
	}
	return common > 0 && 4*common >= len(a)+len(b) // two times common by the sum is a half or more
}

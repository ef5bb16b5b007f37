package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
)

var orderRules = []Rule{
	{ID: "step-numbering", Severity: Warning, check: numbering,
		Doc:    "Steps whose numbers repeat, skip or go back",
		Reason: "\"Repeat step 2\" no longer says which one; often a step has slipped out of the list that it belongs to."},
	{ID: "reference", Severity: Warning, check: references,
		Doc:    "A link to a place on the page that is not there",
		Reason: "The link leads nowhere."},
}

func numbering(p *pass) {
	lists := map[int][]guides.Item{}
	for _, b := range p.Blocks {
		for _, i := range b.Items {
			if have := lists[i.List]; i.Ordered && (len(have) == 0 || have[len(have)-1].Index != i.Index) {
				lists[i.List] = append(have, i)
			}
		}
	}
	for _, list := range slices.Sorted(maps.Keys(lists)) {
		items := lists[list]
		same := true // every item as 1. is a way to write a list, too
		for _, i := range items {
			same = same && i.Number == items[0].Number
		}
		if same {
			continue
		}
		expected := items[0].Number
		for _, i := range items[1:] {
			if expected++; i.Number == expected {
				continue
			}
			p.at(guides.Pos{Line: i.Line, Column: indent(p.Line(i.Line)) + 1}, len(fmt.Sprint(i.Number))+1,
				fmt.Sprintf("step %d follows step %d", i.Number, expected-1),
				"check whether it belongs to the step above, and number the list anew")
			expected = i.Number
		}
	}
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

func references(p *pass) {
	explicit := false
	for _, s := range p.Sections {
		explicit = explicit || s.Anchor != guides.Slug(s.Title)
	}
	for _, b := range p.Blocks {
		for _, span := range b.Spans {
			anchor, ok := strings.CutPrefix(span.Target, "#")
			if span.Kind != guides.Link || !ok || anchor == "" {
				continue
			}
			if _, known := p.Anchors[anchor]; known {
				continue
			}
			f := p.at(span.Pos, len([]rune(span.Text)), fmt.Sprintf("the page has no anchor %q", anchor),
				"link to a heading of the page, or give it that anchor")
			if !explicit && p.Format == guides.Markdown {
				// A renderer drops the anchors that a source gives its headings.
				f.Severity, f.Fix = Note, "link to a heading of the page; if its source has that anchor, the rendering lost it"
			}
		}
	}
}

package check

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
)

var snippetRules = []Rule{
	{ID: "snippet-empty", Severity: Error, check: emptySnippets,
		Doc:    "A code block with nothing in it",
		Reason: "The step says to run something, and there is nothing to run."},
	{ID: "snippet-language", Severity: Note, check: snippetLanguages,
		Doc:    "A code block that is labelled as another language than it holds",
		Reason: "It is highlighted wrong, has no button to run it, and no tool that trusts the label can read it."},
	{ID: "json-syntax", Severity: Error, check: jsonSnippets,
		Doc:    "JSON, alone or as the body of a request, that does not parse or has a key twice",
		Reason: "Elasticsearch refuses the request, or keeps only one of the values."},
	{ID: RuleSilence, Severity: Warning,
		Doc:    "A comment or an entry that silences a rule without a reason, or silences nothing",
		Reason: "The next defect of that kind would go unseen."},
}

func emptySnippets(p *pass) {
	for i, b := range p.Blocks {
		if b.Kind == guides.Code && strings.TrimSpace(b.Code.Text) == "" {
			what := "this code block is empty"
			if i > 0 && p.Blocks[i-1].Kind != guides.Code && p.Blocks[i-1].Section == b.Section {
				what = "this code block is empty: the snippet that the text above leads in to is missing"
			}
			p.at(b.Pos, 0, what, "put the snippet back, or remove the block")
		}
	}
}

func snippetLanguages(p *pass) {
	for _, b := range p.Blocks {
		if b.Kind != guides.Code || b.Language() != guides.Console || b.Code.Lang == "" {
			continue
		}
		switch b.Code.Lang {
		case "console", "js", "console-shell":
		default:
			p.at(b.Pos, 0, fmt.Sprintf("labelled %s, and holds a request for the console", b.Code.Lang), "label it console")
		}
	}
}

// body is a piece of JSON on a page.
type body struct {
	block  *guides.Block
	offset int // of text in the snippet
	text   string
	value  *value
	err    *jsonError
}

// bodies are all JSON snippets, and the bodies of all requests. Bodies of several lines of JSON are left out.
func bodies(p *guides.Page) []body {
	var all []body
	for i := range p.Blocks {
		b := &p.Blocks[i]
		add := func(text string, offset int) {
			parsed, err := parseJSON(text)
			all = append(all, body{b, offset, text, parsed, err})
		}
		switch b.Language() {
		case guides.JSON:
			if strings.TrimSpace(b.Code.Text) != "" {
				add(b.Code.Text, 0)
			}
		case guides.Console:
			for _, r := range b.Code.Requests() {
				if strings.HasPrefix(r.Body, "{") && !strings.Contains(r.Path, "_bulk") && !strings.Contains(r.Path, "_msearch") {
					add(r.Body, r.BodyAt)
				}
			}
		}
	}
	return all
}

func (b body) at(offset int) guides.Pos { return b.block.Code.At(b.offset + offset) }

func jsonSnippets(p *pass) {
	for _, b := range p.bodies() {
		switch {
		case b.err != nil:
			p.at(b.at(b.err.offset), 1, "this is no JSON: "+b.err.what, "mend the snippet so that it can be pasted")
		default:
			b.value.walk("", func(_ string, v *value) {
				seen := map[string]bool{}
				for _, m := range v.members {
					if seen[m.key] {
						p.at(b.at(m.offset), len(m.key)+2, fmt.Sprintf("the key %q stands in this object twice", m.key),
							"keep one of them")
					}
					seen[m.key] = true
				}
			})
		}
	}
}

// omission is a line that stands for others which a page leaves out.
var omission = regexp.MustCompile(`(?m)^([ \t]*)(?:\.\.\.|…|\[\.\.\.\])[ \t]*,?[ \t]*$`)

// calloutMark is what a page puts behind a line to explain it below.
var calloutMark = regexp.MustCompile(`(?m)[ \t]*(?:(?:#|//)[ \t]*)?(?:<\d+>|\(\d+\))[ \t]*$`)

// blank replaces what is not code by blanks, so that every offset stays.
func blank(text string, patterns ...*regexp.Regexp) string {
	for _, pattern := range patterns {
		text = pattern.ReplaceAllStringFunc(text, func(found string) string { return strings.Repeat(" ", len(found)) })
	}
	return text
}

package guides

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	adocHeading    = regexp.MustCompile(`^(={1,6})\s+(\S.*)$`)
	adocAnchor     = regexp.MustCompile(`^\[(?:\[([\w.:-]+)[^\]]*\]|#([\w.-]+)[^\]]*)\]\s*$`)
	adocSource     = regexp.MustCompile(`^\[source(?:%\w+)?,\s*"?([\w-]+)"?[^\]]*\]\s*$`)
	adocAdmonition = regexp.MustCompile(`^\[(NOTE|TIP|WARNING|IMPORTANT|CAUTION)\]\s*$`)
	adocInlineNote = regexp.MustCompile(`^(NOTE|TIP|WARNING|IMPORTANT|CAUTION): (.*)$`)
	adocItem       = regexp.MustCompile(`^\s*(\.{1,5}|\*{1,5}|-|\d{1,9}\.|[a-z]\.)\s+(\S.*)$`)
	adocCallout    = regexp.MustCompile(`^<(\d+|\.)>\s+(.*)$`)
	adocTerm       = regexp.MustCompile(`^(\S.*?)(?:::|;;)(?:\s+(.*))?$`)
	adocDelimiter  = regexp.MustCompile(`^(-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|\|={3,})\s*$`)
	adocDirective  = regexp.MustCompile(`^(include|ifdef|ifndef|ifeval|endif|image|toc|video)::.*\[.*\]\s*$`)
	adocMacro      = regexp.MustCompile(`^([a-z][a-z0-9-]+)::\S*\[.*\]\s*$`)
	adocAttribute  = regexp.MustCompile(`^:!?[\w-]+!?:`)
	adocStyle      = regexp.MustCompile(`^\[[^\]]*\]\s*$`)
)

// asciidoc reads AsciiDoc line by line: what Elastic's older documentation uses of it.
func (b *builder) asciidoc() {
	r := &adocReader{builder: b}
	for r.i < len(b.page.lines) {
		r.line(b.page.lines[r.i])
	}
	for _, open := range r.open {
		if open.mark != "" {
			b.problem(Pos{open.line, 1}, RuleMarkup, "the block that begins here is never closed")
		}
	}
}

type adocList struct {
	Item
	marker string
}

// adocOpen is a delimited block, or a tab in one (which has no mark of its own).
type adocOpen struct {
	mark, kind, title string
	line              int
}

type adocReader struct {
	*builder
	i      int
	open   []adocOpen
	items  []adocList
	lang   string // announced by [source,...]
	note   string // announced by [NOTE]
	anchor string
	tabs   bool // the next delimited block holds tabs
	title  string
	joined bool // a + continues the item
}

func (r *adocReader) line(line string) {
	text := strings.TrimSpace(line)
	at := Pos{r.i + 1, utf8.RuneCountInString(line) - utf8.RuneCountInString(strings.TrimLeft(line, " \t")) + 1}
	r.i++
	switch {
	case text == "":
		return
	case text == "+":
		r.joined = true
		return
	case strings.HasPrefix(text, "//") && !strings.HasPrefix(text, "////"):
		r.console(text)
		return
	case adocAttribute.MatchString(text), adocDirective.MatchString(text):
		return
	}
	if m := adocHeading.FindStringSubmatch(text); m != nil {
		r.items = nil
		r.newSection(at, len(m[1]), plainTitle(m[2]), r.anchor)
		r.reset()
		return
	}
	if r.attribute(text) {
		return
	}
	if m := adocDelimiter.FindStringSubmatch(text); m != nil {
		r.delimiter(at, m[1])
		return
	}
	if m := adocMacro.FindStringSubmatch(text); m != nil {
		r.unknownMarkup(at, "block macro", m[1])
		return
	}
	r.prose(at, text)
}

// console marks the code block before a // CONSOLE comment.
func (r *adocReader) console(text string) {
	if word := strings.TrimSpace(strings.TrimPrefix(text, "//")); word == "CONSOLE" && len(r.page.Blocks) > 0 {
		if last := &r.page.Blocks[len(r.page.Blocks)-1]; last.Kind == Code {
			last.Code.Lang = "console"
		}
	}
}

func (r *adocReader) reset() {
	r.lang, r.note, r.anchor, r.title, r.tabs, r.joined = "", "", "", "", false, false
}

// attribute takes in a line in brackets, or a block's title.
func (r *adocReader) attribute(text string) bool {
	switch {
	case adocSource.MatchString(text):
		r.lang = strings.ToLower(adocSource.FindStringSubmatch(text)[1])
	case adocAnchor.MatchString(text):
		m := adocAnchor.FindStringSubmatch(text)
		r.anchor = m[1] + m[2]
		r.page.Anchors[r.anchor] = r.i
	case adocAdmonition.MatchString(text):
		r.note = strings.ToLower(adocAdmonition.FindStringSubmatch(text)[1])
	case text == "[tabs]":
		r.tabs = true
	case adocStyle.MatchString(text):
	case len(text) > 1 && text[0] == '.' && text[1] != '.' && text[1] != ' ':
		r.title = text[1:]
	default:
		return false
	}
	return true
}

// delimiter begins or ends a delimited block.
func (r *adocReader) delimiter(at Pos, mark string) {
	n := len(r.open)
	if n > 1 && r.open[n-1].mark == "" && r.open[n-2].mark == mark {
		n-- // the last tab ends with its block
	}
	if n > 0 && r.open[n-1].mark == mark {
		r.open = r.open[:n-1]
		if !r.joined {
			r.items = nil
		}
		return
	}
	switch mark[0] {
	case '-', '.', '+', '/':
		if mark != "--" {
			r.verbatim(at, mark)
			return
		}
	case '|':
		r.reset()
		return
	}
	if !r.joined {
		r.items = nil
	}
	kind := r.note
	if kind == "" && r.tabs {
		kind = "tabs"
	}
	r.open = append(r.open, adocOpen{mark, kind, r.title, at.Line})
	r.reset()
}

// verbatim reads a block of code, or skips a comment.
func (r *adocReader) verbatim(at Pos, mark string) {
	start, end := r.i, r.i
	for end < len(r.page.lines) && strings.TrimRight(r.page.lines[end], " \t") != mark {
		end++
	}
	if end == len(r.page.lines) {
		r.problem(at, RuleMarkup, "the block that begins here is never closed")
	}
	r.i = min(end+1, len(r.page.lines))
	if mark[0] == '-' || mark[0] == '.' {
		r.add(Block{Kind: Code, Pos: at, Last: r.i, In: r.containers(), Items: r.path(),
			Code: Snippet{Lang: r.lang, Text: strings.Join(r.page.lines[start:end], "\n"), Line: start + 1}})
	}
	r.reset()
}

// containers are the blocks around the current line, as the model names them.
func (r *adocReader) containers() []Container {
	var in []Container
	for _, c := range r.open {
		if c.kind != "" && c.kind != "tabs" {
			in = append(in, Container{Kind: c.kind, Title: c.title, Line: c.line})
		}
	}
	if r.note != "" {
		in = append(in, Container{Kind: r.note, Line: r.i})
	}
	return in
}

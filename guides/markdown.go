package guides

import (
	"bytes"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown reads MyST and the rendered variant with tags.
func (b *builder) markdown(source string) {
	source, front := frontMatter(source)
	m := &markdownReader{builder: b, source: []byte(source)}
	for i := range len(source) {
		if source[i] == '\n' {
			m.starts = append(m.starts, i+1)
		}
	}
	b.page.Title = front
	md := goldmark.New(goldmark.WithExtensions(extension.DefinitionList, extension.Table),
		goldmark.WithParserOptions(parser.WithBlockParsers(util.Prioritized(containers{}, 50))))
	m.children(md.Parser().Parse(text.NewReader(m.source)), around{})
}

var frontTitle = regexp.MustCompile(`(?m)^title:\s*["']?(.*?)["']?\s*$`)

// frontMatter blanks the block between --- at the top, so that every offset stays, and answers the title in it.
func frontMatter(source string) (rest, title string) {
	if !strings.HasPrefix(source, "---\n") {
		return source, ""
	}
	end := strings.Index(source[3:], "\n---\n")
	if end < 0 {
		return source, ""
	}
	end += 3 + len("\n---\n")
	if m := frontTitle.FindStringSubmatch(source[:end]); m != nil {
		title = m[1]
	}
	blank := bytes.Repeat([]byte(" "), end)
	for i := range end {
		if source[i] == '\n' {
			blank[i] = '\n'
		}
	}
	return string(blank) + source[end:], title
}

type markdownReader struct {
	*builder
	source []byte
	starts []int // offsets of lines 2, 3, ...
}

// around is what surrounds a node.
type around struct {
	in    []Container
	items []Item
}

func (a around) within(c Container) around {
	a.in = append(a.in[:len(a.in):len(a.in)], c)
	return a
}

func (a around) item(i Item) around {
	a.items = append(a.items[:len(a.items):len(a.items)], i)
	return a
}

func (m *markdownReader) pos(offset int) Pos {
	offset = min(max(offset, 0), len(m.source))
	line := sort.SearchInts(m.starts, offset+1)
	start := 0
	if line > 0 {
		start = m.starts[line-1]
	}
	return Pos{line + 1, utf8.RuneCount(m.source[start:offset]) + 1}
}

func (m *markdownReader) children(parent ast.Node, a around) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		m.block(n, a)
	}
}

func (m *markdownReader) block(n ast.Node, a around) {
	switch n := n.(type) {
	case *ast.Heading:
		m.heading(n)
	case *ast.Paragraph, *ast.TextBlock:
		m.paragraph(n, Paragraph, a)
	case *east.DefinitionTerm:
		m.paragraph(n, Term, a)
	case *ast.FencedCodeBlock:
		m.fenced(n, a)
	case *ast.CodeBlock:
		if lines := n.Lines(); lines.Len() > 0 {
			at := m.pos(lines.At(0).Start)
			m.add(Block{Kind: Code, Pos: at, In: a.in, Items: a.items, Last: at.Line + lines.Len() - 1,
				Code: Snippet{Text: m.text(lines), Line: at.Line, Indent: at.Column - 1}})
		}
	case *ast.List:
		m.list(n, a)
	case *containerNode:
		m.container(n, a)
	case *ast.HTMLBlock:
		m.html(n)
	case *east.Table:
		m.table(n, a)
	default:
		m.children(n, a)
	}
}

func (m *markdownReader) text(lines *text.Segments) string {
	var out strings.Builder
	for i := range lines.Len() {
		segment := lines.At(i)
		out.Write(segment.Value(m.source))
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func (m *markdownReader) heading(n *ast.Heading) {
	title, _ := m.inline(n)
	at := m.pos(n.Pos())
	if n.Lines().Len() > 0 {
		at = m.pos(n.Lines().At(0).Start)
	}
	m.newSection(at, n.Level, title, "")
}

func (m *markdownReader) paragraph(n ast.Node, kind Kind, a around) {
	lines := n.Lines()
	if lines.Len() == 0 {
		return
	}
	prose, spans := m.inline(n)
	first, last := lines.At(0), lines.At(lines.Len()-1)
	m.add(Block{Kind: kind, Pos: m.pos(first.Start), Last: m.pos(max(first.Start, last.Stop-1)).Line,
		Text: prose, Spans: spans, In: a.in, Items: a.items})
}

func (m *markdownReader) fenced(n *ast.FencedCodeBlock, a around) {
	at := m.pos(n.Pos())
	count := n.Lines().Len()
	s := Snippet{Text: m.text(n.Lines()), Line: at.Line + 1, Indent: at.Column - 1}
	if n.Info != nil {
		s.Lang = strings.ToLower(strings.TrimSpace(string(n.Info.Segment.Value(m.source))))
	}
	if count > 0 {
		segment := n.Lines().At(0)
		s.Indent = m.pos(segment.Start).Column - 1 - segment.Padding
	}
	end := at.Line + count + 1
	if closing := strings.TrimSpace(m.page.Line(end)); !strings.HasPrefix(closing, "```") &&
		!strings.HasPrefix(closing, "~~~") {
		m.problem(at, RuleMarkup, "the code block that begins here is never closed")
		end--
	}
	m.add(Block{Kind: Code, Pos: at, In: a.in, Items: a.items, Code: s, Last: end})
}

// marker is the number of an ordered item as it was written; a parser counts for itself.
var marker = regexp.MustCompile(`(\d{1,9})[.)]\s*$`)

func (m *markdownReader) list(n *ast.List, a around) {
	m.lists++
	list, index := m.lists, 0
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		offset := child.Pos()
		item := Item{List: list, Ordered: n.IsOrdered(), Index: index, Line: m.pos(offset).Line}
		if n.IsOrdered() {
			rest := m.source[min(max(offset, 0), len(m.source)):]
			if i := bytes.IndexAny(rest, ".)"); i >= 0 && i < 12 {
				if found := marker.FindSubmatch(rest[:i+1]); found != nil {
					item.Number, _ = strconv.Atoi(string(found[1])) //nolint:errcheck // at most nine digits
				}
			}
		}
		m.children(child, a.item(item))
		index++
	}
}

func (m *markdownReader) container(n *containerNode, a around) {
	at := m.pos(n.Pos())
	kind, known := containerNames[n.name]
	if !known {
		form := "tag"
		if n.colons > 0 {
			form = "directive"
		}
		m.unknownMarkup(at, form, n.name)
	}
	if !n.closed {
		m.problem(at, RuleMarkup, "\""+n.name+"\" begins here and is never closed")
	}
	switch kind {
	case "skip":
		return
	case "":
		m.children(n, a)
		return
	}
	title, _, _ := strings.Cut(n.title, "{applies_to}")
	title = strings.Trim(strings.TrimSpace(title), "*")
	if kind == "definition" && title != "" {
		m.add(Block{Kind: Term, Pos: at, Text: title, In: a.in, Items: a.items})
	}
	if kind == "step" && title != "" { // its title is what is to be done
		m.lists++
		step := a.within(Container{kind, title, at.Line})
		m.add(Block{Kind: Paragraph, Pos: at, Text: title, In: step.in, Items: step.items})
	}
	m.children(n, a.within(Container{kind, title, at.Line}))
}

var htmlAnchor = regexp.MustCompile(`\b(?:id|name)="([^"]+)"`)

// html takes the anchors out of raw HTML, and names a tag that ends what never began.
func (m *markdownReader) html(n *ast.HTMLBlock) {
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		line := segment.Value(m.source)
		at := m.pos(segment.Start)
		for _, found := range htmlAnchor.FindAllSubmatch(line, -1) {
			m.page.Anchors[string(found[1])] = at.Line
		}
		name, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "</")
		if name = strings.TrimSuffix(name, ">"); ok {
			if kind, known := containerNames[strings.ToLower(name)]; known && kind != "" {
				m.problem(at, RuleMarkup, "\""+name+"\" ends here, and nothing of that name is open")
			}
		}
	}
}

func (m *markdownReader) table(n *east.Table, a around) {
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			m.paragraph(cell, Paragraph, a)
		}
	}
}

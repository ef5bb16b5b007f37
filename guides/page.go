// Package guides reads documentation pages, in the formats in which Elastic's documentation exists, into one model:
// sections, blocks, numbered steps, notes, tabs and code, each with its place in the file. What is made of it lies in
// the packages below: check, coverage, drift and output.
package guides

import (
	"path/filepath"
	"strings"
)

// Page is one documentation page.
type Page struct {
	File     string // as given to Read
	Format   Format
	Title    string // of the first heading, or of the front matter
	Sections []Section
	Blocks   []Block // in the order of the page
	Steps    []Step
	// Anchors are the places that a reference inside the page can lead to: explicit ones, and those of headings.
	Anchors  map[string]int
	Silences []Silence
	Problems []Problem
	lines    []string
}

// ID is the file's name without its extension: what a scenario's @guide: tag names.
func (p *Page) ID() string {
	base := filepath.Base(p.File)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// Line is line n of the source, from 1, without its end; empty outside of the page.
func (p *Page) Line(n int) string {
	if n < 1 || n > len(p.lines) {
		return ""
	}
	return p.lines[n-1]
}

// Lines is the number of lines in the source.
func (p *Page) Lines() int { return len(p.lines) }

// Format is what a page is written in.
type Format string

// The formats. Markdown is both MyST with its directives and the rendered variant with tags.
const (
	Markdown Format = "markdown"
	AsciiDoc Format = "asciidoc"
	Text     Format = "text"
)

// Pos is a place in the source; lines and columns count from 1, columns in characters.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Section is a heading and what follows it.
type Section struct {
	Pos
	Title  string
	Anchor string
	Level  int // from 1
}

// Kind is what a block is.
type Kind int

// The kinds of blocks.
const (
	Paragraph Kind = iota
	Code
	Term // the term that a definition explains; the definition's blocks follow
)

// Block is a paragraph, a code block or a term, with everything around it.
type Block struct {
	Kind
	Pos
	Text    string // prose without its markup; empty for code
	Spans   []Span
	Section int // index into Page.Sections, -1 before the first
	In      []Container
	Items   []Item
	Code    Snippet
	Last    int // last line of the block
}

// Container is a directive, tag or block that surrounds others.
type Container struct {
	Kind  string // tab, dropdown, note, warning, ...: the name in the source, tab-item and applies-item as "tab"
	Title string
	Line  int
}

// Item is a list item around a block.
type Item struct {
	List    int // number of the list on the page, from 1
	Ordered bool
	Number  int // as written; 0 in an unordered list
	Index   int // place in its list, from 0
	Line    int
}

// Snippet is a code block's content.
type Snippet struct {
	Lang   string // as written, in lower case
	Text   string // without the block's indentation
	Line   int    // of its first line
	Indent int    // columns that the source is further right than Text
}

// Span is something marked up inside a paragraph.
type Span struct {
	Pos
	Kind   SpanKind
	Text   string
	Target string // of a link
}

// SpanKind is how a span is marked up.
type SpanKind int

// The kinds of spans.
const (
	Literal SpanKind = iota // in code font
	Strong                  // names on the screen, mostly
	Link
)

// Problem is what the reader itself found wrong with a page.
type Problem struct {
	Pos
	Rule string // id of the rule that reports it
	What string
}

// Silence is a comment in the page that takes back a finding.
type Silence struct {
	Line   int
	Rule   string
	Reason string
	From   int // lines that it holds for
	To     int
}

// Inside reports whether the block is in a container of that kind.
func (b Block) Inside(kind string) bool {
	for _, c := range b.In {
		if c.Kind == kind {
			return true
		}
	}
	return false
}

// Note is the kind of the innermost admonition around the block, empty outside of one.
func (b Block) Note() string {
	for i := len(b.In) - 1; i >= 0; i-- {
		switch b.In[i].Kind {
		case "note", "tip", "warning", "important", "caution", "admonition":
			return b.In[i].Kind
		}
	}
	return ""
}

// Pos is where character offset of the snippet's line n (from 0) stands in the page.
func (s Snippet) Pos(n, offset int) Pos { return Pos{s.Line + n, s.Indent + offset + 1} }

// At is Pos for a byte offset into Text.
func (s Snippet) At(offset int) Pos {
	before := s.Text[:min(max(offset, 0), len(s.Text))]
	line := strings.Count(before, "\n")
	return s.Pos(line, len([]rune(before[strings.LastIndexByte(before, '\n')+1:])))
}

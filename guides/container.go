package guides

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// containerNode is a directive (:::{name} title) or a tag (<name title="...">) that stands alone in its line.
type containerNode struct {
	ast.BaseBlock
	name   string
	title  string
	colons int // of a directive; 0 for a tag
	nested int // how many inner ones would take the next end for theirs
	closed bool
}

var containerKind = ast.NewNodeKind("Container")

// Kind implements ast.Node.
func (n *containerNode) Kind() ast.NodeKind { return containerKind }

// Dump implements ast.Node.
func (n *containerNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"name": n.name}, nil)
}

// containerNames are the directives and tags of Elastic's documentation, with the kind of container that each is. An
// empty kind is read as if it were not there; "skip" holds nothing that a reader sees as text.
var containerNames = map[string]string{
	"tab-set": "", "tabs": "", "applies-switch": "", "stepper": "", "definitions": "", "list-table": "", "grid": "",
	"cards": "",
	"div":   "", "span": "", "section": "", "p": "", "center": "", "agent-skill": "", "card": "",
	"tab-item": "tab", "tab": "tab", "applies-item": "tab", "step": "step", "dropdown": "dropdown", "details": "dropdown",
	"definition": "definition", "admonition": "admonition", "note": "note", "tip": "tip", "warning": "warning",
	"important": "important", "caution": "caution", "danger": "warning", "attention": "warning", "hint": "tip",
	"seealso": "note",
	"image":   "skip", "figure": "skip", "include": "skip", "applies_to": "skip", "carousel": "skip",
	"csv-include": "skip",
	"settings":    "skip", "diagram": "skip", "contributors": "skip", "raw": "skip", "toctree": "skip", "anchor": "skip",
	"summary": "", "figcaption": "skip", "video": "skip", "iframe": "skip", "style": "skip", "script": "skip",
	"button": "",
}

// deepest is how deep containers may lie in each other: every line passes through all of them.
const deepest = 50

var (
	directiveLine = regexp.MustCompile(`^\s*(:{3,})\s*\{([A-Za-z][A-Za-z0-9_-]*)\}\s*(.*?)\s*$`)
	tagLine       = regexp.MustCompile(`^\s*<([A-Za-z][A-Za-z0-9_-]*)((?:\s+[A-Za-z_:-]+(?:="[^"]*"|='[^']*')?)*)\s*>\s*$`)
	tagTitle      = regexp.MustCompile(`\b(?:title|term|label)=(?:"([^"]*)"|'([^']*)')`)
)

// plainHTML are tags that goldmark reads as HTML itself, and that change nothing here.
var plainHTML = map[string]bool{"br": true, "hr": true, "img": true, "table": true, "tr": true, "td": true, "th": true,
	"thead": true, "tbody": true, "ul": true, "ol": true, "li": true, "a": true, "b": true, "i": true, "em": true,
	"strong": true, "code": true, "pre": true, "sub": true, "sup": true, "h1": true, "h2": true, "h3": true, "h4": true,
	"h5": true, "h6": true, "blockquote": true, "col": true, "colgroup": true, "dl": true, "dt": true, "dd": true,
	"kbd": true}

// containers parses both.
type containers struct{}

// Trigger implements parser.BlockParser.
func (containers) Trigger() []byte { return []byte{':', '<'} }

// Open implements parser.BlockParser.
func (containers) Open(parent ast.Node, reader text.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	for depth := 0; parent != nil; parent = parent.Parent() {
		if depth++; depth > deepest {
			return nil, parser.NoChildren
		}
	}
	if m := directiveLine.FindSubmatch(line); m != nil {
		advance(reader, line)
		return &containerNode{name: strings.ToLower(string(m[2])), title: string(m[3]), colons: len(m[1])}, parser.HasChildren
	}
	m := tagLine.FindSubmatch(line)
	if len(m) < 2 || plainHTML[strings.ToLower(string(m[1]))] {
		return nil, parser.NoChildren
	}
	n := &containerNode{name: strings.ToLower(string(m[1]))}
	if t := tagTitle.FindSubmatch(m[2]); t != nil {
		n.title = string(t[1]) + string(t[2])
	}
	advance(reader, line)
	return n, parser.HasChildren
}

// advance leaves the line behind, all but its end: the container's content begins in the next one.
func advance(reader text.Reader, line []byte) {
	reader.Advance(len(bytes.TrimRight(line, "\r\n")))
}

// Continue implements parser.BlockParser.
func (containers) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n, ok := node.(*containerNode)
	if !ok {
		return parser.Close
	}
	line, segment := reader.PeekLine()
	trimmed := bytes.TrimSpace(line)
	if n.ends(trimmed) {
		n.closed = true
		advance(reader, line)
		return parser.Close
	}
	// What is in a tag stands two columns further right; a directive's content does not.
	if n.colons == 0 && len(trimmed) > 0 {
		if w, _ := util.IndentWidth(line, reader.LineOffset()); w > 0 {
			if pos, padding := util.IndentPositionPadding(line, reader.LineOffset(), segment.Padding, min(w, 2)); pos >= 0 {
				reader.AdvanceAndSetPadding(pos, padding)
			}
		}
	}
	return parser.Continue | parser.HasChildren
}

// ends reports whether a line is the container's end, and counts inner containers whose ends look alike.
func (n *containerNode) ends(line []byte) bool {
	switch {
	case len(line) == 0 || line[0] != ':' && line[0] != '<':
		return false
	case n.colons > 0:
		if m := directiveLine.FindSubmatch(line); len(m) > 1 && len(m[1]) == n.colons {
			n.nested++
		}
		if len(line) < n.colons || len(bytes.Trim(line, ":")) > 0 {
			return false
		}
	default:
		if m := tagLine.FindSubmatch(line); len(m) > 1 && strings.EqualFold(string(m[1]), n.name) {
			n.nested++
		}
		if !strings.EqualFold(string(line), "</"+n.name+">") {
			return false
		}
	}
	n.nested--
	return n.nested < 0
}

// Close implements parser.BlockParser.
func (containers) Close(ast.Node, text.Reader, parser.Context) {}

// CanInterruptParagraph implements parser.BlockParser.
func (containers) CanInterruptParagraph() bool { return true }

// CanAcceptIndentedLine implements parser.BlockParser.
func (containers) CanAcceptIndentedLine() bool { return true }

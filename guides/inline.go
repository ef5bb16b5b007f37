package guides

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// inline flattens what is inside a block: the prose without its markup, and what was marked up.
func (m *markdownReader) inline(parent ast.Node) (string, []Span) {
	in := &inliner{reader: m}
	in.walk(parent)
	return in.prose.String(), in.spans
}

type inliner struct {
	reader *markdownReader
	prose  strings.Builder
	spans  []Span
}

func (in *inliner) walk(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			in.prose.Write(n.Segment.Value(in.reader.source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				in.prose.WriteByte('\n')
			}
		case *ast.String:
			in.prose.Write(n.Value)
		case *ast.CodeSpan:
			in.span(n, Literal, "")
		case *ast.Emphasis:
			if n.Level == 2 {
				in.span(n, Strong, "")
			} else {
				in.walk(n)
			}
		case *ast.Link:
			in.span(n, Link, string(n.Destination))
		case *ast.AutoLink:
			url := string(n.URL(in.reader.source))
			in.spans = append(in.spans, Span{Pos: in.reader.pos(n.Pos()), Kind: Link, Text: url, Target: url})
			in.prose.WriteString(url)
		case *ast.RawHTML:
			in.raw(n)
		case *ast.Image: // shows no text
		default:
			in.walk(n)
		}
	}
}

// raw keeps what looks like a placeholder: <cluster-name> is a tag to a parser, and a name to the one who reads.
func (in *inliner) raw(n *ast.RawHTML) {
	for i := range n.Segments.Len() {
		segment := n.Segments.At(i)
		value := string(segment.Value(in.reader.source))
		for _, found := range htmlAnchor.FindAllStringSubmatch(value, -1) {
			in.reader.page.Anchors[found[1]] = in.reader.pos(segment.Start).Line
		}
		name := strings.Trim(value, "</>")
		if strings.ContainsAny(name, "-_") && !strings.ContainsAny(name, " =") && containerNames[name] == "" &&
			!strings.HasPrefix(value, "</") {
			in.prose.WriteString(value)
		}
	}
}

// span records a marked-up node with its text and walks on inside of it.
func (in *inliner) span(n ast.Node, kind SpanKind, target string) {
	at := in.reader.pos(n.Pos())
	if first, ok := n.FirstChild().(*ast.Text); ok {
		at = in.reader.pos(first.Segment.Start)
	}
	begin, index := in.prose.Len(), len(in.spans)
	in.spans = append(in.spans, Span{})
	in.walk(n)
	in.spans[index] = Span{Pos: at, Kind: kind, Text: in.prose.String()[begin:], Target: target}
}

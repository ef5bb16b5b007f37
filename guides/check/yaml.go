package check

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/crosscheck-dev/crosscheck/guides"
)

var yamlRules = []Rule{
	{ID: "yaml-syntax", Severity: Error, check: yamlSyntax,
		Doc:    "YAML that does not parse, or has a key twice",
		Reason: "kubectl or Elasticsearch refuses it, or keeps only one of the values."},
	{ID: "manifest-schema", Severity: Error, check: manifests,
		Doc:    "A Kubernetes manifest with fields that its resource does not have, or values of the wrong kind",
		Reason: "Kubernetes refuses the resource, or drops the field without a word."},
}

// document is one YAML document of a snippet.
type document struct {
	snippet guides.Snippet
	root    ast.Node
}

// yamlSnippets are the YAML snippets of a page, and what its shell snippets pass to kubectl in heredocs.
func yamlSnippets(p *guides.Page) []guides.Snippet {
	var all []guides.Snippet
	for _, b := range p.Blocks {
		switch b.Language() {
		case guides.YAML:
			if !strings.HasPrefix(b.Code.Lang, "{") { // {applies_to} says something about the page
				all = append(all, b.Code)
			}
		case guides.Shell:
			all = append(all, heredocs(b.Code)...)
		}
	}
	return all
}

// parseYAML parses a snippet, in which omissions and marks of callouts are blank. The parser is not trusted with
// everything that a page can hold: its panic is an error like others.
func parseYAML(s guides.Snippet) (docs []document, err error) {
	defer func() {
		if p := recover(); p != nil {
			docs, err = nil, fmt.Errorf("[1:1] the parser gives up: %v", p)
		}
	}()
	file, err := parser.ParseBytes([]byte(blank(s.Text, omission, calloutMark)), 0)
	if err != nil {
		return nil, err
	}
	for _, d := range file.Docs {
		if d.Body != nil {
			docs = append(docs, document{snippet: s, root: d.Body})
		}
	}
	return docs, nil
}

var yamlTwice = regexp.MustCompile(`mapping key "(.*?)" already defined`)

var yamlPlace = regexp.MustCompile(`^\[(\d+):(\d+)\]\s*([^\n]*)`)

func yamlSyntax(p *pass) {
	for _, parsed := range p.documents() {
		s := parsed.snippet
		if err := parsed.err; err != nil {
			at, what := s.Pos(0, 0), err.Error()
			if m := yamlPlace.FindStringSubmatch(what); m != nil {
				var line, column int
				if _, err := fmt.Sscan(m[1], &line); err == nil {
					if _, err := fmt.Sscan(m[2], &column); err == nil {
						at, what = s.Pos(line-1, column-1), m[3]
					}
				}
			}
			if m := yamlTwice.FindStringSubmatch(what); m != nil {
				p.at(at, len(m[1]), fmt.Sprintf("the key %q stands in this mapping twice", m[1]), "keep one of them")
				continue
			}
			p.at(at, 0, "this is no YAML: "+firstLine(what), "mend the snippet so that it can be applied")
		}
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// entry is a key of a mapping.
type entry struct {
	key          string
	line, column int // in the snippet, from 1
	value        ast.Node
}

func (e entry) pos(s guides.Snippet) guides.Pos { return s.Pos(e.line-1, e.column-1) }

// entries are the keys of a mapping, none for other nodes.
func entries(n ast.Node) []entry {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	}
	var all []entry
	for _, v := range values {
		token := v.Key.GetToken()
		if token == nil || token.Position == nil {
			continue
		}
		all = append(all, entry{key: token.Value, line: token.Position.Line, column: token.Position.Column, value: v.Value})
	}
	return all
}

// scalar is a node's text when it is a plain or quoted value.
func scalar(n ast.Node) string {
	if s, ok := n.(ast.ScalarNode); ok {
		if t := s.GetToken(); t != nil {
			return t.Value
		}
	}
	return ""
}

// find is the value at a path of keys, or nil.
func find(n ast.Node, path ...string) ast.Node {
	for _, key := range path {
		var next ast.Node
		for _, e := range entries(n) {
			if e.key == key {
				next = e.value
			}
		}
		if next == nil {
			return nil
		}
		n = next
	}
	return n
}

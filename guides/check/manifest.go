package check

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/crosscheck-dev/crosscheck/guides"
)

// placeholder is something that the reader replaces.
var placeholder = regexp.MustCompile(`<[A-Za-z][\w .-]*>|\$\{?[A-Z_]+\}?|\{\{.*\}\}`)

func manifests(p *pass) {
	said := map[string]int{} // by resource and what is said: the same snippet stands on a page several times
	for _, parsed := range p.documents() {
		s := parsed.snippet
		for _, d := range parsed.docs {
			kind, version := scalar(find(d.root, "kind")), scalar(find(d.root, "apiVersion"))
			if kind == "" || version == "" {
				continue
			}
			m := &manifest{pass: p, doc: d, kind: kind}
			m.say = func(e entry, what, fix string) {
				if i, again := said[kind+what]; again {
					p.findings[i].Also = append(p.findings[i].Also, fmt.Sprintf("%s:%d", p.File, e.pos(s).Line))
					return
				}
				said[kind+what] = len(p.findings)
				p.at(e.pos(s), len(e.key), what, fix)
			}
			if schema := p.schema(version, kind); schema != nil {
				m.walk(d.root, schema, "")
			}
		}
	}
}

// NeedsSchemas reports whether a page has manifests of custom resources.
func NeedsSchemas(page *guides.Page) bool {
	for _, parsed := range newSource(page).documents() {
		for _, d := range parsed.docs {
			if strings.Contains(scalar(find(d.root, "apiVersion")), ".k8s.elastic.co/") {
				return true
			}
		}
	}
	return false
}

// schema is the resource's, or what all resources have in common.
func (p *pass) schema(version, kind string) *Schema {
	if s := builtin[kind]; s != nil && !strings.Contains(version, ".") {
		return s
	}
	if p.Schemas != nil {
		if s := p.Schemas.Schema(version, kind); s != nil {
			return withMetadata(s)
		}
	}
	return withMetadata(&Schema{Properties: map[string]*Schema{"spec": {}, "status": {}, "data": {}, "rules": {},
		"subjects": {}, "roleRef": {}}})
}

// manifest holds one document against its schema.
type manifest struct {
	*pass
	doc  document
	kind string
	say  func(e entry, what, fix string)
}

func (m *manifest) walk(n ast.Node, s *Schema, path string) {
	if s == nil || s.Open {
		return
	}
	if sequence, ok := n.(*ast.SequenceNode); ok {
		for _, v := range sequence.Values {
			m.walk(v, s.Items, path)
		}
		return
	}
	here := entries(n)
	for _, e := range here {
		at := strings.TrimPrefix(path+"."+e.key, ".")
		inner := s.Properties[e.key]
		switch {
		case inner != nil:
			m.value(e, inner, at)
		case s.Additional != nil:
			m.value(e, s.Additional, at)
		case len(s.Properties) == 0 || placeholder.MatchString(e.key) && len(s.Properties) == 0:
		default:
			m.unknown(e, s, at, here)
		}
	}
}

// unknown names a field that the resource does not have, and where it may belong.
func (m *manifest) unknown(e entry, s *Schema, at string, siblings []entry) {
	fix := "remove it"
	names := slices.Sorted(maps.Keys(s.Properties))
	for _, sibling := range siblings { // what was not indented stands beside an empty field
		inner := s.Properties[sibling.key]
		if _, empty := sibling.value.(*ast.NullNode); !empty || inner == nil || sibling.line > e.line {
			continue
		}
		if inner.Properties[e.key] != nil || inner.Additional != nil {
			fix = fmt.Sprintf("indent it, so that it is in %q, which is empty as it stands", sibling.key)
		}
	}
	if fix == "remove it" {
		for _, name := range names {
			if fold(name) == fold(e.key) {
				fix = fmt.Sprintf("did you mean %q?", name)
			}
		}
	}
	where := m.kind
	if i := strings.LastIndexByte(at, '.'); i >= 0 && !strings.Contains(e.key, ".") {
		where += "'s " + at[:i]
	}
	m.say(e, fmt.Sprintf("%s has no field %q", where, e.key), fix)
}

// fold takes away what spellings of a name differ in.
func fold(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

func (m *manifest) value(e entry, s *Schema, at string) {
	text := scalar(e.value)
	if s.Open || placeholder.MatchString(text) {
		return
	}
	if wrong := s.wants(e.value); wrong != "" {
		m.say(e, fmt.Sprintf("%s's %s wants %s", m.kind, at, wrong), "see the resource's reference")
		return
	}
	m.walk(e.value, s, at)
}

// wants says what the schema asks for where node is something else, and is empty where node fits.
func (s *Schema) wants(node ast.Node) string {
	if _, isNull := node.(*ast.NullNode); isNull {
		return ""
	}
	_, isSequence := node.(*ast.SequenceNode)
	_, isMap := node.(*ast.MappingNode)
	isMap = isMap || len(entries(node)) > 0
	single := s.Type == "integer" || s.Type == "boolean" || s.Type == "string"
	switch {
	case s.Type == "object" && !isMap:
		return "a mapping"
	case s.Type == "array" && !isSequence:
		return "a list"
	case single && (isMap || isSequence) && !s.IntOrString:
		return "a single value"
	}
	return s.wantsText(scalar(node))
}

// wantsText is wants for the text of a single value.
func (s *Schema) wantsText(text string) string {
	switch {
	case s.Type == "boolean" && text != "true" && text != "false":
		return "true or false"
	case s.Type == "integer" && strings.Trim(text, "-0123456789") != "":
		return "a whole number"
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		return "one of " + strings.Join(s.Enum, ", ")
	}
	return ""
}

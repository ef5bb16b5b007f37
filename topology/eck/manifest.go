package eck

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kyaml "sigs.k8s.io/yaml"

	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

// ManifestError is a manifest that cannot be read, that still holds a placeholder, or that the API server refused for
// what it says. Trouble of the machine, the network or the API server is never one.
type ManifestError struct {
	File   string
	Line   int    // in the file, from 1; 0 when it is not known
	What   string // the API server's own words where it said something
	Remedy string // may be empty
}

func (e *ManifestError) Error() string {
	at := e.File
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Remedy == "" {
		return at + ": " + e.What
	}
	return at + ": " + e.What + "; " + e.Remedy
}

// Manifest is one object of a manifest file.
type Manifest struct {
	File   string
	Line   int // where it begins
	Object *unstructured.Unstructured
	node   ast.Node
}

// placeholder is what the documents leave to the reader: <name>, or three dots on a line of their own.
var placeholder = regexp.MustCompile(`<[A-Za-z][A-Za-z0-9 _.-]*>|^\s*(- )?\.\.\.\s*$`)

// comment is a YAML comment, up to the end of its line.
var comment = regexp.MustCompile(`(^|\s)#.*$`)

// maxManifestBytes bounds a manifest file; the documented ones are far below it.
const maxManifestBytes = 1 << 20

// ReadManifests reads the objects of a manifest file. A placeholder that was left in is an error that names it.
func ReadManifests(file string, data []byte) (all []Manifest, err error) {
	defer func() { // the parser is a third party's
		if p := recover(); p != nil {
			all, err = nil, &ManifestError{File: file, What: fmt.Sprintf("the YAML parser gave up: %v", p)}
		}
	}()
	if len(data) > maxManifestBytes {
		return nil, &ManifestError{File: file, What: fmt.Sprintf("the file has %d bytes", len(data)),
			Remedy: fmt.Sprintf("keep it below %d", maxManifestBytes)}
	}
	for i, line := range strings.Split(string(data), "\n") {
		if found := placeholder.FindString(comment.ReplaceAllString(line, "")); found != "" {
			return nil, &ManifestError{File: file, Line: i + 1,
				What:   fmt.Sprintf("the placeholder %q is still there", strings.TrimSpace(found)),
				Remedy: "put your own value in its place"}
		}
	}
	parsed, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, notYAML(file, err)
	}
	for _, doc := range parsed.Docs {
		if doc.Body == nil {
			continue
		}
		m := Manifest{File: file, Object: &unstructured.Unstructured{}, node: doc.Body, Line: lineOf(doc.Body)}
		encoded, err := kyaml.YAMLToJSON([]byte(doc.Body.String()))
		if err != nil {
			return nil, &ManifestError{File: file, Line: m.Line, What: err.Error()}
		}
		if err := m.Object.UnmarshalJSON(encoded); err != nil {
			return nil, &ManifestError{File: file, Line: m.Line, What: err.Error(),
				Remedy: "begin with apiVersion, kind and metadata.name"}
		}
		if m.Object.GetName() == "" {
			return nil, &ManifestError{File: file, Line: m.Line, What: m.Object.GetKind() + " has no metadata.name",
				Remedy: "write it"}
		}
		all = append(all, m)
	}
	if len(all) == 0 {
		return nil, &ManifestError{File: file, What: "there is no object in it", Remedy: "write at least one"}
	}
	return all, nil
}

// Names lists the Elasticsearch resources of a manifest, each name once.
func Names(manifests []Manifest) []string {
	var names []string
	for _, m := range manifests {
		if m.Object.GetKind() == "Elasticsearch" && !slices.Contains(names, m.Object.GetName()) {
			names = append(names, m.Object.GetName())
		}
	}
	return names
}

// notYAML is the error for a file that the YAML parser refuses, with the line that the parser names.
func notYAML(file string, err error) error {
	e := &ManifestError{File: file, What: "not YAML: " + err.Error()}
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		e.What = "not YAML: " + syntax.GetMessage()
		if t := syntax.GetToken(); t != nil && t.Position != nil {
			e.Line = t.Position.Line
		}
	}
	return e
}

// lineOf is the line where a node begins; 0 when it is not known.
func lineOf(n ast.Node) int {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	if v, ok := n.(*ast.MappingValueNode); ok {
		n = v.Key
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	return n.GetToken().Position.Line
}

// fieldPath is how the API server names a field: spec.nodeSets[0].config, quoted or in front of a colon.
var fieldPath = regexp.MustCompile(
	`(?:unknown field "|\.|: |^)((?:metadata|spec|data|stringData|type)(?:\.[A-Za-z0-9_-]+|\[\d+\])*)`)

// refused turns a refusal of the API server into a *ManifestError with the line of the field that it names. Every other
// error stays a plain one.
func (m Manifest) refused(err error) error {
	var refusal *kube.RefusedError
	if !errors.As(err, &refusal) {
		return fmt.Errorf("apply %s %s (%s:%d): %w", m.Object.GetKind(), m.Object.GetName(), m.File, m.Line, err)
	}
	e := &ManifestError{File: m.File, Line: m.Line, What: refusal.Message}
	if found := fieldPath.FindStringSubmatch(e.What); found != nil {
		if line := m.line(found[1]); line > 0 {
			e.Line = line
		}
	}
	return e
}

var pathStep = regexp.MustCompile(`[A-Za-z0-9_-]+`)

// line is the line of a field. For a field that the manifest does not have, it is the line of the innermost one around
// it.
func (m Manifest) line(path string) int {
	n, line := m.node, m.Line
	for _, step := range pathStep.FindAllString(path, -1) {
		switch at := n.(type) {
		case *ast.MappingValueNode:
			n = valueOf([]*ast.MappingValueNode{at}, step, &line)
		case *ast.MappingNode:
			n = valueOf(at.Values, step, &line)
		case *ast.SequenceNode:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(at.Values) {
				return line
			}
			n = at.Values[i]
			line = max(line, lineOf(n))
		default:
			return line
		}
		if n == nil {
			return line
		}
	}
	return line
}

// valueOf is the value of a key, and sets line to the key's; nil when there is none.
func valueOf(values []*ast.MappingValueNode, key string, line *int) ast.Node {
	for _, v := range values {
		if v.Key.String() == key {
			*line = lineOf(v)
			return v.Value
		}
	}
	return nil
}

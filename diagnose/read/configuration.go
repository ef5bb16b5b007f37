package read

import (
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// maxRepairs bounds how many lines that do not parse are left out of one configuration.
const maxRepairs = 10

var documentEnd = regexp.MustCompile(`^---(?:\s|$)`)

// readConfiguration makes pieces of YAML: an elasticsearch.yml, manifests, a Compose file, values of a chart.
func (s *stream) readConfiguration(rows []row) {
	from := 0
	for i := 0; i <= len(rows); i++ {
		if i == len(rows) || documentEnd.MatchString(rows[i].text) {
			s.readDocument(rows[from:i])
			from = i + 1
		}
	}
}

// readDocument makes pieces of one document.
func (s *stream) readDocument(rows []row) {
	rows, assigned := assignments(rows)
	s.addSettings(evidence.Configuration, "", "", assigned)
	if len(rows) == 0 {
		return
	}
	lines := make([]string, len(rows))
	indent := commonIndent(rows)
	for i, r := range rows {
		lines[i] = strings.ReplaceAll(r.text, "\t", "  ")
		lines[i] = lines[i][min(indent, len(lines[i])-len(strings.TrimLeft(lines[i], " "))):]
	}
	number := func(line int) int { return rows[min(max(line-1, 0), len(rows)-1)].number }
	for range maxRepairs {
		v, wrong := yamlValue(strings.Join(lines, "\n"))
		if wrong == 0 {
			if v != nil {
				s.readYAML(v, number)
			}
			return
		}
		wrong = min(wrong, len(lines))
		s.doc.note(number(wrong), evidence.Broken,
			"The YAML does not parse from this line on; what can be read of it is used.")
		for wrong > 1 && strings.TrimSpace(lines[wrong-1]) == "" {
			wrong--
		}
		lines[wrong-1] = ""
	}
	s.readLoose(rows)
}

func commonIndent(rows []row) int {
	least := -1
	for _, r := range rows {
		text := strings.ReplaceAll(r.text, "\t", "  ")
		trimmed := strings.TrimLeft(text, " ")
		if trimmed == "" || trimmed[0] == '#' {
			continue
		}
		if n := len(text) - len(trimmed); least < 0 || n < least {
			least = n
		}
	}
	return max(least, 0)
}

// assignments takes lines such as cluster.name=a out, as command lines and env files have them.
func assignments(rows []row) (rest []row, all []setting) {
	for _, r := range rows {
		m := assignment.FindStringSubmatch(r.text)
		if m == nil {
			rest = append(rest, r)
			continue
		}
		if strings.HasPrefix(strings.TrimSpace(r.text), "-") {
			rest = append(rest, r) // an item of a Compose file's environment
			continue
		}
		if f, ok := environmentSetting(m[1], m[2]); ok {
			f.line = r.number
			all = append(all, f)
		}
	}
	return rest, all
}

// looseSetting is one setting in a line of its own.
var looseSetting = regexp.MustCompile(`^\s*["']?((?:cluster|node|xpack|transport|network|remote_cluster\w*)\.[\w.*-]+)["']?\s*:\s*(\S.*?)\s*$`)

// readLoose reads settings line by line out of what is no YAML.
func (s *stream) readLoose(rows []row) {
	var all []setting
	for _, r := range rows {
		if m := looseSetting.FindStringSubmatch(r.text); m != nil {
			all = append(all, setting{name: m[1], value: strings.Trim(m[2], `"'`), line: r.number})
		}
	}
	s.addSettings(evidence.Configuration, "", "", all)
}

// yamlValue reads one document. wrong is the line that does not parse, 0 where all do.
func yamlValue(text string) (v *value, wrong int) {
	defer func() { // the parser panics over some texts that are no YAML
		if recover() != nil {
			v, wrong = nil, 1
		}
	}()
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return nil, errorLine(err)
	}
	for _, doc := range file.Docs {
		if doc.Body != nil {
			return fromYAML(doc.Body, 0), 0
		}
	}
	return nil, 0
}

var positioned = regexp.MustCompile(`\[(\d+):\d+\]`)

// errorLine gives the line that an error of the parser names.
func errorLine(err error) int {
	line := 0
	if m := positioned.FindStringSubmatch(err.Error()); m != nil {
		for _, c := range m[1] {
			line = line*10 + int(c-'0')
		}
	}
	return max(line, 1)
}

// fromYAML gives a node as a value; at is its line.
func fromYAML(n ast.Node, depth int) *value {
	v := &value{}
	if n == nil || depth > maxDepth {
		return v
	}
	switch n := n.(type) {
	case *ast.AnchorNode:
		return fromYAML(n.Value, depth+1)
	case *ast.TagNode:
		return fromYAML(n.Value, depth+1)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		v.at = t.Position.Line
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		v.kind = '{'
		for _, item := range n.Values {
			v.addYAML(item, depth)
		}
	case *ast.MappingValueNode:
		v.kind = '{'
		v.addYAML(n, depth)
	case *ast.SequenceNode:
		v.kind = '['
		for _, item := range n.Values {
			v.sub = append(v.sub, fromYAML(item, depth+1))
		}
	default:
		v.scalarYAML(n)
	}
	return v
}

// scalarYAML takes the text of a node that holds no others.
func (v *value) scalarYAML(n ast.Node) {
	switch n := n.(type) {
	case *ast.LiteralNode:
		v.at = n.Start.Position.Line + 1
		if n.Value != nil {
			v.any = n.Value.Value
		}
	case *ast.StringNode:
		v.any = n.Value
	case *ast.NullNode:
		v.any = nil
	default:
		v.any = strings.TrimSpace(n.String())
	}
}

func (v *value) addYAML(item *ast.MappingValueNode, depth int) {
	key := ""
	line := v.at
	if item.Key != nil && item.Key.GetToken() != nil {
		key = item.Key.GetToken().Value
		if item.Key.GetToken().Position != nil {
			line = item.Key.GetToken().Position.Line
		}
	}
	sub := fromYAML(item.Value, depth+1)
	if _, literal := item.Value.(*ast.LiteralNode); !literal {
		sub.at = line
	}
	v.keys = append(v.keys, key)
	v.sub = append(v.sub, sub)
}

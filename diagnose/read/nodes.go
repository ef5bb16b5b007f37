package read

import (
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

const clientRole = "remote_cluster_client"

// roleSince is the version from which a node without the role takes no part in connections to remote clusters.
var roleSince = semver.MustParse("7.7.0")

// readNodes makes a piece of each node in an answer of _nodes, and one of the secure settings that they name.
func (s *stream) readNodes(b body, nodes *value) {
	var secure []row
	for _, node := range nodes.sub {
		if node.kind != '{' {
			continue
		}
		s.readNode(b, node)
		for _, secret := range addressesOrNames(node.get("secure_setting_names")) {
			secure = append(secure, row{b.at(node.get("secure_setting_names")), secret})
		}
	}
	if len(secure) > 0 {
		s.addKeystore(secure[0].number, slices.CompactFunc(secure, func(a, b row) bool { return a.text == b.text }))
	}
}

// readNode makes a piece of what one node says of itself.
func (s *stream) readNode(b body, node *value) {
	p := evidence.Piece{Kind: evidence.Nodes, Line: b.at(node), Request: b.request, Version: node.first("version")}
	add := func(v *value, text string) {
		p.Texts = append(p.Texts, text)
		p.Lines = append(p.Lines, b.at(v))
	}
	for _, field := range []string{"name", "version", "transport_address", "build_flavor"} {
		if text := node.first(field); text != "" {
			add(node.field(field), field+": "+text)
		}
	}
	for _, field := range []string{"attributes", "settings", "remote_cluster_server", "transport.profiles"} {
		for _, f := range flatten(node.field(field), "") {
			if field != "settings" || usefulSettings.MatchString(f.name) {
				add(f.of, strings.TrimPrefix(field+".", "settings.")+f.name+": "+f.value)
			}
		}
	}
	if roles := node.get("roles"); roles != nil && roles.kind == '[' {
		names := addressesOrNames(roles)
		add(roles, "roles: ["+strings.Join(names, ", ")+"]")
		if lacksRole(names, p.Version) {
			add(roles, lacksRoleText(node.first("name")))
		}
	}
	if len(p.Texts) > 1 {
		p.Shown = strings.Join(p.Texts, ", ")
		s.add(p)
	}
}

func addressesOrNames(v *value) []string {
	if v == nil || v.kind != '[' {
		return nil
	}
	var all []string
	for _, item := range v.sub {
		all = append(all, item.text())
	}
	return all
}

// readRoot reads the answer of GET /, which names the version.
func (s *stream) readRoot(b body, v *value) {
	p := evidence.Piece{Kind: evidence.Nodes, Line: b.line, Request: b.request, Version: v.first("version.number")}
	for _, field := range []string{"name", "cluster_name", "version.number", "version.distribution", "tagline"} {
		if text := v.first(field); text != "" {
			p.Texts = append(p.Texts, field+": "+text)
			p.Lines = append(p.Lines, b.at(v.field(field)))
		}
	}
	p.Shown = strings.Join(p.Texts, ", ")
	if v.first("version.distribution") == "opensearch" {
		s.doc.openSearch(b.line, openSearchMarks[2])
	}
	s.doc.cluster(v.first("cluster_name"), b.line)
	s.add(p)
}

func lacksRole(roles []string, version string) bool {
	if slices.Contains(roles, clientRole) {
		return false
	}
	v, err := semver.NewVersion(version)
	return err != nil || !v.LessThan(roleSince)
}

func lacksRoleText(name string) string {
	if name == "" {
		return evidence.Derived + "node.roles lacks " + clientRole
	}
	return evidence.Derived + "node.roles of " + name + " lacks " + clientRole
}

// readCatNode reads a row of _cat/nodes, of which role letters and version count.
func (s *stream) readCatNode(line int, columns map[string]string) {
	roles := columns["node.role"]
	p := evidence.Piece{Kind: evidence.Nodes, Line: line, Version: columns["version"]}
	for _, name := range []string{"name", "node.role", "version"} {
		if columns[name] != "" {
			p.Texts = append(p.Texts, name+": "+columns[name])
		}
	}
	if roleLetters.MatchString(roles) && !strings.Contains(roles, "r") {
		if v, err := semver.NewVersion(p.Version); err != nil || !v.LessThan(roleSince) {
			p.Texts = append(p.Texts, lacksRoleText(columns["name"]))
		}
	}
	p.Shown = strings.Join(p.Texts, ", ")
	s.add(p)
}

var (
	roleLetters = regexp.MustCompile(`^(?:-|[cdfhilmrstvw]{1,13})$`)
	catNodeRow  = regexp.MustCompile(`^\s*(\d+\.\d+\.\d+\.\d+|[0-9a-f:]+:[0-9a-f]+)\s+.*?\s(-|[cdfhilmrstvw]{1,13})\s+([*-])\s+(\S+)\s*$`)
)

// isCatHead tells the names of columns from a sentence about node.roles.
func isCatHead(fields []string) bool {
	return (slices.Contains(fields, "node.role") || slices.Contains(fields, "node.roles")) &&
		(slices.Contains(fields, "name") || slices.Contains(fields, "ip"))
}

// catNodes reads rows of _cat/nodes as they are printed, and reports whether there were any.
func (s *stream) catNodes(rows []row) (rest []row) {
	for i := 0; i < len(rows); i++ {
		fields := strings.Fields(rows[i].text)
		if isCatHead(fields) {
			for i++; i < len(rows); i++ {
				values := strings.Fields(rows[i].text)
				if len(values) < len(fields) {
					break
				}
				columns := map[string]string{}
				for c, name := range fields {
					columns[strings.Replace(name, "node.roles", "node.role", 1)] = values[c]
				}
				s.readCatNode(rows[i].number, columns)
			}
			i--
			continue
		}
		if m := catNodeRow.FindStringSubmatch(rows[i].text); m != nil {
			s.readCatNode(rows[i].number, map[string]string{"name": m[4], "node.role": m[2]})
			continue
		}
		rest = append(rest, rows[i])
	}
	return rest
}

package read

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// setting is one setting, or field, by its flat name.
type setting struct {
	name, value string
	list        []string // the items, where the value is a list of texts
	isList      bool
	line        int    // 0 where of says it
	of          *value // where it stands in a body
}

// flatten gives the fields of an object with names joined by dots, in the order in which they stand.
func flatten(v *value, prefix string) []setting {
	var all []setting
	if v == nil || len(prefix) > 500 {
		return nil
	}
	for i, key := range v.keys {
		name := key
		if prefix != "" {
			name = prefix + "." + key
		}
		switch item := v.sub[i]; item.kind {
		case '{':
			all = append(all, flatten(item, name)...)
		case '[':
			s := setting{name: name, isList: true, of: item}
			for _, part := range item.sub {
				if text := part.text(); part.kind == 0 {
					s.list = append(s.list, text)
				} else {
					all = append(all, flatten(part, name)...)
				}
			}
			s.value = "[" + strings.Join(s.list, ", ") + "]"
			if len(item.sub) == 0 || len(s.list) > 0 {
				all = append(all, s)
			}
		default:
			all = append(all, setting{name: name, value: item.text(), of: item})
		}
	}
	return all
}

// usefulSettings are those that have to do with remote clusters; of all defaults there are hundreds.
var usefulSettings = regexp.MustCompile(`^(?:cluster\.remote\.|remote_cluster|cluster\.name|node\.(?:roles|name|attr|` +
	`remote_cluster_client|master|data|ingest)|search\.(?:remote|ccs)|transport\.|network\.|http\.(?:port|publish|host)|ccr\.|` +
	`xpack\.(?:security|license|ccr|ml)\.)`)

var aliasOfSetting = regexp.MustCompile(`^(?:archived\.)?cluster\.remote\.([^.]+)\.\w`)

// aliasOf gives the remote cluster that a setting configures. Settings of all remote clusters have no alias.
func aliasOf(name string) string {
	m := aliasOfSetting.FindStringSubmatch(name)
	if len(m) < 2 || m[1] == "node" || m[1] == "connections_per_cluster" {
		return ""
	}
	return m[1]
}

func hasRemoteSettings(v *value) bool {
	return slices.ContainsFunc(flatten(v, ""), func(f setting) bool {
		return strings.HasPrefix(f.name, "cluster.remote.") || strings.HasPrefix(f.name, "remote_cluster")
	})
}

// readSettings reads an answer of _cluster/settings, or the body of a request that sets some.
func (s *stream) readSettings(b body, v *value) {
	var all []setting
	seen := map[string]bool{}
	parts := []*value{v.get("transient"), v.get("persistent"), v.get("defaults")} // the earlier wins
	if !v.has("transient", "persistent", "defaults") {
		parts = []*value{v}
	}
	for _, part := range parts {
		for _, f := range flatten(part, "") {
			if !seen[f.name] && usefulSettings.MatchString(f.name) {
				seen[f.name] = true
				f.line = b.at(f.of)
				all = append(all, f)
			}
		}
	}
	s.addSettings(evidence.Settings, b.request, "", all)
}

// addSettings makes a piece of the settings of each remote cluster, and one of all others. node names what they are
// of, such as a nodeSet; it may be empty.
func (s *stream) addSettings(kind evidence.Kind, request, node string, all []setting) {
	groups := map[string][]setting{}
	for _, f := range all {
		groups[aliasOf(f.name)] = append(groups[aliasOf(f.name)], f)
	}
	side := s.side
	if _, general := groups[""]; side == evidence.Unknown && (len(groups) > 1 || len(groups) == 1 && !general) {
		side = evidence.Local // who has an alias is the local side of it
	}
	for _, alias := range slices.Sorted(maps.Keys(groups)) {
		p := evidence.Piece{Kind: kind, Side: side, Alias: alias, Request: request, Line: groups[alias][0].line}
		derived := derivedSettings(node, groups[alias])
		for _, f := range append(groups[alias], derived...) {
			text := f.name + ": " + f.value
			if strings.HasPrefix(f.name, evidence.Derived) {
				text = f.name
			} else if isSecretName(f.name) && f.value != "" {
				text = f.name + ": " + redactedMark
			}
			p.Texts = append(p.Texts, text)
			p.Lines = append(p.Lines, f.line)
		}
		p.Shown = strings.Join(p.Texts[:len(p.Texts)-len(derived)], ", ")
		s.add(p)
	}
}

// readFlat makes a piece of named parts of a body.
func (s *stream) readFlat(b body, v *value, names ...string) {
	p := evidence.Piece{Kind: evidence.Settings, Line: b.line, Request: b.request, Status: b.status}
	for _, f := range flatten(v, "") {
		first, _, _ := strings.Cut(f.name, ".")
		if slices.Contains(names, first) {
			p.Texts = append(p.Texts, f.name+": "+f.value)
			p.Lines = append(p.Lines, b.at(f.of))
		}
	}
	p.Shown = strings.Join(p.Texts, ", ")
	s.add(p)
}

// readUnknown looks within a body for something that clusters say; answered is true where it did.
func (s *stream) readUnknown(b body, v *value) (known, answered bool) {
	if b.nested >= 4 {
		return false, false
	}
	b.nested++
	for _, item := range v.sub {
		if item.kind != 0 {
			k, _ := s.readValue(b, item)
			known = known || k
			continue
		}
		text := item.text()
		if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "{") && len(trimmed) > 10 {
			within, _, _ := parse(trimmed)
			inner := b
			inner.line, inner.text = b.at(item), trimmed
			k, _ := s.readValue(inner, within)
			known = known || k
		}
	}
	if known || b.nested > 1 {
		return known, known
	}
	p := evidence.Piece{Kind: evidence.Sentence, Line: b.line, Request: b.request, Status: b.status}
	for _, f := range flatten(v, "") {
		if text := f.name + ": " + f.value; has([]byte(f.value), words) && len(p.Texts) < maxTexts {
			p.Texts = append(p.Texts, cutBytes(text, maxText))
			p.Lines = append(p.Lines, b.at(f.of))
		}
	}
	if len(p.Texts) == 0 {
		return false, false
	}
	p.Wrapped = wrapperOf(p.Text())
	s.unwrap(&p)
	s.add(p)
	return true, true
}

// keystoreName is a line of what elasticsearch-keystore list prints.
var keystoreName = regexp.MustCompile(`^(?:keystore\.seed|bootstrap\.password|autoconfiguration\.password_hash|` +
	`cluster\.remote\.[^\s.]+\.credentials|[a-z][\w.-]*\.(?:secure_[\w.]+|secret_key|access_key|password|credentials_file))$`)

// addKeystore makes a piece of the names of secure settings.
func (s *stream) addKeystore(line int, rows []row) {
	p := evidence.Piece{Kind: evidence.Settings, Line: line}
	for _, r := range rows {
		p.Texts = append(p.Texts, strings.TrimSpace(r.text))
		p.Lines = append(p.Lines, r.number)
	}
	p.Shown = "the keystore holds " + strings.Join(p.Texts, ", ")
	s.add(p)
}

package read

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// body is one JSON value and what is known of it from around it.
type body struct {
	line    int    // where text begins
	text    string // as it was pasted
	request string // of which it is the answer, empty where that is not known
	status  int
	wrapped string
	nested  int // how deep within other bodies it was found
}

// at gives the line of a value.
func (b body) at(v *value) int { return b.line + offsetLines(b.text, v.at) }

// readBody makes pieces of a JSON body that stood among other text.
func (s *stream) readBody(line int, text string) {
	v, _, broken := parse(text)
	b := body{line: line, text: text, request: s.request, status: s.status}
	s.doc.openSearch(line, []byte(text))
	known, answered := s.readValue(b, v)
	if broken && (known || len(text) > 40) {
		s.doc.note(line, evidence.Broken, "The JSON is cut off or does not parse; what can be read of it is used.")
	}
	if !known && broken {
		s.scavenge(b)
	}
	if answered {
		s.request, s.status = "", 0
	}
}

// readValue makes pieces of a body. known tells that it is something that clusters say; answered that it is an answer,
// not the body of a request.
func (s *stream) readValue(b body, v *value) (known, answered bool) {
	if v.kind == '[' {
		return s.readList(b, v)
	}
	if v.kind != '{' || len(v.keys) == 0 {
		return false, false
	}
	if inner := v.get("body"); inner != nil && v.get("status") != nil && len(v.keys) <= 6 {
		return s.readCase(b, v, inner)
	}
	if s.readRemotes(b, v) {
		return true, true
	}
	if v.has("persistent", "transient", "defaults") {
		s.readSettings(b, v)
		return true, v.has("acknowledged", "defaults") || !strings.HasPrefix(b.request, "PUT")
	}
	if s.readFailure(b, v) || s.readDescription(b, v) {
		return true, true
	}
	if hasRemoteSettings(v) {
		s.readSettings(b, v)
		return true, false
	}
	return s.readUnknown(b, v)
}

// readRemotes reads what clusters say of their remote clusters by name.
func (s *stream) readRemotes(b body, v *value) bool {
	switch {
	case isAliasInfo(v), allOf(v, isAliasInfo):
		s.readRemoteInfo(b, v)
	case allOf(v, isResolved):
		s.readResolved(b, v)
	default:
		return false
	}
	return true
}

// readFailure reads answers that carry errors, of Elasticsearch or in the words of another program.
func (s *stream) readFailure(b body, v *value) bool {
	switch {
	case v.has("statusCode") && v.has("error", "message"):
		s.readKibana(b, v)
	case v.has("follow_stats", "auto_follow_stats", "follow_indices", "follower_indices"), isFollowerStats(v):
		b.wrapped = "ccr"
		s.readProgram(b, v)
	case v.has("transforms", "datafeeds", "watch_record", "watch_id"):
		b.wrapped = programOf(v)
		s.readProgram(b, v)
	case v.has("error"), v.has("_shards", "_clusters") && !v.has("nodes"), v.has("root_cause"):
		s.readAnswer(b, v)
	default:
		return false
	}
	return true
}

// readDescription reads answers in which a cluster, a user or a Kubernetes object is described.
func (s *stream) readDescription(b body, v *value) bool {
	switch {
	case v.has("nodes") && v.get("nodes").kind == '{':
		s.readNodes(b, v.get("nodes"))
		if _, reasons := reasonsOf(v); len(reasons) > 0 {
			s.readAnswer(b, v)
		}
	case v.has("tagline") || v.has("cluster_name") && v.get("version").has("number"):
		s.readRoot(b, v)
	case v.get("license").has("type"):
		s.readFlat(b, v, "license")
	case v.has("username") && v.has("roles"):
		s.readFlat(b, v, "username", "roles", "enabled", "authentication_type", "authentication_realm")
	case v.has("kind") && v.has("apiVersion"):
		s.readJSONManifest(b, v)
	default:
		return false
	}
	return true
}

// readCase reads {status, body}, with the body as an object or as text.
func (s *stream) readCase(b body, v, inner *value) (known, answered bool) {
	b.status, _ = strconv.Atoi(v.get("status").text())
	if method, path := v.get("method").text(), v.get("path").text(); path != "" {
		b.request = strings.TrimSpace(method + " " + path)
	}
	if text := inner.text(); text != "" {
		b.line, b.text = b.at(inner), text
		inner, _, _ = parse(text)
		if inner.kind != '{' {
			s.add(evidence.Piece{Kind: evidence.Answer, Line: b.line, Texts: []string{text}, Reasons: []string{text},
				Request: b.request, Status: b.status})
			return true, true
		}
	}
	if known, _ = s.readValue(b, inner); !known && b.status > 0 {
		s.readAnswer(b, inner)
	}
	return true, true
}

// readList reads _cat answers, and lists of anything else item by item.
func (s *stream) readList(b body, v *value) (known, answered bool) {
	for _, item := range v.sub {
		if item.has("node.role", "node.roles", "r") && item.has("name", "ip", "n") {
			s.readCatNode(b.at(item), map[string]string{
				"name": item.first("name", "n"), "node.role": item.first("node.role", "node.roles", "r"),
				"version": item.first("version", "v"),
			})
			known = true
			continue
		}
		if b.nested < 3 {
			inner := b
			inner.nested++
			if k, _ := s.readValue(inner, item); k {
				known = true
			}
		}
	}
	return known, known
}

// allOf reports whether v is an object, not empty, all values of which are of a kind.
func allOf(v *value, is func(*value) bool) bool {
	if v.kind != '{' || len(v.sub) == 0 {
		return false
	}
	for _, item := range v.sub {
		if !is(item) {
			return false
		}
	}
	return true
}

func isAliasInfo(v *value) bool {
	return v.has("connected") && v.has("mode", "seeds", "initial_connect_timeout", "num_nodes_connected", "proxy_address")
}

func isResolved(v *value) bool {
	return v.has("connected") && v.has("skip_unavailable", "matching_indices", "version", "error") && !isAliasInfo(v)
}

// readRemoteInfo makes a piece of each alias. Whoever shows it is the local side of these connections.
func (s *stream) readRemoteInfo(b body, v *value) {
	if isAliasInfo(v) {
		s.addInfo(b, evidence.RemoteInfo, "", v)
		return
	}
	for i, alias := range v.keys {
		s.addInfo(b, evidence.RemoteInfo, alias, v.sub[i])
	}
}

// readResolved makes a piece of each alias. "(local)" is the asked cluster itself, of which the version counts.
func (s *stream) readResolved(b body, v *value) {
	for i, alias := range v.keys {
		if alias != "(local)" {
			s.addInfo(b, evidence.ResolveCluster, alias, v.sub[i])
			continue
		}
		if version := v.sub[i].first("version.number"); version != "" {
			s.add(evidence.Piece{Kind: evidence.Nodes, Side: evidence.Local, Line: b.at(v.sub[i]), Version: version,
				Texts: []string{"version: " + version}})
		}
	}
}

func (s *stream) addInfo(b body, kind evidence.Kind, alias string, v *value) {
	fields, _ := v.plain().(map[string]any)
	p := evidence.Piece{Kind: kind, Side: s.side, Line: b.at(v), Alias: alias, Fields: fields, Request: b.request,
		Status: b.status}
	if p.Side == evidence.Unknown {
		p.Side = evidence.Local
	}
	for _, f := range flatten(v, "") {
		p.Texts = append(p.Texts, f.name+": "+f.value)
		p.Lines = append(p.Lines, b.at(f.of))
	}
	p.Shown = strings.TrimPrefix(alias+": ", ": ") + strings.Join(p.Texts, ", ")
	for _, name := range []string{"proxy_address", "seeds"} {
		for _, address := range addresses(v.get(name)) {
			p.Texts = append(p.Texts, addressText(address))
			p.Lines = append(p.Lines, b.at(v.get(name)))
		}
	}
	s.add(p)
}

// addresses gives a text, or each text of a list.
func addresses(v *value) []string {
	if v == nil {
		return nil
	}
	if v.kind == '[' {
		var all []string
		for _, item := range v.sub {
			all = append(all, addresses(item)...)
		}
		return all
	}
	if text := v.text(); hasPort.MatchString(text) {
		return []string{text}
	}
	return nil
}

var (
	hasPort     = regexp.MustCompile(`^(.+):(\d{1,5})$`)
	looseType   = regexp.MustCompile(`"type"\s*:\s*"([a-z_]+(?:exception|error)[a-z_]*)"`)
	looseReason = regexp.MustCompile(`"reason"\s*:\s*"((?:[^"\\]|\\.)*)`)
	looseStatus = regexp.MustCompile(`"status(?:Code)?"\s*:\s*(\d{3})`)
)

// scavenge takes types and reasons out of what is no JSON at all.
func (s *stream) scavenge(b body) {
	p := evidence.Piece{Kind: evidence.Answer, Line: b.line, Request: b.request, Status: b.status}
	for _, m := range looseType.FindAllStringSubmatch(b.text, 20) {
		if !slices.Contains(p.Types, m[1]) {
			p.Types = append(p.Types, m[1])
		}
	}
	for _, m := range looseReason.FindAllStringSubmatch(b.text, 20) {
		if reason := strings.ReplaceAll(m[1], `\"`, `"`); !slices.Contains(p.Reasons, reason) {
			p.Reasons = append(p.Reasons, reason)
		}
	}
	if m := looseStatus.FindStringSubmatch(b.text); m != nil {
		p.Status, _ = strconv.Atoi(m[1])
	}
	if len(p.Reasons) == 0 && len(p.Types) == 0 {
		s.readPlain(b.line, b.text)
		return
	}
	p.Texts = slices.Clone(p.Reasons)
	p.Shown = strings.Join(append(slices.Clone(p.Types), p.Reasons...), ": ")
	s.add(p)
}

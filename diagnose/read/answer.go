package read

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

// readAnswer makes a piece of a search's answer or of an error.
func (s *stream) readAnswer(b body, v *value) {
	told := catalogue.ReadBody(v.json())
	if v.has("root_cause") { // the error alone, without what it stood in
		told = catalogue.ReadBody(wrap("error", v.plain()))
	}
	p := evidence.Piece{
		Kind: evidence.Answer, Line: b.line, Request: b.request, Wrapped: b.wrapped,
		Types: told.Types, Reasons: told.Reasons, Clusters: clustersOf(v.get("_clusters")), Hits: hasHits(v),
	}
	p.Status = statusIn(v, b.status)
	for _, reason := range told.Reasons {
		s.unwrapReason(&p, reason, b)
	}
	p.Texts = append(slices.Clone(p.Reasons), derivedAnswer(p)...)
	if len(p.Reasons) == 1 && len(p.Types) == 0 && p.Wrapped == "" {
		p.Wrapped = wrapperOf(p.Reasons[0])
	}
	p.Shown = shownAnswer(p)
	p.Alias = aliasOfAnswer(p)
	if len(p.Reasons) == 0 && len(p.Clusters) == 0 && p.Status == 0 && !p.Hits {
		return // such as {"_shards": ...} of a refresh
	}
	s.add(p)
}

// statusIn is the status that an answer has: what it says itself, or else what was said before it; results of a search
// that say nothing of a status have 200.
func statusIn(v *value, before int) int {
	if status, err := strconv.Atoi(v.get("status").text()); err == nil && status >= 100 && status < 600 {
		return status
	}
	if before == 0 && v.has("took") && v.has("_shards") && !v.has("error") {
		return 200
	}
	return before
}

// aliasOfAnswer is the one remote cluster that an answer is about, empty where that cannot be told.
func aliasOfAnswer(p evidence.Piece) string {
	alias := aliasOfRequest(p.Request)
	if alias == "" && len(p.Clusters) == 1 {
		for name := range p.Clusters {
			alias = name
		}
	}
	return alias
}

func wrap(name string, v any) []byte {
	data, err := json.Marshal(map[string]any{name: v})
	if err != nil {
		return nil
	}
	return data
}

// reasonsOf gives the types and reasons of the errors in a body.
func reasonsOf(v *value) (types, reasons []string) {
	told := catalogue.ReadBody(v.json())
	return told.Types, told.Reasons
}

func shownAnswer(p evidence.Piece) string {
	var parts []string
	if p.Request != "" {
		parts = append(parts, p.Request)
	}
	if p.Status > 0 {
		parts = append(parts, "HTTP "+strconv.Itoa(p.Status))
	}
	for _, name := range sortedKeys(p.Clusters) {
		parts = append(parts, strings.TrimSpace(name+" "+p.Clusters[name]))
	}
	head := strings.Join(parts, ", ")
	if head != "" && len(p.Reasons) > 0 {
		head += ": "
	}
	return head + strings.Join(p.Reasons, ": ")
}

// clustersOf gives how each cluster fared; answers that only count say it under the empty name.
func clustersOf(v *value) map[string]string {
	if v == nil || v.kind != '{' {
		return nil
	}
	all := map[string]string{}
	if details := v.get("details"); details != nil && details.kind == '{' {
		for i, name := range details.keys {
			if status := details.sub[i].get("status").text(); status != "" && name != "(local)" {
				all[name] = status
			}
		}
		return all
	}
	count := func(name string) bool { n, _ := strconv.Atoi(v.get(name).text()); return n > 0 }
	switch {
	case count("skipped"):
		all[""] = "skipped"
	case count("failed"):
		all[""] = "failed"
	case count("partial"):
		all[""] = "partial"
	case count("successful"):
		all[""] = "successful"
	}
	return all
}

// hasHits reports whether a search says that it found something.
func hasHits(v *value) bool {
	hits := v.get("hits")
	total := hits.get("total")
	if total.has("value") {
		total = total.get("value")
	}
	if n, err := strconv.Atoi(total.text()); err == nil {
		return n > 0
	}
	list := hits.get("hits")
	return list != nil && list.kind == '[' && len(list.sub) > 0
}

var remoteIndex = regexp.MustCompile(`(?:^|[ /,])-?([\w-]+)(?::|%3[Aa])[\w*.<%-]`)

// aliasOfRequest gives the remote cluster of a path such as /b:logs/_search.
func aliasOfRequest(request string) string {
	if m := regexp.MustCompile(`/_remote/info/([\w-]+)`).FindStringSubmatch(request); m != nil {
		return m[1]
	}
	path := request[strings.IndexByte(request, ' ')+1:]
	if strings.Contains(path, "://") {
		return ""
	}
	if m := remoteIndex.FindStringSubmatch(path); m != nil {
		return m[1]
	}
	return ""
}

// readKibana reads an answer of Kibana's own interface, which shows errors of Elasticsearch in its message.
func (s *stream) readKibana(b body, v *value) {
	p := evidence.Piece{Kind: evidence.Answer, Line: b.line, Request: b.request, Wrapped: "kibana"}
	p.Status, _ = strconv.Atoi(v.get("statusCode").text())
	for _, name := range []string{"error", "message"} {
		if text := v.get(name).text(); text != "" {
			p.Texts = append(p.Texts, text)
		}
	}
	p.Shown = strings.Join(p.Texts, ": ")
	for _, text := range slices.Clone(p.Texts) {
		s.unwrapReason(&p, text, b)
	}
	for _, name := range []string{"attributes", "meta", "cause", "error"} {
		if inner := v.get(name); inner != nil && inner.kind != 0 {
			collect(&p, inner, b)
		}
	}
	p.Texts = appendNew(p.Texts, p.Reasons...)
	s.add(p)
}

// readProgram reads an answer about tasks of Elasticsearch's own that search or follow: CCR, transforms, datafeeds,
// watches. Each error in it is one piece.
func (s *stream) readProgram(b body, v *value) {
	any := false
	walk(v, 0, func(o *value) {
		if any && len(s.doc.keep.pieces) >= maxPieces {
			return
		}
		errors := o.has("read_exceptions", "fatal_exception", "auto_follow_exception", "exception", "failure_reason") ||
			o.has("reason") && o.has("state", "id") || o.has("assignment_explanation", "recent_auto_follow_errors")
		if !errors {
			return
		}
		p := evidence.Piece{
			Kind: evidence.Answer, Line: b.at(o), Request: b.request, Status: b.status, Wrapped: b.wrapped,
			Alias: o.first("remote_cluster"),
		}
		for _, name := range []string{"reason", "failure_reason", "assignment_explanation"} {
			if text := o.get(name).text(); text != "" {
				p.Reasons = appendNew(p.Reasons, text)
				s.unwrapReason(&p, text, b)
			}
		}
		collect(&p, o, b)
		if len(p.Reasons) == 0 {
			return
		}
		any = true
		p.Texts = slices.Clone(p.Reasons)
		p.Shown = strings.Join(p.Reasons, ": ")
		s.add(p)
	})
}

// isFollowerStats recognises the answer of <follower>/_ccr/stats, whose list of indices has no name around it.
func isFollowerStats(v *value) bool {
	list := v.get("indices")
	return list != nil && list.kind == '[' && len(list.sub) > 0 && list.sub[0].has("total_global_checkpoint_lag")
}

// walk calls for v and each object within it.
func walk(v *value, depth int, each func(*value)) {
	if v == nil || depth > maxDepth {
		return
	}
	if v.kind == '{' {
		each(v)
	}
	for _, item := range v.sub {
		walk(item, depth+1, each)
	}
}

// collect adds types and reasons of the errors anywhere within v.
func collect(p *evidence.Piece, v *value, _ body) {
	told := catalogue.ReadBody(wrap("error", v.plain()))
	for _, t := range told.Types {
		if strings.HasSuffix(t, "exception") || strings.HasSuffix(t, "error") {
			p.Types = appendNew(p.Types, t)
		}
	}
	p.Reasons = appendNew(p.Reasons, told.Reasons...)
}

// programOf names the program of a body that is not CCR's.
func programOf(v *value) string {
	switch {
	case v.has("transforms"):
		return "transform"
	case v.has("datafeeds"):
		return "machine-learning"
	}
	return "watcher"
}

func appendNew(to []string, all ...string) []string {
	for _, text := range all {
		if text != "" && !slices.Contains(to, text) {
			to = append(to, text)
		}
	}
	return to
}

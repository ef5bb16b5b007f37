package read

import (
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

var (
	// innerErrors find an error of Elasticsearch in the words of another program. The first group is the type, the
	// second the reason; the other way round where named.
	innerErrors = []*regexp.Regexp{
		regexp.MustCompile(`\[?(?P<type>[a-z_]+_exception)\]?:? (?:\[[^\]]*\] )?Reason: (?P<reason>[^\n]+)`),
		regexp.MustCompile(`\b(?P<type>[a-z_]+_exception): (?:\[[a-z_]+_exception\] Reason: )?(?P<reason>[^\n]+)`),
		regexp.MustCompile(`\[(?P<type>[a-z_]+_exception)\]:? (?P<reason>[^\n]+)`),
		regexp.MustCompile(`\[(?P<type>[a-z_]+_exception): \[[a-z_]+_exception\] Reason: (?P<reason>[^\n]+)\]`),
		regexp.MustCompile(`(?:TransportError|ApiError|\w+Error)\((?:\d+, )?'(?P<type>[a-z_]+_exception)', [ub]?["'](?P<reason>.+?)["']\)?`),
		regexp.MustCompile(`Reason:(?P<reason>[^{}]+?)(?: [A-Z]\w*:[^{} ]*)* Type:(?P<type>[a-z_]+_exception)`),
		regexp.MustCompile(`type[:=] ?"?(?P<type>[a-z_]+_exception)"?,? reason[:=] ?"?(?P<reason>[^\n"]+)`),
	}
	javaNested = regexp.MustCompile(`(?:nested: |; )((?:[a-z][\w]*\.)*[A-Z]\w*(?:Exception|Error))(?:\[((?:[^\[\]]|\[[^\[\]]*\])*)\]|: ([^;]+))`)
)

// wrappers tell the program in whose words an error came.
var wrappers = []struct {
	name string
	text *regexp.Regexp
}{
	{"terraform", regexp.MustCompile(`(?m)\belasticstack_|\bec_deployment|^\s*[│╷╵] |terraform`)},
	{"eck-operator", regexp.MustCompile(`elastic-operator|remotecluster-controller|elasticsearch-controller|Reconciler error|elasticsearch client failed`)},
	{"logstash", regexp.MustCompile(`(?i)\blogstash`)},
	{"transform", regexp.MustCompile(`(?i)\btransforms?\b.*(?:fail|error|source|exception|valid)|data_frame_transform|TransformIndexer|TransformTask`)},
	{"machine-learning", regexp.MustCompile(`(?i)\bdatafeed|\[ml\]|machine learning|anomaly detection`)},
	{"watcher", regexp.MustCompile(`(?i)\bwatcher\b|failed to execute watch|WatcherService`)},
	{"ccr", regexp.MustCompile(`ShardFollow|AutoFollow|auto[- _]follow|shard follow task|\bfollower index|_ccr/|xpack/ccr|CcrRepository`)},
	{"kibana", regexp.MustCompile(`(?i)\bkibana|data view|ResponseError:|index pattern|toast|EsError|"statusCode"`)},
}

// wrapperOf names the program in whose words a text is, empty for Elasticsearch's own.
func wrapperOf(text string) string {
	for _, w := range wrappers {
		if w.text.MatchString(text) {
			return w.name
		}
	}
	return ""
}

// wrapperOfLogger names the part of Elasticsearch whose log record it is, where that part searches or follows itself.
func wrapperOfLogger(logger string) string {
	switch {
	case strings.Contains(logger, "x.c.a.") || strings.Contains(logger, "xpack.ccr"):
		return "ccr"
	case strings.Contains(logger, "x.t.") || strings.Contains(logger, "xpack.transform") ||
		strings.Contains(logger, "data_frame"):
		return "transform"
	case strings.Contains(logger, "x.m.") || strings.Contains(logger, "xpack.ml"):
		return "machine-learning"
	case strings.Contains(logger, "x.w.") || strings.Contains(logger, "xpack.watcher"):
		return "watcher"
	}
	return ""
}

// unwrapReason adds the errors that stand within a reason. The reason itself stays.
func (s *stream) unwrapReason(p *evidence.Piece, text string, b body) {
	types, reasons := inner(text, b.nested)
	for _, t := range types {
		p.Types = appendNew(p.Types, t)
	}
	p.Reasons = appendNew(p.Reasons, reasons...)
}

// unwrap adds the errors of Elasticsearch that stand within the texts of a record or sentence.
func (s *stream) unwrap(p *evidence.Piece) {
	for i, text := range slices.Clone(p.Texts) {
		types, reasons := inner(text, 0)
		p.Types = appendNew(p.Types, types...)
		for _, reason := range reasons {
			p.Reasons = appendNew(p.Reasons, reason)
			if !slices.Contains(p.Texts, reason) && len(p.Texts) < maxTexts {
				p.Texts = append(p.Texts, reason)
				if p.Lines != nil {
					p.Lines = append(p.Lines, p.Lines[i])
				}
			}
		}
	}
}

// inner finds types and reasons of errors within a text: as JSON, as JSON within JSON, or in words.
func inner(text string, depth int) (types, reasons []string) {
	if depth > 3 || len(text) < 12 {
		return nil, nil
	}
	if at := strings.Index(text, `{\"`); at >= 0 {
		return inner(strings.ReplaceAll(text[at:], `\"`, `"`), depth+1)
	}
	for _, start := range []string{`{"`, `{ "`, "{\n", `{'`} {
		at := strings.Index(text, start)
		if at < 0 {
			continue
		}
		v, _, _ := parse(text[at:])
		told := catalogue.ReadBody(wrap("error", v.plain()))
		if len(told.Reasons) > 0 {
			return told.Types, told.Reasons
		}
		if e := v.get("error").text(); e != "" {
			return nil, []string{e}
		}
	}
	if !strings.Contains(text, "xception") && !strings.Contains(text, "Error") {
		return nil, nil
	}
	for _, p := range innerErrors {
		for _, m := range p.FindAllStringSubmatch(text, 10) {
			types = appendNew(types, m[p.SubexpIndex("type")])
			reasons = appendNew(reasons, trimReason(m[p.SubexpIndex("reason")]))
		}
	}
	for _, m := range javaNested.FindAllStringSubmatch(text, 10) {
		reasons = appendNew(reasons, strings.TrimSpace(m[2]+m[3]))
	}
	return types, reasons
}

// trimReason takes closing brackets off that belong to what the reason stood in.
func trimReason(reason string) string {
	reason = strings.TrimPrefix(strings.TrimSpace(reason), "Reason: ")
	for strings.HasSuffix(reason, "]") && strings.Count(reason, "]") > strings.Count(reason, "[") {
		reason = strings.TrimSpace(strings.TrimSuffix(reason, "]"))
	}
	return reason
}

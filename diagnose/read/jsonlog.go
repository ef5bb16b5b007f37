package read

import (
	"bytes"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

var (
	messageKey = []byte(`"message"`)
	timeKeys   = [][]byte{[]byte(`"@timestamp"`), []byte(`"timestamp"`), []byte(`"level"`), []byte(`"log.level"`)}
	quiet      = [][]byte{
		[]byte(`"INFO"`), []byte(`"DEBUG"`), []byte(`"TRACE"`), []byte(`"info"`), []byte(`"debug"`), []byte(`"INFO `),
	}
)

// isLogLine reports cheaply whether a line that begins with a brace is a record of a log in JSON.
func isLogLine(line []byte) bool {
	return bytes.Contains(line, messageKey) && has(line, timeKeys) && !bytes.HasPrefix(line, []byte(`{"error"`))
}

// jsonRecordLine takes a line that begins such a record. Records of 7.x go on for a line for each frame.
func (s *stream) jsonRecordLine(number int, line []byte) {
	if line[len(line)-1] == '}' {
		head := line[:min(len(line), 300)]
		if has(head, quiet) && !has(line, quietWords) && !has(head, loud) {
			s.countJSON(number, line)
			return
		}
	}
	s.startBody(number, "")
	s.bodyLog = true
	s.addBody(number, string(line))
}

var loud = [][]byte{[]byte(`"WARN"`), []byte(`"ERROR"`), []byte(`"FATAL"`), []byte(`"error"`), []byte(`"warning"`)}

// countJSON tells whose log a record that is passed over is, and of which cluster.
func (s *stream) countJSON(number int, line []byte) {
	for _, key := range clusterKeys {
		if at := bytes.Index(line, key); at >= 0 {
			s.doc.elastic++
			rest := bytes.TrimLeft(line[at+len(key):], `: "`)
			if end := bytes.IndexByte(rest, '"'); end > 0 && end < 200 {
				s.doc.cluster(string(rest[:end]), number)
			}
			return
		}
	}
	switch {
	case bytes.Contains(line, []byte(`"service.type":"eck"`)), bytes.Contains(line, []byte("eck-operator")):
		s.doc.count("the ECK operator", number, true)
	case bytes.Contains(line, []byte(`"tags":[`)), bytes.Contains(line, []byte(`"kibana`)):
		s.doc.count("Kibana", number, true)
	case bytes.Contains(line, []byte(`"ES_ECS"`)):
		s.doc.elastic++
	}
}

var clusterKeys = [][]byte{[]byte(`"elasticsearch.cluster.name"`), []byte(`"cluster.name"`)}

// field gives a field of a record, whether its name is written with dots or as objects within objects.
func (v *value) field(name string) *value {
	if found := v.get(name); found != nil {
		return found
	}
	for at := strings.IndexByte(name, '.'); at > 0; {
		if found := v.get(name[:at]).field(name[at+1:]); found != nil {
			return found
		}
		next := strings.IndexByte(name[at+1:], '.')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return nil
}

// first gives the text of the first field that has one.
func (v *value) first(names ...string) string {
	for _, name := range names {
		if text := v.field(name).text(); text != "" {
			return text
		}
	}
	return ""
}

// readJSONRecord makes a piece of a record in JSON.
func (s *stream) readJSONRecord(number int, text string) {
	v, _, broken := parse(text)
	if broken {
		s.doc.note(number, evidence.Broken, "A record in JSON is cut off or does not parse; what can be read of it is used.")
	}
	r := &record{
		line: number, level: strings.ToUpper(v.first("log.level", "level")),
		logger: v.first("log.logger", "component", "loggerName", "logger"),
		node:   v.first("elasticsearch.node.name", "node.name"),
	}
	cluster := v.first("elasticsearch.cluster.name", "cluster.name")
	s.doc.cluster(cluster, number)
	s.doc.openSearch(number, []byte(text))
	r.wrapped = s.writer(v, r.logger, cluster, number)
	if r.wrapped == "" {
		s.learn(v.first("message"), number)
		if r.level == "INFO" && versionOf.MatchString(v.first("message")) {
			return
		}
	}
	if r.level == "" && (v.field("tags").contains("error") || v.field("tags").contains("warning")) {
		r.level = "ERROR"
	}
	if !matters(r.level, []byte(text)) {
		return
	}
	r.lines(number, v.first("message", "logEvent.message"))
	if kind, message := v.first("error.type"), v.first("error.message"); kind != "" || message != "" {
		r.append(number, strings.Trim(kind+": "+message, ": "))
	}
	if message := v.get("error").text(); message != "" {
		r.append(number, message)
	}
	r.traces(number, text, v)
	if len(r.texts) > 0 {
		s.keepRecord(r)
	}
}

// traces takes the stack traces of a record in JSON, which are texts or lists of lines.
func (r *record) traces(number int, text string, v *value) {
	for _, name := range []string{"stacktrace", "error.stack_trace", "exception.stacktrace", "error.stack"} {
		trace := v.field(name)
		if trace == nil {
			continue
		}
		lines := []string{trace.text()}
		if trace.kind == '[' {
			lines = lines[:0]
			for _, item := range trace.sub {
				lines = append(lines, item.text())
			}
		}
		for _, line := range strings.Split(strings.Join(lines, "\n"), "\n") {
			r.add(number+offsetLines(text, trace.at), line)
		}
	}
}

// lines takes a message, which may hold a stack trace itself.
func (r *record) lines(number int, message string) {
	for i, line := range strings.Split(message, "\n") {
		switch {
		case i == 0:
			r.append(number, line)
		case !r.add(number, line):
			r.more(number, line)
		}
	}
}

// offsetLines gives the number of line ends before an offset.
func offsetLines(text string, at int) int { return strings.Count(text[:min(at, len(text))], "\n") }

// contains reports whether a list has a text among its items.
func (v *value) contains(text string) bool {
	if v == nil || v.kind != '[' {
		return false
	}
	for _, item := range v.sub {
		if item.text() == text {
			return true
		}
	}
	return false
}

// writer tells which program wrote a record: empty for Elasticsearch.
func (s *stream) writer(v *value, logger, cluster string, number int) string {
	service := v.first("service.type", "service.name")
	switch {
	case service == "eck" || strings.Contains(logger, "eck-operator") || v.has("controller") && cluster == "":
		s.doc.count("the ECK operator", number, true)
		return "eck-operator"
	case service == "kibana" || v.has("tags") && v.has("pid") || v.field("service.node.roles") != nil && cluster == "":
		s.doc.count("Kibana", number, true)
		return "kibana"
	case v.has("logEvent") || strings.HasPrefix(logger, "logstash"):
		s.doc.count("Logstash", number, true)
		return "logstash"
	}
	s.doc.elastic++
	return ""
}

package read

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

const (
	maxTexts = 60      // of one record: exceptions and causes
	maxText  = 8 << 10 // bytes of one text
)

// header is the beginning of a line of a log in plain text: [time][level][logger] [node] message.
type header struct {
	level, logger, node, message string
	offset                       bool // the time has an offset, as Kibana writes it
}

var levels = []string{"INFO", "WARN", "ERROR", "DEBUG", "TRACE", "FATAL", "CRITICAL", "info", "warning", "error",
	"debug"}

// parseHeader reads the beginning of a line. It is called for each line of a long log: no expressions here.
func parseHeader(line []byte) (header, bool) {
	var h header
	if len(line) > 40 && line[0] == '2' && bytes.Contains(line[:40], []byte("][")) {
		line = append([]byte{'['}, line...) // the first character was not copied
	}
	if len(line) < 8 || line[0] != '[' {
		return h, false
	}
	rest, ok := h.time(line)
	if !ok {
		return h, false
	}
	field, rest, ok := bracket(rest)
	if !ok || !isLevel(field) {
		return h, false
	}
	h.level = strings.ToUpper(string(field))
	if field, after, ok := bracket(rest); ok {
		h.logger, rest = string(field), after
	} else if rest == nil {
		return h, false
	}
	rest = bytes.TrimLeft(rest, " ")
	if field, after, ok := bracket(rest); ok && len(after) > 0 && bytes.IndexByte(field, ' ') < 0 {
		h.node, rest = string(field), after
	}
	h.message = string(bytes.TrimLeft(rest, " "))
	return h, true
}

// time takes the time off the front of a line that begins with a bracket. There need not be one, but what begins like
// one and is none makes the line no header.
func (h *header) time(line []byte) (rest []byte, ok bool) {
	if line[1] < '0' || line[1] > '9' {
		return line, true
	}
	end := bytes.IndexByte(line, ']')
	if end < 19 || end > 40 || line[5] != '-' {
		return line, false
	}
	h.offset = end > 25 && (line[end-3] == ':' || line[end-1] == 'Z') && line[20] == '.'
	return bytes.TrimLeft(line[end+1:], " "), true
}

// bracket takes "[field   ]" off the front.
func bracket(line []byte) (field, rest []byte, ok bool) {
	if len(line) == 0 || line[0] != '[' {
		return nil, line, false
	}
	end := bytes.IndexByte(line, ']')
	if end < 0 || end > 160 {
		return nil, line, false
	}
	return bytes.TrimSpace(line[1:end]), line[end+1:], true
}

func isLevel(field []byte) bool {
	for _, level := range levels {
		if string(field) == level {
			return true
		}
	}
	return false
}

// record is one record of a log while its lines come in.
type record struct {
	line          int
	level, logger string
	node          string
	texts         []row
	blank         bool // the last line was blank
	wrapped       string
}

var (
	exceptionLine = regexp.MustCompile(
		`^\s*(?:│\s*)?(?:Caused by: |Suppressed: |Exception in thread "[^"]*" |uncaught exception[^:]*: )?` +
			`((?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Throwable|Failure|Timeout)\w*(?:\$\w+)?)(?:: ?(.*))?$`)
	causeLine = regexp.MustCompile(`^\s*(?:Caused by|Suppressed): (.+)$`)
	frameLine = regexp.MustCompile(`^\s*(?:at [\w.$<>/@ -]+\(?|\.\.\. \d+ (?:more|common frames))|^\s+at `)
)

// continues reports cheaply whether a line is a frame of a stack trace or a cause.
func continues(line []byte) bool {
	trimmed := bytes.TrimLeft(line, " \t")
	return bytes.HasPrefix(trimmed, []byte("at ")) || bytes.HasPrefix(trimmed, []byte("Caused by: ")) ||
		bytes.HasPrefix(trimmed, []byte("... "))
}

// add takes a line of a stack trace, and reports whether it was one.
func (r *record) add(number int, line string) bool {
	if frameLine.MatchString(line) {
		return true
	}
	if strings.TrimSpace(line) == "" {
		r.blank = true
		return true
	}
	text := ""
	if m := exceptionLine.FindStringSubmatch(line); m != nil {
		text = strings.TrimSuffix(m[1]+": "+m[2], ": ")
	} else if m := causeLine.FindStringSubmatch(line); m != nil {
		text = m[1]
	}
	if text == "" {
		return false
	}
	r.blank = false
	r.append(number, text)
	return true
}

// more takes a line that goes on with the last text. After a blank line that is no longer so.
func (r *record) more(number int, line string) {
	line = strings.TrimSpace(line)
	if len(r.texts) == 0 {
		r.append(number, line)
		return
	}
	last := &r.texts[len(r.texts)-1]
	if len(last.text)+len(line) < maxText {
		last.text += " " + line
	}
}

func (r *record) append(number int, text string) {
	text = strings.TrimSpace(cutBytes(text, maxText))
	if text == "" || len(r.texts) >= maxTexts {
		return
	}
	for _, t := range r.texts {
		if t.text == text {
			return
		}
	}
	r.texts = append(r.texts, row{number, text})
}

// cutBytes gives the first n bytes at most, and whole runes.
func cutBytes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}

// startRecord begins a record, or passes over it.
func (s *stream) startRecord(number int, h header, line []byte) {
	s.countProduct(number, h, line)
	if !matters(h.level, line) {
		s.skip = true
		return
	}
	if versionOf.MatchString(h.message) && h.level == "INFO" {
		s.learn(h.message, number)
		s.skip = true
		return
	}
	s.record = &record{line: number, level: h.level, logger: h.logger, node: h.node}
	if h.offset {
		s.record.wrapped = "kibana"
	} else if strings.HasPrefix(h.logger, "logstash") {
		s.record.wrapped = "logstash"
	}
	s.record.append(number, strings.ToValidUTF8(h.message, "?"))
	s.learn(h.message, number)
}

var (
	versionOf     = regexp.MustCompile(`\bversion\[(\d+\.\d+\.\d+)`)
	clusterNameIs = regexp.MustCompile(`cluster name \[([^\]]+)\]`)
)

// learn reads what a record says of the node that writes it.
func (s *stream) learn(message string, number int) {
	if m := versionOf.FindStringSubmatch(message); m != nil {
		s.version = m[1]
	}
	if m := clusterNameIs.FindStringSubmatch(message); m != nil {
		s.doc.cluster(m[1], number)
	}
}

// nodeRoles finds what a node says of itself when it starts.
var nodeRoles = regexp.MustCompile(`^node name \[([^\]]*)\], .*\broles \[([^\]]*)\]`)

// derivedRole adds that a node lacks the role, where the record is the one in which it names its roles.
func (s *stream) derivedRole(p *evidence.Piece) {
	m := nodeRoles.FindStringSubmatch(p.Texts[0])
	if len(m) == 3 && lacksRole(strings.Split(m[2], ", "), s.version) {
		p.Texts = append(p.Texts, lacksRoleText(m[1]))
		p.Lines = append(p.Lines, p.Line)
	}
}

func (d *document) cluster(name string, number int) {
	if _, known := d.clusters[name]; !known && name != "" && len(d.clusters) < 100 {
		d.clusters[name] = number
	}
}

// endRecord makes a piece of the record that came in.
func (s *stream) endRecord() {
	r := s.record
	s.record = nil
	if r != nil && len(r.texts) > 0 {
		s.keepRecord(r)
	}
}

func (s *stream) keepRecord(r *record) {
	p := evidence.Piece{Kind: evidence.Log, Line: r.line, Wrapped: r.wrapped}
	for _, t := range r.texts {
		p.Texts = append(p.Texts, t.text)
		p.Lines = append(p.Lines, t.number)
	}
	key := s.doc.keep.key(append([]string{s.name, string(s.side)}, p.Texts...)...)
	if s.doc.keep.repeats(key, shape(r.logger+" "+p.Texts[0]), relevant(p.Texts), r.line) {
		return
	}
	p.Shown = shownRecord(r)
	if p.Wrapped == "" {
		p.Wrapped = wrapperOfLogger(r.logger)
	}
	s.unwrap(&p)
	s.derivedRole(&p)
	s.complete(&p)
	s.doc.keep.add(p, key, s.name)
}

func shownRecord(r *record) string {
	shown := r.texts[0].text
	if r.level != "" {
		shown = r.level + " " + shown
	}
	if last := r.texts[len(r.texts)-1]; len(r.texts) > 1 {
		shown = oneLine(shown, maxShown/2) + " ... " + last.text
	}
	return shown
}

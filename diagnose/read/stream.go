package read

import (
	"bytes"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

const (
	maxBody  = 8 << 20  // bytes of one JSON body
	maxBlock = 1 << 20  // bytes of other text that is looked at as one
	maxRow   = 32 << 10 // bytes of one line of it
)

// row is a line of text and its number.
type row struct {
	number int
	text   string
}

// stream puts the lines of one container, or of one file, together to records, bodies and blocks of text.
type stream struct {
	doc     *document
	name    string
	side    evidence.Side
	version string // of the node whose log it is, where the log says so

	record *record // the log record whose lines come in
	skip   bool    // lines belong to a record that does not matter

	body      strings.Builder // the JSON body whose lines come in
	bodyLine  int             // 0 where there is none
	bodyState balance
	bodyLog   bool // it is a record of a log in JSON

	block     []row // other text
	blockSize int

	request   string // the request of which the next body is the answer
	status    int    // its status, where a line said so
	command   []row  // a command whose lines come in
	secretKey bool   // within a private key
}

// flush ends whatever is under way.
func (s *stream) flush() {
	s.endCommand()
	s.endRecord()
	s.endBody()
	s.endBlock()
}

// line takes the next line.
func (s *stream) line(number int, line []byte) {
	if s.dropKey(line) {
		return
	}
	if s.bodyLine > 0 {
		if !s.breaksBody(line) {
			s.addBody(number, string(line))
			return
		}
		s.endBody()
	}
	if h, ok := parseHeader(line); ok {
		s.flushText()
		s.startRecord(number, h, line)
		return
	}
	if len(line) > 2 && line[0] == '{' && isLogLine(line) {
		s.flushText()
		s.jsonRecordLine(number, line)
		return
	}
	if s.skip {
		if continues(line) || !s.interrupts(line) {
			return
		}
		s.skip = false
	}
	s.text(number, string(bytes.ToValidUTF8(line, []byte("?"))))
}

// flushText ends what a log record interrupts.
func (s *stream) flushText() {
	s.skip = false
	if s.record != nil || s.command != nil || len(s.block) > 0 {
		s.flush()
	}
}

// interrupts reports whether a line cannot belong to the record before it.
func (s *stream) interrupts(line []byte) bool {
	trimmed := bytes.TrimSpace(line)
	if len(trimmed) == 0 {
		return true
	}
	switch trimmed[0] {
	case '{', '`', '$', '#':
		return true
	}
	text := string(trimmed)
	return isRequest(text) || isCommand(text) || isStatusLine(text) || knownKey.MatchString(text)
}

// text takes a line that begins no record of a log.
func (s *stream) text(number int, line string) {
	if s.command != nil {
		s.addCommand(number, line)
		return
	}
	if s.record != nil && s.toRecord(number, line) {
		return
	}
	if s.mark(number, line) {
		return
	}
	if at := bodyStart(line); at >= 0 {
		if before := strings.TrimSpace(line[:at]); before != "" {
			s.addBlock(number, line[:at])
		}
		if len(s.block) > 0 && !s.yamlAround() {
			s.endBlock()
		}
		s.startBody(number, line[at:])
		return
	}
	s.addBlock(number, line)
}

// toRecord gives a line to the record that is open, and reports whether that was all there is to do with it. A line
// that does not belong to the record ends it.
func (s *stream) toRecord(number int, line string) bool {
	if s.record.add(number, line) {
		return true
	}
	if !s.record.blank && !s.interrupts([]byte(line)) {
		s.record.more(number, line)
		return true
	}
	s.endRecord()
	return strings.TrimSpace(line) == ""
}

// mark takes a line that says what comes next: a fence, a status, a request, a command or a heading that names a side.
func (s *stream) mark(number int, line string) bool {
	trimmed := strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(trimmed, "```"), strings.HasPrefix(trimmed, "~~~"):
		s.flush()
		return true
	case isStatusLine(trimmed):
		s.endBlock()
		s.status = statusOf(trimmed)
		return true
	case isRequest(trimmed):
		s.endBlock()
		s.setRequest(trimmed)
		if at := strings.IndexByte(trimmed, '{'); at > 0 {
			s.startBody(number, trimmed[at:])
		}
		return true
	case isCommand(trimmed):
		s.endBlock()
		s.addCommand(number, line)
		return true
	}
	side, ok := heading(trimmed)
	if !ok || s.configuring() && (trimmed[0] == '#' || !strings.Contains(trimmed, " ")) {
		return false
	}
	s.endBlock()
	s.side = side
	return true
}

func (s *stream) addBlock(number int, line string) {
	if len(s.block) == 0 && strings.TrimSpace(line) == "" {
		return
	}
	if s.blockSize += len(line) + 1; s.blockSize > maxBlock {
		s.endBlock()
	}
	s.block = append(s.block, row{number, cutBytes(line, maxRow)})
}

// endBlock makes pieces of the text that came in.
func (s *stream) endBlock() {
	rows := s.block
	s.block, s.blockSize = nil, 0
	if len(rows) > 0 {
		s.readBlock(rows)
	}
}

// breaksBody reports whether a line ends a body that was cut off.
func (s *stream) breaksBody(line []byte) bool {
	trimmed := bytes.TrimSpace(line)
	if s.bodyState.triple || len(trimmed) == 0 {
		return false
	}
	if bytes.HasPrefix(trimmed, []byte("```")) {
		return true
	}
	if line[0] == '{' && isLogLine(line) {
		return true
	}
	if _, ok := parseHeader(line); ok {
		return true
	}
	switch trimmed[0] {
	case '"', '}', ']', '{', '[', ' ':
		return false
	}
	text := string(trimmed)
	return isRequest(text) || isCommand(text) || isStatusLine(text)
}

func (s *stream) startBody(number int, text string) {
	s.bodyLine = number
	s.bodyLog = false
	s.bodyState = balance{python: strings.HasPrefix(text, "{'") || strings.HasPrefix(text, "[{'")}
	s.addBody(number, text)
}

func (s *stream) addBody(number int, line string) {
	if s.bodyState.quote != 0 {
		// A string without an end does not swallow the lines after it.
		if t := strings.TrimSpace(line); strings.HasPrefix(t, `"`) || strings.HasPrefix(t, "}") {
			s.bodyState.quote, s.bodyState.escaped = 0, false
		}
	}
	if number > s.bodyLine {
		s.body.WriteByte('\n')
	}
	end := s.bodyState.feed(line)
	if end < 0 {
		s.body.WriteString(line)
		if s.body.Len() > maxBody {
			s.endBody()
		}
		return
	}
	s.body.WriteString(line[:end])
	s.endBody()
	if rest := strings.Trim(line[end:], " \t,;'\"%)`"); rest != "" {
		s.line(number, []byte(rest))
	}
}

// endBody makes pieces of the body that came in.
func (s *stream) endBody() {
	if s.bodyLine == 0 {
		return
	}
	text, line, log := s.body.String(), s.bodyLine, s.bodyLog
	s.body.Reset()
	s.bodyLine, s.bodyLog = 0, false
	text = strings.ToValidUTF8(text, "?")
	if log {
		s.readJSONRecord(line, text)
		return
	}
	s.readBody(line, text)
}

// dropKey leaves the lines of a private key out.
func (s *stream) dropKey(line []byte) bool {
	if s.secretKey {
		switch {
		case bytes.Contains(line, []byte("-----END")):
			s.secretKey = false
			return true
		case keyLine.Match(line):
			return true
		}
		s.secretKey = false
		return false
	}
	if bytes.Contains(line, []byte("PRIVATE KEY-----")) && bytes.Contains(line, []byte("-----BEGIN")) &&
		!bytes.Contains(line, []byte("-----END")) {
		s.secretKey = !bytes.Contains(line, []byte(`\n`))
		return s.secretKey
	}
	return false
}

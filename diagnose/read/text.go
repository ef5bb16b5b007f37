package read

import (
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// maxParagraph is how many lines of text without blank lines between them are read as they are.
const maxParagraph = 300

var (
	// yamlLine is a line of YAML: a key without blanks, an item of a list, a comment, or the end of a document.
	yamlLine = regexp.MustCompile(`^\s*(?:- )*(?:["']?[\w./\-*$]+(?:\[[\w*]+\])?["']?\s*:(?:\s.*)?|-\s+\S.*|-|#.*|---.*|[\]}],?)$`)
	// knownKey begins a configuration of Elasticsearch, a manifest, a Compose file or values of a chart.
	knownKey = regexp.MustCompile(`^\s*(?:- )?["']?(?:(?:cluster|node|network|http|transport|discovery|path|xpack|bootstrap|action|search|ingest|` +
		`remote_cluster_server|remote_cluster_client|remote_cluster|ES_SETTING_\w+|ccr)(?:\.[\w.*-]+)?|apiVersion|kind|metadata|` +
		`services|version|spec|esConfig|elasticsearch\.yml|clusterName|nodeSets|config|remoteClusters|remoteClusterServer|environment|data)["']?\s*[:=](?:\s|$)`)
	strongKey = regexp.MustCompile(`^\s*(?:- )?["']?(?:cluster\.|node\.|xpack\.|transport\.|network\.host|http\.port|remote_cluster|` +
		`cluster:|node:|xpack:|apiVersion:|kind:|services:|nodeSets:|esConfig:|spec:|remoteClusters:|ES_SETTING_|path\.|discovery\.)`)
	assignment  = regexp.MustCompile(`^\s*-?\s*["']?((?:cluster|node|xpack|transport|network|remote_cluster\w*)\.[\w.*-]+|ES_SETTING_\w+)["']?\s*=\s*["']?(.*?)["']?\s*$`)
	headingMark = regexp.MustCompile(`^[#=*\-_<>\s]+|[#=*\-_:<>\s]+$`)

	// logPhrases are beginnings of messages that only a log of Elasticsearch has.
	logPhrases = regexp.MustCompile(`failed to establish trust with server|failed to open any proxy connections|` +
		`exception caught on transport layer|client did not trust this server's certificate|fetching nodes from external cluster|` +
		`failed to update (?:remote cluster connection|seed list)|failed to connect to (?:linked project|remote cluster)|` +
		`Unable to open any (?:proxy )?connections|shard follow task encounter|received plaintext|SSL configuration .* is|` +
		`^\[?(?:WARN|ERROR|INFO|DEBUG) ?\]|PKIX path|io\.netty\.handler|proxy \[[^\]]*\] connection|remote connection \[`)
)

// virtualMachine is what Java prints before Elasticsearch writes its first record.
var virtualMachine = regexp.MustCompile(`^(?:WARNING: (?:Unknown module|Using incubator|A terminally|System::|Please consider|COMPAT)|` +
	`OpenJDK 64-Bit|Picked up |CompileCommand: |[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M )`)

// saying is a word: what has none is what brackets left over.
var saying = regexp.MustCompile(`\pL{3}`)

// heading reads a side from a line that stands above what it is of, such as "# Remote cluster" or "local log:".
func heading(line string) (evidence.Side, bool) {
	if len(line) < 5 || len(line) > 60 {
		return "", false
	}
	bare := headingMark.ReplaceAllString(line, "")
	if bare == line {
		return "", false
	}
	if !localSide.MatchString(bare) {
		return "", false
	}
	if strings.Contains(strings.ToLower(bare), "remote") {
		return evidence.Remote, true
	}
	return evidence.Local, true
}

// configuring reports whether the text that comes in is YAML, where a heading is a comment.
func (s *stream) configuring() bool {
	for _, r := range s.block {
		if strongKey.MatchString(r.text) {
			return true
		}
	}
	return false
}

// yamlAround reports whether a bracket belongs to YAML rather than beginning a body.
func (s *stream) yamlAround() bool {
	if !s.configuring() {
		return false
	}
	last := s.block[len(s.block)-1].text
	return yamlLine.MatchString(last)
}

var bodyMarks = []string{`{"`, `{ "`, `[{`, `{'`, "[ {"}

// bodyStart gives where a JSON body begins in a line, or -1.
func bodyStart(line string) int {
	trimmed := strings.TrimSpace(line)
	switch {
	case trimmed == "{" || trimmed == "[":
		return strings.IndexByte(line, trimmed[0])
	case assignment.MatchString(line) || strongKey.MatchString(line):
		return -1
	}
	first := -1
	for _, mark := range bodyMarks {
		if at := strings.Index(line, mark); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	if first < 0 && strings.HasSuffix(trimmed, " {") && !strings.Contains(trimmed, "=") {
		return strings.LastIndexByte(line, '{')
	}
	return first
}

// readBlock makes pieces of text that is neither a log with headers nor JSON.
func (s *stream) readBlock(rows []row) {
	rows = s.dropOthers(rows)
	rows = s.takeKeystore(rows)
	rows = s.catNodes(rows)
	for len(rows) > 0 {
		from := configurationStart(rows)
		if from < 0 {
			s.readParagraphs(rows)
			return
		}
		to := configurationEnd(rows, from)
		s.readParagraphs(rows[:from])
		s.readConfiguration(rows[from:to])
		rows = rows[to:]
	}
}

// configurationStart gives the first row of YAML that could be of use, or -1.
func configurationStart(rows []row) int {
	for i, r := range rows {
		if (strongKey.MatchString(r.text) && yamlLine.MatchString(r.text)) || assignment.MatchString(r.text) {
			for i > 0 && yamlLine.MatchString(rows[i-1].text) && !exceptionLine.MatchString(rows[i-1].text) {
				i-- // what stands above it without a gap
			}
			return i
		}
	}
	return -1
}

// configurationEnd gives the row after the YAML that begins at from: the first one that is not indented and no YAML.
func configurationEnd(rows []row, from int) int {
	for i := from; i < len(rows); i++ {
		text := rows[i].text
		switch {
		case strings.TrimSpace(text) == "", yamlLine.MatchString(text) && !exceptionLine.MatchString(text),
			assignment.MatchString(text):
		case text[0] == ' ' || text[0] == '\t':
		default:
			return i
		}
	}
	return len(rows)
}

// dropOthers leaves lines of other products' logs out, and counts them.
func (s *stream) dropOthers(rows []row) []row {
	kept := rows[:0]
	for _, r := range rows {
		if virtualMachine.MatchString(r.text) {
			continue
		}
		if name := otherProduct(r.text); name != "" {
			s.doc.count(name, r.number, false)
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

// takeKeystore makes a piece of neighbouring names of secure settings.
func (s *stream) takeKeystore(rows []row) []row {
	var names, rest []row
	for _, r := range rows {
		if keystoreName.MatchString(strings.TrimSpace(r.text)) {
			names = append(names, r)
		} else {
			rest = append(rest, r)
		}
	}
	if len(names) > 0 {
		s.addKeystore(names[0].number, names)
	}
	return rest
}

// readParagraphs makes a piece of each paragraph.
func (s *stream) readParagraphs(rows []row) {
	for i := 0; i < len(rows); {
		if strings.TrimSpace(rows[i].text) == "" {
			i++
			continue
		}
		from := i
		for i < len(rows) && strings.TrimSpace(rows[i].text) != "" {
			i++
		}
		s.readParagraph(rows[from:i])
	}
}

// readParagraph tells lines of a log without a header from a sentence.
func (s *stream) readParagraph(rows []row) {
	if len(rows) > maxParagraph {
		s.doc.note(rows[0].number, evidence.Shortened,
			"Of the text from this line on, which is nothing that is known, only lines with words of remote clusters are used.")
		rows = slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !has([]byte(r.text), words) })
		if rows = rows[:min(len(rows), maxParagraph)]; len(rows) == 0 {
			return
		}
	}
	var all strings.Builder
	isLog := false
	for i := range rows {
		rows[i].text = terraformed.ReplaceAllString(rows[i].text, "")
		all.WriteString(rows[i].text + "\n")
		isLog = isLog || exceptionLine.MatchString(rows[i].text) || frameLine.MatchString(rows[i].text) ||
			logPhrases.MatchString(rows[i].text)
	}
	s.doc.openSearch(rows[0].number, []byte(all.String()))
	wrapped := wrapperOf(all.String())
	if isLog && wrapped != "terraform" {
		s.readBareLog(rows)
		return
	}
	clean := redacted(all.String())
	if !saying.MatchString(clean) {
		return
	}
	p := evidence.Piece{Kind: evidence.Sentence, Line: rows[0].number, Wrapped: wrapped, Shown: clean}
	for i, line := range strings.Split(strings.TrimSpace(clean), "\n") {
		if line = strings.TrimSpace(line); line != "" && len(p.Texts) < maxTexts {
			p.Texts = append(p.Texts, cutBytes(line, maxText))
			p.Lines = append(p.Lines, rows[min(i, len(rows)-1)].number)
		}
	}
	if len(p.Texts) > 1 { // a sentence goes on in the next line
		p.Texts = append(p.Texts, cutBytes(strings.Join(p.Texts, " "), maxText))
		p.Lines = append(p.Lines, p.Line)
	}
	s.unwrap(&p)
	s.add(p)
}

// readBareLog makes records of lines that have no time, level or logger: each line is a message, and exceptions belong
// to the message before them.
func (s *stream) readBareLog(rows []row) {
	var r *record
	for _, line := range rows {
		if r == nil || !r.add(line.number, line.text) {
			if r != nil && len(r.texts) > 0 {
				s.keepRecord(r)
			}
			r = &record{line: line.number}
			if !r.add(line.number, line.text) {
				r.append(line.number, line.text)
			}
		}
	}
	if r != nil && len(r.texts) > 0 {
		s.keepRecord(r)
	}
}

// readPlain makes pieces of text that looked like a body and is none.
func (s *stream) readPlain(line int, text string) {
	rows := make([]row, 0, 8)
	for i, t := range strings.Split(text, "\n") {
		rows = append(rows, row{line + i, t})
	}
	s.readBlock(rows)
}

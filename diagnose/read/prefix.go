package read

import (
	"bytes"
	"encoding/json"
	"regexp"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

var (
	colours = regexp.MustCompile(`\x1b(?:\[[0-9;?]*[\x20-\x2f]*[\x40-\x7e]|\][^\x07]*\x07|[()][A-Za-z0-9])`)

	// What stands in front of a line, and the name of the stream that it says.
	composePrefix = regexp.MustCompile(`^([A-Za-z0-9][\w.-]{0,62})\s+\| ?`)
	podPrefix     = regexp.MustCompile(`^\[(?:pod|container)/([^\]\s]+)\] ?`)
	criPrefix     = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,]?\d*(?:Z|[+-]\d\d:\d\d) (?:std(?:out|err) [FP] )?`)
	journalPrefix = regexp.MustCompile(`^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|` +
		`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)) ([\w.-]+) [\w@.-]+\[\d+\]: ?`)
	sternPrefix = regexp.MustCompile(`^([\w.-]+ [\w.-]+) [›|]? ?(\[\d{4}-|\{"|\s+at |Caused by: )`)
	grepPrefix  = regexp.MustCompile(`^([\w./-]+\.(?:log|json|txt|out)):(?:\d+[:-])?`)
	terraformed = regexp.MustCompile(`^\s*[│╷╵|]\s?`)
)

// peel takes what log collectors put in front of a line away. stream names where the line came from, so that lines of
// several containers in one file are not mixed up.
func peel(line []byte) (stream string, rest []byte) {
	for range 3 {
		before := len(line)
		var name string
		name, line = peelOnce(line)
		if name != "" {
			stream = name
		}
		if len(line) == before {
			break
		}
	}
	return stream, line
}

func peelOnce(line []byte) (stream string, rest []byte) {
	if len(line) == 0 {
		return "", line
	}
	switch c := line[0]; c {
	case '{':
		return "", dockerLine(line)
	case '[':
		stream, rest, _ = peelNamed(podPrefix, line)
		return stream, rest
	case ' ', '\t':
		return "", line
	}
	if stream, rest, ok := peelTime(line); ok {
		return stream, rest
	}
	if bytes.IndexByte(line, '|') > 0 {
		if stream, rest, ok := peelNamed(composePrefix, line); ok {
			return stream, rest
		}
	}
	if c := line[0]; c >= 'A' && c <= 'Z' && len(line) > 16 && line[3] == ' ' {
		if stream, rest, ok := peelNamed(journalPrefix, line); ok {
			return stream, rest
		}
	}
	if stream, rest, ok := peelNamed(grepPrefix, line); ok {
		return stream, rest
	}
	if m := sternPrefix.FindSubmatchIndex(line); m != nil {
		return string(line[m[2]:m[3]]), line[m[4]:]
	}
	return "", line
}

// peelNamed takes a prefix away whose first group names the stream; without it the line stays as it is.
func peelNamed(prefix *regexp.Regexp, line []byte) (stream string, rest []byte, ok bool) {
	m := prefix.FindSubmatchIndex(line)
	if m == nil {
		return "", line, false
	}
	return string(line[m[2]:m[3]]), line[m[1]:], true
}

// peelTime takes away what journald or a container runtime puts in front, which begins with the time in ISO 8601.
func peelTime(line []byte) (stream string, rest []byte, ok bool) {
	if line[0] < '0' || line[0] > '9' || len(line) <= 20 || line[4] != '-' {
		return "", line, false
	}
	if stream, rest, ok = peelNamed(journalPrefix, line); ok {
		return stream, rest, true
	}
	if m := criPrefix.FindIndex(line); m != nil {
		return "", line[m[1]:], true
	}
	return "", line, false
}

// dockerLine gives the line that a json-file of Docker holds, and any other line as it is.
func dockerLine(line []byte) []byte {
	if !bytes.HasPrefix(line, []byte(`{"log":"`)) {
		return line
	}
	var wrapped struct{ Log, Stream string }
	if json.Unmarshal(line, &wrapped) != nil || wrapped.Stream == "" {
		return line
	}
	return bytes.TrimRight([]byte(wrapped.Log), "\r\n")
}

var (
	sideWord  = regexp.MustCompile(`(?i)(?:^|[^a-z])(local|remote)(?:$|[^a-z])`)
	notASide  = regexp.MustCompile(`(?i)remote[-_ .]?(?:info|clusters\b|cluster[-_ ](?:client|server|info))|localhost|/usr/local/`)
	localSide = regexp.MustCompile(`(?i)^(?:the )?(?:local|remote)(?:[- ](?:side|cluster|node|elasticsearch|es|log|logs|cluster log|cluster logs))?$`)
)

// sideOfFile reads a side from a file's or a container's name, such as remote-es.log. Both words, or none, say nothing.
func sideOfFile(name string) evidence.Side {
	name = notASide.ReplaceAllString(name, " ")
	if i := bytes.LastIndexByte([]byte(name), '/'); i >= 0 && sideWord.MatchString(name[i+1:]) {
		name = name[i+1:]
	}
	found := evidence.Unknown
	for rest := name; ; {
		m := sideWord.FindStringSubmatchIndex(rest)
		if m == nil {
			return found
		}
		side := evidence.Local
		if rest[m[2]] == 'r' || rest[m[2]] == 'R' {
			side = evidence.Remote
		}
		if found != evidence.Unknown && found != side {
			return evidence.Unknown
		}
		found = side
		rest = rest[m[3]:]
	}
}

package survey

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// What of a log is kept: so many lines that differ, of so many characters each.
const (
	maxLogLines = 12
	maxLineRune = 1200
)

// record is what of a log line in JSON says something. Before 8.0 the exception stands on the lines below it.
type record struct {
	Level       string `json:"log.level"`
	OldLevel    string `json:"level"`
	Logger      string `json:"log.logger"`
	Component   string `json:"component"`
	Message     string `json:"message"`
	ErrorType   string `json:"error.type"`
	ErrorText   string `json:"error.message"`
	StackTrace  string `json:"error.stack_trace"`
	Stacktraces any    `json:"stacktrace"`
}

var (
	// frame is a line of a stack trace that says where, and not what.
	frame = regexp.MustCompile(`^\s*"?(at [\w.$/@<>-]+\(?|\.\.\. \d+ more)`)
	// oldRecord is the beginning of a line of 7.x whose stack trace follows on lines of their own, so that it is no JSON.
	oldRecord = regexp.MustCompile(`^\{.*?"level": ?"(\w+)".*?"component": ?"([\w.]+)".*?"message": ?"(.*?)"(, "cluster\.uuid"|, ?$|\s*\}?$)`)
	plainLine = regexp.MustCompile(`^\[[^\]]*\]\[(\w+) *\]\[([\w.]+) *\] (?:\[[^\]]*\] )?(.*)$`)
)

// compact is a log line without stack frames, and without what Elasticsearch adds to every line: its level, the logger,
// what it says, the exception and its causes.
func compact(line string) string {
	var r record
	if json.Unmarshal([]byte(line), &r) == nil && r.Message != "" {
		return r.text()
	}
	for _, form := range []*regexp.Regexp{oldRecord, plainLine} {
		if m := form.FindStringSubmatch(line); m != nil {
			return m[1] + " " + m[2] + ": " + m[3]
		}
	}
	return strings.TrimPrefix(strings.Trim(strings.TrimSpace(line), `",`), `stacktrace": ["`)
}

func (r record) text() string {
	said := []string{r.Level + r.OldLevel + " " + r.Logger + r.Component + ": " + r.Message}
	if r.ErrorType != "" {
		said = append(said, r.ErrorType+": "+r.ErrorText)
	}
	stack := strings.Split(r.StackTrace, "\n")
	if lines, ok := r.Stacktraces.([]any); ok {
		for _, l := range lines {
			if text, ok := l.(string); ok {
				stack = append(stack, text)
			}
		}
	}
	for _, l := range stack {
		l = strings.TrimSpace(l)
		if l != "" && !frame.MatchString(l) && !slices.ContainsFunc(said, func(s string) bool {
			return strings.HasSuffix(s, strings.TrimPrefix(strings.TrimPrefix(l, "Caused by: "), "Suppressed: "))
		}) {
			said = append(said, l)
		}
	}
	return strings.Join(said, " | ")
}

// level is what a line of a log begins with; other lines belong to the one before them.
var level = regexp.MustCompile(`^(TRACE|DEBUG|INFO|WARN|ERROR|FATAL) `)

// maxOwn is how many lines are kept because the entry looks for them; one would do.
const maxOwn = 3

// log is what is kept of the lines of a log: some of those that first is true of, then lines that begin a message, then
// exceptions, and no more than fit.
func (n *normalizer) log(lines []string, first func(line string) bool) []string {
	var all []string
	for _, line := range lines {
		line = n.text(compact(line))
		if runes := []rune(line); len(runes) > maxLineRune {
			line = string(runes[:maxLineRune])
		}
		if line != "" && !frame.MatchString(line) && !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	var own, messages, exceptions []string
	for i, line := range all {
		switch {
		case len(own) < maxOwn && first(line):
			own = append(own, line)
		case level.MatchString(line):
			messages = append(messages, line)
		case !repeats(all, i):
			exceptions = append(exceptions, line)
		}
	}
	kept := slices.Concat(own, messages, exceptions)
	return kept[:min(len(kept), maxLogLines)]
}

// repeats reports whether another of the lines ends with all that a line has to say.
func repeats(lines []string, at int) bool {
	said := strings.TrimPrefix(lines[at], "Caused by: ")
	for i, other := range lines {
		if i != at && len(other) > len(said) && strings.HasSuffix(other, said) {
			return true
		}
	}
	return false
}

package guides

import (
	"regexp"
	"strings"
)

// Request is one request of a console snippet.
type Request struct {
	Method string
	Path   string // as written, with its query
	Body   string
	Offset int // of the method in the snippet's text
	BodyAt int // offset of Body
}

var requestAt = regexp.MustCompile(`(?m)^[ \t]*(GET|PUT|POST|DELETE|HEAD|PATCH)[ \t]+(/?[_a-zA-Z<{*.][^\s]*)[ \t]*`)

// Requests are the requests in a console snippet; what stands before the first is not part of any.
func (s Snippet) Requests() []Request {
	var all []Request
	found := requestAt.FindAllStringSubmatchIndex(s.Text, -1)
	for i, m := range found {
		end := len(s.Text)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		body := s.Text[m[1]:end]
		trimmed := strings.TrimLeft(body, " \t\n")
		all = append(all, Request{Method: s.Text[m[2]:m[3]], Path: s.Text[m[4]:m[5]], Offset: m[2],
			Body: strings.TrimRight(trimmed, " \t\n"), BodyAt: m[1] + len(body) - len(trimmed)})
	}
	return all
}

// The languages that snippets are told apart by.
const (
	Console = "console"
	JSON    = "json"
	YAML    = "yaml"
	Shell   = "shell"
)

var shellStart = regexp.MustCompile(`(?m)^\s*(?:\$ )?(?:sudo )?(?:kubectl|curl|cat|export|bin/elasticsearch|\./bin` +
	`|docker|helm|openssl|echo|base64)\b`)

// Language is what a code block holds, whatever it says that it holds: one of the languages above, the block's own name
// for another, or empty.
func (b Block) Language() string {
	text := strings.TrimSpace(b.Code.Text)
	switch {
	case b.Kind != Code:
		return ""
	case consoleStart(text):
		return Console
	case strings.HasPrefix(text, "{") && b.Code.Lang != "yaml" && b.Code.Lang != "yml" && !strings.HasPrefix(text, "{{"):
		return JSON
	}
	switch lang := strings.Trim(b.Code.Lang, "{}"); lang {
	case "console":
		return Console
	case "json", "jsonc", "console-result", "console-response":
		return JSON
	case "yaml", "yml":
		return YAML
	case "sh", "bash", "shell", "console-shell", "zsh":
		return Shell
	case "":
		if strings.HasPrefix(text, "apiVersion:") {
			return YAML
		}
		if shellStart.MatchString(text) {
			return Shell
		}
	default:
		return lang
	}
	return ""
}

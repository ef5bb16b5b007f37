package check

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/crosscheck-dev/crosscheck/guides"
)

// curls are the requests that a shell snippet sends to Elasticsearch or to the API of a platform. What goes elsewhere,
// or to a path that a variable hides, is left out.
func curls(s guides.Snippet) []call {
	if !strings.Contains(s.Text, "curl") {
		return nil
	}
	file, err := parseShell(s)
	if err != nil {
		return nil
	}
	var all []call
	syntax.Walk(file, func(n syntax.Node) bool {
		if command, ok := n.(*syntax.CallExpr); ok && len(command.Args) > 1 && command.Args[0].Lit() == "curl" {
			if c, ok := curl(s, command.Args[1:]); ok {
				all = append(all, c)
			}
		}
		return true
	})
	return all
}

// A target is a URL of Elasticsearch: a path that begins with an API's own underscore behind a host, or an index's.
var (
	target   = regexp.MustCompile(`^["']?(?:https?://)?[^/\s"']+(/(?:[\w.*,:<>${}-]+/)?_[a-z][^\s"']*)["']?$`)
	withBody = regexp.MustCompile(`^(?:-d|--data|--data-binary|--data-raw|--data-ascii|--json)$|^--(?:data` +
		`|json)[\w-]*=|^-d.`)
	foreign = regexp.MustCompile(`^["']?(?:https?://)?[^/\s"']+(/api/[^\s"']*)["']?$`)
	method  = regexp.MustCompile(`^(?:-X|--request=)["']?([A-Z]+)["']?$`)
)

// curl reads the arguments of one command.
func curl(s guides.Snippet, args []*syntax.Word) (call, bool) {
	c := call{method: "GET"}
	given := false
	for i, word := range args {
		start, end := int(word.Pos().Offset()), int(word.End().Offset())
		if start < 0 || end > len(s.Text) || start >= end {
			return c, false
		}
		text := s.Text[start:end]
		previous := ""
		if i > 0 {
			previous = args[i-1].Lit()
		}
		switch m := method.FindStringSubmatchIndex(text); {
		case previous == "-X" || previous == "--request":
			c.method, given = strings.Trim(text, `"'`), true
			c.at, c.width, c.verb = s.At(start), len(text), len(text)
		case m != nil:
			c.method, given = text[m[2]:m[3]], true
			c.at, c.width, c.verb = s.At(start+m[2]), m[3]-m[2], m[3]-m[2]
		case text == "-I" || text == "--head":
			c.method, given = "HEAD", true
		case withBody.MatchString(text):
			if !given {
				c.method = "POST"
			}
		case strings.HasPrefix(previous, "-") && valued[previous]:
		default:
			c.address(s, start, text)
		}
	}
	err := c.readable()
	return c, err
}

// address takes text, an argument at the offset start of the snippet, for the request's address if it is one and the
// first.
func (c *call) address(s guides.Snippet, start int, text string) {
	m := target.FindStringSubmatchIndex(text)
	other := m == nil
	if other {
		m = foreign.FindStringSubmatchIndex(text)
	}
	if m == nil || c.path != "" {
		return
	}
	c.path, c.foreign = text[m[2]:m[3]], other
	if c.width == 0 {
		c.at, c.width = s.At(start+m[2]), m[3]-m[2]
	}
}

// readable reports whether the command has a method that is known and an address that holds no variable.
func (c *call) readable() bool {
	if c.path == "" || !c.foreign && strings.Contains(c.path, "$") {
		return false
	}
	return methodWord.MatchString(c.method) || c.method == "HEAD"
}

// valued are options of curl whose next word is their value.
var valued = map[string]bool{
	"-H": true, "--header": true, "-u": true, "--user": true, "-d": true, "--data": true, "--data-binary": true,
	"--data-raw": true, "--json": true,
	"--cacert": true, "-E": true, "--cert": true, "--key": true, "-o": true, "--output": true, "-w": true,
	"--resolve": true, "--connect-to": true,
}

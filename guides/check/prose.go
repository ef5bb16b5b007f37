package check

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
)

var proseRules = []Rule{
	{ID: "address-separator", Severity: Error, check: separators,
		Doc:    "A text that joins an address and its port with a semicolon",
		Reason: "Elasticsearch wants host:port, with a colon, and refuses anything else."},
}

var joining = regexp.MustCompile(`(?is)\bconcatenat\w*\b[^.]*(?:\.\w[^.]*)*?\b(?:using|with|by) a (semicolon)\b`)

func separators(p *pass) {
	for _, b := range p.Blocks {
		rest := b.Text
		line := b.Line
		for range strings.Count(strings.ToLower(b.Text), "semicolon") {
			m := joining.FindStringSubmatchIndex(rest)
			if m == nil {
				break
			}
			said := rest[m[0]:m[1]]
			rest = rest[m[1]:]
			if !strings.Contains(said, "endpoint") && !strings.Contains(said, "port") && !strings.Contains(said, "address") &&
				!strings.Contains(said, ":1") {
				continue
			}
			at := b.Pos
			for ; line <= b.Last; line++ {
				if i := strings.Index(p.Line(line), "semicolon"); i >= 0 {
					at = guides.Pos{Line: line, Column: len([]rune(p.Line(line)[:i])) + 1}
					break
				}
			}
			fix := "write colon"
			if example := p.example(); example != "" {
				fix = fmt.Sprintf("write colon: the snippet has %s", example)
			}
			p.at(at, len("semicolon"), "an address and its port are joined with a colon, not a semicolon", fix)
		}
	}
}

var address = regexp.MustCompile(`"([^"\s]+:(?:\d{1,5}))"`)

// example is an address with its port in a snippet of the page.
func (p *pass) example() string {
	for _, b := range p.Blocks {
		if m := address.FindStringSubmatch(b.Code.Text); m != nil && b.Kind == guides.Code {
			return m[1]
		}
	}
	return ""
}

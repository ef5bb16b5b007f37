package gherkin

import (
	"fmt"
	"regexp"
	"strings"
)

// wholeStep is a regular expression for the same steps with one group around all of it. godog passes every group on to
// the handler, and those of a Cucumber expression nest: its handler takes the whole step and reads the arguments from
// it by the expression itself.
func wholeStep(expression *regexp.Regexp) (*regexp.Regexp, error) {
	pattern, err := regexp.Compile("(" + withoutGroups(expression.String()) + ")")
	if err != nil {
		return nil, fmt.Errorf("leave out the groups of %s: %w", expression, err)
	}
	return pattern, nil
}

// withoutGroups makes every capturing group of a regular expression one that does not capture. It reads the text,
// because parsing and printing it with regexp/syntax takes sixty times as long.
func withoutGroups(expression string) string {
	var out strings.Builder
	class := false // within [ ]
	for i := 0; i < len(expression); i++ {
		c := expression[i]
		out.WriteByte(c)
		switch {
		case c == '\\' && i+1 < len(expression):
			i++
			out.WriteByte(expression[i])
		case class:
			class = c != ']'
		case c == '[':
			class = true
			// A bracket right at the beginning of a class stands for itself.
			for _, first := range []string{"^]", "]", "^"} {
				if strings.HasPrefix(expression[i+1:], first) {
					out.WriteString(first)
					i += len(first)
					break
				}
			}
		case c == '(' && !strings.HasPrefix(expression[i+1:], "?"):
			out.WriteString("?:")
		}
	}
	return out.String()
}

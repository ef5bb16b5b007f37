package check

import (
	"fmt"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/crosscheck-dev/crosscheck/guides"
)

var shellRules = []Rule{
	{ID: "shell-syntax", Severity: Error, check: shellSyntax,
		Doc:    "Shell that does not parse",
		Reason: "Nothing of it runs."},
	{ID: "shell-quoting", Severity: Error, check: shellQuoting,
		Doc:    "A variable between single quotes, or in a quoted heredoc, where its value is meant",
		Reason: "The shell passes the name on as it stands; the server gets $NAME instead of its value."},
	{ID: "shell-continuation", Severity: Error, check: shellContinuation,
		Doc:    "A blank after the backslash that continues a command",
		Reason: "The command ends there, and the next line is taken for another command."},
	{ID: "shell-placeholder", Severity: Warning, check: shellPlaceholders,
		Doc: "Angle brackets around what is no placeholder",
		Reason: "The shell reads < and > as redirections, and the reader does not expect to replace a name that an earlier " +
			"step made."},
	{ID: "shell-file", Severity: Warning, check: shellFiles,
		Doc:    "A command that reads a local file which no earlier step writes, while one that fits is written and not used",
		Reason: "The reader is left without the file that the command needs."},
}

// Shell snippets have placeholders in angle brackets; a parser would take them for redirections.
var angled = regexp.MustCompile(`<[A-Za-z][\w .-]*>`)

// parseShell parses a snippet in which placeholders are letters, so that every offset stays.
func parseShell(s guides.Snippet) (*syntax.File, error) {
	text := angled.ReplaceAllStringFunc(s.Text, func(found string) string { return strings.Repeat("x", len(found)) })
	text = blank(text, calloutMark, omission)
	text = prompt.ReplaceAllStringFunc(text, func(found string) string { return strings.Repeat(" ", len(found)) })
	return syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
}

var prompt = regexp.MustCompile(`(?m)^[$#] `)

// shells are the shell snippets of a page.
func shells(p *guides.Page) []guides.Snippet {
	var all []guides.Snippet
	for _, b := range p.Blocks {
		if b.Language() == guides.Shell && strings.TrimSpace(b.Code.Text) != "" {
			all = append(all, b.Code)
		}
	}
	return all
}

func shellSyntax(p *pass) {
	for _, s := range shells(p.Page) {
		if _, err := parseShell(s); err != nil {
			at, what := s.Pos(0, 0), err.Error()
			if e, ok := err.(syntax.ParseError); ok { //nolint:errorlint // the parser's own, never wrapped
				at, what = s.At(int(e.Pos.Offset())), e.Text
			}
			p.at(at, 1, "the shell does not take this: "+what, "mend the snippet so that it can be pasted")
		}
	}
}

var variable = regexp.MustCompile(`\$\{?([A-Z][A-Z0-9_]+)\}?`)

func shellQuoting(p *pass) {
	for _, s := range shells(p.Page) {
		file, err := parseShell(s)
		if err != nil {
			continue
		}
		outside := expanded(file)
		report := func(text string, offset int, how string, fix func(name string) string) {
			for _, m := range p.variables(s, text, outside) {
				name := text[m[2]:m[3]]
				p.at(s.At(offset+m[0]), m[1]-m[0], fmt.Sprintf("$%s is %s: it is sent as it stands", name, how), fix(name))
			}
		}
		syntax.Walk(file, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.CallExpr:
				if len(n.Args) > 0 && programs[n.Args[0].Lit()] {
					return false // awk and jq have a $ of their own
				}
			case *syntax.SglQuoted:
				if !n.Dollar {
					report(n.Value, int(n.Left.Offset())+1, "between single quotes", func(name string) string {
						return "end the single quotes around it: '\"$" + name + "\"'"
					})
				}
			case *syntax.Redirect:
				if n.Hdoc != nil && quoted(n.Word) && n.Op == syntax.Hdoc {
					for _, part := range n.Hdoc.Parts {
						if lit, ok := part.(*syntax.Lit); ok {
							report(lit.Value, int(lit.Pos().Offset()), "in a heredoc whose word is quoted", func(string) string {
								return "take the quotes off the word behind <<"
							})
						}
					}
				}
			}
			return true
		})
	}
}

// expanded are the variables that the shell expands in a snippet.
func expanded(file *syntax.File) map[string]bool {
	names := map[string]bool{}
	syntax.Walk(file, func(n syntax.Node) bool {
		if e, ok := n.(*syntax.ParamExp); ok && e.Param != nil {
			names[e.Param.Value] = true
		}
		return true
	})
	return names
}

// variables are the places in text, a quoted part of s, where a name stands for the first time that is a variable: the
// snippet sets it, the page explains it, or the snippet expands variables.
func (p *pass) variables(s guides.Snippet, text string, outside map[string]bool) [][]int {
	var places [][]int
	seen := map[string]bool{}
	for _, m := range variable.FindAllStringSubmatchIndex(text, -1) {
		name := text[m[2]:m[3]]
		if seen[name] || !outside[name] && !strings.Contains(s.Text, name+"=") &&
			!strings.Contains(explained(p.Page), name) && len(outside) == 0 {
			continue
		}
		seen[name] = true
		places = append(places, m)
	}
	return places
}

var programs = map[string]bool{"awk": true, "jq": true, "sed": true, "perl": true, "envsubst": true}

func quoted(w *syntax.Word) bool { return w != nil && w.Lit() == "" }

// explained are the terms that the page explains.
func explained(p *guides.Page) string {
	var all strings.Builder
	for _, b := range p.Blocks {
		if b.Kind == guides.Term {
			all.WriteString(b.Text + " ")
		}
	}
	return all.String()
}

var continuation = regexp.MustCompile(`(?m)\\[ \t]+$`)

func shellContinuation(p *pass) {
	for _, s := range shells(p.Page) {
		for _, m := range continuation.FindAllStringIndex(s.Text, -1) {
			if rest := strings.TrimSpace(s.Text[m[1]:]); rest != "" {
				p.at(s.At(m[0]), m[1]-m[0], "a blank follows the backslash, so the command ends in this line", "remove the blank")
			}
		}
	}
}

var fileName = regexp.MustCompile(`^<[\w-]+\.(?:crt|pem|key|p12|yaml|yml|json|txt|sh)>$`)

func shellPlaceholders(p *pass) {
	for _, s := range shells(p.Page) {
		for _, m := range angled.FindAllStringIndex(s.Text, -1) {
			if found := s.Text[m[0]:m[1]]; fileName.MatchString(found) {
				name := strings.Trim(found, "<>")
				fix := "write " + name + " without the brackets, or a placeholder that says what to put there"
				p.at(s.At(m[0]), len(found), fmt.Sprintf("%s looks like a placeholder, and is the name of a file", found), fix)
			}
		}
	}
}

package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/crosscheck-dev/crosscheck/guides"
)

// heredocs are the inputs of kubectl in a shell snippet, as snippets of their own.
func heredocs(s guides.Snippet) []guides.Snippet {
	file, err := parseShell(s)
	if err != nil || !strings.Contains(s.Text, "kubectl") {
		return nil
	}
	var all []guides.Snippet
	syntax.Walk(file, func(n syntax.Node) bool {
		r, ok := n.(*syntax.Redirect)
		if !ok || r.Hdoc == nil || (r.Op != syntax.Hdoc && r.Op != syntax.DashHdoc) {
			return true
		}
		start, end := int(r.Hdoc.Pos().Offset()), int(r.Hdoc.End().Offset())
		if start < 0 || end > len(s.Text) || start >= end {
			return true
		}
		text := strings.TrimRight(s.Text[start:end], "\n")
		if last := strings.LastIndexByte(text, '\n'); strings.TrimSpace(text[last+1:]) == word(r.Word) {
			text = text[:max(last, 0)]
		}
		at := s.At(start)
		all = append(all, guides.Snippet{Lang: "yaml", Text: text, Line: at.Line, Indent: s.Indent})
		return true
	})
	return all
}

// word is the one that ends a heredoc, without its quotes.
func word(w *syntax.Word) string {
	var text strings.Builder
	for _, part := range w.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			text.WriteString(part.Value)
		case *syntax.SglQuoted:
			text.WriteString(part.Value)
		case *syntax.DblQuoted:
			for _, inner := range part.Parts {
				if lit, ok := inner.(*syntax.Lit); ok {
					text.WriteString(lit.Value)
				}
			}
		}
	}
	return text.String()
}

var (
	written = regexp.MustCompile(`(?m)>\s*([\w./-]+\.(\w+))\s*$|(?:-o|--output|--out)\s+([\w./-]+\.(\w+))`)
	read    = regexp.MustCompile(`--from-file=(?:[\w.-]+=)?([\w./-]+\.(\w+))(?:\s|$)`)
)

// shellFiles follows files from the commands that write them to those that read them, inside one tab.
func shellFiles(p *pass) {
	type file struct{ name, kind, tab string }
	var have []file
	for _, b := range p.Blocks {
		if b.Language() != guides.Shell {
			continue
		}
		tab := ""
		for _, c := range b.In {
			if c.Kind == "tab" && tab == "" {
				tab = fmt.Sprint(c.Line)
			}
		}
		for _, m := range read.FindAllStringSubmatchIndex(b.Code.Text, -1) {
			name, kind := b.Code.Text[m[2]:m[3]], b.Code.Text[m[4]:m[5]]
			if slices.ContainsFunc(have, func(f file) bool { return f.name == name && f.tab == tab }) {
				continue
			}
			i := slices.IndexFunc(have, func(f file) bool { return f.kind == kind && f.tab == tab })
			if i >= 0 {
				p.at(b.Code.At(m[2]), len(name), fmt.Sprintf("no step writes %s; an earlier one writes %s", name, have[i].name),
					"use one name in both")
			}
		}
		for _, m := range written.FindAllStringSubmatch(b.Code.Text, -1) {
			have = append(have, file{m[1] + m[3], m[2] + m[4], tab})
		}
	}
}

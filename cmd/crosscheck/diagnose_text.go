package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/crosscheck-dev/crosscheck/diagnose"
)

// How wide a diagnosis is printed, and how much of a long piece of evidence.
const (
	diagnosisColumns = 110
	labelColumns     = 13
	shownEvidence    = 6
)

// diagnosisText is a diagnosis as people read it.
func diagnosisText(d *diagnose.Diagnosis) string {
	var b strings.Builder
	switch {
	case d.Healthy:
		b.WriteString("nothing wrong: the remote cluster is connected, and nothing here shows a failure\n")
	case d.Unknown:
		b.WriteString("unknown: no failure of the catalogue fits what is here well enough to be named\n")
		for _, c := range d.Possible[:min(3, len(d.Possible))] {
			labelled(&b, "perhaps", fmt.Sprintf("%s (%s, %.2f)%s", c.Title, c.ID, c.Confidence, others(c)))
		}
	default:
		causeText(&b, d.Causes[0])
		for _, c := range d.Causes[1:] {
			labelled(&b, "or else", fmt.Sprintf("%s (%s, %.2f)%s", c.Title, c.ID, c.Confidence, others(c)))
		}
	}
	for _, q := range d.Next {
		questionText(&b, q)
	}
	for _, n := range d.Notes {
		at := n.Source
		if n.Line > 0 {
			at = fmt.Sprintf("%s:%d", n.Source, n.Line)
		}
		labelled(&b, "note", at+": "+n.Text)
	}
	return b.String()
}

func causeText(b *strings.Builder, c diagnose.Cause) {
	fmt.Fprintf(b, "%s   (%s, confidence %.2f)\n", c.Title, c.ID, c.Confidence)
	labelled(b, "why", c.Same.Cause)
	labelled(b, "fix", c.Fix)
	for _, same := range c.SameAs {
		labelled(b, "or", fmt.Sprintf("%s (%s): nothing here tells the two apart", same.Title, same.ID))
		labelled(b, "  fix then", same.Fix)
	}
	for _, guide := range c.Guides {
		labelled(b, "guide", guide)
	}
	for i, e := range c.Evidence {
		if i == shownEvidence {
			labelled(b, "", fmt.Sprintf("and %d more; --format json has all", len(c.Evidence)-i))
			break
		}
		label, at := "evidence", e.Source
		if e.Against {
			label = "against"
		}
		if e.Line > 0 {
			at = fmt.Sprintf("%s:%d", e.Source, e.Line)
		}
		labelled(b, label, at+": "+e.Text)
		labelled(b, "", e.Shows)
	}
}

func others(c diagnose.Cause) string {
	if len(c.SameAs) == 0 {
		return ""
	}
	ids := make([]string, len(c.SameAs))
	for i, s := range c.SameAs {
		ids[i] = s.ID
	}
	if len(ids) > 4 {
		ids = append(ids[:3], fmt.Sprintf("and %d more", len(c.SameAs)-3))
	}
	return "; looks the same: " + strings.Join(ids, ", ")
}

func questionText(b *strings.Builder, q diagnose.Question) {
	labelled(b, "to be sure", q.Ask)
	for _, line := range []string{q.Console, q.Shell} {
		if line != "" {
			fmt.Fprintf(b, "%*s  %s\n", labelColumns, "", line)
		}
	}
	for _, split := range q.Splits {
		answer := split.Answer
		if answer == "" {
			answer = "none of these"
		}
		labelled(b, "", fmt.Sprintf("%s -> %s", shortAnswer(answer), strings.Join(split.Causes, ", ")))
	}
}

// shortAnswer keeps an answer of a question on about two lines.
func shortAnswer(s string) string {
	const most = 160
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + " ..."
	}
	return s
}

// labelled prints a text behind a label, its further lines under its first.
func labelled(b *strings.Builder, label, content string) {
	wrapped := strings.Split(text.WrapSoft(content, diagnosisColumns-labelColumns), "\n")
	for _, line := range wrapped {
		fmt.Fprintf(b, "%-*s%s\n", labelColumns, "  "+label, strings.TrimRight(line, " "))
		label = ""
	}
}

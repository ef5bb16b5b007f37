package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose"
)

const (
	shownSplits = 4   // answers of one question
	shownAnswer = 160 // characters of one
	alternative = "; or "
	localURL    = "$LOCAL_URL"
)

// questions prints what to look at next, and what each answer would mean.
func (w *diagnosisWriter) questions(all []diagnose.Question) {
	shell := false
	for _, q := range all {
		w.labelled("to be sure", q.Ask)
		for _, line := range []string{q.Console, q.Shell} {
			if line != "" {
				fmt.Fprintf(w, "%*s  %s\n", labelColumns, "", line)
			}
		}
		w.splits(q)
		shell = shell || strings.Contains(q.Shell, localURL)
	}
	if shell {
		w.labelled("", "LOCAL_URL is the HTTP address of the local cluster; with -u USER curl asks for the password.")
	}
}

// splits prints the answers to a question. Answers that read the same are one.
func (w *diagnosisWriter) splits(q diagnose.Question) {
	var answers []string
	causes := map[string][]string{}
	for _, s := range told(q.Splits) {
		if _, known := causes[s.Answer]; !known {
			answers = append(answers, s.Answer)
		}
		causes[s.Answer] = append(causes[s.Answer], s.Causes...)
	}
	if len(answers) > 2*shownSplits {
		w.labelled("", fmt.Sprintf("%d answers tell failures apart here; run diagnose again with yours", len(answers)))
		return
	}
	for i, answer := range answers {
		if i == shownSplits && len(answers) > shownSplits+1 {
			w.labelled("", fmt.Sprintf("and %d more answers; --format json has all", len(answers)-i))
			return
		}
		text := answer
		if text == "" {
			text = "nothing of this"
		}
		w.labelled("", fmt.Sprintf("%s -> %s", text, listedIDs(causes[answer])))
	}
}

// told shortens answers to what tells them apart: the usual one of several, without what all of them have.
func told(splits []diagnose.Split) []diagnose.Split {
	parts := make([][]string, 0, len(splits))
	for _, s := range splits {
		usual, _, _ := strings.Cut(s.Answer, alternative)
		parts = append(parts, answerParts(usual))
	}
	short := slices.Clone(splits)
	for i := range short {
		own := slices.DeleteFunc(slices.Clone(parts[i]), func(part string) bool {
			return len(splits) > 1 && !slices.ContainsFunc(parts, func(other []string) bool {
				return len(other) > 0 && !slices.Contains(other, part)
			})
		})
		if len(own) == 0 {
			own = parts[i]
		}
		short[i].Answer = shortAnswer(strings.Join(own, ", "))
	}
	slices.SortStableFunc(short, func(a, b diagnose.Split) int { // "nothing of this" makes sense last
		switch {
		case a.Answer == "" && b.Answer != "":
			return 1
		case a.Answer != "" && b.Answer == "":
			return -1
		}
		return 0
	})
	return short
}

// answerParts are the parts of an answer between commas that are not within a quotation.
func answerParts(answer string) []string {
	if answer == "" {
		return nil
	}
	var parts []string
	for _, piece := range strings.Split(answer, ", ") {
		if n := len(parts); n > 0 && strings.Count(parts[n-1], "«") > strings.Count(parts[n-1], "»") {
			parts[n-1] += ", " + piece
			continue
		}
		parts = append(parts, piece)
	}
	return parts
}

// shortAnswer keeps an answer of a question on about two lines.
func shortAnswer(s string) string {
	if r := []rune(s); len(r) > shownAnswer {
		return string(r[:shownAnswer]) + " …"
	}
	return s
}

package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"

	"github.com/crosscheck-dev/crosscheck/diagnose"
	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// How much of a long diagnosis is printed; --format json has all of it.
const (
	shownEvidence = 5
	shownSame     = 4
	shownGuides   = 2
	shownPerhaps  = 3
	manySame      = 8 // from here on entries that look alike are counted, not named
)

// The columns of a diagnosis. Lines to paste are never broken.
const (
	labelColumns   = 13
	leastColumns   = 60
	usualColumns   = 100
	mostColumns    = 120
	columnsVarName = "COLUMNS"
)

// columns is how wide to print to f: as wide as the terminal is, or as COLUMNS says, within limits.
func columns(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		if width, err = strconv.Atoi(os.Getenv(columnsVarName)); err != nil {
			return usualColumns
		}
	}
	return min(max(width, leastColumns), mostColumns)
}

// diagnosisWriter prints a diagnosis as people read it.
type diagnosisWriter struct {
	strings.Builder
	width int
}

// diagnosisText is a diagnosis as people read it, in lines of so many columns.
func diagnosisText(d *diagnose.Diagnosis, width int) string {
	w := &diagnosisWriter{width: width}
	switch {
	case d.Healthy:
		w.wrapped("", "nothing wrong: the remote cluster is connected, and nothing here shows a failure")
	case d.Unknown:
		w.wrapped("", "unknown: no failure of the catalogue fits what is here well enough to be named")
		for _, c := range d.Possible[:min(shownPerhaps, len(d.Possible))] {
			w.perhaps("perhaps", c)
		}
	default:
		w.cause(d.Causes[0])
		for _, c := range d.Causes[1:] {
			w.perhaps("or else", c)
		}
	}
	w.confirm(d)
	w.questions(d.Next)
	if len(d.NotSeen) > 0 {
		w.labelled("not seen", strings.Join(d.NotSeen, ", "))
	}
	for _, n := range d.Notes {
		label := "note"
		switch evidence.NoteKind(n.Kind) {
		case evidence.NotSeen, evidence.NotReached, evidence.Refused:
			label = "not seen"
		}
		w.labelled(label, at(n.Source, n.Line)+": "+n.Text)
	}
	return w.String()
}

// at is a place in an input; a source without lines has line 0.
func at(source string, line int) string {
	if line == 0 {
		return source
	}
	return fmt.Sprintf("%s:%d", source, line)
}

// cause prints the cause that comes first, with what to do and why it is thought of.
func (w *diagnosisWriter) cause(c diagnose.Cause) {
	w.wrapped("", fmt.Sprintf("%s (%s, confidence %.2f)", c.Title, c.ID, c.Confidence))
	w.labelled("why", c.Cause)
	w.labelled("fix", c.Fix)
	for _, guide := range c.Guides[:min(shownGuides, len(c.Guides))] {
		w.labelled("guide", guide)
	}
	for i, e := range c.Evidence {
		if i == shownEvidence {
			w.labelled("", fmt.Sprintf("and %d more; --format json has all", len(c.Evidence)-i))
			break
		}
		label := "evidence"
		if e.Against {
			label = "against"
		}
		w.labelled(label, at(e.Source, e.Line)+": "+e.Text)
		w.labelled("", e.Shows)
	}
	for i, same := range c.SameAs {
		if i == shownSame {
			w.labelled("", fmt.Sprintf("and %d more; --format json has all", len(c.SameAs)-i))
			break
		}
		if i == 0 {
			w.labelled("or else", "From what is here these fit just as well:")
		}
		w.labelled("", fmt.Sprintf("- %s (%s)", same.Title, same.ID))
		w.labelled("", "  fix: "+same.Fix)
	}
}

// confirm prints what would show that the first cause is the one, where no question says so already.
func (w *diagnosisWriter) confirm(d *diagnose.Diagnosis) {
	asked := func(q diagnose.Question) bool { return q.Ask == d.Causes[0].Confirm }
	if len(d.Causes) > 0 && d.Causes[0].Confirm != "" && !slices.ContainsFunc(d.Next, asked) {
		w.labelled("to be sure", d.Causes[0].Confirm)
	}
}

// perhaps prints a cause that is less likely, in one line where it can be.
func (w *diagnosisWriter) perhaps(label string, c diagnose.Cause) {
	if len(c.SameAs) >= manySame {
		w.labelled(label, fmt.Sprintf("%d failures look alike from here; --format json has them", len(c.SameAs)+1))
		return
	}
	ids := make([]string, len(c.SameAs))
	for i, s := range c.SameAs {
		ids[i] = s.ID
	}
	same := ""
	if len(ids) > 0 {
		same = "; looks the same: " + listedIDs(ids)
	}
	w.labelled(label, fmt.Sprintf("%s (%s, confidence %.2f)%s", c.Title, c.ID, c.Confidence, same))
}

// listedIDs names the first of many.
func listedIDs(ids []string) string {
	const most = 3
	if len(ids) <= most+1 {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
}

// labelled prints a text behind a label, its further lines under its first.
func (w *diagnosisWriter) labelled(label, content string) {
	w.wrapped(fmt.Sprintf("%-*s", labelColumns, "  "+label), content)
}

// wrapped prints a text behind a start, and its further lines as far in. A text may begin with blanks or a dash.
func (w *diagnosisWriter) wrapped(start, content string) {
	plain := strings.TrimLeft(content, " -")
	lead := content[:len(content)-len(plain)]
	for i, line := range strings.Split(text.WrapSoft(plain, w.width-len(start)-len(lead)), "\n") {
		if i > 0 {
			start, lead = strings.Repeat(" ", len(start)), strings.Repeat(" ", len(lead))
		}
		w.WriteString(start + lead + strings.TrimRight(line, " ") + "\n")
	}
}

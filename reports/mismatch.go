package reports

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Mismatch is the failure of an assertion: the product differs from what is documented. Every other error of a step
// means that the harness or the machine broke.
type Mismatch struct {
	// What names the thing that was looked at.
	What        string
	Wanted, Got string
	// Reads counts how often the product was asked, 0 when it was not polled. Waited is how long that took in all,
	// LastAge how old the last answer was when the assertion gave up.
	Reads           int
	Waited, LastAge time.Duration
	// Hint is the likely cause or the next thing to look at.
	Hint string
}

// Error is a block of lines: what was looked at, wanted, got and how often it was read, and the hint.
func (m *Mismatch) Error() string {
	got := m.Got
	if polled := m.Polled(); polled != "" {
		got += "   (" + polled + ")"
	}
	var lines []string
	for _, l := range []struct{ label, text string }{{"", m.What}, {"wanted  ", m.Wanted}, {"got     ", got}, {"hint    ", m.Hint}} {
		if l.text != "" {
			indent := "\n" + strings.Repeat(" ", len(l.label))
			lines = append(lines, l.label+strings.ReplaceAll(l.text, "\n", indent))
		}
	}
	return strings.Join(lines, "\n")
}

// Polled says how often and how long the product was asked, "9 reads in 30 s, last 0.4 s ago"; empty without reads.
func (m *Mismatch) Polled() string {
	if m.Reads <= 0 {
		return ""
	}
	text := plural(m.Reads, "read")
	if m.Waited > 0 {
		text += fmt.Sprintf(" in %s, last %s ago", FormatSeconds(m.Waited.Seconds()), FormatSeconds(m.LastAge.Seconds()))
	}
	return text
}

// UnsupportedError says that a scenario does not apply, by the id of a fact and a sentence.
type UnsupportedError struct{ Fact, Reason string }

// Error names the reason and the fact.
func (e *UnsupportedError) Error() string {
	if e.Fact == "" {
		return "unsupported: " + e.Reason
	}
	return fmt.Sprintf("unsupported: %s (%s)", e.Reason, e.Fact)
}

// SkippedError says that a scenario was selected and not carried out, and why.
type SkippedError struct{ Reason string }

// Error names the reason.
func (e *SkippedError) Error() string { return "skipped: " + e.Reason }

// Classify judges the error of a step: the verdict for its scenario, and a Step with the verdict and the findings set;
// keyword, text, line and time are the caller's. A cancelled context means that the run was interrupted, which is
// nobody's failure; a deadline that passed is an error. A Mismatch beside other errors stays a failure, so that
// trouble while cleaning up does not hide it.
func Classify(err error) (Verdict, Step) {
	if err == nil {
		return Passed, Step{Verdict: Passed}
	}
	if errors.Is(err, context.Canceled) {
		return Skipped, Step{Verdict: Skipped, Message: "the run was interrupted"}
	}
	if m, ok := errors.AsType[*Mismatch](err); ok {
		return Failed, Step{Verdict: Failed, Message: m.What, Wanted: m.Wanted, Got: m.Got, Polled: m.Polled(), Hint: m.Hint}
	}
	if u, ok := errors.AsType[*UnsupportedError](err); ok {
		return Unsupported, Step{Verdict: Skipped, Message: u.Reason}
	}
	if s, ok := errors.AsType[*SkippedError](err); ok {
		return Skipped, Step{Verdict: Skipped, Message: s.Reason}
	}
	return Error, Step{Verdict: Error, Message: err.Error()}
}

// FormatSeconds reads "0.4 s", "30 s" or, from a minute on, "1m 12s".
func FormatSeconds(s float64) string {
	if math.IsNaN(s) || s < 0 {
		s = 0
	}
	if rounded := math.Round(s*10) / 10; rounded < 60 {
		return strconv.FormatFloat(rounded, 'f', -1, 64) + " s"
	}
	d := time.Duration(math.Round(math.Min(s, math.MaxInt32))) * time.Second
	if d >= time.Hour {
		return fmt.Sprintf("%dh %dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dm %ds", int(d.Minutes()), int(d.Seconds())%60)
}

// plural reads "1 read", "9 reads".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

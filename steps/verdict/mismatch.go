package verdict

import (
	"fmt"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/reports/words"
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
	for _, l := range []struct{ label, text string }{{"", m.What}, {"wanted  ", m.Wanted}, {"got     ", got},
		{"hint    ", m.Hint}} {
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
	text := words.Count(m.Reads, "read")
	if m.Waited > 0 {
		text += fmt.Sprintf(" in %s, last %s ago", words.Seconds(m.Waited.Seconds()), words.Seconds(m.LastAge.Seconds()))
	}
	return text
}

// NoControl is the fact of scenarios that would take into crosscheck's hands what clusters of the user's do not give: a
// keystore, the nodes, the load balancer, other people's settings.
const NoControl = "control"

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

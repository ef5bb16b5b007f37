package world

import (
	"time"

	"github.com/crosscheck-dev/crosscheck/reports"
)

// Timeline is what happened in a scenario, and when.
type Timeline struct {
	began   time.Time
	events  []reports.Event
	Watched bool // somebody watches searches, so that what changes the connection is worth a line
}

// Seconds is the time since the scenario began, with the precision of a millisecond.
func (t *Timeline) Seconds() float64 { return float64(time.Since(t.began).Milliseconds()) / 1000 }

// Event puts a line into the timeline.
func (t *Timeline) Event(text string) {
	t.events = append(t.events, reports.Event{At: t.Seconds(), Text: text})
}

// Mark puts a line into the timeline of a scenario that is watched.
func (t *Timeline) Mark(text string) {
	if t.Watched {
		t.Event(text)
	}
}

// Events are the lines so far.
func (t *Timeline) Events() []reports.Event { return t.events }

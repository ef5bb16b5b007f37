// Package cucumber writes a run as Cucumber messages, one JSON object a line, for the tools that read those.
package cucumber

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	messages "github.com/cucumber/messages/go/v34"

	"github.com/crosscheck-dev/crosscheck/reports"
)

// Messages writes r. A feature on a pair of versions is a document of its own; a scenario that broke is failed with an
// exception named HarnessError, and one that did not run, or does not apply, has a skipped hook that says why.
func Messages(r *reports.Result) ([]byte, error) {
	w := &writer{result: r, steps: map[string][]string{}}
	w.put(&messages.Envelope{Meta: &messages.Meta{
		ProtocolVersion: "24.1.0",
		Implementation:  &messages.Product{Name: "crosscheck", Version: r.ToolVersion},
		Runtime:         &messages.Product{Name: "Docker Engine", Version: r.Machine.EngineVersion},
		Os:              &messages.Product{Name: "linux"},
		Cpu:             &messages.Product{Name: fmt.Sprintf("%d cores", r.Machine.Cores)},
	}})
	w.put(&messages.Envelope{Hook: &messages.Hook{Id: applies, Name: "crosscheck decides whether the scenario runs",
		SourceReference: &messages.SourceReference{}}})
	var all []*document
	byURI := map[string]*document{}
	for _, s := range r.Scenarios {
		uri := fmt.Sprintf("%s@%s->%s", s.File, s.Local, s.Remote)
		d := byURI[uri]
		if d == nil {
			d = &document{uri: uri, file: s.File, name: fmt.Sprintf("%s (%s)", s.Feature, s.Pair())}
			byURI[uri], all = d, append(all, d)
		}
		d.scenarios = append(d.scenarios, s)
	}
	for _, d := range all {
		w.document(d)
	}
	w.put(&messages.Envelope{TestRunStarted: &messages.TestRunStarted{Timestamp: w.at(0)}})
	for _, d := range all {
		for _, s := range d.scenarios {
			w.testCase(s)
		}
	}
	w.put(&messages.Envelope{TestRunFinished: &messages.TestRunFinished{
		Success: r.Summary.ExitCode == reports.ExitConformant, Message: r.Summary.Reason, Timestamp: timestamp(r.Finished),
	}})
	if w.err != nil {
		return nil, fmt.Errorf("write Cucumber messages: %w", w.err)
	}
	return w.out.Bytes(), nil
}

// applies is the hook that carries why a scenario did not run.
const applies = "applies"

// document is a feature on a pair.
type document struct {
	uri, file, name string
	scenarios       []reports.Scenario
}

type writer struct {
	result *reports.Result
	out    bytes.Buffer
	steps  map[string][]string // the ids of a scenario's steps, by its own
	next   int
	err    error
}

func (w *writer) put(e *messages.Envelope) {
	data, err := json.Marshal(e)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.out.Write(data)
	w.out.WriteByte('\n')
}

// id is a new one, unique in the file.
func (w *writer) id() string {
	w.next++
	return fmt.Sprintf("%d", w.next)
}

// at is the time that many seconds after the run began. A result keeps no other times: scenarios count from there.
func (w *writer) at(seconds float64) *messages.Timestamp {
	return timestamp(w.result.Started.Add(time.Duration(seconds * float64(time.Second))))
}

func timestamp(t time.Time) *messages.Timestamp {
	return &messages.Timestamp{Seconds: t.Unix(), Nanos: int64(t.Nanosecond())}
}

func duration(seconds float64) *messages.Duration {
	d := time.Duration(seconds * float64(time.Second))
	return &messages.Duration{Seconds: int64(d / time.Second), Nanos: int64(d % time.Second)}
}

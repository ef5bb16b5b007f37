package reports

import (
	"encoding/json"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// Scenario is one scenario, or one row of an outline, on one pair.
type Scenario struct {
	// ID stays the same from run to run, see ScenarioID.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Feature is the feature's name, File its path with forward slashes.
	Feature string   `json:"feature"`
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Tags    []string `json:"tags"`
	// Examples are the cells of an outline's row by their column; empty for a plain scenario.
	Examples map[string]string `json:"examples,omitempty"`

	Local   string          `json:"local"`
	Remote  string          `json:"remote"`
	Verdict verdict.Verdict `json:"verdict"`
	// Reason is one sentence; empty only when the scenario passed.
	Reason string `json:"reason,omitempty"`
	// Fact is the id of the version fact that makes the scenario unsupported.
	Fact string `json:"fact,omitempty"`
	// Outcome is the id of the failure catalogue's entry that a negative scenario expects.
	Outcome string `json:"outcome,omitempty"`
	// Simulated names what around the clusters was not real.
	Simulated []string `json:"simulated"`
	Seconds   float64  `json:"seconds"`
	// Measurements are in seconds, by name: "recovery" is from the end of a fault to the first search that worked,
	// "outage" all the time in which a watcher's searches did not work.
	Measurements map[string]float64 `json:"measurements"`
	// RemoteInfo is how _remote/info showed each alias when it was first seen connected.
	RemoteInfo []RemoteInfo `json:"remote_info"`
	// Notes are things that were noticed and decide no verdict.
	Notes []string `json:"notes"`
	// Timeline is what happened when, in a scenario that keeps one.
	Timeline *Timeline `json:"timeline,omitempty"`
	// Attempts counts how often the scenario ran; 0 means never.
	Attempts int `json:"attempts"`
	// Lane is the parallel lane, counted from 1; 0 means that the scenario never ran.
	Lane int `json:"lane"`
	// Evidence is a folder, relative to the run's.
	Evidence string `json:"evidence,omitempty"`
	Steps    []Step `json:"steps"`
	// Topology is what it ran on; nil when it had no clusters.
	Topology *Topology `json:"topology,omitempty"`
}

// RemoteInfo is the shape of an alias's object in _remote/info.
type RemoteInfo struct {
	// Alias is the name in the feature.
	Alias string `json:"alias"`
	// Mode is sniff or proxy, or none for a version that has no modes.
	Mode string `json:"mode"`
	// Fields are the JSON types by field: boolean, number, string, array, object or null.
	Fields map[string]string `json:"fields"`
	// Defaults are the values of the fields that nothing had set and that the version facts know a default of.
	Defaults map[string]string `json:"defaults"`
}

// Pair is the pair that the scenario ran on.
func (s Scenario) Pair() Pair { return Pair{Local: s.Local, Remote: s.Remote} }

// Broken is the first step that failed or broke, or nil.
func (s Scenario) Broken() *Step {
	for i := range s.Steps {
		if v := s.Steps[i].Verdict; v == verdict.Failed || v == verdict.Error {
			return &s.Steps[i]
		}
	}
	return nil
}

// ScenarioID names a scenario on a pair: "features/api_key/connect.feature:27@9.3.2->8.19.4". A row of an outline has
// the line of the row.
func ScenarioID(file string, line int, pair Pair) string {
	return fmt.Sprintf("%s:%d@%s->%s", file, line, pair.Local, pair.Remote)
}

// Step is one step of a scenario. Its verdict is passed, failed, error or skipped.
type Step struct {
	Keyword string          `json:"keyword"`
	Text    string          `json:"text"`
	Line    int             `json:"line"`
	Verdict verdict.Verdict `json:"verdict"`
	Seconds float64         `json:"seconds"`
	// Message says what was not as expected, or what broke.
	Message string `json:"message,omitempty"`
	Wanted  string `json:"wanted,omitempty"`
	Got     string `json:"got,omitempty"`
	// Polled says how often the product was asked: "9 reads in 30 s, last 0.4 s ago".
	Polled string `json:"polled,omitempty"`
	Hint   string `json:"hint,omitempty"`
	// Table holds the step's data table, row by row.
	Table [][]string `json:"table,omitempty"`
}

// ScenarioKey names a scenario on a pair by what stays when lines are added above it, or its file is moved. Two
// scenarios of a feature that have one name have one key.
type ScenarioKey struct {
	Feature, Name string
	Examples      string // cells as JSON, by column; empty for a plain scenario
	Pair          Pair
}

// Key is the scenario's.
func (s Scenario) Key() ScenarioKey {
	key := ScenarioKey{Feature: s.Feature, Name: s.Name, Pair: s.Pair()}
	if len(s.Examples) > 0 {
		cells, _ := json.Marshal(s.Examples) // a map of strings always encodes, in the order of its keys
		key.Examples = string(cells)
	}
	return key
}

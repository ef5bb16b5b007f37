// Package reports holds what a run found: the result model, the judgement of errors, the redaction of secrets, and the
// writers. docs/result.md explains the fields, docs/result.schema.json is their schema.
package reports

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// SchemaVersion names the layout of result.json. Any change of the layout, an added field too, counts it up.
const SchemaVersion = "crosscheck.result/3"

// Result is one run.
type Result struct {
	Schema      string    `json:"schema"`
	RunID       string    `json:"run_id"`
	ToolVersion string    `json:"tool_version"`
	Started     time.Time `json:"started"`
	Finished    time.Time `json:"finished"`
	Seconds     float64   `json:"seconds"`
	Machine     Machine   `json:"machine"`
	Command     Command   `json:"command"`
	// Shard is there when the run was one part of a plan that several runs share, Merged when it was joined from such parts.
	Shard  *Shard       `json:"shard,omitempty"`
	Merged []MergedPart `json:"merged,omitempty"`

	Pairs     []TestedPair `json:"pairs"`
	Clusters  []Cluster    `json:"clusters"`
	Summary   Summary      `json:"summary"`
	Scenarios []Scenario   `json:"scenarios"`
	// Outcomes are the catalogue's entries that scenarios name, by id, as they were when the run took place.
	Outcomes []Outcome `json:"outcomes,omitempty"`
}

// Machine is where the run took place.
type Machine struct {
	EngineVersion string `json:"engine_version"`
	APIVersion    string `json:"api_version"`
	Cores         int    `json:"cores"`
	// MemoryBytes is the machine's memory, used or not.
	MemoryBytes int64 `json:"memory_bytes"`
}

// Command is what was asked for.
type Command struct {
	// Line is the command line as it was typed.
	Line string `json:"line"`
	// Profile names the set of pairs and features; empty when they were given one by one.
	Profile string `json:"profile,omitempty"`
	// Features are the files and folders that were selected; empty means all.
	Features []string `json:"features"`
	// Tags is the Cucumber tag expression; empty selects everything.
	Tags string `json:"tags,omitempty"`
}

// Pair is a version of the local cluster and a version of the remote cluster.
type Pair struct {
	Local  string `json:"local"`
	Remote string `json:"remote"`
}

// String reads "9.3.2 -> 8.19.4", local first.
func (p Pair) String() string { return p.Local + " -> " + p.Remote }

// TestedPair is a pair that was asked for, and what the version facts say of it. That its protocols connect and that
// searching across it is supported are two things.
type TestedPair struct {
	Local          string `json:"local"`
	Remote         string `json:"remote"`
	Connects       bool   `json:"connects"`
	ConnectsReason string `json:"connects_reason"`
	CCSSupported   bool   `json:"ccs_supported"`
	CCSReason      string `json:"ccs_supported_reason"`
}

// Pair is the versions alone.
func (p TestedPair) Pair() Pair { return Pair{Local: p.Local, Remote: p.Remote} }

// String reads as Pair's.
func (p TestedPair) String() string { return p.Pair().String() }

// Shard is which part of a plan a run carried out.
type Shard struct {
	// Index counts from 1 to Count.
	Index int `json:"index"`
	Count int `json:"count"`
	// Plan holds the id of every scenario of the whole plan, in its order.
	Plan []string `json:"plan"`
}

// MergedPart is one of the runs that a result was joined from.
type MergedPart struct {
	RunID    string    `json:"run_id"`
	Index    int       `json:"index"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Machine  Machine   `json:"machine"`
}

// Cluster is what a cluster's node itself reported, and the image that it was started from.
type Cluster struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	BuildHash   string `json:"build_hash"`
	Image       string `json:"image"`
	ImageSource string `json:"image_source"`
	// Lacks names what the image does not have compared with the official one, LackReasons says why.
	Lacks       []string          `json:"lacks"`
	LackReasons map[string]string `json:"lack_reasons,omitempty"`
}

// Summary counts the verdicts and says what they come to. Summarize fills it.
type Summary struct {
	Passed      int `json:"passed"`
	Failed      int `json:"failed"`
	Error       int `json:"error"`
	Skipped     int `json:"skipped"`
	Unsupported int `json:"unsupported"`
	Flaky       int `json:"flaky"`
	Total       int `json:"total"`
	ExitCode    int `json:"exit_code"`
	// Complete is false when a selected scenario did not run to its end, or when nothing passed.
	Complete bool `json:"complete"`
	// Reason says in one sentence why the run ends with this exit code.
	Reason string `json:"reason"`
}

// Count is the number of scenarios with the verdict v.
func (s Summary) Count(v verdict.Verdict) int {
	counts := [...]int{0, s.Passed, s.Failed, s.Error, s.Skipped, s.Unsupported, s.Flaky}
	if !v.Valid() {
		return 0
	}
	return counts[v]
}

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

// Timeline is what happened during an upgrade. All its times are seconds since the scenario began.
type Timeline struct {
	Events []Event `json:"events"`
	// Searches counts those of the watcher; 0 without one.
	Searches int `json:"searches"`
	// Outages are the windows in which the watcher's searches across did not work, in order.
	Outages []Outage `json:"outages"`
}

// Event is one line of a timeline.
type Event struct {
	At   float64 `json:"at_seconds"`
	Text string  `json:"event"`
}

// Outage is a window in which every search failed in the same way: from the beginning of the first one to the beginning of
// the next that did not, or to the end of the last one.
type Outage struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	// Kind is the status and type of the error, such as "500 connect_transport_exception".
	Kind     string `json:"kind"`
	Searches int    `json:"searches"`
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

// ScenarioKey names a scenario on a pair by what stays when lines are added above it, or its file is moved. Two scenarios
// of a feature that have one name have one key.
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

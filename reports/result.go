// Package reports holds what a run found: the result model with its exit codes, the store that writes it, the merge of
// shards, JUnit, and the model of what scenarios have shown of guides. docs/result.md explains the fields of
// result.json, docs/result.schema.json is their schema.
package reports

import (
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
	// Shard is there when the run was one part of a plan that several runs share, Merged when it was joined from such
	// parts.
	Shard  *Shard       `json:"shard,omitempty"`
	Merged []MergedPart `json:"merged,omitempty"`

	Pairs     []TestedPair `json:"pairs"`
	Clusters  []Cluster    `json:"clusters"`
	Summary   Summary      `json:"summary"`
	Scenarios []Scenario   `json:"scenarios"`
	// Outcomes are the catalogue's entries that scenarios name, by id, as they were when the run took place.
	Outcomes []ExpectedFailure `json:"outcomes,omitempty"`
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

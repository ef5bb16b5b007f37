package reports

import (
	"time"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// sample is a run that uses every field of the model.
func sample() *Result {
	started := time.Date(2025, 11, 22, 5, 49, 0, 0, time.UTC)
	pair := Pair{Local: "9.3.2", Remote: "8.19.4"}
	base := Scenario{
		Feature: "Connect with a cross-cluster API key", File: "features/api_key/connect.feature",
		Local: pair.Local, Remote: pair.Remote, Tags: []string{"@model:api-key"}, Attempts: 1, Lane: 1, Seconds: 1.25,
	}
	scenario := func(line int, name string, given verdict.Verdict, change func(*Scenario)) Scenario {
		s := base
		s.ID, s.Line, s.Name, s.Verdict = ScenarioID(s.File, line, pair), line, name, given
		if given != verdict.Passed {
			s.Reason = "a reason for " + given.String()
		}
		s.Steps = []Step{{Keyword: "Given", Text: "a remote cluster", Line: line + 1, Verdict: verdict.Passed, Seconds: 0.5}}
		if change != nil {
			change(&s)
		}
		return s
	}
	r := &Result{
		Schema: SchemaVersion, RunID: "20251122-0549", ToolVersion: "0.3.0",
		Started: started, Finished: started.Add(90 * time.Second), Seconds: 90,
		Machine: Machine{EngineVersion: "20.10.24", APIVersion: "1.41", Cores: 2, MemoryBytes: 24 << 30},
		Command: Command{Line: "crosscheck run", Profile: "default", Features: []string{"features/api_key"},
			Tags: "not @slow"},
		Pairs: []TestedPair{{Local: "9.3.2", Remote: "8.19.4", Connects: true, ConnectsReason: "same major version, or 8.19",
			CCSReason: "before the previous minor version, although 8.19 and 9.x connect"}},
		Clusters: []Cluster{{"remote-1", "8.19.4", "abcdef0", "crosscheck/elasticsearch:8.19.4", "assembled",
			[]string{"machine learning"}, map[string]string{"machine learning": "not published"}}},
		Scenarios: []Scenario{
			scenario(20, "The documented steps", verdict.Passed, func(s *Scenario) {
				s.Measurements = map[string]float64{"recovery": 0.75}
				s.Examples, s.Notes = map[string]string{"port": "9443"}, []string{"the default of x is not the documented one"}
				s.RemoteInfo = []RemoteInfo{{"partner", "proxy", map[string]string{"connected": "boolean"},
					map[string]string{"skip_unavailable": "true"}}}
				s.Timeline = &Timeline{Events: []Event{{At: 12.5, Text: "remote-1-1 stops (8.19.0)"}}, Searches: 40,
					Outages: []Outage{{From: 13, To: 14.25, Kind: "500 node_disconnected_exception", Searches: 3}}}
			}),
			scenario(27, "Another alias", verdict.Failed, func(s *Scenario) {
				s.Outcome, s.Evidence = "credentials-under-another-alias", "evidence/api_key-27"
				s.Steps = append(s.Steps, Step{
					Keyword: "Then", Text: "its remote info is", Line: 29, Verdict: verdict.Failed, Seconds: 30,
					Message: "remote info differs",
					Wanted:  "cluster_credentials absent", Got: `cluster_credentials "::es_redacted::"`,
					Polled: "9 reads in 30 s, last 0.4 s ago", Hint: "look at the alias", Table: [][]string{{"mode", "proxy"}},
				})
			}),
			scenario(35, "The wrong port", verdict.Error, func(s *Scenario) {
				s.Steps = append(s.Steps, Step{Keyword: "When", Text: "the balancer stops", Line: 36, Verdict: verdict.Error,
					Message: "no such container"})
			}),
			scenario(40, "The wrong port", verdict.Skipped,
				func(s *Scenario) { s.Attempts, s.Lane, s.Seconds, s.Steps = 0, 0, 0, nil }),
			scenario(45, "Strong identity", verdict.Unsupported, func(s *Scenario) {
				s.Fact, s.Simulated = "strong-identity", []string{"Elastic Cloud console"}
			}),
			scenario(50, "A shaky one", verdict.Flaky, func(s *Scenario) { s.Attempts = 2 }),
		},
	}
	r.Shard = &Shard{Index: 1, Count: 2, Plan: []string{"a", "b"}}
	r.Merged = []MergedPart{{RunID: "r", Index: 1, Started: r.Started, Finished: r.Finished, Machine: r.Machine}}
	r.Scenarios[0].Topology = &Topology{
		Clusters: []Side{{"local", "local-1", "9.3.2", "local-1.test"}, {"remote", "remote-1", "8.19.4", "remote-1.test"}},
		Balancer: Balancer{Name: "balancer.test", Listeners: []Listener{{Port: 9443, Accepted: 20, Open: 18,
			Reached: map[string]int64{"remote-1.test:9443": 20}}}},
		Remotes: []Remote{{Alias: "partner", Mode: "proxy", Address: "balancer.test:9443", ServerName: "remote-1.test",
			Port: 9443}},
		Broke: &Break{AtInterface, "20 connections reached the remote cluster server, and none was kept", true},
	}
	r.Outcomes = []ExpectedFailure{{"credentials-under-another-alias", "No API key is in force", "Another alias.",
		"The key is for another alias.", "Store it again.", []string{"measured"}}}
	Summarize(r, "")
	return r
}

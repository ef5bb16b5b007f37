// Package replay tests the judge, the steps and the suite together, without Elasticsearch. It consists of tests alone.
//
// A recording under testdata is one scenario as it went on real clusters: its Gherkin, and every call that it made,
// with the answer. The calls are REST calls to both clusters and to the load balancer's API, readings of logs, and
// commands and files in a node's container. TestReplay has the suite carry out the scenario on clusters that give the
// recorded answers. The scenario must make the recorded calls, in their order, and pass. TestDoctoredAnswers changes
// single answers, and the scenario must fail for the right reason. TestABrokenHarnessIsAnError breaks the answers
// themselves, and the scenario must end as an error. Both have tables, in failures_test.go and breakages_test.go.
//
// To record again, after a step has changed what it asks or for another version, have a Docker Engine on a Linux
// machine ready and run
//
//	CROSSCHECK_RECORD=1 go test ./steps/replay -run TestRecord -timeout 30m -v
//
// TestRecord has the scenarios in a table: a new line there is a new recording. -run 'TestRecord/9.3.2.*/key-connects'
// records some of them. A scenario that does not pass is not stored. Recordings hold no secrets: passwords and keys
// are replaced by words. They hold the warnings of logs alone. Read the difference before you commit it: a call that
// is new, or that is missing, is a change of what crosscheck does to clusters.
package replay

// Package real tests a diagnosis of running clusters on a real pair, and stores what the clusters answered for the
// tests of package live. It consists of tests alone, and does nothing unless it is asked to. With a Docker Engine, run
//
//	CROSSCHECK_RECORD=1 go test ./diagnose/live/real -timeout 30m -v
//
// It proves that a diagnosis changes nothing: settings, indices, keys, users, roles and tasks are the same before and
// after.
package real

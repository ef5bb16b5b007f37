package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/crosscheck-dev/crosscheck/diagnose"
	"github.com/crosscheck-dev/crosscheck/diagnose/bench"
	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/diagnose/live"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/credentials"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// How long a live diagnosis of a provoked failure takes at most, and its search: some failures are a search that hangs.
const (
	benchLive   = time.Minute
	benchSearch = 8 * time.Second
)

// provoke runs one scenario of every entry that can be reproduced, and answers the folder of the run and the live
// diagnoses by entry. Scenarios that do not pass are told by the run, and miss in the table.
func (c *diagnoseCommand) provoke(s *streams, engine *diagnose.Engine) (string, map[string]bench.Rank, error) {
	rc := &runCommand{Out: c.Out}
	rc.Local, rc.Remote = versionsOf(c.LocalVersion), versionsOf(c.RemoteVersion)
	if len(rc.Local)+len(rc.Remote) == 0 {
		rc.Local = []string{"9.3.2"}
	}
	features, err := onePerEntry(s, rc)
	if err != nil {
		return "", nil, err
	}
	rc.Features = features
	w := &witness{engine: engine, ranks: map[string]bench.Rank{}}
	r := &run{runCommand: rc, streams: s, id: session.NewRunID(), witness: w.look}
	var code exitError
	if err := r.start(); err != nil && !errors.As(err, &code) {
		return "", nil, err
	}
	return filepath.Join(c.Out, r.id), w.ranks, nil
}

func versionsOf(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// onePerEntry are the first scenarios that reproduce each entry on the pair.
func onePerEntry(s *streams, rc *runCommand) ([]string, error) {
	all := *rc
	all.Features = []string{"features"}
	selected, err := session.Select(s.ctx, all.selection.options(s))
	if err != nil {
		return nil, err
	}
	items, err := selected.Assembled(s.ctx)
	if err != nil {
		return nil, err
	}
	first := map[string]string{}
	for _, item := range items {
		supported := item.Report().Verdict != verdict.Unsupported
		if _, there := first[item.Outcome]; item.Outcome != "" && supported && !there {
			first[item.Outcome] = item.Scenario.ID()
		}
	}
	features := slices.Sorted(maps.Values(first))
	return slices.Compact(features), nil
}

// witness diagnoses failures live, while they stand. It is safe for several lanes.
type witness struct {
	engine *diagnose.Engine
	mu     sync.Mutex
	ranks  map[string]bench.Rank // by entry
}

// look diagnoses the failure as somebody would who has both clusters' addresses.
func (w *witness) look(ctx context.Context, seen catalogue.Observation, local, remote *lab.Cluster) error {
	in, err := gatherFrom(ctx, seen.Alias, local, remote)
	if err != nil {
		return fmt.Errorf("ask the clusters: %w", err)
	}
	d, err := w.engine.Diagnose(in, evidence.Hints{Alias: seen.Alias})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ranks[seen.Outcome] = bench.Of(d, seen.Outcome)
	return nil
}

func gatherFrom(ctx context.Context, alias string, local, remote *lab.Cluster) (evidence.Input, error) {
	var in evidence.Input
	at, err := local.Access(ctx)
	if err != nil {
		return in, err
	}
	o := live.Options{URL: at.URL, Auth: credentials.Credentials{User: at.User, Password: at.Password}, Alias: alias,
		Timeout: benchLive, Search: benchSearch}
	if remote != nil {
		if at, err = remote.Access(ctx); err == nil { // a remote that is down has none, and is not asked
			o.RemoteURL, o.RemoteAuth = at.URL, credentials.Credentials{User: at.User, Password: at.Password}
		}
	}
	in, err = live.Gather(ctx, o)
	var unreachable *live.UnreachableError
	var usage *live.UsageError
	if errors.As(err, &unreachable) || errors.As(err, &usage) {
		return in, nil // what whoever asks live would see: a row that misses
	}
	return in, err
}

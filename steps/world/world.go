// Package world holds what the nouns of one scenario share: what the run lends, the versions, the names, the
// clusters, and what has to be undone. It knows no noun: remote clusters, keys, users, faults and the judgement of
// failures have packages of their own, which own their state and their steps.
package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

// Env is what a run lends to every scenario.
type Env struct {
	Pool      *pool.Pool // nil: clusters are only described; the first step that needs them ends with ErrDescribed
	Catalogue *catalogue.Catalogue
	Facts     *facts.Facts
	Secrets   topology.Secrets
	Timeouts  topology.Timeouts
	ECK       *eck.Provider // nil: scenarios that need it are unsupported
	// Existing is a pair of clusters of the user's, on which every scenario runs instead of on clusters of the pool.
	Existing *existing.Pair
	// Suffix of the names that a scenario gives to things on clusters. Empty: a random one for each scenario, so that
	// scenarios can share clusters.
	Suffix string
	// Witness looks at clusters while a failure that the catalogue has stands between them; nil for none. Then logs are
	// kept of every failure, not only of those whose entry says something about them.
	Witness Witness
}

// Witness looks at the clusters of a failure that was recognised, with skip_unavailable false. What it changes, it
// changes back. An error is trouble of the harness.
type Witness func(ctx context.Context, seen catalogue.Observation, local, remote *lab.Cluster) error

// World is what the nouns of one scenario share.
type World struct {
	Env       *Env
	Pair      Pair // the versions that the clusters have by now; an upgrade changes them
	Names     *Names
	Clusters  *Clusters
	Documents *Documents
	Undo      *Undo
	Timeline  *Timeline
	Notes     *Notes
	// Answer is the answer to the last request that a later step may judge: a settings update, a search, a call.
	Answer elastic.Response
	// Searcher is the user who searches; nil is the local superuser.
	Searcher *elastic.Client
}

// New is a world before the first step. Nothing is started, and nothing is asked.
func New(env *Env, pair Pair) *World {
	w := &World{
		Env: env, Pair: pair, Names: newNames(env.prefix(), env.Suffix), Documents: &Documents{}, Undo: &Undo{},
		Timeline: &Timeline{began: time.Now()}, Notes: &Notes{Measured: map[string]float64{}},
	}
	w.Clusters = newClusters(w)
	if env.Existing != nil {
		w.Clusters.From(existingPair{w})
		w.Undo.Insist()
	}
	return w
}

// Local is the local cluster; nil before Ready.
func (w *World) Local() *lab.Cluster { return w.Clusters.Local }

// Remote is the remote cluster; nil before Ready.
func (w *World) Remote() *lab.Cluster { return w.Clusters.Remote }

// Ready makes the clusters run that the steps so far described, once. Later steps can no longer change what they are.
func (w *World) Ready(ctx context.Context) error { return w.Clusters.ready(ctx) }

// Searching is the client of whoever searches: the user that a step made, or else the local superuser.
func (w *World) Searching() *elastic.Client {
	if w.Searcher != nil {
		return w.Searcher
	}
	return w.Local().API()
}

// RestartLocal stops the nodes of the local cluster and starts them on the same data, and waits until they are healthy.
// They have other addresses then. Where that goes wrong, no other scenario gets the cluster.
func (w *World) RestartLocal(ctx context.Context) error {
	if err := w.Local().Restart(ctx); err != nil {
		w.Undo.Spoil()
		return fmt.Errorf("restart the local cluster: %w", err)
	}
	w.LocalMoved()
	return nil
}

// LocalMoved has the user who searches speak to where the local cluster is by now: its nodes were started again.
func (w *World) LocalMoved() {
	if w.Searcher != nil {
		w.Searcher = w.Searcher.At(w.Local().API())
	}
}

// Index is the last index with documents, or the name of one that does not exist.
func (w *World) Index() string {
	if n := len(w.Documents.Indices); n > 0 {
		return w.Documents.Indices[n-1]
	}
	return w.Names.Unique("logs")
}

// ServerExists reports whether that version of Elasticsearch has a remote cluster server.
func (w *World) ServerExists(side Side) bool {
	ok, _, err := w.Env.Facts.Applies("remote-cluster-server", side.Of(w.Pair), side.Of(w.Pair))
	return err == nil && ok
}

// Knows reports whether the versions that the clusters have by now have what a fact of fixtures/versions.yaml says.
// What a step does only where a fact holds it need not declare.
func (w *World) Knows(fact string) bool {
	ok, _, err := w.Env.Facts.Applies(fact, w.Pair.Local, w.Pair.Remote)
	return err == nil && ok
}

// Await polls until try succeeds. A Mismatch that stays until the limit is answered as one, with how often the
// product was asked; trouble of another kind is an error.
func Await(ctx context.Context, what string, limit time.Duration, try func(context.Context) error) error {
	err := await.Until(ctx, what, limit, func(ctx context.Context) error {
		err := try(ctx)
		if _, never := errors.AsType[*lab.UncontrolledError](err); never {
			return await.Permanent(err)
		}
		return err
	})
	late, ok := errors.AsType[*await.TimeoutError](err)
	if !ok {
		return err
	}
	seen, ok := errors.AsType[*verdict.Mismatch](late.Last)
	if !ok {
		return err
	}
	m := *seen
	m.Reads, m.Waited, m.LastAge = late.Tries, late.Waited, late.LastAge
	return &m
}

// UnsupportedIfMissing turns a missing capability of the machine or of an installed ECK, and what is not under
// crosscheck's control, into an UnsupportedError, so that the scenario is reported as unsupported and not as failed.
// Any other error stays what it is.
func UnsupportedIfMissing(err error) error {
	if limited, ok := errors.AsType[*lab.FileLimitError](err); ok {
		return &verdict.UnsupportedError{Fact: "file-limit", Reason: limited.Error()}
	}
	if without, ok := errors.AsType[*lab.NoIPv6Error](err); ok {
		return &verdict.UnsupportedError{Fact: "ipv6", Reason: without.Error()}
	}
	if lacks, ok := errors.AsType[*eck.LacksError](err); ok {
		return &verdict.UnsupportedError{Fact: lacks.Fact, Reason: lacks.Reason}
	}
	if uncontrolled, ok := errors.AsType[*lab.UncontrolledError](err); ok {
		return &verdict.UnsupportedError{Fact: cmp.Or(uncontrolled.Fact, verdict.NoControl),
			Reason: uncontrolled.Error()}
	}
	if outside, ok := errors.AsType[*lab.ReachError](err); ok {
		return &verdict.UnsupportedError{Fact: verdict.NoControl, Reason: outside.Error()}
	}
	if errors.Is(err, balancer.ErrForeign) {
		return &verdict.UnsupportedError{Fact: verdict.NoControl, Reason: balancer.ErrForeign.Error()}
	}
	return err
}

// Documents are those that the scenario put on the remote cluster.
type Documents struct {
	Indices []string // by their full names, the last one last
	Count   int      // in the last index
}

// Notes are what a scenario reports beside its verdict.
type Notes struct {
	Measured map[string]float64 // seconds, by name
	texts    []string
}

// Add keeps a sentence for the report, each one once.
func (n *Notes) Add(text string) {
	if !slices.Contains(n.texts, text) {
		n.texts = append(n.texts, text)
		slices.Sort(n.texts)
	}
}

// All are the sentences, sorted.
func (n *Notes) All() []string { return n.texts }

// ExpectAccepted is a Mismatch unless the last update of remote clusters was accepted, by Elasticsearch's settings or
// by the API that stands in front of them. what names the update. Before any request it is an error of the feature.
func (w *World) ExpectAccepted(what string) error {
	switch status := w.Answer.Status; {
	case status == 0:
		return errors.New("add a remote cluster first: no step before this one has sent a request")
	case status/100 != 2:
		return &verdict.Mismatch{What: what, Wanted: "200",
			Got: fmt.Sprintf("PUT _cluster/settings answered %d: %s", status, w.Answer.Body)}
	}
	return nil
}

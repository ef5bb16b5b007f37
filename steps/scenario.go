// Package steps is the vocabulary of the features: one file per noun. A step calls one thing and asserts; waiting is
// topology/await's, and what a failure looks like is fixtures/outcomes.yaml's.
package steps

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

// Env is what a run lends to every scenario.
type Env struct {
	Pool      *pool.Pool
	Catalogue *catalogue.Catalogue
	Facts     *facts.Facts
	Secrets   topology.Secrets
	Timeouts  topology.Timeouts
	ECK       *eck.Provider // nil: scenarios that need it are unsupported
}

// Pair is the versions under test.
type Pair = facts.Pair

// Scenario is the state of one scenario on one pair. Everything that it makes carries its suffix and is removed by Close.
type Scenario struct {
	env    *Env
	pair   Pair
	suffix string

	localSpec, remoteSpec lab.ClusterSpec
	wantsOther            bool // another remote cluster like the first
	lease                 *pool.Lease
	local, remote, other  *lab.Cluster
	opened                time.Time // what the timeline counts from
	eck                   *eckWorld // nil outside of ECK
	began                 time.Time // since when logs belong to this scenario

	aliases  map[string]string         // as the feature names it -> as the clusters know it
	remotes  map[string]map[string]any // alias as the clusters know it -> the settings it was added with
	request  elastic.Response          // the last settings update
	key      elastic.Key               // the last cross-cluster API key
	searcher *elastic.Client           // who searches; nil: the local superuser
	latest   string                    // the alias that "its" means
	indices  []string                  // on the remote cluster

	keystore lab.Keystores // the local one before the first key was stored
	expires  time.Time     // when the last key that does will
	faulty   bool          // the load balancer has had a fault, and will be healed
	healed   time.Time     // when the last fault ended
	accepts  int64         // connections at the load balancer when the last fault began

	cloud *cloudWorld // nil outside of the simulated Elastic Cloud

	outcome  string
	observed *catalogue.Observation // what the failure looked like
	broke    *reports.Break         // where it ended
	cleanup  []undo
	dirty    bool
	measured map[string]float64 // seconds, by name
	shapes   []reports.RemoteInfo
	notes    []string

	documented int // documents in the last index
	watcher    *watcher
	timeline   []reports.Event
	before     held             // the first upgrade
	first      Pair             // at that time
	watched    int              // searches of the watcher, once it has ended
	outages    []reports.Outage // and its outages
}

type undo struct {
	what string
	do   func(context.Context) error
}

// run undoes. A panic is an error like others: the clusters must be given back whatever happens.
func (u undo) run(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: panic: %v", u.what, p)
		}
	}()
	if err := u.do(ctx); err != nil {
		return fmt.Errorf("%s: %w", u.what, err)
	}
	return nil
}

// New is a scenario before its first step.
func New(env *Env, pair Pair) *Scenario {
	s := &Scenario{
		env: env, pair: pair, opened: time.Now(), suffix: strings.ToLower(rand.Text()[:6]),
		aliases: map[string]string{}, remotes: map[string]map[string]any{}, measured: map[string]float64{},
	}
	s.localSpec = lab.ClusterSpec{
		Role: topology.Local, Version: pair.Local.Original(), Security: true, License: "trial",
		TransportCA: "local-transport", TrustedTransport: []string{"local-transport"},
	}
	s.remoteSpec = lab.ClusterSpec{
		Role: topology.Remote, Version: pair.Remote.Original(), Security: true, License: "trial",
		// It also trusts the authority of local clusters that connect with certificates: those and the ones that bring an
		// API key can then share it.
		TransportCA: "remote-transport", TrustedTransport: []string{"remote-transport", "partner-transport"},
	}
	if env.serverExists(pair.Remote) {
		s.remoteSpec.ServerCA = "remote-server"
	}
	return s
}

// serverExists reports whether that version has a remote cluster server.
func (e *Env) serverExists(v *semver.Version) bool {
	ok, _, err := e.Facts.Applies("remote-cluster-server", v, v)
	return err == nil && ok
}

// Outcome is the catalogue entry that the scenario was judged by, empty for a positive one.
func (s *Scenario) Outcome() string { return s.outcome }

// Measured is what steps measured, in seconds by name.
func (s *Scenario) Measured() map[string]float64 { return s.measured }

// Observation is what a failure looked like, after the step that judged it; nil without one.
func (s *Scenario) Observation() *catalogue.Observation { return s.observed }

// Clusters are the leased ones, empty before the first step that needs them.
func (s *Scenario) Clusters() []*lab.Cluster {
	if s.lease == nil {
		return nil
	}
	return s.lease.Clusters
}

// ready leases the clusters that the steps so far described, once. Later steps can no longer change what they are.
func (s *Scenario) ready(ctx context.Context) error {
	if s.eck != nil {
		return s.readyECK(ctx)
	}
	if s.lease != nil {
		return nil
	}
	if s.env.Pool == nil {
		return errDescribed
	}
	specs := []lab.ClusterSpec{s.remoteSpec, s.localSpec}
	if s.wantsOther {
		specs = append(specs, s.otherSpec())
	}
	lease, err := s.env.Pool.Lease(ctx, specs...)
	if err != nil {
		return lacking(err)
	}
	s.lease, s.remote, s.local, s.began = lease, lease.Clusters[0], lease.Clusters[1], time.Now()
	if s.wantsOther {
		s.other = lease.Clusters[2]
	}
	if err := s.remote.Balancer.ResetConnections(ctx); err != nil {
		return fmt.Errorf("reset the load balancer's counts: %w", err)
	}
	if s.localSpec.IPv6 {
		return s.joinIPv6(ctx)
	}
	return nil
}

// lacking makes nobody's failure of what this machine, or an installed ECK, does not have.
func lacking(err error) error {
	if limited, ok := errors.AsType[*lab.FileLimitError](err); ok {
		return &verdict.UnsupportedError{Fact: "file-limit", Reason: limited.Error()}
	}
	if without, ok := errors.AsType[*lab.NoIPv6Error](err); ok {
		return &verdict.UnsupportedError{Fact: "ipv6", Reason: without.Error()}
	}
	if lacks, ok := errors.AsType[*eck.LacksError](err); ok {
		return &verdict.UnsupportedError{Fact: lacks.Fact, Reason: lacks.Reason}
	}
	return err
}

// clusterOf is the cluster of a role, once they are ready.
func (s *Scenario) clusterOf(role string) *lab.Cluster {
	if role == topology.Remote {
		return s.remote
	}
	return s.local
}

// unique is the scenario's own name for what the feature calls name.
func (s *Scenario) unique(name string) string {
	if s.suffix == "" {
		return name
	}
	return name + "-" + s.suffix
}

// alias is the scenario's own alias for the one in the feature.
func (s *Scenario) alias(name string) string {
	if _, ok := s.aliases[name]; !ok {
		s.aliases[name] = s.unique(name)
	}
	return s.aliases[name]
}

// target turns the feature's "alias:index" or "index", or several of them with commas between, into the scenario's own
// names. Wildcards stay, and so does the - of what is excluded.
func (s *Scenario) target(text string) string {
	parts := strings.Split(text, ",")
	for i, part := range parts {
		excluded := ""
		if rest, ok := strings.CutPrefix(part, "-"); ok {
			part, excluded = rest, "-"
		}
		alias, index, ok := strings.Cut(part, ":")
		if !ok {
			alias, index = "", part
		}
		if !strings.Contains(index, "*") {
			index = s.unique(index)
		}
		if alias != "" {
			index = s.alias(alias) + ":" + index
		}
		parts[i] = excluded + index
	}
	return strings.Join(parts, ",")
}

// later remembers how to undo what a step did. Close does it in reverse order.
func (s *Scenario) later(what string, do func(context.Context) error) {
	s.cleanup = append(s.cleanup, undo{what, do})
}

// Close removes what the scenario made and gives its clusters back; ones that could not be cleaned are stopped. After an
// interruption it stops them right away: nobody will use them again.
func (s *Scenario) Close(ctx context.Context) error {
	s.unwatch()
	if ctx.Err() != nil {
		s.cleanup, s.dirty = nil, true
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.env.Timeouts.Cleanup)
	defer cancel()
	var errs []error
	for i := len(s.cleanup) - 1; i >= 0; i-- {
		if err := s.cleanup[i].run(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	s.cleanup = nil
	if s.eck != nil {
		defer s.eck.release()
	}
	if s.lease == nil {
		return errors.Join(errs...)
	}
	dirty := s.dirty || len(errs) > 0
	if !dirty {
		if err := s.clean(ctx); err != nil {
			errs, dirty = append(errs, err), true
		}
	}
	return errors.Join(append(errs, s.lease.Release(ctx, dirty))...)
}

// clean checks that the next scenario finds the local cluster without remotes.
func (s *Scenario) clean(ctx context.Context) error {
	if s.local == nil {
		return nil
	}
	info, err := s.local.API().RemoteInfo(ctx)
	if err != nil {
		return fmt.Errorf("look whether remote clusters are left: %w", err)
	}
	for alias := range info {
		return fmt.Errorf("remote cluster %q is left on %s", alias, s.local.Name)
	}
	return nil
}

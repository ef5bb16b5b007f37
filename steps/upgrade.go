package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

const hasNodes = "the {word} cluster has {int} nodes"

const isUpgraded = "the {word} cluster is upgraded node by node to {string}"

var upgradeSteps = []gherkin.Definition{
	{Expression: hasNodes, Handler: (*Scenario).nodes,
		Doc: "They share the transport authority and the server name, and the load balancer spreads connections over those that are up."},
	{Expression: isUpgraded, Handler: (*Scenario).upgraded,
		Doc: "As documented, for each node: no allocation of replicas, stop, start with that version on the same data, wait until it has joined, allocation again, wait for green."},
	{Expression: doesNotStart, Handler: (*Scenario).refusesData,
		Doc: "The first node stops, starts with that version on the same data, and ends by itself."},
	{Expression: "the keys, settings and trust of {string} still hold", Handler: (*Scenario).stillHolds,
		Doc: "It is connected, and the settings of remote clusters, what _remote/info says of them and the API key are what they were before the first upgrade. A default that follows the version may change, and is told in the timeline."},
}

const doesNotStart = "a node of the {word} cluster does not start with {string} on its data"

// NodesOf is how many nodes the clusters of a scenario have in all, one on each side unless a step says otherwise, and
// whether one of them has several.
func NodesOf(bound []gherkin.Bound) (nodes int, several bool) {
	sides := map[any]int{topology.Local: 1, topology.Remote: 1}
	others := 0
	for _, b := range bound {
		switch b.Expression {
		case hasNodes:
			sides[b.Arguments[0]], _ = b.Arguments[1].(int)
		case anotherLike:
			others++
		}
	}
	local, remote := sides[topology.Local], sides[topology.Remote]
	return local + remote*(1+others), local > 1 || remote > 1
}

// Upgrade is a change of version that a scenario makes.
type Upgrade struct {
	Role    string
	To      *semver.Version
	Refused bool // the data is of a version that this one does not take
}

// UpgradeOf answers the change of version that a step makes.
func UpgradeOf(b gherkin.Bound) (u Upgrade, ok bool, err error) {
	if b.Expression != isUpgraded && b.Expression != doesNotStart {
		return Upgrade{}, false, nil
	}
	role, _ := b.Arguments[0].(string)
	text, _ := b.Arguments[1].(string)
	if role != topology.Local && role != topology.Remote {
		return Upgrade{}, false, fmt.Errorf("there is a local and a remote cluster, and no %q one", role)
	}
	to, err := semver.StrictNewVersion(text)
	if err != nil {
		return Upgrade{}, false, fmt.Errorf("upgrade to %q: write one whole version, such as 9.3.2", text)
	}
	return Upgrade{role, to, b.Expression == doesNotStart}, true, nil
}

// After is the pair after an upgrade.
func After(p Pair, u Upgrade) Pair {
	switch {
	case u.Refused:
	case u.Role == topology.Local:
		p.Local = u.To
	default:
		p.Remote = u.To
	}
	return p
}

// event puts a line into the scenario's timeline.
func (s *Scenario) event(text string) {
	s.timeline = append(s.timeline, reports.Event{At: s.seconds(), Text: text})
}

// seconds is the time since the scenario began, in milliseconds' precision.
func (s *Scenario) seconds() float64 { return float64(time.Since(s.opened).Milliseconds()) / 1000 }

// mark puts a line into the timeline of a scenario with a watcher.
func (s *Scenario) mark(text string) {
	if s.watcher != nil {
		s.event(text)
	}
}

// Timeline ends the watcher, and is what happened when, and when the watcher's searches did not work; nil in a scenario in
// which nothing of the kind happened.
func (s *Scenario) Timeline() *reports.Timeline {
	s.unwatch()
	if len(s.timeline) == 0 {
		return nil
	}
	return &reports.Timeline{Events: s.timeline, Searches: s.watched, Outages: s.outages}
}

func (s *Scenario) nodes(_ context.Context, role string, n int) error {
	spec, err := s.side(role)
	if err != nil {
		return err
	}
	if n < 1 || n > 9 {
		return fmt.Errorf("a cluster has 1 to 9 nodes here, and not %d", n)
	}
	spec.Nodes = n
	return s.describe()
}

func (s *Scenario) cluster(role string) (*lab.Cluster, error) {
	if _, err := s.side(role); err != nil {
		return nil, err
	}
	if s.lease == nil {
		return nil, errors.New("the clusters are not running yet")
	}
	if role == topology.Local {
		return s.local, nil
	}
	return s.remote, nil
}

func (s *Scenario) upgraded(ctx context.Context, role, version string) error {
	cluster, err := s.cluster(role)
	if err != nil {
		return err
	}
	to, err := semver.StrictNewVersion(version)
	if err != nil {
		return fmt.Errorf("read version %q: %w", version, err)
	}
	if err := s.beforeUpgrade(ctx); err != nil {
		return err
	}
	s.event(fmt.Sprintf("the %s cluster is upgraded from %s to %s", role, cluster.Version, version))
	if err := cluster.Upgrade(ctx, version, s.event); err != nil {
		return fmt.Errorf("upgrade the %s cluster to %s: %w", role, version, err)
	}
	s.event(fmt.Sprintf("the %s cluster is %s", role, version))
	s.pair = After(s.pair, Upgrade{Role: role, To: to})
	if s.searcher != nil && role == topology.Local {
		s.searcher = s.searcher.At(cluster.API())
	}
	supported, reason := s.env.Facts.CCSSupported(s.pair.Local, s.pair.Remote)
	documented := "documented"
	if !supported {
		documented = "not documented"
	}
	s.event(fmt.Sprintf("to search across %s is %s as supported: %s", s.pair, documented, reason))
	return nil
}

// beforeUpgrade keeps what the first upgrade must leave as it is.
func (s *Scenario) beforeUpgrade(ctx context.Context) error {
	s.dirty = true // from here on a cluster is not what its description says
	if s.before != nil {
		return nil
	}
	before, err := s.hold(ctx)
	s.before, s.first = before, s.pair
	return err
}

func (s *Scenario) refusesData(ctx context.Context, role, version string) error {
	cluster, err := s.cluster(role)
	if err != nil {
		return err
	}
	if err := s.beforeUpgrade(ctx); err != nil {
		return err
	}
	refused, err := cluster.RefusesData(ctx, version, s.event)
	if err != nil {
		return fmt.Errorf("start a node of the %s cluster with %s: %w", role, version, err)
	}
	if !refused {
		return &verdict.Mismatch{What: "the node of the " + role + " cluster", Wanted: "does not start with " + version, Got: "has started"}
	}
	return nil
}

package disturb

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/steps/access"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
)

// The expressions of steps that change a version, or try to.
const (
	isUpgraded  = "the {word} cluster is upgraded node by node to {string}"
	refusesData = "a node of the {word} cluster does not start with {string} on its data"
)

// Upgrades are the changes of version that one scenario makes.
type Upgrades struct {
	world   *world.World
	remotes *remotes.Remotes
	keys    *access.Keys
	before  verdict.Values // what the first upgrade must leave as it is; nil before it
	first   world.Pair     // the versions before the first upgrade
}

// NewUpgrades are the upgrades of a scenario that has made none.
func NewUpgrades(w *world.World, r *remotes.Remotes, k *access.Keys) *Upgrades {
	return &Upgrades{world: w, remotes: r, keys: k}
}

// Steps are the steps that upgrade clusters, and the one that looks at what they left.
func (u *Upgrades) Steps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: isUpgraded, Handler: u.upgradeCluster,
			Doc: "As documented, for each node: no allocation of replicas, stop, start with that version on the same data, " +
				"wait until it has joined, allocation again, wait for green."},
		{Expression: refusesData, Handler: u.expectDataRefused,
			Doc: "The first node stops, starts with that version on the same data, and ends by itself."},
		{Expression: "the keys, settings and trust of {string} still hold", Handler: u.expectUnchanged,
			Doc: "It is connected, and the settings of remote clusters, what _remote/info says of them and the API key are " +
				"what they were before the first upgrade. A default that follows the version may change, and is told in the " +
				"timeline."},
	}
}

// Change is a change of version that a step makes, or that is refused.
type Change struct {
	Side    world.Side
	To      *semver.Version
	Refused bool // the data is of a version that this one does not take
}

// ChangeOf answers the change of version that a step makes.
func ChangeOf(b gherkin.Bound) (c Change, ok bool, err error) {
	if b.Expression != isUpgraded && b.Expression != refusesData {
		return Change{}, false, nil
	}
	role, _ := b.Arguments[0].(string)
	text, _ := b.Arguments[1].(string)
	side, err := world.ParseSide(role, "cluster")
	if err != nil {
		return Change{}, false, err
	}
	to, err := semver.StrictNewVersion(text)
	if err != nil {
		return Change{}, false, fmt.Errorf("upgrade to %q: write one whole version, such as 9.3.2", text)
	}
	return Change{side, to, b.Expression == refusesData}, true, nil
}

// Of is the pair after the change.
func (c Change) Of(p world.Pair) world.Pair {
	if c.Refused {
		return p
	}
	return c.Side.Upgraded(p, c.To)
}

func (u *Upgrades) upgradeCluster(ctx context.Context, role, version string) error {
	cluster, err := u.world.Clusters.Running(role)
	if err != nil {
		return err
	}
	to, err := semver.StrictNewVersion(version)
	if err != nil {
		return fmt.Errorf("read version %q: %w", version, err)
	}
	if err := u.keepState(ctx); err != nil {
		return err
	}
	timeline := u.world.Timeline
	timeline.Event(fmt.Sprintf("the %s cluster is upgraded from %s to %s", role, cluster.Version, version))
	if err := cluster.Upgrade(ctx, version, timeline.Event); err != nil {
		return fmt.Errorf("upgrade the %s cluster to %s: %w", role, version, err)
	}
	timeline.Event(fmt.Sprintf("the %s cluster is %s", role, version))
	u.world.Pair = world.Side(role).Upgraded(u.world.Pair, to)
	if role == topology.Local {
		u.world.LocalMoved()
	}
	supported, reason := u.world.Env.Facts.CCSSupported(u.world.Pair.Local, u.world.Pair.Remote)
	documented := "documented"
	if !supported {
		documented = "not documented"
	}
	timeline.Event(fmt.Sprintf("to search across %s is %s as supported: %s", u.world.Pair, documented, reason))
	return nil
}

// keepState keeps what the first upgrade must leave as it is.
func (u *Upgrades) keepState(ctx context.Context) error {
	u.world.Undo.Spoil() // from here on a cluster is not what its description says
	if u.before != nil {
		return nil
	}
	before, err := u.state(ctx)
	u.before, u.first = before, u.world.Pair
	return err
}

func (u *Upgrades) expectDataRefused(ctx context.Context, role, version string) error {
	cluster, err := u.world.Clusters.Running(role)
	if err != nil {
		return err
	}
	if err := u.keepState(ctx); err != nil {
		return err
	}
	refused, err := cluster.RefusesData(ctx, version, u.world.Timeline.Event)
	if err != nil {
		return fmt.Errorf("start a node of the %s cluster with %s: %w", role, version, err)
	}
	if !refused {
		return &verdict.Mismatch{What: "the node of the " + role + " cluster",
			Wanted: "does not start with " + version, Got: "has started"}
	}
	return nil
}

// expectUnchanged compares with what was before the first upgrade. A default that changed with the local version is no
// loss, but goes into the timeline.
func (u *Upgrades) expectUnchanged(ctx context.Context, name string) error {
	if u.before == nil {
		return errNoUpgrade
	}
	if err := u.remotes.ExpectConnected(ctx, name); err != nil {
		return err
	}
	after, err := u.state(ctx)
	if err != nil {
		return err
	}
	if wanted, got := u.expected(after).Differences(after); len(wanted) > 0 {
		return &verdict.Mismatch{What: "keys, settings and trust after the upgrade",
			Wanted: strings.Join(wanted, "\n"), Got: strings.Join(got, "\n")}
	}
	u.world.Timeline.Event(fmt.Sprintf("%d settings, fields of _remote/info and properties of the key are as before",
		len(after)))
	return nil
}

// expected is what was before the first upgrade, with the defaults of the version that the local cluster has now.
func (u *Upgrades) expected(after verdict.Values) verdict.Values {
	expected := maps.Clone(u.before)
	local := u.world.Pair.Local
	for key, was := range u.before {
		field := key[strings.LastIndex(key, " ")+1:]
		old, known := u.world.Env.Facts.DefaultOf(field, u.first.Local)
		now, stays := u.world.Env.Facts.DefaultOf(field, local)
		changed := known && stays && was == old && old != now && after[key] == now
		if changed && strings.HasPrefix(key, "_remote/info") {
			expected[key] = now
			u.world.Timeline.Event(fmt.Sprintf("%s is %s now, the default of %s (%s before)", field, now, local.Original(), old))
		}
	}
	return expected
}

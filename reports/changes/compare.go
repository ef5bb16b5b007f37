package changes

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/fixtures/survey"
)

// Changes is what differs between two versions.
type Changes struct {
	Schema   string    `json:"schema"`
	From     Version   `json:"from"`
	To       Version   `json:"to"`
	Together []string  `json:"together"` // how the two go together: connecting, searching, upgrading
	Begins   []Fact    `json:"begins"`
	Ends     []Fact    `json:"ends"`
	Info     []Change  `json:"remote_info"` // fields and defaults, by model and mode
	Common   []Common  `json:"common"`      // what changed alike in several failures
	Failures []Failure `json:"failures"`
	OnlyFrom []Unseen  `json:"seen_before_only"`
	OnlyTo   []Unseen  `json:"seen_after_only"`
}

// Schema names the layout of Changes in JSON.
const Schema = "crosscheck.changes/1"

// Version is a version that was asked for, and the measured one that stands for it.
type Version struct {
	Asked    string   `json:"asked"`
	Measured string   `json:"measured"`
	When     string   `json:"when"`
	Images   []string `json:"images"`
}

// Fact is a version fact.
type Fact struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Change is what one aspect said before and says after; what stayed is left out.
type Change struct {
	Aspect string   `json:"aspect"`
	Before []string `json:"before"`
	After  []string `json:"after"`
}

// Failure is what changed in one failure.
type Failure struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Changes []Change `json:"changes"`
}

// Common is one change that several failures share.
type Common struct {
	Change
	Failures []string `json:"failures"`
}

// Unseen is an entry that was seen on one side alone, and why not on the other one.
type Unseen struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Why   string `json:"why"`
}

// manyFailures is from how many failures on a change is told once for all of them.
const manyFailures = 4

// Source is where changes come from.
type Source struct {
	Survey    *survey.Survey
	Facts     *facts.Facts
	Catalogue *catalogue.Catalogue
}

// Between is what differs between two versions, such as 8.5 and 9.3.2. Where one was not surveyed the nearest line
// stands for it.
func (s Source) Between(from, to *semver.Version) (*Changes, error) {
	before, err := s.Survey.Nearest(from)
	if err != nil {
		return nil, err
	}
	after, err := s.Survey.Nearest(to)
	if err != nil {
		return nil, err
	}
	c := &Changes{Schema: Schema, From: stands(from, before), To: stands(to, after)}
	c.versionFacts(s.Facts, asked(from, before), asked(to, after))
	was, is := portray(before), portray(after)
	c.Info = info(was, is)
	s.failures(c, was, is)
	return c, nil
}

func stands(asked *semver.Version, f *survey.File) Version {
	return Version{Asked: asked.Original(), Measured: f.Local, When: f.When, Images: f.Images}
}

// asked is the version that facts are asked of: the measured one where only its line was named.
func asked(v *semver.Version, f *survey.File) *semver.Version {
	if measured, err := semver.NewVersion(f.Local); err == nil && v.Original() != v.String() &&
		measured.Major() == v.Major() && measured.Minor() == v.Minor() {
		return measured
	}
	return v
}

func (c *Changes) versionFacts(known *facts.Facts, from, to *semver.Version) {
	for _, fact := range known.All() {
		was := fact.Local.Contains(from) && fact.Remote.Contains(from)
		is := fact.Local.Contains(to) && fact.Remote.Contains(to)
		switch {
		case is && !was:
			c.Begins = append(c.Begins, Fact{fact.ID, fact.Title})
		case was && !is:
			c.Ends = append(c.Ends, Fact{fact.ID, fact.Title})
		}
	}
	say := func(what string, holds bool, reason string) {
		answer := map[bool]string{true: "yes", false: "no"}[holds]
		c.Together = append(c.Together, fmt.Sprintf("%s: %s (%s)", what, answer, reason))
	}
	holds, reason := known.Connects(from, to)
	say(fmt.Sprintf("%s and %s connect to each other", from, to), holds, reason)
	for _, pair := range [][2]*semver.Version{{from, to}, {to, from}} {
		holds, reason = known.CCSSupported(pair[0], pair[1])
		say(fmt.Sprintf("searching a remote cluster of %s from %s is supported", pair[1], pair[0]), holds, reason)
	}
	if from.LessThan(to) {
		holds, reason = known.RollingUpgrade(from, to)
		say(fmt.Sprintf("an upgrade from %s to %s goes node by node", from, to), holds, reason)
	}
}

// info compares what _remote/info shows of connected remote clusters.
func info(was, is *portrait) []Change {
	var all []Change
	for _, key := range slices.Sorted(maps.Keys(was.connections)) {
		after, both := is.connections[key]
		if !both {
			continue
		}
		before := was.connections[key]
		if gone, added := differ(pairs(before.fields), pairs(after.fields)); len(gone)+len(added) > 0 {
			all = append(all, Change{key + ": " + whereFields, gone, added})
		}
		if gone, added := differ(pairs(before.defaults), pairs(after.defaults)); len(gone)+len(added) > 0 {
			all = append(all, Change{key + ": " + whereDefault, gone, added})
		}
	}
	return all
}

func pairs(m map[string]string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, name+" "+m[name])
	}
	return all
}

// differ is what is in one list alone, and in the other one alone.
func differ(before, after []string) (gone, added []string) {
	without := func(a, b []string) []string {
		return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
	}
	return without(before, after), without(after, before)
}

func (s Source) failures(c *Changes, was, is *portrait) {
	shared := map[string]*Common{}
	for _, entry := range s.Catalogue.Outcomes() {
		before, seenBefore := was.failures[entry.ID]
		after, seenAfter := is.failures[entry.ID]
		switch {
		case seenBefore && seenAfter:
			f := Failure{ID: entry.ID, Title: entry.Title, Changes: compared(before, after)}
			c.Failures = append(c.Failures, f)
			for _, change := range f.Changes {
				if shared[change.key()] == nil {
					shared[change.key()] = &Common{Change: change}
				}
				shared[change.key()].Failures = append(shared[change.key()].Failures, entry.ID)
			}
		case seenBefore:
			c.OnlyFrom = append(c.OnlyFrom, Unseen{entry.ID, entry.Title, s.why(entry, is.file)})
		case seenAfter:
			c.OnlyTo = append(c.OnlyTo, Unseen{entry.ID, entry.Title, s.why(entry, was.file)})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(shared)) {
		if len(shared[key].Failures) >= manyFailures {
			c.Common = append(c.Common, *shared[key])
		}
	}
	slices.SortStableFunc(c.Common, func(a, b Common) int { return cmp.Compare(len(b.Failures), len(a.Failures)) })
	for i := range c.Failures {
		c.Failures[i].Changes = slices.DeleteFunc(c.Failures[i].Changes, func(change Change) bool {
			return len(shared[change.key()].Failures) >= manyFailures
		})
	}
	c.Failures = slices.DeleteFunc(c.Failures, func(f Failure) bool { return len(f.Changes) == 0 })
}

func (c Change) key() string {
	return c.Aspect + "\x00" + strings.Join(c.Before, "\x00") + "\x00\x00" + strings.Join(c.After, "\x00")
}

// compared are the aspects that were observed on both sides and differ.
func compared(before, after failure) []Change {
	var all []Change
	for _, aspect := range aspects {
		if len(before[aspect]) == 0 || len(after[aspect]) == 0 {
			continue // what was not looked at says nothing
		}
		if gone, added := differ(before[aspect], after[aspect]); len(gone)+len(added) > 0 {
			all = append(all, Change{aspect, gone, added})
		}
	}
	return all
}

// why says why an entry was not seen on a line.
func (s Source) why(entry *catalogue.Outcome, f *survey.File) string {
	switch why, named := f.Unseen[entry.ID]; {
	case !named:
		return "its scenarios were not part of the survey of " + f.Local
	case why == entry.ID:
		return "not an entry for " + f.Local + " when that was surveyed"
	case why == "failed" || why == "error" || why == "skipped":
		return "its scenario ended as " + why + " on " + f.Local
	default:
		for _, fact := range s.Facts.All() {
			if fact.ID == why {
				return "on " + f.Local + " its scenarios are unsupported: " + fact.Title
			}
		}
		return "on " + f.Local + " its scenarios are unsupported (" + why + ")"
	}
}

package gate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports"
)

// absent stands for a field that is not there.
const absent = "absent"

// infoChange is one change in what _remote/info shows.
type infoChange struct {
	kind      string
	pair      reports.Pair
	mode      string
	field     string
	was, is   string
	scenarios []string
}

// infoChanges gathers them: many scenarios show one change, which is one finding.
type infoChanges struct{ all []*infoChange }

func (c *infoChanges) add(kind string, s reports.Scenario, mode, field, was, is string) {
	for _, o := range c.all {
		if o.kind == kind && o.pair == s.Pair() && o.mode == mode && o.field == field && o.was == was && o.is == is {
			if !slices.Contains(o.scenarios, s.ID) {
				o.scenarios = append(o.scenarios, s.ID)
			}
			return
		}
	}
	c.all = append(c.all, &infoChange{kind, s.Pair(), mode, field, was, is, []string{s.ID}})
}

// compare holds the shapes that two scenarios saw against each other, alias by alias.
func (c *infoChanges) compare(was, is reports.Scenario) {
	for _, before := range was.RemoteInfo {
		i := slices.IndexFunc(is.RemoteInfo, func(o reports.RemoteInfo) bool {
			return o.Alias == before.Alias &&
				o.Mode == before.Mode
		})
		if i < 0 {
			if j := slices.IndexFunc(is.RemoteInfo, func(o reports.RemoteInfo) bool { return o.Alias == before.Alias }); j >= 0 {
				c.add(RemoteInfoShape, is, is.RemoteInfo[j].Mode, "mode", before.Mode, is.RemoteInfo[j].Mode)
			}
			continue
		}
		after := is.RemoteInfo[i]
		for _, field := range union(before.Fields, after.Fields) {
			if x, y := or(before.Fields, field), or(after.Fields, field); x != y {
				c.add(RemoteInfoShape, is, after.Mode, field, x, y)
			}
		}
		for _, field := range union(before.Defaults, nil) {
			if y, same := after.Defaults[field]; same && y != before.Defaults[field] {
				c.add(RemoteInfoDefault, is, after.Mode, field, before.Defaults[field], y)
			}
		}
	}
}

// union is the keys of both, sorted.
func union(a, b map[string]string) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

func or(fields map[string]string, field string) string {
	if value, there := fields[field]; there {
		return value
	}
	return absent
}

// findings turns the changes into findings, and says of each whether the version facts know it.
func (c *infoChanges) findings(known *facts.Facts) []Finding {
	var all []Finding
	for _, o := range c.all {
		text := fmt.Sprintf("_remote/info shows another default of %s in mode %s: %s, and %s in the baseline", o.field,
			o.mode, quoted(o.is), quoted(o.was))
		if o.kind == RemoteInfoShape {
			text = fmt.Sprintf("_remote/info has another shape in mode %s: %s is %s, and %s in the baseline", o.mode, o.field,
				o.is, o.was)
		}
		if o.documented(known) {
			text += "; that is what is documented for " + o.pair.Local
		}
		all = append(all, Finding{Kind: o.kind, Pair: o.pair, Title: "_remote/info " + o.field + " in mode " + o.mode,
			Scenarios: o.scenarios,
			Field:     o.field, Was: o.was, Is: o.is, Text: text})
	}
	return all
}

func quoted(value string) string {
	if strings.TrimSpace(value) == value && value != "" {
		return value
	}
	return fmt.Sprintf("%q", value)
}

// documented reports whether the facts say for the local version what is seen now.
func (o *infoChange) documented(known *facts.Facts) bool {
	local, err := semver.StrictNewVersion(o.pair.Local)
	if err != nil {
		return false
	}
	if o.kind == RemoteInfoDefault {
		value, there := known.DefaultOf(o.field, local)
		return there && value == o.is
	}
	shape, there := known.Shape(local, o.mode)
	listed := slices.Contains(shape.Fields, o.field)
	if !there || o.was != absent && o.is != absent { // types are not documented
		return false
	}
	if o.is == absent {
		return !listed
	}
	return listed || slices.Contains(shape.Optional, o.field)
}

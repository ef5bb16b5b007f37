package reports

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// ErrParts says that results are not the parts of one plan. The error that wraps it says why and what to do.
var ErrParts = errors.New("these results cannot be joined")

// Part is one result of several, and where it was read.
type Part struct {
	Path   string
	Result *Result
}

// Merge joins the results of all shards of a plan into the result of the whole, with its scenarios in the order of the
// plan. It is an error (ErrParts) when a part is missing or there twice, when parts come from different plans,
// selections, versions of crosscheck or builds of Elasticsearch, or when the scenarios are not the plan's. Redacting
// and writing is the Store's.
func Merge(runID string, parts []Part) (*Result, error) {
	parts = slices.Clone(parts)
	if err := complete(parts); err != nil {
		return nil, err
	}
	slices.SortFunc(parts, func(a, b Part) int { return cmp.Compare(a.Result.Shard.Index, b.Result.Shard.Index) })
	first := parts[0].Result
	merged := &Result{
		Schema: SchemaVersion, RunID: runID, ToolVersion: first.ToolVersion, Started: first.Started, Finished: first.Finished,
		Machine: first.Machine, Command: first.Command, Pairs: first.Pairs,
	}
	merged.Command.Line = ""
	scenarios, from := map[string]Scenario{}, map[string]string{}
	builds := map[string]string{}
	for _, p := range parts {
		r := p.Result
		if err := alike(parts[0], p); err != nil {
			return nil, err
		}
		if r.Started.Before(merged.Started) {
			merged.Started = r.Started
		}
		if r.Finished.After(merged.Finished) {
			merged.Finished = r.Finished
		}
		merged.Merged = append(merged.Merged, MergedPart{RunID: r.RunID, Index: r.Shard.Index, Started: r.Started,
			Finished: r.Finished, Machine: r.Machine})
		if err := merged.addClusters(p, builds); err != nil {
			return nil, err
		}
		for _, o := range r.Outcomes {
			if !slices.ContainsFunc(merged.Outcomes, func(other ExpectedFailure) bool { return other.ID == o.ID }) {
				merged.Outcomes = append(merged.Outcomes, o)
			}
		}
		for _, s := range r.Scenarios {
			switch {
			case !slices.Contains(r.Shard.Plan, s.ID):
				return nil, parted("%s: scenario %q is not in the plan that it is a part of; run again", p.Path, s.ID)
			case from[s.ID] != "":
				return nil, parted("%s: scenario %q is in %s too; run all parts with the same --costs, images and features",
					p.Path, s.ID, from[s.ID])
			}
			scenarios[s.ID], from[s.ID] = s, p.Path
		}
	}
	var missing []string
	for _, id := range first.Shard.Plan {
		if s, there := scenarios[id]; there {
			merged.Scenarios = append(merged.Scenarios, s)
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		return nil, parted("no part holds %s; run all parts with the same --costs, images and features",
			strings.Join(missing, ", "))
	}
	slices.SortFunc(merged.Outcomes, func(a, b ExpectedFailure) int { return cmp.Compare(a.ID, b.ID) })
	merged.Seconds = merged.Finished.Sub(merged.Started).Seconds()
	Summarize(merged, "")
	return merged, nil
}

// addClusters adds the clusters of a part. builds maps versions of Elasticsearch to the builds of earlier parts.
func (r *Result) addClusters(p Part, builds map[string]string) error {
	for _, c := range p.Result.Clusters {
		if build, known := builds[c.Version]; known && build != c.BuildHash {
			return parted("%s: Elasticsearch %s is build %s there and %s in an earlier part; run all parts with the "+
				"same images", p.Path, c.Version, c.BuildHash, build)
		}
		builds[c.Version] = c.BuildHash
		c.Name = fmt.Sprintf("%s of part %d", c.Name, p.Result.Shard.Index)
		r.Clusters = append(r.Clusters, c)
	}
	return nil
}

func parted(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrParts, fmt.Errorf(format, args...))
}

// complete checks that every shard is there once.
func complete(parts []Part) error {
	if len(parts) == 0 {
		return parted("there are none; name the result.json of every part")
	}
	at := map[int]string{}
	for _, p := range parts {
		switch s := p.Result.Shard; {
		case s == nil:
			return parted("%s: is no part of a plan, it was run without --shard; leave it out", p.Path)
		case at[s.Index] != "":
			return parted("%s: is part %d of %d, and so is %s; name one of them", p.Path, s.Index, s.Count, at[s.Index])
		default:
			at[s.Index] = p.Path
		}
	}
	count := parts[0].Result.Shard.Count
	var missing []string
	for i := 1; i <= count; i++ {
		if at[i] == "" {
			missing = append(missing, fmt.Sprintf("%d/%d", i, count))
		}
	}
	if len(missing) > 0 {
		return parted("part %s is missing; name the result.json of every part", strings.Join(missing, ", "))
	}
	return nil
}

// alike checks that two parts are of one plan.
func alike(a, b Part) error {
	x, y := a.Result, b.Result
	differ := func(what string, first, second any) error {
		return parted("%s: %s is %v, and %v in %s; run all parts with the same command but for --shard", b.Path, what,
			second, first, a.Path)
	}
	switch {
	case x.ToolVersion != y.ToolVersion:
		return differ("the version of crosscheck", x.ToolVersion, y.ToolVersion)
	case x.Shard.Count != y.Shard.Count:
		return differ("the number of parts", x.Shard.Count, y.Shard.Count)
	case !reflect.DeepEqual(x.Pairs, y.Pairs):
		return differ("the list of pairs", x.Pairs, y.Pairs)
	case x.Command.Profile != y.Command.Profile || x.Command.Tags != y.Command.Tags ||
		!slices.Equal(x.Command.Features, y.Command.Features):
		return differ("the selection", selection(x.Command), selection(y.Command))
	case !slices.Equal(x.Shard.Plan, y.Shard.Plan):
		return differ("the plan", firstOf(x.Shard.Plan, y.Shard.Plan), firstOf(y.Shard.Plan, x.Shard.Plan))
	}
	return nil
}

func selection(c Command) string {
	return fmt.Sprintf("profile %q, features %q, tags %q", c.Profile, c.Features, c.Tags)
}

// firstOf names the first scenario of a plan that is not in another one at its place.
func firstOf(plan, other []string) string {
	for i, id := range plan {
		if i >= len(other) || other[i] != id {
			return fmt.Sprintf("%q as number %d of %d", id, i+1, len(plan))
		}
	}
	return fmt.Sprintf("at its end after %d scenarios", len(plan))
}

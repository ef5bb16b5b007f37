package suite

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps"
)

// What things cost where no stored result says so, in seconds; measured on two cores.
const (
	costOfCluster  = 12.0
	costOfScenario = 6.0
	costOfUpgrade  = 65.0 // of three nodes
)

// Shard is one of several parts of a plan. The zero value is the whole plan.
type Shard struct {
	Index, Count int // Index from 1 to Count
}

// ParseShard reads i/n; an empty text is the whole plan.
func ParseShard(text string) (Shard, error) {
	if text == "" {
		return Shard{}, nil
	}
	first, second, _ := strings.Cut(text, "/")
	index, err1 := strconv.Atoi(first)
	count, err2 := strconv.Atoi(second)
	if err1 != nil || err2 != nil || index < 1 || index > count {
		return Shard{}, fmt.Errorf("--shard %s: write i/n, such as 1/4 for the first of four parts", text)
	}
	return Shard{index, count}, nil
}

// Costs tell how long a scenario took in stored results, in seconds.
type Costs map[reports.ScenarioKey]float64

// CostsOf reads them from results; of several that know a scenario the last one counts.
func CostsOf(results ...*reports.Result) Costs {
	costs := Costs{}
	for _, r := range results {
		for _, s := range r.Scenarios {
			if s.Attempts > 0 {
				costs[s.Key()] = s.Seconds / float64(s.Attempts)
			}
		}
	}
	return costs
}

// of is what an item costs without its clusters.
func (c Costs) of(item Item) float64 {
	if item.Unsupported != nil {
		return 0
	}
	if seconds, ok := c[item.report().Key()]; ok {
		return seconds
	}
	return costOfScenario + costOfUpgrade*float64(len(item.Upgrades))
}

// Clusters says which clusters an item would lease, by name. It starts none.
func Clusters(ctx context.Context, facts *facts.Facts) func(Item) []string {
	return func(item Item) []string { return steps.Clusters(ctx, facts, item.Pair, item.vocabulary, item.bound) }
}

// Split answers the ids of the items that belong to the shard; clusters says which ones an item leases. The plan is put
// in the order of pairs and clusters and cut where the parts become equally long, so that hardly any cluster is started
// in two shards; what cannot run goes with the first one. The same plan and costs are always split alike, each item
// goes to one shard, and each shard has something to run.
func (s Shard) Split(items []Item, clusters func(Item) []string, costs Costs) (map[string]bool, error) {
	all, runnable := shards(items, clusters, costs, s.Count)
	if s.Count > runnable {
		return nil, fmt.Errorf("--shard %d/%d: %d of the %d scenarios can run; split them into %d parts at most",
			s.Index, s.Count, runnable, len(items), max(1, runnable))
	}
	return all[s.Index-1], nil
}

// shards are the ids of all of them, and how many items can run.
func shards(items []Item, clusters func(Item) []string, costs Costs, count int) (ids []map[string]bool, runnable int) {
	for range count {
		ids = append(ids, map[string]bool{})
	}
	var runs []piece
	for _, item := range items {
		if id := item.report().ID; item.Unsupported == nil {
			runs = append(runs, piece{id, clusters(item), costs.of(item)})
		} else {
			ids[0][id] = true
		}
	}
	if count > len(runs) {
		return ids, len(runs)
	}
	// A cluster's key begins with its role and version: that puts the scenarios of a pair side by side.
	slices.SortStableFunc(runs, func(a, b piece) int { return slices.Compare(a.clusters, b.clusters) })
	// The shortest length that the parts can keep to, found by halving. The plan in one part bounds it.
	least, most := 0.0, 0.0
	started := map[string]bool{}
	for _, r := range runs {
		most += r.with(started)
	}
	for most-least > 1 { // a second more or less is less than anybody can foretell
		middle := (least + most) / 2
		if cut(runs, count, middle, nil) {
			most = middle
		} else {
			least = middle
		}
	}
	cut(runs, count, most, func(shard int, p piece) { ids[shard-1][p.id] = true })
	return ids, len(runs)
}

// cut deals the pieces out, in their order, to count shards none of which takes longer than limit, in seconds. It is
// false where that takes more shards. Every shard gets a piece, if there are enough.
func cut(runs []piece, count int, limit float64, give func(shard int, p piece)) bool {
	shard, taken, started := 1, 0.0, map[string]bool{}
	for i, r := range runs {
		if taken > 0 && (taken+r.cost(started) > limit || len(runs)-i <= count-shard) {
			shard, taken, started = shard+1, 0, map[string]bool{}
		}
		if taken += r.with(started); taken > limit || shard > count {
			return false
		}
		if give != nil {
			give(shard, r)
		}
	}
	return true
}

// piece is an item that can run.
type piece struct {
	id       string
	clusters []string
	seconds  float64
}

// cost is what it takes where those clusters run.
func (r piece) cost(started map[string]bool) float64 {
	seconds := r.seconds
	for _, c := range r.clusters {
		if !started[c] {
			seconds += costOfCluster
		}
	}
	return seconds
}

// with is its cost, after which its clusters run too.
func (r piece) with(started map[string]bool) float64 {
	cost := r.cost(started)
	for _, c := range r.clusters {
		started[c] = true
	}
	return cost
}

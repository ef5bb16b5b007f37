package session

import (
	"context"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
)

// part is the shard of a plan that a session works on.
type part struct {
	shard suite.Shard // the zero Shard: all of it
	whole []string    // ids of the plan that the shards share, in its order
}

// divide keeps the part of the plan that the options name. How the plan is split depends on the options and the data
// alone, never on the machine: every part must come to the same answer.
func (s *Selection) divide(ctx context.Context) error {
	o := s.options
	shard, err := suite.ParseShard(o.Shard)
	if err != nil {
		return &UsageError{err}
	}
	if shard.Count == 0 {
		if len(o.Costs) > 0 {
			return usagef("--costs: says how to split a plan; give --shard too")
		}
		return nil
	}
	var known []*reports.Result
	for _, path := range o.Costs {
		result, err := reports.Load(path)
		if err != nil {
			return usagef("--costs: %w", err)
		}
		known = append(known, result)
	}
	items, err := s.Assembled(ctx)
	if err != nil {
		return err
	}
	for _, item := range items {
		s.part.whole = append(s.part.whole, item.Report().ID)
	}
	s.part.shard = shard
	if s.only, err = shard.Split(items, suite.Clusters(ctx, s.Facts), suite.CostsOf(known...)); err != nil {
		return &UsageError{err}
	}
	s.items = s.selected(s.items)
	return nil
}

// Shard is the part of the plan as a result holds it; nil for a whole plan.
func (s *Selection) Shard() *reports.Shard {
	if s.part.shard.Count == 0 {
		return nil
	}
	return &reports.Shard{Index: s.part.shard.Index, Count: s.part.shard.Count, Plan: s.part.whole}
}

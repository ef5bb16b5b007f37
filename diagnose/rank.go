package diagnose

import (
	"math"
	"slices"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

// What a version or a model outside of an entry's own leaves of its score.
const (
	outsideRange = 0.6
	otherModel   = 0.5
)

// hit is one piece that fits, or speaks against, one entry.
type hit struct {
	piece    int
	signal   int // index into the entry's signals; -1 for a conflict
	strength float64
	weight   float64 // the strength, by how few entries share it
	against  bool
}

// rank holds every piece against every entry. Entries that the same pieces speak for, equally much, come as one cause.
func (e *Engine) rank(pieces []evidence.Piece, k context) []Cause {
	hits := make([][]hit, len(e.entries))
	for i, p := range pieces {
		e.hold(i, p, k, hits)
	}
	var all []Cause
	for i, entry := range e.entries {
		best := strongest(hits[i])
		score := 0.0
		for _, h := range best {
			score += h.weight
		}
		if score <= 0 {
			continue
		}
		all = append(all, cause(entry, best, score*fit(entry.outcome, k), pieces))
	}
	slices.SortFunc(all, byScore)
	all = merge(all)
	confide(all)
	return slices.DeleteFunc(all, func(c Cause) bool { return c.Confidence < leastToShow })
}

// hold holds one piece against every entry, and weighs what fits by how few entries fit as well.
func (e *Engine) hold(at int, p evidence.Piece, k context, hits [][]hit) {
	found := make([]hit, len(e.entries))
	for i, entry := range e.entries {
		found[i] = hit{piece: at, signal: -1}
		for j, s := range entry.signals {
			strength := match(s, p)
			if strength > 0 && !s.AppliesTo(k.local, k.remote) {
				strength *= otherVersions
			}
			if strength > 0 && s.Against {
				hits[i] = append(hits[i], hit{piece: at, signal: j, strength: strength, weight: -strength, against: true})
				continue
			}
			if strength > found[i].strength {
				found[i] = hit{piece: at, signal: j, strength: strength}
			}
		}
	}
	for i, entry := range e.entries {
		h := found[i]
		if h.strength > 0 {
			alike := 0
			for _, other := range found {
				if other.strength >= 0.9*h.strength {
					alike++
				}
			}
			h.weight = h.strength * rarity(alike, len(e.entries))
			hits[i] = append(hits[i], h)
			continue
		}
		if against := conflict(entry.signals, p); against > 0 {
			hits[i] = append(hits[i], hit{piece: at, signal: -1, strength: against, weight: -against, against: true})
		}
	}
}

// rarity is 1 for what one entry has alone, and falls to 0 for what all have.
func rarity(alike, all int) float64 {
	return 1 - math.Log(float64(alike))/math.Log(float64(all)+1)
}

// strongest keeps of each signal the piece that fits best: a line that a log repeats is still one observation. Of
// conflicts it keeps the strongest of each kind.
func strongest(hits []hit) []hit {
	best := map[int]hit{}
	for _, h := range hits {
		key := h.signal
		if h.against {
			key = -2 - max(h.signal, -1)
		}
		if old, there := best[key]; !there || math.Abs(h.weight) > math.Abs(old.weight) {
			best[key] = h
		}
	}
	kept := make([]hit, 0, len(best))
	for _, h := range best {
		kept = append(kept, h)
	}
	slices.SortFunc(kept, func(a, b hit) int {
		if a.weight != b.weight {
			if a.weight > b.weight {
				return -1
			}
			return 1
		}
		return a.piece - b.piece
	})
	return kept
}

// fit lowers the score of an entry that is for other versions, or another security model.
func fit(o *catalogue.Outcome, k context) float64 {
	factor := 1.0
	if k.local != nil && !o.Local.Contains(k.local) || k.remote != nil && !o.Remote.Contains(k.remote) {
		factor *= outsideRange
	}
	if k.model != "" && !o.Model.Fits(catalogue.Model(k.model)) {
		factor *= otherModel
	}
	return factor
}

func cause(e entry, hits []hit, score float64, pieces []evidence.Piece) Cause {
	o := e.outcome
	c := Cause{Same: same(o), SameAs: []Same{}, outcome: o, score: score}
	for _, h := range hits {
		p := pieces[h.piece]
		c.Evidence = append(c.Evidence, Evidence{
			Source: p.Source, Line: p.Line, Text: p.Shown, Shows: shows(e, h, p), Against: h.against, Weight: round(h.weight),
		})
	}
	return c
}

func same(o *catalogue.Outcome) Same {
	return Same{ID: o.ID, Title: o.Title, Cause: o.Cause, Fix: o.Fix, Confirm: o.Confirm, Source: o.Source}
}

// merge makes one cause of entries that the same pieces speak for, equally much.
func merge(all []Cause) []Cause {
	var merged []Cause
	for _, c := range all {
		at := slices.IndexFunc(merged, func(m Cause) bool { return alike(m, c) })
		if at < 0 {
			merged = append(merged, c)
			continue
		}
		merged[at].SameAs = append(merged[at].SameAs, c.Same)
	}
	return merged
}

func alike(a, b Cause) bool {
	if math.Abs(a.score-b.score) > 0.001 || len(a.Evidence) != len(b.Evidence) {
		return false
	}
	for i, e := range a.Evidence {
		o := b.Evidence[i]
		if e.Source != o.Source || e.Line != o.Line || e.Text != o.Text || math.Abs(e.Weight-o.Weight) > 0.001 {
			return false
		}
	}
	return true
}

// confide turns scores into confidence: how much evidence there is, times how much of it is this cause's.
func confide(all []Cause) {
	total := 0.0
	for _, c := range all {
		total += math.Pow(c.score, 4)
	}
	for i, c := range all {
		share := math.Pow(c.score, 4) / total
		all[i].Confidence = round((1 - math.Exp(-certainSlope*c.score)) * share)
	}
}

func round(f float64) float64 { return math.Round(f*1000) / 1000 }

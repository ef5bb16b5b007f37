package diagnose

import (
	"cmp"
	"math"
	"regexp"
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

// digits are what differs between lines that a log repeats: times, ports, numbers of channels.
var digits = regexp.MustCompile(`[0-9a-f]*[0-9][0-9a-f]*`)

// rank holds every piece against every entry. Entries that the same pieces speak for, equally much, come as one cause.
func (e *Engine) rank(pieces []evidence.Piece, k clusters) []Cause {
	hits := make([][]hit, len(e.entries))
	seen := map[string]bool{}
	for i, p := range pieces {
		if p.Kind == evidence.Log { // a line that is repeated is held once
			key := digits.ReplaceAllString(string(p.Side)+p.Text(), "0")
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		e.hold(i, p, k, hits)
	}
	all := []Cause{}
	for i, entry := range e.entries {
		best := strongest(hits[i], entry, pieces)
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
func (e *Engine) hold(at int, p evidence.Piece, k clusters, hits [][]hit) {
	found := make([][]hit, len(e.entries))
	best := make([]float64, len(e.entries))
	for i, entry := range e.entries {
		found[i] = entry.fitting(at, p, k)
		for _, h := range found[i] {
			if !h.against {
				best[i] = max(best[i], h.strength)
			}
		}
	}
	for i, entry := range e.entries {
		for _, h := range found[i] {
			h.weight = -h.strength
			if !h.against {
				alike := 0
				for _, other := range best {
					if other >= 0.9*h.strength {
						alike++
					}
				}
				h.weight = h.strength * rarity(alike, len(e.entries))
			}
			hits[i] = append(hits[i], h)
		}
		if best[i] > 0 {
			continue
		}
		if against := conflict(entry.signals, p); against > 0 {
			hits[i] = append(hits[i], hit{piece: at, signal: -1, strength: against, weight: -against, against: true})
		}
	}
}

// fitting are the signals of an entry that a piece fits, without their weight.
func (e entry) fitting(at int, p evidence.Piece, k clusters) []hit {
	var all []hit
	for j, s := range e.signals {
		strength := match(s, p)
		if strength == 0 {
			continue
		}
		if within(e.outcome, k) && !s.AppliesTo(k.local, k.remote) {
			strength *= otherVersions // outside of the entry's own range fit lowers all of it, once
		}
		all = append(all, hit{piece: at, signal: j, strength: strength, against: s.Against})
	}
	return all
}

// rarity is 1 for what one entry has alone, and falls to 0 for what all have.
func rarity(alike, all int) float64 {
	return 1 - math.Log(float64(alike))/math.Log(float64(all)+1)
}

// strongest keeps, of the pieces and signals that fit, those that are observations of their own: a piece counts once,
// and so does a block of a signature with each kind of piece, because a line that a log repeats is one observation,
// and a block with a wording for each of several versions is one block. Of conflicts it keeps the strongest with each
// kind.
func strongest(hits []hit, e entry, pieces []evidence.Piece) []hit {
	type part struct {
		what    string
		kind    evidence.Kind
		against bool
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(-cmp.Compare(math.Abs(a.weight), math.Abs(b.weight)), cmp.Compare(a.piece, b.piece))
	})
	parts, used := map[part]bool{}, map[int]bool{}
	var kept []hit
	for _, h := range hits {
		of := part{kind: pieces[h.piece].Kind, against: h.against, what: e.part(h)}
		if parts[of] || used[h.piece] {
			continue
		}
		parts[of], used[h.piece] = true, true
		kept = append(kept, h)
	}
	slices.SortStableFunc(kept, func(a, b hit) int { return -cmp.Compare(a.weight, b.weight) })
	return kept
}

// part is the block of the signature that a hit is about; of a clue it is its pattern, and of a conflict empty.
func (e entry) part(h hit) string {
	switch {
	case h.signal < 0:
		return ""
	case e.signals[h.signal].Block == catalogue.BlockClue:
		return e.signals[h.signal].Wanted
	}
	return e.signals[h.signal].Block
}

// within reports whether an entry is of the versions of the two sides, as far as they are known.
func within(o *catalogue.Outcome, k clusters) bool {
	return (k.local == nil || o.Local.Contains(k.local)) && (k.remote == nil || o.Remote.Contains(k.remote))
}

// fit lowers the score of an entry that is for other versions, or another security model.
func fit(o *catalogue.Outcome, k clusters) float64 {
	factor := 1.0
	if !within(o, k) {
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
			Source: p.Source, Line: e.line(h, p), Text: p.Shown, begin: p.Line,
			Shows: shows(e, h, p), Against: h.against, Weight: round(h.weight),
		})
	}
	return c
}

// line is where in a piece the text is that fits; of a record with a stack trace that may be far below its first line.
func (e entry) line(h hit, p evidence.Piece) int {
	if h.signal < 0 || e.signals[h.signal].Text == nil || len(p.Lines) != len(p.Texts) {
		return p.Line
	}
	at := slices.IndexFunc(p.Texts, e.signals[h.signal].Text.MatchString)
	if at < 0 {
		return p.Line
	}
	return p.Lines[at]
}

func same(o *catalogue.Outcome) Same {
	return Same{ID: o.ID, Title: o.Title, Cause: o.Cause, Fix: o.Fix, Confirm: o.Confirm, Source: o.Source}
}

// merge makes one cause of entries that the same pieces speak for, equally much.
func merge(all []Cause) []Cause {
	merged := []Cause{}
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
		if e.Source != o.Source || e.begin != o.begin || e.Text != o.Text || math.Abs(e.Weight-o.Weight) > 0.001 {
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

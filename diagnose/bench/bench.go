// Package bench measures diagnosis: failures that were provoked on real clusters, and cases made after public reports,
// are diagnosed from all that there is and from less, and the rank of the right cause is counted.
package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose"
	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/diagnose/read"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

// View is a part of what was seen.
type View string

// The views: all that there is, the local log alone, the answer of the search or request alone, _remote/info alone, and
// what a running pair says when it is asked.
const (
	All        View = "all"
	LocalLog   View = "local log"
	Answer     View = "answer"
	RemoteInfo View = "_remote/info"
	Live       View = "live"
)

// Offline are the views of what was stored.
var Offline = []View{All, LocalLog, Answer, RemoteInfo}

// Rank is where a diagnosis has the right cause: 1 is the first, 0 is not at all.
type Rank struct {
	Place      int
	Alike      int     // how many entries come as one answer with the right one, itself not counted
	Confidence float64 // of the first cause
	First      string  // the id of the first cause, or "healthy", "unknown"
	Seen       bool    // whether the view had anything to look at
	Named      bool    // whether the first cause is above the threshold
}

// Of ranks the right cause in a diagnosis. Of one that is not certain enough to name a cause, what is possible counts.
func Of(d *diagnose.Diagnosis, right ...string) Rank {
	r := Rank{Seen: true}
	causes := d.Causes
	switch {
	case d.Healthy:
		r.First = "healthy"
	case d.Unknown:
		r.First, causes = "unknown", d.Possible
	default:
		r.Named, r.First = true, causes[0].ID
	}
	if len(causes) > 0 {
		r.Confidence = causes[0].Confidence
	}
	for i, c := range causes {
		same := slices.ContainsFunc(c.SameAs, func(s diagnose.Same) bool { return slices.Contains(right, s.ID) })
		if slices.Contains(right, c.ID) || same {
			r.Place, r.Alike = i+1, len(c.SameAs)
			break
		}
	}
	return r
}

// Input is what a view of an observation has. It is empty where the view has nothing.
func Input(seen catalogue.Observation, view View) (evidence.Input, error) {
	var all evidence.Input
	add := func(source string, side evidence.Side, content []byte) error {
		in, err := read.Read(source, bytes.NewReader(content), side)
		if err != nil {
			return fmt.Errorf("read the %s of %s: %w", source, seen.Scenario, err)
		}
		all.Pieces = append(all.Pieces, in.Pieces...)
		return nil
	}
	if view == All || view == Answer {
		if a := seen.SkipUnavailableFalse; a != nil && a.Status == catalogue.NoAnswer {
			all.Pieces = append(all.Pieces, evidence.Piece{Kind: evidence.Answer, Side: evidence.Local, NoAnswer: true,
				Source: "the search", Shown: "the search was not answered", Alias: seen.Alias})
		}
	}
	for _, part := range parts(seen) {
		if len(part.content) > 0 && (view == All || view == part.view) {
			if err := add(part.source, part.side, part.content); err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

// part is one paste.
type part struct {
	view    View
	source  string
	side    evidence.Side
	content []byte
}

func parts(seen catalogue.Observation) []part {
	object := func(fields map[string]any) []byte {
		if fields == nil {
			return nil
		}
		data, err := json.Marshal(map[string]any{seen.Alias: fields})
		if err != nil {
			return nil // it came from JSON
		}
		return data
	}
	answer := func(a *catalogue.Answer) []byte {
		if a == nil || a.Status == catalogue.NoAnswer {
			return nil
		}
		data, err := json.Marshal(a)
		if err != nil {
			return nil
		}
		return data
	}
	lines := func(log []string) []byte { return []byte(strings.Join(log, "\n")) }
	return []part{
		{Answer, "the request's answer", evidence.Local, answer(seen.Request)},
		{Answer, "the search's answer", evidence.Local, answer(seen.SkipUnavailableFalse)},
		{All, "the search's answer with skip_unavailable", evidence.Local, answer(seen.SkipUnavailableTrue)},
		{RemoteInfo, "_remote/info", evidence.Local, object(seen.RemoteInfo)},
		{All, "_resolve/cluster", evidence.Local, object(seen.ResolveCluster)},
		{LocalLog, "the local log", evidence.Local, lines(seen.LocalLog)},
		{All, "the remote log", evidence.Remote, lines(seen.RemoteLog)},
	}
}

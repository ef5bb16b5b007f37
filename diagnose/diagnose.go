// Package diagnose names the likely cause of a remote cluster that does not work, from whatever somebody has at hand:
// it holds pieces of evidence against the failure catalogue, ranks the entries, and asks the question that splits what
// is left. It reads no files and asks no cluster; packages read and live make the pieces.
package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

// Threshold is the confidence from which a cause is named. Below it a diagnosis says unknown: a wrong cause costs more
// than none. docs/diagnose.md has the measurement.
const Threshold = 0.4

// listed is how many causes a diagnosis names at most, and the least confidence of those behind the first.
const (
	listed       = 6
	leastToShow  = 0.05
	mostAlike    = 8 // entries that evidence cannot tell apart and that still make one answer
	certainSlope = 2.0
)

// Diagnosis is what can be said from the evidence.
type Diagnosis struct {
	Threshold float64 `json:"threshold"`
	// Healthy: what was handed in shows a remote cluster that is connected, and nothing of a failure.
	Healthy bool `json:"healthy"`
	// Unknown: no entry of the catalogue fits well enough. Possible then has what comes nearest.
	Unknown bool `json:"unknown"`
	// Causes are the likely causes, the likeliest first; empty when Healthy or Unknown.
	Causes   []Cause    `json:"causes"`
	Possible []Cause    `json:"possible"`
	Next     []Question `json:"next"`
	Notes    []Note     `json:"notes"`
	// NotSeen are the places that usually tell a failure, and of which nothing was handed in.
	NotSeen []string `json:"not_seen"`
	Seen    Seen     `json:"seen"`
}

// Seen is what the evidence, or a hint, says about the clusters. Empty where it does not.
type Seen struct {
	Alias         string `json:"alias"`
	LocalVersion  string `json:"local_version"`
	RemoteVersion string `json:"remote_version"`
	Model         string `json:"model"`
	Pieces        int    `json:"pieces"`
}

// Cause is an entry of the catalogue that fits.
type Cause struct {
	Same
	Confidence float64 `json:"confidence"` // 0 to 1
	// SameAs are entries that nothing handed in tells apart from this one.
	SameAs   []Same     `json:"same_as"`
	Evidence []Evidence `json:"evidence"`

	outcome *catalogue.Outcome
	score   float64
}

// Same is an entry of the catalogue in the words for people.
type Same struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Cause   string   `json:"cause"`
	Fix     string   `json:"fix"`
	Confirm string   `json:"confirm,omitempty"`
	Guides  []string `json:"guides,omitempty"` // sections of the guides, for the caller to fill in
	Source  []string `json:"source,omitempty"`
}

// Evidence is one piece that speaks for a cause, or against it.
type Evidence struct {
	Source  string  `json:"source"`
	Line    int     `json:"line,omitempty"` // from 1; absent where the source has no lines
	Text    string  `json:"text"`
	Shows   string  `json:"shows"` // what of the catalogue it was held against, in words
	Against bool    `json:"against,omitempty"`
	Weight  float64 `json:"weight"`

	begin int // the first line of the piece
}

// Note is something about the input itself: an empty file, another product's log.
type Note struct {
	Source string `json:"source"`
	Line   int    `json:"line,omitempty"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
}

// Engine holds evidence against a catalogue. It is read-only, and safe to share between goroutines.
type Engine struct {
	entries []entry
}

type entry struct {
	outcome *catalogue.Outcome
	signals []catalogue.Signal
}

// New prepares the entries of a catalogue.
func New(c *catalogue.Catalogue) *Engine {
	e := &Engine{}
	for _, o := range c.Outcomes() {
		e.entries = append(e.entries, entry{o, o.Signals()})
	}
	return e
}

// Diagnose ranks the entries of the catalogue by the evidence. A hint that is no version, or no model, is an error.
func (e *Engine) Diagnose(in evidence.Input, hints evidence.Hints) (*Diagnosis, error) {
	k, err := known(in, hints)
	if err != nil {
		return nil, err
	}
	d := &Diagnosis{Threshold: Threshold, Causes: []Cause{}, Possible: []Cause{}, Next: []Question{}, Notes: []Note{}}
	d.Seen, d.NotSeen = k.seen(len(in.Pieces)), notSeen(in.Pieces)
	for _, n := range in.Notes {
		d.Notes = append(d.Notes, Note{Source: n.Source, Line: n.Line, Kind: string(n.Kind), Text: n.Text})
	}
	causes := e.rank(in.Pieces, k)
	switch {
	case len(causes) > 0 && causes[0].Confidence >= Threshold && len(causes[0].SameAs) < mostAlike:
		d.Causes = causes[:min(len(causes), listed)]
	case healthy(in.Pieces) && (len(causes) == 0 || causes[0].Confidence < Threshold/2):
		d.Healthy = true
	default:
		d.Unknown = true
		d.Possible = causes[:min(len(causes), listed)]
	}
	if !d.Healthy {
		d.Next = e.questions(causes, in.Pieces, k)
	}
	return d, nil
}

// healthy reports whether a remote cluster is seen to be connected, or a search to have reached it.
func healthy(pieces []evidence.Piece) bool {
	connected := false
	for _, p := range pieces {
		switch p.Kind {
		case evidence.RemoteInfo, evidence.ResolveCluster:
			up, _ := p.Fields["connected"].(bool)
			if !up && p.Fields["connected"] != nil {
				return false
			}
			connected = connected || up
		case evidence.Answer:
			if p.Status >= 400 || len(p.Reasons) > 0 || p.NoAnswer {
				return false
			}
			for _, status := range p.Clusters {
				if status != "successful" {
					return false
				}
				connected = true
			}
		}
	}
	return connected
}

// clusters is what is known about the clusters.
type clusters struct {
	alias, model  string
	local, remote *semver.Version
	localText     string
	remoteText    string
}

func (k clusters) seen(pieces int) Seen {
	return Seen{Alias: k.alias, LocalVersion: k.localText, RemoteVersion: k.remoteText, Model: k.model, Pieces: pieces}
}

// known takes the hints, and what is missing there from the evidence.
func known(in evidence.Input, hints evidence.Hints) (clusters, error) {
	k := clusters{alias: hints.Alias, model: hints.Model, localText: hints.LocalVersion, remoteText: hints.RemoteVersion}
	if k.model == "any" {
		k.model = ""
	}
	var err error
	if k.local, k.remote, err = checked(hints); err != nil {
		return k, err
	}
	for _, p := range in.Pieces {
		k.learn(p)
	}
	return k, nil
}

// CheckHints says, before anything is read, whether a hint is no version, or no model.
func CheckHints(hints evidence.Hints) error {
	_, _, err := checked(hints)
	return err
}

// checked are the versions among the hints; nil where there is none.
func checked(hints evidence.Hints) (local, remote *semver.Version, err error) {
	models := []string{"", "any", string(catalogue.APIKey), string(catalogue.Certificate), string(catalogue.NoSecurity)}
	if !slices.Contains(models, hints.Model) {
		return nil, nil, fmt.Errorf("--model %s: no such model; there are api-key, certificate and none", hints.Model)
	}
	if local, err = version(hints.LocalVersion, "local"); err != nil {
		return nil, nil, err
	}
	remote, err = version(hints.RemoteVersion, "remote")
	return local, remote, err
}

func version(text, side string) (*semver.Version, error) {
	if text == "" {
		return nil, nil
	}
	v, err := semver.NewVersion(text)
	if err != nil {
		return nil, fmt.Errorf("--%s-version %s: no such version; write it like 9.3.2", side, text)
	}
	return v, nil
}

// learn takes from a piece what was not known yet.
func (k *clusters) learn(p evidence.Piece) {
	if p.Version != "" {
		if v, err := semver.NewVersion(p.Version); err == nil {
			switch {
			case p.Side == evidence.Remote && k.remote == nil:
				k.remote, k.remoteText = v, p.Version
			case p.Side != evidence.Remote && k.local == nil:
				k.local, k.localText = v, p.Version
			}
		}
	}
	if k.alias == "" && p.Alias != "" && p.Side != evidence.Remote {
		k.alias = p.Alias
	}
	if k.model == "" && p.Kind == evidence.RemoteInfo && p.Fields["cluster_credentials"] != nil {
		k.model = string(catalogue.APIKey)
	}
}

// byScore orders causes, those of the same score by id so that a diagnosis is the same every time.
func byScore(a, b Cause) int {
	return cmp.Or(-cmp.Compare(a.score, b.score), cmp.Compare(a.ID, b.ID))
}

package diagnose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

// How much a match counts where it says little: only what a phrase says, only how the remote cluster fared, only the
// fields of an object that many failures leave alike.
const (
	genericText   = 0.2
	typesAlone    = 0.4
	statusAlone   = 0.1
	skippedAlone  = 0.5 // of an entry that is about this and nothing else: a remote cluster that is skipped without a word
	allFields     = 0.6
	connectedOnly = 0.1 // a remote cluster that is connected, which says of a failure only that it is elsewhere
	otherStatus   = 0.5
	otherTypes    = 0.85
	otherCluster  = 0.6
	otherVersions = 0.75
)

// Conflicts: an answer that is there and says something else.
const (
	otherAnswer    = 0.3
	otherConnected = 0.8
	otherField     = 0.5
)

// channels are how much a text counts that was found in a piece of a kind, by the place for which the catalogue has it.
// Logs are not among them, because of them it matters whose they are.
var channels = map[evidence.Kind]map[catalogue.Place]float64{
	evidence.Sentence: {
		catalogue.Sentence: 1, catalogue.Anywhere: 1,
		catalogue.AnswerBody: 0.95, catalogue.LocalLog: 0.95, catalogue.RemoteLog: 0.85,
		catalogue.Settings: 0.8, catalogue.Configuration: 0.8, catalogue.Manifest: 0.8, catalogue.Nodes: 0.8,
		catalogue.RemoteInfo: 0.8,
	},
	evidence.Answer: {
		catalogue.AnswerBody: 1, catalogue.Anywhere: 1,
		catalogue.LocalLog: 0.8, catalogue.RemoteLog: 0.5, catalogue.Sentence: 0.8,
	},
	evidence.RemoteInfo:     {catalogue.RemoteInfo: 1, catalogue.Anywhere: 1},
	evidence.ResolveCluster: {catalogue.ResolveCluster: 1, catalogue.Anywhere: 1, catalogue.AnswerBody: 0.9},
	evidence.Nodes:          {catalogue.Nodes: 1, catalogue.Anywhere: 1},
	evidence.Manifest:       {catalogue.Manifest: 1, catalogue.Anywhere: 1, catalogue.Configuration: 1},
	evidence.Settings:       {catalogue.Settings: 1, catalogue.Configuration: 1},
	evidence.Configuration:  {catalogue.Settings: 1, catalogue.Configuration: 1},
}

// channel is how much a text counts where it was found, when the catalogue has it for another place. A text that is
// only ever looked for at its own place has no channel to others.
func channel(where catalogue.Place, p evidence.Piece) float64 {
	if p.Kind == evidence.Log {
		return logChannel(where, p.Side)
	}
	return channels[p.Kind][where]
}

func logChannel(where catalogue.Place, side evidence.Side) float64 {
	remote := side == evidence.Remote
	switch where {
	case catalogue.Anywhere:
		return 1
	case catalogue.LocalLog:
		if remote {
			return 0.4
		}
		return 1
	case catalogue.RemoteLog:
		switch side {
		case evidence.Remote:
			return 1
		case evidence.Local:
			return 0.6
		}
		return 0.9
	case catalogue.AnswerBody:
		if remote {
			return 0.5
		}
		return 0.9
	case catalogue.Sentence:
		return 0.8
	}
	return 0
}

// match is how well a piece fits a signal, 0 to 1.
func match(s catalogue.Signal, p evidence.Piece) float64 {
	if len(s.Fields) > 0 {
		return matchFields(s, p)
	}
	factor := channel(s.Where, p)
	if factor == 0 {
		return 0
	}
	strength := 0.0
	if p.Kind == evidence.Answer && hasStatus(s) {
		strength = matchAnswer(s, p)
	} else if s.Text != nil && found(s.Text, p) {
		strength = 1
	}
	if s.Generic {
		strength *= genericText
	}
	return strength * factor * context(s, p)
}

// About is what a text says that is about remote clusters, and elsewhere what one says that is about other connections.
var (
	aboutRemote = regexp.MustCompile(`(?i)remote[ _.-]?cluster|remoteconnection|cluster\.remote|proxy connection|linked project|` +
		`cross[ _-]?cluster|\bccr\b|follow|leader|api ?key|external cluster|tcptransport|transport layer|transport[ ._]ssl|` +
		`connecttransport|remotetransport|\{alias\}`)
	// ordinary are words that are said of any connection, index or user.
	ordinary = regexp.MustCompile(`(?i)connection refused|connect_exception|connect_timeout|no such index|index_closed|closed|` +
		`no route|certification path|shards failed|reset|timed? ?out|not an ssl|unauthorized for user|unable to authenticate`)
	aboutOthers = regexp.MustCompile(`(?i)peerfinder|discovery|cluster\.coordination|master not discovered|joinhelper|` +
		`http channel|netty4http|\bo\.e\.h\.`)
	// aboutClients are lines of the HTTP interface: of clients, unless it is the remote side's.
	aboutClients = regexp.MustCompile(`(?i)http client did not trust|client http traffic`)
)

// What a line of a log counts for an entry when its words could be about anything, and when it is about something else.
const (
	aboutAnything = 0.2
	aboutElse     = 0.15
	aboutAnswer   = 0.5
)

// context lowers what a log's line or an answer counts for an entry whose words are not only said of remote clusters,
// where nothing else in it is about one: a connection is refused in many places, and an index is missing more often on
// one's own side.
func context(s catalogue.Signal, p evidence.Piece) float64 {
	if p.Kind == evidence.Log && p.Side != evidence.Remote && aboutClients.MatchString(p.Shown+" "+p.Text()) {
		return aboutElse
	}
	if p.Kind != evidence.Log && p.Kind != evidence.Answer || aboutRemote.MatchString(s.Wanted) ||
		!ordinary.MatchString(s.Wanted) {
		return 1
	}
	text := p.Shown + " " + p.Text()
	switch {
	case aboutOthers.MatchString(text):
		return aboutElse
	case aboutRemote.MatchString(text), p.Alias != "", len(p.Clusters) > 0, remoteTarget.MatchString(p.Request):
		return 1
	case p.Kind == evidence.Answer:
		return aboutAnswer
	}
	return aboutAnything
}

// remoteTarget finds alias:index in the path of a request.
var remoteTarget = regexp.MustCompile(`^\w+ /[^/?]+:[^/?]`)

// hasStatus reports whether a signal is a whole answer, with a status, and not only a text.
func hasStatus(s catalogue.Signal) bool {
	return s.Block == catalogue.BlockRequest || s.Block == catalogue.BlockSkipFalse || s.Block == catalogue.BlockSkipTrue
}

// found looks for a pattern in each text of a piece, and then across them: a log may have a cause on the same line that
// another one has on the next.
func found(m *regexp.Regexp, p evidence.Piece) bool {
	return slices.ContainsFunc(p.Texts, m.MatchString) || slices.ContainsFunc(p.Reasons, m.MatchString) ||
		len(p.Texts) > 1 && m.MatchString(strings.Join(p.Texts, " "))
}

// matchAnswer is how well an answer fits what the catalogue has for a search or a request.
func matchAnswer(s catalogue.Signal, p evidence.Piece) float64 {
	if p.NoAnswer || s.Status == catalogue.NoAnswer {
		if p.NoAnswer && s.Status == catalogue.NoAnswer {
			return 1
		}
		return 0
	}
	strength := 0.0
	switch {
	case s.Text != nil:
		if !found(s.Text, p) {
			return 0
		}
		strength = 1
	case len(s.Types) > 0:
		strength = typesAlone
	default:
		return matchStatus(s, p)
	}
	if p.Status != 0 && p.Status != s.Status {
		strength *= otherStatus
	}
	if !hasTypes(p, s.Types) {
		if s.Text == nil {
			return 0
		}
		strength *= otherTypes
	}
	if cluster, told := fared(p); told && s.Cluster != "" && s.Cluster != cluster {
		strength *= otherCluster
	}
	return strength
}

// matchStatus is how well an answer fits one of which the catalogue has no more than the status and how the remote
// cluster fared.
func matchStatus(s catalogue.Signal, p evidence.Piece) float64 {
	cluster, _ := fared(p)
	switch {
	case p.Status != s.Status, s.Cluster != cluster, s.Cluster == "" && len(p.Reasons) > 0:
		return 0
	case s.Block == catalogue.BlockRequest && cluster == "skipped":
		return skippedAlone
	}
	return statusAlone
}

func hasTypes(p evidence.Piece, types []string) bool {
	if len(p.Types) == 0 {
		return len(p.Texts) > 0 && len(types) > 0 && p.Status == 0 // a sentence names no types
	}
	for _, t := range types {
		if !slices.Contains(p.Types, t) {
			return false
		}
	}
	return true
}

// fared is how the remote cluster of a search fared: skipped before partial before successful, when there are several.
func fared(p evidence.Piece) (string, bool) {
	for _, status := range []string{"skipped", "failed", "partial", "successful"} {
		for _, got := range p.Clusters {
			if got == status {
				return status, true
			}
		}
	}
	return "", false
}

func matchFields(s catalogue.Signal, p evidence.Piece) float64 {
	if string(s.Where) != string(p.Kind) {
		return 0
	}
	for _, f := range s.Fields {
		if !f.Holds(p.Fields) {
			return 0
		}
	}
	if up, _ := p.Fields["connected"].(bool); up {
		return connectedOnly
	}
	return allFields
}

// conflict is how much a piece speaks against an entry of whose signals none fits it: an object with other fields, or
// an answer with another error, where the catalogue says what the answer would be.
func conflict(signals []catalogue.Signal, p evidence.Piece) float64 {
	least := 0.0
	compared := false
	for _, s := range signals {
		c, comparable := conflictWith(s, p)
		if !comparable {
			continue
		}
		if !compared || c < least {
			least = c
		}
		compared = true
	}
	return least
}

func conflictWith(s catalogue.Signal, p evidence.Piece) (float64, bool) {
	if s.Block == catalogue.BlockClue {
		return 0, false
	}
	if len(s.Fields) > 0 {
		if string(s.Where) != string(p.Kind) {
			return 0, false
		}
		total := 0.0
		for _, f := range s.Fields {
			switch {
			case f.Holds(p.Fields):
			case f.Name == "connected":
				total += otherConnected
			default:
				total += otherField
			}
		}
		return min(total, otherConnected+otherField), true
	}
	search := s.Block == catalogue.BlockSkipFalse || s.Block == catalogue.BlockSkipTrue
	if p.Kind != evidence.Answer || !search || !isSearch(p) {
		return 0, false
	}
	if matchAnswer(s, p) > 0 {
		return 0, true
	}
	if p.Wrapped != "" || (p.Status == 0 && !p.NoAnswer) {
		return 0, true // somebody else's words, or a scrap of an answer
	}
	return otherAnswer, true
}

// isSearch reports whether an answer is that of a search, as far as it can be told.
func isSearch(p evidence.Piece) bool {
	if p.Request == "" {
		return len(p.Clusters) > 0 || p.NoAnswer || p.Status >= 400
	}
	return strings.Contains(p.Request, "_search") || strings.Contains(p.Request, "_async_search")
}

package diagnose

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

// Question is one thing to look at that tells the causes that are left from each other.
type Question struct {
	Where string `json:"where"` // a place of the catalogue, such as remote_log; confirm for an entry's own
	Ask   string `json:"ask"`   // a sentence
	// Console is the line for Dev Tools, Shell the one for a terminal; one of them may be empty.
	Console string `json:"console,omitempty"`
	Shell   string `json:"shell,omitempty"`
	// Splits says what each answer would mean.
	Splits []Split `json:"splits"`
}

// Split is one answer to a question, and the causes that it would leave.
type Split struct {
	Answer string   `json:"answer"` // in the words of the catalogue; empty: none of the others
	Causes []string `json:"causes"`
}

// betweenAnswers stands between what else the same cause may answer; the usual answer comes first.
const betweenAnswers = "; or "

const (
	asked     = 3    // questions at most
	inTheRace = 0.15 // the least confidence, as a part of the first cause's, of a cause that a question is to tell apart
)

// place is somewhere to look, with how easily it is done: 1 is one request to the local cluster.
type place struct {
	blocks  []string // of a signature; none for a place of clues alone
	where   catalogue.Place
	ease    float64
	ask     string
	console string
	shell   string
}

// logWords are what the loggers that speak of remote clusters have in their lines.
const logWords = `remote cluster|linked project|proxy connections|establish trust|TcpTransport|apikey|API key`

// places are in the order of how easily they are looked at. ALIAS stands for the alias.
var places = []place{
	{[]string{catalogue.BlockRemoteInfo}, catalogue.RemoteInfo, 1,
		"What does the local cluster say of its remote clusters?",
		"GET /_remote/info", `curl -s "$LOCAL_URL/_remote/info?pretty"`},
	{[]string{catalogue.BlockSkipFalse, catalogue.BlockSkipTrue}, catalogue.AnswerBody, 1,
		"What does a search of the remote cluster answer?",
		"GET /ALIAS:*/_search?size=0", `curl -s "$LOCAL_URL/ALIAS:*/_search?size=0&pretty"`},
	{[]string{catalogue.BlockResolve}, catalogue.ResolveCluster, 0.95, "What does the local cluster find out about it?",
		"GET /_resolve/cluster/ALIAS:*", `curl -s "$LOCAL_URL/_resolve/cluster/ALIAS:*?pretty"`},
	{nil, catalogue.Nodes, 0.95, "Which roles and versions do the local nodes have?",
		"GET /_nodes?filter_path=nodes.*.name,nodes.*.version,nodes.*.roles",
		`curl -s "$LOCAL_URL/_nodes?filter_path=nodes.*.name,nodes.*.version,nodes.*.roles&pretty"`},
	{nil, catalogue.Settings, 0.9, "Which settings does the remote cluster have on the local one?",
		"GET /_cluster/settings?flat_settings&filter_path=*.cluster.remote*",
		`curl -s "$LOCAL_URL/_cluster/settings?flat_settings&filter_path=*.cluster.remote*&pretty"`},
	{[]string{catalogue.BlockLocalLog}, catalogue.LocalLog, 0.85, "What does the log of the local node say?",
		"", `docker logs LOCAL_NODE 2>&1 | grep -A 15 -E '` + logWords + `'`},
	{nil, catalogue.Configuration, 0.8, "What is in elasticsearch.yml of the local node?",
		"", `grep -nE 'remote|node.roles|ssl' config/elasticsearch.yml`},
	{[]string{catalogue.BlockRemoteLog}, catalogue.RemoteLog, 0.75,
		"What does the log of the remote node say at that moment?",
		"", `docker logs REMOTE_NODE 2>&1 | grep -A 15 -E '` + logWords + `'`},
	{nil, catalogue.Manifest, 0.7, "How are the Elasticsearch resource and its Service defined?",
		"", `kubectl get elasticsearch,service -o yaml`},
}

// questions are those that split the causes still in the race best, at places that were not looked at yet.
func (e *Engine) questions(causes []Cause, seen []evidence.Piece, k clusters) []Question {
	if len(causes) == 0 {
		return openQuestions(seen, k)
	}
	race := racing(causes)
	type rated struct {
		Question
		worth float64
	}
	var all []rated
	for _, p := range places {
		if looked(p.where, seen) {
			continue
		}
		splits := e.splits(p, race, k)
		if worth := entropy(splits, len(race)) * p.ease; worth > 0.05 {
			all = append(all, rated{p.question(k, splits), worth})
		}
	}
	slices.SortStableFunc(all, func(a, b rated) int { return cmp.Compare(b.worth, a.worth) })
	questions := []Question{}
	for _, r := range all[:min(asked, len(all))] {
		questions = append(questions, r.Question)
	}
	if len(questions) == 0 && len(race) > 1 {
		questions = confirming(race)
	}
	if len(questions) == 0 && causes[0].Confidence < Threshold {
		return openQuestions(seen, k)
	}
	return questions
}

// openQuestions are what to show first when nothing fits.
func openQuestions(seen []evidence.Piece, k clusters) []Question {
	questions := []Question{}
	for _, p := range places {
		if len(questions) < asked && len(p.blocks) > 0 && !looked(p.where, seen) && p.where != catalogue.ResolveCluster {
			questions = append(questions, p.question(k, []Split{}))
		}
	}
	return questions
}

// racing are the entries of the causes that are not far behind the first.
func racing(causes []Cause) []Same {
	var race []Same
	for _, c := range causes {
		if c.Confidence >= inTheRace*causes[0].Confidence {
			race = append(race, c.Same)
			race = append(race, c.SameAs...)
		}
	}
	return race
}

// looked reports whether evidence of a place is there already.
func looked(where catalogue.Place, seen []evidence.Piece) bool {
	return slices.ContainsFunc(seen, func(p evidence.Piece) bool {
		switch where {
		case catalogue.LocalLog:
			return p.Kind == evidence.Log && p.Side != evidence.Remote
		case catalogue.RemoteLog:
			return p.Kind == evidence.Log && p.Side == evidence.Remote
		case catalogue.AnswerBody:
			return p.Kind == evidence.Answer && isSearch(p)
		}
		return string(p.Kind) == string(where)
	})
}

// telling are the places that a diagnosis names when they were not looked at, the most telling first.
var telling = []struct {
	where catalogue.Place
	name  string
}{
	{catalogue.LocalLog, "the local cluster's log"},
	{catalogue.RemoteLog, "the remote cluster's log"},
	{catalogue.AnswerBody, "the answer to a search"},
	{catalogue.RemoteInfo, "GET /_remote/info"},
	{catalogue.Settings, "the settings"},
}

// notSeen names the places of which there is no evidence.
func notSeen(pieces []evidence.Piece) []string {
	names := []string{}
	for _, t := range telling {
		if !looked(t.where, pieces) {
			names = append(names, t.name)
		}
	}
	return names
}

// splits groups the entries by what the catalogue says that would be seen at a place.
func (e *Engine) splits(p place, race []Same, k clusters) []Split {
	var all []Split
	var patterns []string
	for _, s := range race {
		answer, pattern := e.expected(p, s.ID, k)
		at := slices.Index(patterns, pattern)
		if at < 0 {
			all = append(all, Split{Answer: answer, Causes: []string{s.ID}})
			patterns = append(patterns, pattern)
			continue
		}
		all[at].Causes = append(all[at].Causes, s.ID)
	}
	return all
}

// expected is what would be seen of an entry at a place, in words, and as the catalogue has it; both are empty where
// the catalogue says nothing.
func (e *Engine) expected(p place, id string, k clusters) (words, asWritten string) {
	at := slices.IndexFunc(e.entries, func(entry entry) bool { return entry.outcome.ID == id })
	var texts, patterns []string
	for _, s := range e.entries[at].signals {
		of := slices.Contains(p.blocks, s.Block) || s.Block == catalogue.BlockClue && s.Where == p.where
		if !of || s.Against || !s.AppliesTo(k.local, k.remote) {
			continue
		}
		if pattern := describe(s, s.Wanted); !slices.Contains(patterns, pattern) {
			patterns = append(patterns, pattern)
		}
		if text := described(s); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, betweenAnswers), strings.Join(patterns, betweenAnswers)
}

// entropy is how evenly a question splits n entries, in bits. Entries of which the catalogue does not say what would be
// seen are not split off by it.
func entropy(splits []Split, n int) float64 {
	told := 0
	for _, s := range splits {
		if s.Answer != "" {
			told += len(s.Causes)
		}
	}
	bits := 0.0
	for _, s := range splits {
		if s.Answer != "" {
			part := float64(len(s.Causes)) / float64(told)
			bits -= part * math.Log2(part)
		}
	}
	return bits * float64(told) / float64(n)
}

func (p place) question(k clusters, splits []Split) Question {
	named := func(text string) string {
		if k.alias == "" {
			return text
		}
		return strings.ReplaceAll(text, "ALIAS", k.alias)
	}
	return Question{Where: string(p.where), Ask: p.ask, Console: named(p.console), Shell: named(p.shell), Splits: splits}
}

// confirming asks for what each entry itself says that shows it.
func confirming(race []Same) []Question {
	questions := []Question{}
	for _, s := range race {
		if s.Confirm != "" && len(questions) < asked {
			questions = append(questions, Question{Where: "confirm", Ask: s.Confirm,
				Splits: []Split{{Answer: s.Title, Causes: []string{s.ID}}}})
		}
	}
	return questions
}

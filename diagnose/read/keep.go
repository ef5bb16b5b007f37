package read

import (
	"bytes"
	"hash/maphash"
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

const (
	maxPieces  = 3000     // of one input
	maxOther   = 500      // of these, warnings and errors without a word of remote clusters
	maxOfShape = 20       // records that differ in names and numbers alone
	maxKept    = 24 << 20 // bytes of texts of one input
	maxShown   = 400      // runes of what a person sees of a piece
)

// words are what a record of a remote cluster in trouble has one of. They are searched for byte by byte.
var words = [][]byte{
	[]byte("emote"), []byte("cluster ["), []byte("SSL"), []byte("TLS"), []byte("ssl"), []byte("tls"), []byte("ertificate"),
	[]byte("ransport"), []byte("proxy"), []byte("andshake"), []byte("trust"), []byte("icense"), []byte("unknown host"),
	[]byte("uthenticat"), []byte("uthoriz"), []byte("PI key"), []byte("ApiKey"), []byte("apikey"), []byte("cross_cluster"),
	[]byte("cross-cluster"), []byte("ollow"), []byte("linked project"), []byte("keystore"), []byte("redentials"),
	[]byte("ecure settings"), []byte("ecure_settings"), []byte("connect"), []byte("seed"),
}

// quietWords are the same for records at level INFO and below, most of which say that all is well.
var quietWords = [][]byte{
	[]byte("emote cluster"), []byte("emoteCluster"), []byte("remote_cluster"), []byte("cluster.remote"),
	[]byte("linked project"), []byte("version["), []byte("cluster name ["), []byte("uthentication of"),
	[]byte("ross-cluster"), []byte("cross_cluster"), []byte("xception"), []byte("license ["), []byte("closed by remote"),
}

func has(line []byte, words [][]byte) bool {
	for _, w := range words {
		if bytes.Contains(line, w) {
			return true
		}
	}
	return false
}

// matters reports cheaply whether a record of a log could be evidence, by its first line.
func matters(level string, line []byte) bool {
	switch level {
	case "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "":
		return true
	}
	return has(line, quietWords)
}

// relevant reports whether a record has a word of remote clusters.
func relevant(texts []string) bool {
	for _, t := range texts {
		if has([]byte(t), words) {
			return true
		}
	}
	return false
}

var (
	changing = regexp.MustCompile(`localAddress=[^,}\]]*|0x[0-9a-f]+|\b\d+(?:\.\d+)?m?s\b|\b\d{6,}\b|\bid=\d+|:\d{5}\}`)
	inside   = regexp.MustCompile(`\[[^\[\]]*\]|\{[^{}]*\}|"[^"]*"|[0-9]+`)
)

// equalized gives a text without what differs each time: ports of the own side, durations, counters.
func equalized(text string) string { return changing.ReplaceAllString(text, "#") }

// shape gives a text without names and numbers.
func shape(text string) string {
	text = cutBytes(text, 500)
	for range 3 {
		shorter := inside.ReplaceAllString(text, "#")
		if shorter == text {
			break
		}
		text = shorter
	}
	return text
}

// keeper holds the pieces of one input: equal ones once, and no more than fits.
type keeper struct {
	source   string
	seed     maphash.Seed
	pieces   []evidence.Piece
	streams  []string // of each piece
	equal    map[uint64]int
	shapes   map[uint64]int
	other    int
	size     int
	left     int // records that had no room
	leftLine int // the first of them
}

func newKeeper(source string) *keeper {
	return &keeper{source: source, seed: maphash.MakeSeed(), equal: map[uint64]int{}, shapes: map[uint64]int{}}
}

// key gives what is equal for equal pieces.
func (k *keeper) key(parts ...string) uint64 {
	return maphash.String(k.seed, equalized(strings.Join(parts, "\n")))
}

// repeats counts a record that is there already, or has no room, and reports whether it is so. It comes before a record
// is looked at more closely, since of a long log nearly all records are repeated.
func (k *keeper) repeats(key uint64, shape string, relevant bool, line int) bool {
	if at, seen := k.equal[key]; seen {
		k.pieces[at].Count = max(k.pieces[at].Count, 1) + 1
		return true
	}
	s := maphash.String(k.seed, shape)
	if k.shapes[s] >= maxOfShape || !relevant && k.other >= maxOther || k.full(0) {
		k.leave(line)
		return true
	}
	k.shapes[s]++
	if !relevant {
		k.other++
	}
	return false
}

func (k *keeper) full(size int) bool { return len(k.pieces) >= maxPieces || k.size+size > maxKept }

func (k *keeper) leave(line int) {
	if k.left++; k.left == 1 || line < k.leftLine {
		k.leftLine = line
	}
}

// add keeps a piece, unless an equal one is there.
func (k *keeper) add(p evidence.Piece, key uint64, stream string) {
	if at, seen := k.equal[key]; seen {
		k.pieces[at].Count = max(k.pieces[at].Count, 1) + 1
		return
	}
	size := len(p.Shown)
	for _, t := range p.Texts {
		size += len(t)
	}
	if k.full(size) {
		k.leave(p.Line)
		return
	}
	k.size += size
	k.equal[key] = len(k.pieces)
	p.Source = k.source
	k.pieces = append(k.pieces, safe(p))
	k.streams = append(k.streams, stream)
}

// finish gives the pieces in the order of their lines; those of a node's log get the node's version.
func (k *keeper) finish(streams map[string]*stream) []evidence.Piece {
	for i := range k.pieces {
		if p := &k.pieces[i]; p.Version == "" && p.Kind == evidence.Log && p.Wrapped == "" {
			if s := streams[k.streams[i]]; s != nil {
				p.Version = s.version
			}
		}
	}
	slices.SortStableFunc(k.pieces, func(a, b evidence.Piece) int { return a.Line - b.Line })
	return k.pieces
}

// add keeps a piece that is no record of a log.
func (s *stream) add(p evidence.Piece) {
	s.complete(&p)
	parts := append([]string{string(p.Kind), string(p.Side), s.name, p.Alias, p.Request, p.Shown}, p.Texts...)
	s.doc.keep.add(p, s.doc.keep.key(parts...), s.name)
}

// complete adds what the stream knows to a piece.
func (s *stream) complete(p *evidence.Piece) {
	if p.Side == evidence.Unknown {
		p.Side = s.side
	}
	if p.Shown == "" && len(p.Texts) > 0 {
		p.Shown = p.Texts[0]
	}
	p.Shown = oneLine(redacted(cutBytes(p.Shown, maxText)), maxShown)
	if p.Alias == "" {
		p.Alias = aliasIn(p.Texts)
	}
}

var spaces = regexp.MustCompile(`\s+`)

// oneLine gives text in one line of at most n runes.
func oneLine(text string, n int) string {
	text = strings.TrimSpace(spaces.ReplaceAllString(cutBytes(text, 8*n), " "))
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n]) + " ..."
	}
	return text
}

package read

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// maxStreams bounds how many containers of one file are told apart.
const maxStreams = 64

// document is one input while it is read.
type document struct {
	source   string
	side     evidence.Side // of the whole, Unknown where nothing says it
	streams  map[string]*stream
	last     *stream
	keep     *keeper
	notes    []evidence.Note
	noted    map[evidence.NoteKind]bool
	products map[string]*product
	clusters map[string]int // cluster names in log records -> first line
	elastic  int            // lines that only Elasticsearch writes
	content  bool           // something but blanks was there
}

func newDocument(source string, side evidence.Side) *document {
	return &document{
		source: source, side: side, streams: map[string]*stream{}, keep: newKeeper(source),
		noted: map[evidence.NoteKind]bool{}, products: map[string]*product{}, clusters: map[string]int{},
	}
}

// note adds a note; of each kind the first is enough.
func (d *document) note(line int, kind evidence.NoteKind, text string) {
	if d.noted[kind] {
		return
	}
	d.noted[kind] = true
	d.notes = append(d.notes, evidence.Note{Source: d.source, Line: line, Kind: kind, Text: redacted(text)})
}

// line takes the next line of the input.
func (d *document) line(number int, line []byte) {
	name, rest := peel(line)
	if !d.content && len(bytes.TrimSpace(rest)) > 0 {
		d.content = true
	}
	d.stream(name).line(number, rest)
}

// stream gives the stream of a name. A line without a name belongs to what came before, where that is not finished.
func (d *document) stream(name string) *stream {
	if d.last != nil && d.last.name == name {
		return d.last
	}
	s := d.streams[name]
	if s == nil {
		if len(d.streams) >= maxStreams {
			name = ""
		}
		if s = d.streams[name]; s == nil {
			s = &stream{doc: d, name: name, side: d.side}
			if s.side == evidence.Unknown {
				s.side = sideOfFile(name)
			}
			d.streams[name] = s
		}
	}
	d.last = s
	return s
}

// finish ends all streams and says what is known of the whole.
func (d *document) finish() evidence.Input {
	for _, name := range slices.Sorted(maps.Keys(d.streams)) {
		d.streams[name].flush()
	}
	pieces := d.keep.finish(d.streams)
	if !d.content {
		d.note(0, evidence.Empty, "There is nothing in it but blanks.")
	}
	if len(d.clusters) > 1 {
		names := slices.SortedFunc(maps.Keys(d.clusters), func(a, b string) int { return d.clusters[a] - d.clusters[b] })
		d.note(d.clusters[names[1]], evidence.TwoClusters, fmt.Sprintf(
			"Records of %d clusters are in it: %s. Hand in each cluster's log as a file of its own, and say which is the "+
				"local one.",
			len(names), strings.Join(names[:min(len(names), 4)], ", ")))
	}
	if d.elastic == 0 {
		if p := mostFrequent(d.products); p != nil {
			text := "It is a log of " + p.name + ", not of Elasticsearch."
			if p.repeats && len(pieces) > 0 {
				text += " Errors of Elasticsearch that it repeats are used."
			}
			d.note(p.line, evidence.OtherProduct, text)
		}
	}
	if n := d.keep.left; n > 0 {
		d.note(d.keep.leftLine, evidence.Shortened,
			fmt.Sprintf("%d records more that could matter are left out, from line %d on; narrow the log down in time.", n,
				d.keep.leftLine))
	}
	slices.SortStableFunc(d.notes, func(a, b evidence.Note) int { return a.Line - b.Line })
	return evidence.Input{Pieces: pieces, Notes: d.notes}
}

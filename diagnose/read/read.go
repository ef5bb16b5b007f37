// Package read makes pieces of evidence of whatever people paste: logs in every shape that containers, Kubernetes and
// journald give them, answers of Elasticsearch, configurations, manifests, commands, sentences, and several of these in
// one text. It finds out by itself what a piece is, never fails over bad input, and lets no secret through.
package read

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// CommandLine is the source of what Sentence reads.
const CommandLine = "the command line"

// Read makes pieces of one file or of standard input, from its first to its last byte. Memory stays bounded, whatever
// the length: records of a log that cannot matter are passed over, equal ones are kept once. side is whose it is;
// Unknown lets names in the input say so. Bad input is a note; an error is one of reading r.
func Read(source string, r io.Reader, side evidence.Side) (evidence.Input, error) {
	if side == evidence.Unknown {
		side = sideOfFile(source)
	}
	d := newDocument(source, side)
	text, note := decode(source, bufio.NewReaderSize(r, readBuffer))
	if note != nil {
		return evidence.Input{Notes: []evidence.Note{*note}}, nil
	}
	lines := newLines(text)
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
			d.note(lines.number, evidence.Broken, "The compressed file ends too early; what comes before is used.")
			break
		}
		if err != nil {
			return evidence.Input{}, fmt.Errorf("read %s after line %d: %w", source, lines.number, err)
		}
		d.line(lines.number, line)
	}
	if lines.cut > 0 {
		d.note(lines.cut, evidence.Shortened,
			fmt.Sprintf("A line is longer than %d MB; its rest is left out.", maxLine>>20))
	}
	return Join(d.finish()), nil
}

// Sentence makes pieces of words that somebody typed: an error, a question, a line of a log.
func Sentence(text string) evidence.Input {
	in, err := Read(CommandLine, strings.NewReader(text), evidence.Unknown)
	if err != nil { // a string can always be read
		return evidence.Input{}
	}
	for i := range in.Pieces {
		in.Pieces[i].Line, in.Pieces[i].Lines = 0, nil
	}
	for i := range in.Notes {
		in.Notes[i].Line = 0
	}
	return in
}

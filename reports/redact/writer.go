package redact

import (
	"bytes"
	"io"
	"sync"
)

// maxKeyLines is how far a private key may go on before it is taken for an unfinished one; a key has about 50 lines.
const maxKeyLines = 200

// Writer passes on to w what is written to it, line by line and without secrets; a private key over several lines
// becomes one mark. Close passes on the last line and leaves w open. Safe for concurrent use.
func (r *Redactor) Writer(w io.Writer) io.WriteCloser { return &lineWriter{redactor: r, out: w} }

type lineWriter struct {
	redactor *Redactor

	mu      sync.Mutex
	out     io.Writer
	pending []byte
	inKey   int // lines of a private key that may still follow
}

// Write accepts all of p, or fails as the writer behind it does.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = append(w.pending, p...)
	var clean []byte
	for {
		line, rest, found := bytes.Cut(w.pending, []byte("\n"))
		if !found {
			break
		}
		clean = append(clean, w.line(line, "\n")...)
		w.pending = rest
	}
	if len(clean) > 0 {
		w.pending = bytes.Clone(w.pending) // lets go of the lines that were passed on
		if _, err := w.out.Write(clean); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// Close writes what came after the last line break.
func (w *lineWriter) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := w.pending
	w.pending = nil
	if len(line) == 0 {
		return nil
	}
	_, err := w.out.Write(w.line(line, ""))
	return err
}

func (w *lineWriter) line(line []byte, ending string) []byte {
	if w.inKey > 0 {
		end := pemEnds.FindIndex(line)
		if end == nil {
			w.inKey--
			return nil
		}
		w.inKey = 0
		if line = line[end[1]:]; len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
	}
	if starts := pemStarts.FindAllIndex(line, -1); len(starts) > 0 && !pemEnds.Match(line[starts[len(starts)-1][1]:]) {
		w.inKey = maxKeyLines
	}
	return append(w.redactor.Bytes(line), ending...)
}

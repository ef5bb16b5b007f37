package reports

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"regexp"
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

// Handler passes log records on to h without secrets: in the message, in attributes of every kind, and in the value of
// any attribute that is named like a credential. A secret must be known before Logger.With is called with it.
func (r *Redactor) Handler(h slog.Handler) slog.Handler { return redactHandler{r, h} }

type redactHandler struct {
	redactor *Redactor
	next     slog.Handler
}

var secretKey = regexp.MustCompile(`(?i)^(authorization|api_?key|encoded|encoded_key|password|private_?key|secret)$`)

func (h redactHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h redactHandler) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, h.redactor.String(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

func (h redactHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return redactHandler{h.redactor, h.next.WithAttrs(h.attrs(attrs))}
}

func (h redactHandler) WithGroup(name string) slog.Handler {
	return redactHandler{h.redactor, h.next.WithGroup(name)}
}

func (h redactHandler) attrs(attrs []slog.Attr) []slog.Attr {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = h.attr(a)
	}
	return clean
}

func (h redactHandler) attr(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	switch {
	case value.Kind() == slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(h.attrs(value.Group())...)}
	case secretKey.MatchString(a.Key):
		return slog.String(a.Key, redacted)
	case value.Kind() == slog.KindString:
		return slog.String(a.Key, h.redactor.String(value.String()))
	case value.Kind() != slog.KindAny:
		return slog.Attr{Key: a.Key, Value: value}
	}
	return slog.Attr{Key: a.Key, Value: h.any(value)}
}

// any keeps a value that shows no secret, however a handler prints it, and turns any other into redacted text.
func (h redactHandler) any(value slog.Value) slog.Value {
	text := fmt.Sprintf("%+v", value.Any())
	if data, ok := value.Any().([]byte); ok {
		text = string(data)
	}
	if clean := h.redactor.String(text); clean != text {
		return slog.StringValue(clean)
	}
	if encoded, err := json.Marshal(value.Any()); err == nil {
		if clean := h.redactor.String(string(encoded)); clean != string(encoded) {
			return slog.StringValue(clean)
		}
	}
	return value
}

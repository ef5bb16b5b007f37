package redact

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
)

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

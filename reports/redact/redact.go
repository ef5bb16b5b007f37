// Package redact keeps secrets out of whatever crosscheck writes: reports, evidence, logs and the terminal.
package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	// redacted stands where a secret stood.
	redacted = "[redacted]"
	// esRedacted is what Elasticsearch itself writes for credentials in _remote/info. It is evidence, not a secret.
	esRedacted = "::es_redacted::"
	// minSecret is the length in runes from which a secret is looked for; a shorter one would match ordinary words.
	minSecret = 6
	// minLine is the same for a single line of a secret that spans several.
	minLine = 16
)

// Redactor replaces secrets by "[redacted]": those that it was told, in the forms in which they travel, and whatever
// looks like a credential. Safe for concurrent use; a nil Redactor knows the patterns only.
type Redactor struct {
	mu       sync.RWMutex
	forms    map[string]bool
	replacer *strings.Replacer
}

// New returns a Redactor that knows no secrets yet.
func New() *Redactor { return &Redactor{forms: map[string]bool{}} }

// Add makes secret unreadable from now on, also where it is encoded in base64 (alone or inside a longer text, such as a
// user:password pair), URL-encoded or escaped in JSON. Secrets of less than 6 runes are ignored, and so is a part of
// the marks that stand for redacted values.
func (r *Redactor) Add(secret string) {
	if r == nil || utf8.RuneCountInString(secret) < minSecret {
		return
	}
	forms := encodings(secret)
	if lines := strings.Split(secret, "\n"); len(lines) > 1 {
		for _, line := range lines {
			line = strings.TrimSpace(line)
			if utf8.RuneCountInString(line) >= minLine && !strings.HasPrefix(line, "-----") {
				forms = append(forms, line)
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.forms[secret] {
		return
	}
	for _, form := range forms {
		mark := strings.Contains(esRedacted, form) || strings.Contains(redacted, form)
		if utf8.RuneCountInString(form) >= minSecret && !mark {
			r.forms[form] = true
		}
	}
	r.replacer = nil
}

// known gives the replacer for all secrets, built anew after an Add, or nil when there are none.
func (r *Redactor) known() *strings.Replacer {
	if r == nil {
		return nil
	}
	r.mu.RLock()
	replacer, n := r.replacer, len(r.forms)
	r.mu.RUnlock()
	if replacer != nil || n == 0 {
		return replacer
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.replacer == nil {
		all := make([]string, 0, len(r.forms))
		for form := range r.forms {
			all = append(all, form)
		}
		// At the same place the earlier one wins: the longest must come first.
		slices.SortFunc(all, func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return strings.Compare(a, b)
		})
		pairs := make([]string, 0, 2*len(all))
		for _, form := range all {
			pairs = append(pairs, form, redacted)
		}
		r.replacer = strings.NewReplacer(pairs...)
	}
	return r.replacer
}

// String gives text without secrets. Redacting twice changes nothing more.
func (r *Redactor) String(text string) string {
	if replacer := r.known(); replacer != nil {
		text = replacer.Replace(text)
	}
	for _, p := range patterns {
		text = p.replace(text)
	}
	return text
}

// Bytes is String for bytes; what is not UTF-8 stays as it is.
func (r *Redactor) Bytes(data []byte) []byte { return []byte(r.String(string(data))) }

// encodings are the forms of a secret to look for.
func encodings(secret string) []string {
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	for _, escapeHTML := range []bool{true, false} {
		var buf bytes.Buffer
		encoder := json.NewEncoder(&buf)
		encoder.SetEscapeHTML(escapeHTML)
		if encoder.Encode(secret) == nil {
			forms = append(forms, strings.Trim(strings.TrimSpace(buf.String()), `"`))
		}
	}
	// Base64 reads three bytes at a time, so a secret inside a longer text shows in one of three ways. Only the
	// characters that its own bytes decide are looked for, and those with the ending when nothing follows it.
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		for before := range 3 {
			encoded := encoding.EncodeToString(append(make([]byte, before), secret...))
			start, end := (before*8+5)/6, (before+len(secret))*8/6
			forms = append(forms, encoded[start:], strings.TrimRight(encoded[start:], "="), encoded[start:end])
		}
	}
	return forms
}

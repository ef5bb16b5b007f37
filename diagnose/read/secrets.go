package read

import (
	"encoding/base64"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/reports/redact"
)

// redactedMark stands where a secret stood.
const redactedMark = "[redacted]"

const (
	secretWord = `(?:password|passwd|passphrase|secret|secret_key|secretkey|access_key|client_secret|access_token|refresh_token|` +
		`bearer_token|auth_token|service_token|token_value|api_key|apikey|api-key|private_key|encoded|encoded_key|` +
		`secure_[a-z_]+|credentials)`
	quotedOrWord = `(\\?"(?:[^"\\\n]|\\[^"\n])+\\?"|'[^'\n]+'|[^\s"'\\,;{}\[\]()]+)`
)

var (
	keyLine  = regexp.MustCompile(`^[\s"'|>]*(?:[A-Za-z0-9+/=]{4,}\\?n?["',]?|Proc-Type:.*|DEK-Info:.*)?\s*$`)
	password = regexp.MustCompile(`(?i)([\w.\-]*` + secretWord + `\\?["']?[ \t]*(?:=>|[:=])[ \t]*)` + quotedOrWord)

	// Each has what stays in front, the secret, and what stays behind.
	pasted = []*regexp.Regexp{
		regexp.MustCompile(`((?:^|\s)(?:-u|--user|--proxy-user)[ =]?["']?[^\s:"']+:)([^\s"']+)()`),
		regexp.MustCompile(`(://[^/\s:@"']*:)([^\s/"']+)(@)`),
		regexp.MustCompile(`(?i)((?:set-)?cookie\\?["']?\s*:\s*)([^'"\r\n]+)()`),
		regexp.MustCompile(`(?i)((?:--password|--passphrase|--api-key|--token)[ =])(\S{4,})()`),
		regexp.MustCompile(`(?i)((?:^|[;&|]|\s)(?:echo|printf)\s+(?:-\w+\s+)?["']?)([^\s"'|]+)(["']?\s*\|[^|]*keystore\s)`),
		regexp.MustCompile(`(?im)(name:\s*["']?[\w.]*` + secretWord + `["']?\s*\n\s*value:[ \t]*)(\S.*)()`),
		regexp.MustCompile(`()(\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)()`),
		regexp.MustCompile(`()(\bessu_[A-Za-z0-9+/=_-]{16,})()`),
		regexp.MustCompile(`()(\bAAEAA[A-Za-z0-9+/=_-]{20,})()`),
		regexp.MustCompile(`()(\b[A-Za-z0-9_-]{20}:[A-Za-z0-9_-]{22}\b)()`),
	}
	base64Word = regexp.MustCompile(`[A-Za-z0-9+/_-]{24,}={0,2}`)
	harmless   = regexp.MustCompile(`(?i)^\\?["']?(?:\[?redacted\]?|::es_redacted::|true|false|null|none|<[^>]*>|\$\{?[\w.:-]*\}?|\*+|x{3,}|\.{3})\\?["']?$`)
)

// redacted gives text without secrets: what reports leave out, and what shows up in pastes alone.
func redacted(text string) string {
	var known *redact.Redactor
	text = known.String(text)
	text = password.ReplaceAllStringFunc(text, func(match string) string {
		m := password.FindStringSubmatch(match)
		if harmless.MatchString(m[2]) {
			return match
		}
		return m[1] + redactedMark
	})
	for _, p := range pasted {
		if p.MatchString(text) {
			text = p.ReplaceAllString(text, "${1}"+redactedMark+"${3}")
		}
	}
	return base64Word.ReplaceAllStringFunc(text, func(word string) string {
		if hidesPair(word) {
			return redactedMark
		}
		return word
	})
}

// hidesPair reports whether a word is an encoded key or an encoded user and password: base64 of "a:b".
func hidesPair(word string) bool {
	word = strings.TrimRight(word, "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		data, err := encoding.DecodeString(word)
		if err != nil || !utf8.Valid(data) {
			continue
		}
		at := strings.IndexByte(string(data), ':')
		printable := strings.IndexFunc(string(data), func(r rune) bool { return !unicode.IsPrint(r) }) < 0
		if printable && at > 0 && at < len(data)-1 {
			return true
		}
	}
	return false
}

var secretName = regexp.MustCompile(`(?i)(?:^|[._-])` + secretWord + `$`)

// isSecretName reports whether a setting's value must not be shown.
func isSecretName(name string) bool { return secretName.MatchString(name) }

// safe gives a piece without secrets.
func safe(p evidence.Piece) evidence.Piece {
	all := func(texts []string) {
		for i := range texts {
			texts[i] = redacted(texts[i])
		}
	}
	all(p.Texts)
	all(p.Reasons)
	all(p.Types)
	p.Shown, p.Request, p.Alias = redacted(p.Shown), redacted(p.Request), redacted(p.Alias)
	if p.Fields != nil {
		p.Fields, _ = safeValue("", p.Fields).(map[string]any)
	}
	if p.Clusters != nil {
		clean := make(map[string]string, len(p.Clusters))
		for name, status := range p.Clusters {
			clean[redacted(name)] = redacted(status)
		}
		p.Clusters = clean
	}
	return p
}

func safeValue(name string, v any) any {
	switch v := v.(type) {
	case string:
		if isSecretName(name) && name != "cluster_credentials" && !harmless.MatchString(v) {
			return redactedMark
		}
		return redacted(v)
	case []any:
		for i := range v {
			v[i] = safeValue(name, v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for key, item := range v {
			clean[redacted(key)] = safeValue(key, item)
		}
		return clean
	}
	return v
}

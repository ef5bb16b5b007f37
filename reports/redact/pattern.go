package redact

import (
	"regexp"
	"strings"
)

// pattern finds what looks like a credential. Its groups are: what stays in front, the secret, what stays behind.
type pattern struct {
	expression *regexp.Regexp
	// secret tells a secret from ordinary words; nil means that every match is one.
	secret func(value string) bool
}

const (
	pemStart = `-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----`
	pemEnd   = `-----END [A-Z0-9 ]*PRIVATE KEY-----`
)

var (
	pemStarts = regexp.MustCompile(pemStart)
	pemEnds   = regexp.MustCompile(pemEnd)
	// alreadyRedacted matches a redacted value of an Authorization header: a mark, perhaps after a scheme.
	alreadyRedacted = regexp.MustCompile(`^\s*(?i:(apikey|basic|bearer|digest|negotiate)\s+)?` +
		`(\[?redacted\]?|::es_redacted::)\s*$`)

	patterns = []pattern{
		// A key without an end is cut off: it goes as far as base64 goes.
		{regexp.MustCompile(`()(` + pemStart + `(?:[\s\S]*?` + pemEnd + `|[A-Za-z0-9+/=\s\\]*))()`), nil},
		{regexp.MustCompile(`(?i)(\bauthorization\\?["']?\s*[:=]\s*\\?["'\[]?)([^"'\\\r\n\]]+)()`), nil},
		{regexp.MustCompile(`(\b(?:[Aa][Pp][Ii][Kk][Ee][Yy]|Bearer|Basic)\s+)([A-Za-z0-9+/_.:~-]{6,}={0,2})()`), looksRandom},
		{regexp.MustCompile(`(?i)("(?:api_key|encoded|password|private_key)"\s*:\s*")((?:[^"\\]|\\.)+)(")`), nil},
		{regexp.MustCompile(`(?i)(\\"(?:api_key|encoded|password|private_key)\\"\s*:\s*\\")(.+?)(\\")`), nil},
		{regexp.MustCompile(`(://[^/\s:@"']*:)([^@\s/"']+)(@)`), nil},
	}
)

// replace puts "[redacted]" in the place of every secret that the pattern finds in text.
func (p pattern) replace(text string) string {
	if !p.expression.MatchString(text) {
		return text
	}
	return p.expression.ReplaceAllStringFunc(text, func(match string) string {
		groups := p.expression.FindStringSubmatch(match)
		if len(groups) == 0 || alreadyRedacted.MatchString(groups[2]) || p.secret != nil && !p.secret(groups[2]) {
			return match
		}
		return groups[1] + redacted + groups[3]
	})
}

// looksRandom tells a token from a word: "ApiKey VuaCfGcBCdbkQm" from "ApiKey authentication".
func looksRandom(token string) bool {
	return len(token) >= 20 || strings.ContainsAny(token, "0123456789+/=_") || token[1:] != strings.ToLower(token[1:])
}

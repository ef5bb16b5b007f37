package read

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep objects may be nested.
const maxDepth = 100

// value is one value of JSON as people paste it, with the place where it stands.
type value struct {
	at   int // offset in the text
	any  any // a string, float64, bool or nil, where it is neither an object nor a list
	keys []string
	sub  []*value // of an object, one for each key; of a list, its items
	kind byte     // '{', '[', or 0
}

// get gives the value of a key, nil where there is none or v is no object.
func (v *value) get(key string) *value {
	if v == nil || v.kind != '{' {
		return nil
	}
	for i := len(v.keys) - 1; i >= 0; i-- {
		if v.keys[i] == key {
			return v.sub[i]
		}
	}
	return nil
}

// has reports whether v is an object with one of the keys.
func (v *value) has(keys ...string) bool {
	for _, key := range keys {
		if v.get(key) != nil {
			return true
		}
	}
	return false
}

// text gives a string, or a number or bool as it reads; empty for everything else.
func (v *value) text() string {
	if v == nil || v.kind != 0 {
		return ""
	}
	switch x := v.any.(type) {
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

// plain gives v as encoding/json would.
func (v *value) plain() any {
	switch {
	case v == nil:
		return nil
	case v.kind == '{':
		m := make(map[string]any, len(v.keys))
		for i, key := range v.keys {
			m[key] = v.sub[i].plain()
		}
		return m
	case v.kind == '[':
		list := make([]any, len(v.sub))
		for i, item := range v.sub {
			list[i] = item.plain()
		}
		return list
	}
	return v.any
}

// json gives v as JSON that is well-formed.
func (v *value) json() []byte {
	data, err := json.Marshal(v.plain())
	if err != nil {
		return nil
	}
	return data
}

// lenient reads JSON that was cut off, shortened by dots, commented, or printed by Python.
type lenient struct {
	text   string
	i      int
	broken bool
}

// parse reads the value that begins text. broken tells that something had to be guessed; end is where it stops.
func parse(text string) (v *value, end int, broken bool) {
	p := &lenient{text: text}
	v = p.value(0)
	return v, p.i, p.broken
}

// blank skips spaces, commas where they may stand, comments and dots that stand for what was left out.
func (p *lenient) blank(commas bool) {
	for p.i < len(p.text) {
		rest := p.text[p.i:]
		switch c := rest[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || commas && c == ',':
			p.i++
		case strings.HasPrefix(rest, "//") || c == '#':
			if n := strings.IndexByte(rest, '\n'); n >= 0 {
				p.i += n
			} else {
				p.i = len(p.text)
			}
		case strings.HasPrefix(rest, "..."):
			p.i += 3
		case strings.HasPrefix(rest, "…"):
			p.i += len("…")
		default:
			return
		}
	}
}

func (p *lenient) value(depth int) *value {
	p.blank(false)
	v := &value{at: p.i}
	if p.i >= len(p.text) {
		p.broken = true
		return v
	}
	switch c := p.text[p.i]; {
	case depth > maxDepth:
		p.broken = true
		p.i = len(p.text)
	case c == '{':
		p.object(v, depth)
	case c == '[':
		p.list(v, depth)
	case c == '"' || c == '\'':
		v.any = p.quoted(c)
	default:
		v.any = p.bare()
	}
	return v
}

func (p *lenient) object(v *value, depth int) {
	v.kind = '{'
	p.i++
	for {
		p.blank(true)
		if p.i >= len(p.text) {
			p.broken = true
			return
		}
		at := p.i
		var key string
		switch c := p.text[p.i]; c {
		case '}':
			p.i++
			return
		case ']':
			p.broken = true
			return
		case '"', '\'':
			key = p.quoted(c)
		case '{', '[', ':':
			p.broken = true
			p.i++
			continue
		default:
			key = p.word()
			p.broken = true
		}
		p.blank(false)
		if p.i >= len(p.text) || p.text[p.i] != ':' {
			p.broken = true
			continue
		}
		p.i++
		item := p.value(depth + 1)
		item.at = at
		v.keys = append(v.keys, key)
		v.sub = append(v.sub, item)
	}
}

func (p *lenient) list(v *value, depth int) {
	v.kind = '['
	p.i++
	for {
		p.blank(true)
		if p.i >= len(p.text) {
			p.broken = true
			return
		}
		switch p.text[p.i] {
		case ']':
			p.i++
			return
		case '}':
			p.broken = true
			return
		case ':':
			p.broken = true
			p.i++
			continue
		}
		v.sub = append(v.sub, p.value(depth+1))
	}
}

// quoted reads a string; one without an end goes to the end of the text.
func (p *lenient) quoted(quote byte) string {
	if strings.HasPrefix(p.text[p.i:], `"""`) {
		rest := p.text[p.i+3:]
		end := strings.Index(rest, `"""`)
		if end < 0 {
			p.i, p.broken = len(p.text), true
			return rest
		}
		p.i += 3 + end + 3
		return rest[:end]
	}
	p.i++
	var b strings.Builder
	for p.i < len(p.text) {
		c := p.text[p.i]
		p.i++
		switch {
		case c == quote:
			return b.String()
		case c == '\n' || c == '\r': // a terminal broke the line
			p.broken = true
		case c == '\\' && p.i < len(p.text):
			p.escape(&b)
		default:
			b.WriteByte(c)
		}
	}
	p.broken = true
	return b.String()
}

func (p *lenient) escape(b *strings.Builder) {
	c := p.text[p.i]
	p.i++
	switch c {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case 'b', 'f':
		b.WriteByte(' ')
	case 'u':
		if p.i+4 <= len(p.text) {
			if code, err := strconv.ParseUint(p.text[p.i:p.i+4], 16, 32); err == nil {
				p.i += 4
				r := rune(code)
				if !utf8.ValidRune(r) {
					r = utf8.RuneError
				}
				b.WriteRune(r)
				return
			}
		}
		b.WriteByte('u')
	default:
		b.WriteByte(c)
	}
}

// word reads up to what may follow a word. It takes one byte at least.
func (p *lenient) word() string {
	start := p.i
	p.i++
	for p.i < len(p.text) && !strings.ContainsRune(" \t\r\n,:{}[]\"'", rune(p.text[p.i])) {
		p.i++
	}
	return p.text[start:p.i]
}

func (p *lenient) bare() any {
	switch c := p.text[p.i]; c {
	case '}', ']', ',':
		p.broken = true
		return nil
	}
	word := p.word()
	switch word {
	case "true", "True":
		return true
	case "false", "False":
		return false
	case "null", "None":
		return nil
	}
	if number, err := strconv.ParseFloat(word, 64); err == nil {
		return finite(number)
	}
	p.broken = true
	return word
}

// finite gives a number that JSON can hold.
func finite(number float64) any {
	if number-number != 0 {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return number
}

// balance counts brackets, so that the end of a body is found while its lines come in.
type balance struct {
	depth   int
	quote   byte // the string's that is open, 0 outside
	escaped bool
	triple  bool
	python  bool // ' opens a string as well
}

// feed reads on, and gives the offset behind the bracket that closes the first one, or -1.
func (b *balance) feed(text string) int {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case b.triple:
			if strings.HasPrefix(text[i:], `"""`) {
				b.triple = false
				i += 2
			}
		case b.escaped:
			b.escaped = false
		case b.quote != 0:
			b.quoted(c)
		case strings.HasPrefix(text[i:], `"""`):
			b.triple = true
			i += 2
		case c == '"' || c == '\'' && b.python:
			b.quote = c
		case b.closes(c):
			return i + 1
		}
	}
	return -1
}

// quoted takes a character of a string.
func (b *balance) quoted(c byte) {
	switch c {
	case '\\':
		b.escaped = true
	case b.quote:
		b.quote = 0
	}
}

// closes counts a bracket, and reports whether it closes the first one.
func (b *balance) closes(c byte) bool {
	switch c {
	case '{', '[':
		b.depth++
	case '}', ']':
		b.depth--
		return b.depth <= 0
	}
	return false
}

package check

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// value is a JSON value with its places. It is read by hand because a page's JSON has what JSON has not: placeholders,
// omissions, comments, marks of callouts and """strings""".
type value struct {
	offset, end int
	kind        byte // { [ " 0 (number), t (true, false, null), < (a placeholder)
	text        string
	members     []member
	elements    []*value
}

type member struct {
	key    string
	offset int // of the key
	value  *value
}

type jsonError struct {
	offset int
	what   string
}

// walk visits a value and all in it; path has the keys with dots between.
func (v *value) walk(path string, visit func(path string, v *value)) {
	if v == nil {
		return
	}
	visit(path, v)
	for _, m := range v.members {
		m.value.walk(strings.TrimPrefix(path+"."+m.key, "."), visit)
	}
	for _, e := range v.elements {
		e.walk(path, visit)
	}
}

// get is the member of that name, or nil.
func (v *value) get(key string) *value {
	if v == nil {
		return nil
	}
	for _, m := range v.members {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

type jsonReader struct {
	text  string
	i     int
	depth int
	// omits is set where a line stands for others; the comma before it may then be the last.
	omits bool
}

func parseJSON(text string) (*value, *jsonError) {
	r := &jsonReader{text: blank(text, omission, calloutMark), omits: omission.MatchString(text)}
	v, err := r.value()
	if err != nil {
		return nil, err
	}
	r.space()
	if r.i < len(r.text) {
		return nil, r.unexpected("the end")
	}
	return v, nil
}

func (r *jsonReader) unexpected(wanted string) *jsonError {
	if r.i >= len(r.text) {
		return &jsonError{max(0, len(strings.TrimRight(r.text, " \n\t"))-1), "it ends before " + wanted}
	}
	c, _ := utf8.DecodeRuneInString(r.text[r.i:])
	return &jsonError{r.i, fmt.Sprintf("%q where %s is wanted", c, wanted)}
}

func (r *jsonReader) space() {
	for r.i < len(r.text) {
		switch {
		case strings.IndexByte(" \t\r\n", r.text[r.i]) >= 0:
			r.i++
		case r.text[r.i] == '#' || strings.HasPrefix(r.text[r.i:], "//"):
			if end := strings.IndexByte(r.text[r.i:], '\n'); end >= 0 {
				r.i += end
			} else {
				r.i = len(r.text)
			}
		default:
			return
		}
	}
}

func (r *jsonReader) value() (*value, *jsonError) {
	r.space()
	if r.depth++; r.depth > 200 {
		return nil, &jsonError{r.i, "it is nested too deeply"}
	}
	defer func() { r.depth-- }()
	v := &value{offset: r.i}
	defer func() { v.end = r.i }()
	if r.i >= len(r.text) {
		return nil, r.unexpected("a value")
	}
	switch r.text[r.i] {
	case '{':
		v.kind = '{'
		return v, r.object(v)
	case '[':
		v.kind = '['
		return v, r.array(v)
	case '"':
		text, err := r.str()
		v.kind, v.text = '"', text
		return v, err
	case '<':
		end := strings.IndexAny(r.text[r.i:], ">\n")
		if end < 0 || r.text[r.i+end] != '>' {
			return nil, r.unexpected("a value")
		}
		v.kind, v.text = '<', r.text[r.i:r.i+end+1]
		r.i += end + 1
		return v, nil
	}
	return r.word(v)
}

// word reads a number, true, false, null or the dots that stand for something left out into v.
func (r *jsonReader) word(v *value) (*value, *jsonError) {
	end := r.i
	for end < len(r.text) && strings.IndexByte("+-.0123456789abcdefghijklmnopqrstuvwxyzEN_", r.text[end]) >= 0 {
		end++
	}
	v.text = r.text[r.i:end]
	switch {
	case v.text == "true" || v.text == "false" || v.text == "null":
		v.kind = 't'
	case v.text == "..." || isNumber(v.text):
		v.kind = '0'
	default:
		return nil, r.unexpected("a value")
	}
	r.i = end
	return v, nil
}

func isNumber(text string) bool {
	var f float64
	n, err := fmt.Sscanf(text+" ", "%g ", &f)
	return n == 1 && err == nil && strings.IndexByte("-0123456789", text[0]) >= 0
}

func (r *jsonReader) object(v *value) *jsonError {
	for r.i++; ; {
		r.space()
		if r.i < len(r.text) && r.text[r.i] == '}' && (len(v.members) == 0 || r.omits) {
			r.i++
			return nil
		}
		at := r.i
		if r.i >= len(r.text) || r.text[r.i] != '"' {
			return r.unexpected("a key in quotes")
		}
		key, err := r.str()
		if err != nil {
			return err
		}
		if r.space(); r.i >= len(r.text) || r.text[r.i] != ':' {
			return r.unexpected("a colon")
		}
		r.i++
		inner, err := r.value()
		if err != nil {
			return err
		}
		v.members = append(v.members, member{key, at, inner})
		if done, err := r.more('}'); done || err != nil {
			return err
		}
	}
}

func (r *jsonReader) array(v *value) *jsonError {
	for r.i++; ; {
		r.space()
		if r.i < len(r.text) && r.text[r.i] == ']' && (len(v.elements) == 0 || r.omits) {
			r.i++
			return nil
		}
		inner, err := r.value()
		if err != nil {
			return err
		}
		v.elements = append(v.elements, inner)
		if done, err := r.more(']'); done || err != nil {
			return err
		}
	}
}

// more reads a comma, or the end.
func (r *jsonReader) more(end byte) (bool, *jsonError) {
	r.space()
	switch {
	case r.i >= len(r.text):
		return false, r.unexpected(fmt.Sprintf("a comma or %q", end))
	case r.text[r.i] == end:
		r.i++
		return true, nil
	case r.text[r.i] != ',':
		return false, r.unexpected(fmt.Sprintf("a comma or %q", end))
	}
	r.i++
	return false, nil
}

func (r *jsonReader) str() (string, *jsonError) {
	start := r.i
	if strings.HasPrefix(r.text[r.i:], `"""`) {
		end := strings.Index(r.text[r.i+3:], `"""`)
		if end < 0 {
			return "", &jsonError{start, "a string in three quotes is never closed"}
		}
		r.i += end + 6
		return r.text[start+3 : r.i-3], nil
	}
	for r.i++; r.i < len(r.text); r.i++ {
		switch r.text[r.i] {
		case '\\':
			r.i++
		case '"':
			r.i++
			return r.text[start+1 : r.i-1], nil
		case '\n':
			return "", &jsonError{start, "a string is not closed before its line ends"}
		}
	}
	r.i = min(r.i, len(r.text))
	return "", &jsonError{start, "a string is never closed"}
}

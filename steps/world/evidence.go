package world

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Evidence is what explains a failure, by file name.
type Evidence map[string][]byte

// Keep reads a file of the evidence. What cannot be read is said in its place.
func (e Evidence) Keep(name string, read func() ([]byte, error)) {
	data, err := read()
	if err != nil {
		data = fmt.Appendf(data, "\ncould not be read: %v\n", err)
	}
	e[name] = data
}

// KeepJSON is Keep for a value, which it writes as indented JSON.
func (e Evidence) KeepJSON(name string, read func() (any, error)) {
	e.Keep(name, func() ([]byte, error) {
		value, err := read()
		return indented(value), err
	})
}

func indented(v any) []byte {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Appendf(nil, "%+v", v)
	}
	return buf.Bytes()
}

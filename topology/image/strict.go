package image

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// scalar is a YAML string with the line that it stands on.
type scalar struct {
	text string
	line int
}

// UnmarshalYAML takes strings only: a bare 8.10 is a number to YAML, and would read as 8.1.
func (s *scalar) UnmarshalYAML(node ast.Node) error {
	str, ok := node.(*ast.StringNode)
	if !ok {
		return &positionError{line(node), fmt.Sprintf("%s is not text; put it in quotes", node.String())}
	}
	*s = scalar{text: str.Value, line: line(node)}
	return nil
}

func line(node ast.Node) int {
	if t := node.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

type positionError struct {
	line int
	text string
}

func (e *positionError) Error() string { return e.text }

// decodeStrictly reads one YAML document into v: an unknown or doubled key is an error, and every error says file:line.
func decodeStrictly(file string, data []byte, v any) error {
	err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(v)
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	var own *positionError
	if errors.As(err, &own) {
		return at(file, own.line, "%s", own.text)
	}
	var inYAML yaml.Error
	if errors.As(err, &inYAML) {
		if t := inYAML.GetToken(); t != nil && t.Position != nil {
			return at(file, t.Position.Line, "%s", inYAML.GetMessage())
		}
	}
	return fmt.Errorf("%s: %w", file, err)
}

func at(file string, line int, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if line == 0 {
		return fmt.Errorf("%s: %s", file, text)
	}
	return fmt.Errorf("%s:%d: %s", file, line, text)
}

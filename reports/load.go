package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// What can be wrong with a result file. errors.Is tells them apart; a file that cannot be read at all has the operating
// system's error instead.
var (
	// ErrTruncated: the file ends in the middle.
	ErrTruncated = errors.New("truncated")
	// ErrForeign: not a result of crosscheck.
	ErrForeign = errors.New("foreign")
	// ErrOlder: written by an older crosscheck, whose results this one does not read.
	ErrOlder = errors.New("older schema")
	// ErrNewer: written by a newer crosscheck than this one.
	ErrNewer = errors.New("newer schema")
	// ErrDamaged: claims to be a result of this schema and is not.
	ErrDamaged = errors.New("damaged")
)

// LoadError says which result file cannot be used, why, and what to do.
type LoadError struct {
	Path string
	// Kind is one of the errors above.
	Kind   error
	Detail string
	Remedy string
}

// Error reads: where, what, remedy.
func (e *LoadError) Error() string {
	text := fmt.Sprintf("%s: %s", e.Path, e.Detail)
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	return text
}

// Unwrap gives the kind.
func (e *LoadError) Unwrap() error { return e.Kind }

// Load reads a result.json that this version can have written, and nothing else: unknown fields, unknown verdicts, a
// summary that contradicts its scenarios are errors (*LoadError).
func Load(path string) (*Result, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read (%s); name the result.json of a run: %w", path, cause(err), err)
	}
	result, loadErr := parse(data)
	if loadErr != nil {
		loadErr.Path = path
		return nil, loadErr
	}
	return result, nil
}

const (
	runAgain      = "run again to write a new one"
	nameAResult   = "name the result.json of a run"
	updateOurself = "use the crosscheck that wrote it, or a newer one"
	renewIt       = "run again to write a new one, or use the crosscheck that wrote it"
)

func parse(data []byte) (*Result, *LoadError) {
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&head); err != nil {
		return nil, decodeError(data, err, ErrForeign, nameAResult)
	}
	if head.Schema != SchemaVersion {
		kind, number, _ := strings.Cut(SchemaVersion, "/")
		foundKind, foundNumber, _ := strings.Cut(head.Schema, "/")
		ours, _ := strconv.Atoi(number)
		if found, err := strconv.Atoi(foundNumber); err == nil && foundKind == kind && found > 0 {
			e := &LoadError{Kind: ErrNewer, Remedy: updateOurself,
				Detail: fmt.Sprintf("has the schema %q, this crosscheck knows %q", head.Schema, SchemaVersion)}
			if found < ours {
				e.Kind, e.Remedy = ErrOlder, renewIt
			}
			return nil, e
		}
		return nil, &LoadError{Kind: ErrForeign, Remedy: nameAResult,
			Detail: fmt.Sprintf("is not a result of crosscheck: its schema is %q, not %q", head.Schema, SchemaVersion)}
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var result Result
	if err := decoder.Decode(&result); err != nil {
		return nil, decodeError(data, err, ErrDamaged, runAgain)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, &LoadError{Kind: ErrDamaged, Detail: "goes on after its end", Remedy: runAgain}
	}
	if problem := contradiction(&result); problem != "" {
		return nil, &LoadError{Kind: ErrDamaged, Detail: problem, Remedy: runAgain}
	}
	return &result, nil
}

func decodeError(data []byte, err, kind error, remedy string) *LoadError {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &LoadError{Kind: ErrTruncated, Remedy: runAgain,
			Detail: fmt.Sprintf("ends in the middle, after %d bytes", len(data))}
	}
	detail := strings.TrimPrefix(err.Error(), "json: ")
	offset := int64(-1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
	}
	if offset >= 0 {
		line := 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte("\n"))
		detail = fmt.Sprintf("line %d: %s", line, detail)
	}
	return &LoadError{Kind: kind, Detail: "does not read as a result: " + detail, Remedy: remedy}
}

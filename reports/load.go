package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
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

// contradiction finds what a run would never have written.
func contradiction(r *Result) string {
	if r.RunID == "" {
		return "has no run_id"
	}
	if problem := r.Shard.contradiction(); problem != "" {
		return problem
	}
	seen := map[string]bool{}
	for i, s := range r.Scenarios {
		switch {
		case s.ID == "":
			return fmt.Sprintf("scenario %d has no id", i+1)
		case seen[s.ID]:
			return fmt.Sprintf("scenario %q stands there twice", s.ID)
		case !s.Verdict.Valid():
			return fmt.Sprintf("scenario %q has no verdict", s.ID)
		case s.Verdict == verdict.Passed && s.Broken() != nil:
			return fmt.Sprintf("scenario %q passed, and its step %q did not", s.ID, s.Broken().Text)
		case s.Evidence != "" && !fs.ValidPath(s.Evidence):
			return fmt.Sprintf("the evidence of scenario %q is at %q, which is not in the run's folder", s.ID, s.Evidence)
		}
		seen[s.ID] = true
		for j, step := range s.Steps {
			if step.Verdict < verdict.Passed || step.Verdict > verdict.Skipped {
				return fmt.Sprintf("step %d of scenario %q has the verdict %s, which a step cannot have", j+1, s.ID, step.Verdict)
			}
		}
	}
	if r.Summary.Complete && r.Summary.Skipped > 0 {
		return fmt.Sprintf("its summary says that it is complete, and %d selected scenarios were skipped", r.Summary.Skipped)
	}
	counted, written := tally(r.Scenarios), r.Summary
	for _, v := range verdict.Verdicts() {
		if counted.Count(v) != written.Count(v) {
			return fmt.Sprintf("its summary says %d %s, its scenarios say %d", written.Count(v), v, counted.Count(v))
		}
	}
	if counted.Total != written.Total {
		return fmt.Sprintf("its summary says %d scenarios, it holds %d", written.Total, counted.Total)
	}
	if code := ExitCode(*r); code != written.ExitCode {
		return fmt.Sprintf("its summary says exit code %d, its scenarios say %d", written.ExitCode, code)
	}
	return ""
}

// contradiction finds what no shard can be. A whole plan is none.
func (s *Shard) contradiction() string {
	if s == nil {
		return ""
	}
	if s.Index < 1 || s.Index > s.Count {
		return fmt.Sprintf("says that it is part %d of %d", s.Index, s.Count)
	}
	planned := map[string]bool{}
	for _, id := range s.Plan {
		if planned[id] {
			return fmt.Sprintf("its plan names %q twice", id)
		}
		planned[id] = true
	}
	return ""
}

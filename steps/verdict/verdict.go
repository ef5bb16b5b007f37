// Package verdict holds what a step can say of a scenario, and what that comes to: passed, failed, error, skipped or
// unsupported. steps and reports share it, and nothing above or below judges again; see docs/decisions/015.
package verdict

import (
	"fmt"
	"strings"
)

// Verdict is what became of a scenario or a step. The zero value means that no verdict was given.
// Verdicts are ordered as reports list them.
type Verdict int

// The verdicts. A step only ever passed, failed, broke (Error) or was skipped.
const (
	// Passed: the product did what is documented.
	Passed Verdict = iota + 1
	// Failed: the product differs from what is documented.
	Failed
	// Error: the harness or the machine broke, which says nothing about the product.
	Error
	// Skipped: selected and not carried out, for a reason that is given. Never counted as a pass.
	Skipped
	// Unsupported: does not apply to this pair of versions or to this image, as a named fact says.
	Unsupported
	// Flaky: failed at first and passed on a retry.
	Flaky
)

var verdictNames = [...]string{"", "passed", "failed", "error", "skipped", "unsupported", "flaky"}

// Verdicts lists all verdicts in the order in which reports show them.
func Verdicts() []Verdict {
	return []Verdict{Passed, Failed, Error, Skipped, Unsupported, Flaky}
}

// Valid tells whether v is one of the verdicts.
func (v Verdict) Valid() bool { return v >= Passed && v <= Flaky }

// String is the verdict's name as it stands in result.json, or "none" for the zero value.
func (v Verdict) String() string {
	if !v.Valid() {
		return "none"
	}
	return verdictNames[v]
}

// ParseVerdict reads a verdict's exact name.
func ParseVerdict(name string) (Verdict, error) {
	for _, v := range Verdicts() {
		if verdictNames[v] == name {
			return v, nil
		}
	}
	return 0, fmt.Errorf("unknown verdict %q; it is one of %s", name, strings.Join(verdictNames[1:], ", "))
}

// MarshalText gives the name; a verdict that was never given is an error.
func (v Verdict) MarshalText() ([]byte, error) {
	if !v.Valid() {
		return nil, fmt.Errorf("verdict %d has no name", int(v))
	}
	return []byte(verdictNames[v]), nil
}

// UnmarshalText accepts the exact names only.
func (v *Verdict) UnmarshalText(text []byte) (err error) {
	*v, err = ParseVerdict(string(text))
	return err
}

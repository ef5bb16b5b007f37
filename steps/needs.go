package steps

import (
	"fmt"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/disturb"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/judge"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// Unmet is the first fact that a step of a scenario takes and that the pair lacks, which an upgrade may have changed by
// then; nil when it lacks none. A fact that the version facts do not have is an error.
//
// A request that the next step expects to be refused takes nothing: that the version does not know it may be the
// reason. On which versions it is refused like that is for the entry of the catalogue to say.
func Unmet(known *facts.Facts, bound []gherkin.Bound, pair Pair) (*verdict.UnsupportedError, error) {
	for i, step := range bound {
		if i+1 < len(bound) && judge.ExpectsRefusal(bound[i+1]) {
			continue
		}
		for _, fact := range step.Needs(known) {
			ok, reason, err := known.Applies(fact, pair.Local, pair.Remote)
			if err != nil {
				return nil, fmt.Errorf("the step %q: %w", step.Text, err)
			}
			if !ok {
				return &verdict.UnsupportedError{Fact: fact, Reason: reason}, nil
			}
		}
		change, changes, err := disturb.ChangeOf(step)
		if err != nil {
			return nil, fmt.Errorf("the step %q: %w", step.Text, err)
		}
		if changes {
			pair = change.Of(pair)
		}
	}
	return nil, nil
}

package suite

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// uncontrolled says what of a scenario is not under crosscheck's control on the user's pair, as far as its steps tell
// before it starts; nil where they tell nothing of the kind.
func (b binding) uncontrolled(ctx context.Context, pair steps.Pair, rules Rules) *verdict.UnsupportedError {
	on := rules.Existing
	for _, step := range b.bound {
		if step.Controls != "" {
			return &verdict.UnsupportedError{Fact: verdict.NoControl,
				Reason: "the clusters are not crosscheck's: it has no control of " + step.Controls}
		}
	}
	err := steps.Fits(ctx, rules.Facts, on, pair, b.terms, b.bound)
	if model, tagged := b.scenario.Tagged("@model:"); err == nil && tagged {
		if model != on.Model {
			return &verdict.UnsupportedError{Fact: "model", Reason: fmt.Sprintf("the scenario is about the model "+
				"%s, and that of the clusters is %s (--model, --proxy-address)", model, on.Model)}
		}
	}
	for _, port := range ports(b.bound) {
		if err != nil {
			break
		}
		if _, tagged := b.scenario.Tagged("@model:"); tagged {
			err = steps.Unsupported(on.Knows(port))
		} else {
			_, err = on.Address(port)
			err = steps.Unsupported(err)
		}
	}
	if unsupported, ok := errors.AsType[*verdict.UnsupportedError](err); ok {
		return unsupported
	}
	return nil // whatever else is wrong shows when the scenario runs
}

// portOf finds the documented ports that a step is about.
var portOf = regexp.MustCompile(`\bport (\d+)\b|<address:(\d+)>`)

// ports are those that steps name, in their text or below it.
func ports(bound []gherkin.Bound) []int {
	var all []int
	find := func(text string) {
		for _, m := range portOf.FindAllStringSubmatch(text, -1) {
			if port, err := strconv.Atoi(m[1] + m[2]); err == nil {
				all = append(all, port)
			}
		}
	}
	for _, step := range bound {
		find(step.Text)
		for _, row := range step.Table {
			for _, cell := range row {
				find(cell)
			}
		}
	}
	return all
}

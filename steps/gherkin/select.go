package gherkin

import (
	"fmt"
	"strings"

	tagexpressions "github.com/cucumber/tag-expressions/go/v6"
)

// Select keeps the scenarios that a Cucumber tag expression describes ("@model:api-key and not @slow"); an empty one
// keeps all. One that does not parse, or selects nothing, is an error: nothing run is no success.
func Select(scenarios []Scenario, expression string) ([]Scenario, error) {
	if strings.TrimSpace(expression) == "" {
		return scenarios, nil
	}
	selector, err := tagexpressions.Parse(expression)
	if err != nil {
		return nil, fmt.Errorf("tag expression %q: %s; write it like \"@model:api-key and not @cloud\"",
			expression, strings.Join(strings.Fields(err.Error()), " "))
	}
	var kept []Scenario
	for _, s := range scenarios {
		if selector.Evaluate(s.Tags) {
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("tag expression %q selects none of the %d scenarios; `crosscheck list` shows their tags",
			expression, len(scenarios))
	}
	return kept, nil
}

package survey

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

// dull are fields of an answer that say nothing of a failure: how long it took, and what was found.
var dull = []string{"took", "hits", "num_reduce_phases", "timed_out"}

// answer is an answer without what differs from run to run, or says nothing of a failure.
func (n *normalizer) answer(a *catalogue.Answer) (*catalogue.Answer, error) {
	if a == nil {
		return nil, nil
	}
	var body any
	if len(a.Body) > 0 {
		if err := json.Unmarshal(a.Body, &body); err != nil {
			return nil, fmt.Errorf("read an answer: %w", err)
		}
	}
	body = n.value(body)
	if object, ok := body.(map[string]any); ok {
		for _, name := range dull {
			delete(object, name)
		}
		dropRepeated(object)
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, fmt.Errorf("write an answer: %w", err)
	}
	return &catalogue.Answer{Status: a.Status, Body: json.RawMessage(strings.TrimSpace(b.String()))}, nil
}

// dropRepeated takes root_cause away where the error itself says everything that it says, and the status, which the
// answer has.
func dropRepeated(body map[string]any) {
	failure, ok := body["error"].(map[string]any)
	if !ok {
		return
	}
	delete(body, "status")
	causes, there := failure["root_cause"]
	if !there {
		return
	}
	of := func(v any) catalogue.Told {
		data, err := json.Marshal(map[string]any{"error": v})
		if err != nil {
			return catalogue.Told{} // it came from JSON
		}
		return catalogue.ReadBody(data)
	}
	delete(failure, "root_cause")
	rest, dropped := of(failure), of(causes)
	if !subset(dropped.Types, rest.Types) || !subset(dropped.Reasons, rest.Reasons) {
		failure["root_cause"] = causes
	}
}

func subset(part, whole []string) bool {
	there := map[string]bool{}
	for _, s := range whole {
		there[s] = true
	}
	for _, s := range part {
		if !there[s] {
			return false
		}
	}
	return true
}

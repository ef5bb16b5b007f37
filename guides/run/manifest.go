package run

import (
	"errors"
	"fmt"
	"maps"
	"regexp"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

var (
	dotsLine = regexp.MustCompile(`(?m)^\s*(- )?\.\.\.\s*\n?`)
	callout  = regexp.MustCompile(`(?m)\s+(<\d+>|# *<?\d+>?)\s*$`)
)

// readManifest reads a manifest of a page: dots are left out, and a machine for tests has one node a set. left says so.
func readManifest(text string) (snippet map[string]any, left string, err error) {
	plain := callout.ReplaceAllString(dotsLine.ReplaceAllString(text, ""), "")
	encoded, err := yaml.YAMLToJSON([]byte(plain))
	if err != nil {
		return nil, "", err
	}
	if err := json.Unmarshal(encoded, &snippet); err != nil {
		return nil, "", errors.New("the manifest is no mapping")
	}
	sets, _, _ := unstructured.NestedSlice(snippet, "spec", "nodeSets")
	for _, each := range sets {
		if set, ok := each.(map[string]any); ok && fmt.Sprint(set["count"]) != "1" {
			set["count"], left = int64(1), ", with one node a set"
		}
	}
	if len(sets) > 0 {
		if err := unstructured.SetNestedSlice(snippet, sets, "spec", "nodeSets"); err != nil {
			return nil, "", err
		}
	}
	if plain != text && dotsLine.MatchString(text) {
		left += ", without the dots"
	}
	return snippet, left, nil
}

// overlaid is a manifest with what a snippet says put over it. A list takes the place of another.
func overlaid(under, over map[string]any) map[string]any {
	out := maps.Clone(under)
	for key, value := range over {
		a, both := out[key].(map[string]any)
		if b, ok := value.(map[string]any); ok && both {
			out[key] = overlaid(a, b)
			continue
		}
		out[key] = value
	}
	return out
}

package guides

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// made are fields whose values a cluster makes up.
var made = []string{"id", "api_key", "encoded", "name", "took", "_id", "uuid", "cluster_uuid", "version", "build_hash"}

var openEnd = regexp.MustCompile(`<[A-Za-z][\w .-]*>`)

// Differences are where an answer is not what a page shows, one line each. A placeholder stands for anything, the order
// of fields does not count, and neither do values that a cluster makes up.
func Differences(shown, got any) []string {
	return differences("", shown, got)
}

func differences(path string, shown, got any) []string {
	switch shown := shown.(type) {
	case map[string]any:
		return objectDifferences(path, shown, got)
	case []any:
		return listDifferences(path, shown, got)
	case string:
		if pattern := openEnd.ReplaceAllString(regexp.QuoteMeta(shown), ".*"); pattern != regexp.QuoteMeta(shown) {
			if s, ok := got.(string); ok && regexp.MustCompile("^"+pattern+"$").MatchString(s) {
				return nil
			}
		}
	}
	if shownJSON(shown) != shownJSON(got) {
		return []string{fmt.Sprintf("%s: %s is shown, the answer has %s", at(path), shownJSON(shown), shownJSON(got))}
	}
	return nil
}

func objectDifferences(path string, shown map[string]any, got any) []string {
	object, ok := got.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s: an object is shown, the answer has %s", at(path), shownJSON(got))}
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(shown)) {
		value, there := object[key]
		switch {
		case !there:
			all = append(all, fmt.Sprintf("%s: shown, and not in the answer", at(path+"."+key)))
		case !slices.Contains(made, key):
			all = append(all, differences(path+"."+key, shown[key], value)...)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if _, there := shown[key]; !there {
			all = append(all, fmt.Sprintf("%s: in the answer (%s), and not shown", at(path+"."+key), shownJSON(object[key])))
		}
	}
	return all
}

func listDifferences(path string, shown []any, got any) []string {
	list, ok := got.([]any)
	if !ok || len(list) != len(shown) {
		return []string{fmt.Sprintf("%s: %d elements are shown, the answer has %s", at(path), len(shown), shownJSON(got))}
	}
	var all []string
	for i := range shown {
		all = append(all, differences(fmt.Sprintf("%s[%d]", path, i), shown[i], list[i])...)
	}
	return all
}

func at(path string) string {
	if path = strings.TrimPrefix(path, "."); path == "" {
		return "the answer"
	}
	return path
}

func shownJSON(v any) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // placeholders stay readable
	if err := encoder.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(out.String())
}

var wholePlaceholder = regexp.MustCompile(`^<[A-Za-z][\w .-]*>$`)

// IsPlaceholder reports whether text is a placeholder and nothing else.
func IsPlaceholder(text string) bool { return wholePlaceholder.MatchString(text) }

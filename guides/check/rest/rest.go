// Package rest knows which requests Elasticsearch's REST specification has.
package rest

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:generate go run generate.go

//go:embed apis.txt
var table string

// API is one entry of the specification.
type API struct {
	Method string
	Path   string // with {} for a part that varies, and brackets around what may be left out
	Params []string
	match  *regexp.Regexp
	must   string // what every path of it contains
}

var optional = regexp.MustCompile(`\[[^\]]*\]`)

var apis = sync.OnceValue(func() []API {
	var all []API
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] == "#" {
			continue
		}
		a := API{Method: fields[0], Path: fields[1]}
		if len(fields) > 2 {
			a.Params = strings.Split(fields[2], ",")
		}
		for _, part := range strings.Split(optional.ReplaceAllString(a.Path, "{}"), "{}") {
			if len(part) > len(a.must) {
				a.must = part
			}
		}
		pattern := regexp.QuoteMeta(a.Path)
		pattern = strings.NewReplacer(`\[`, "(?:", `\]`, ")?", `\{\}`, `[^/]+`).Replace(pattern)
		a.match = regexp.MustCompile("^" + pattern + "/?$")
		all = append(all, a)
	}
	return all
})

// Find lists the APIs with that path, whatever their method. A path may begin without a slash; what varies may be a
// placeholder. Names that begin with an underscore are Elasticsearch's own, and never stand where a name of the user's does.
func Find(path string) []API {
	path, _, _ = strings.Cut(path, "?")
	path = "/" + strings.TrimPrefix(path, "/")
	var found []API
	for _, a := range apis() {
		if strings.Contains(path, strings.TrimSuffix(a.must, "/")) && a.match.MatchString(path) && reserved(a.Path, path) {
			found = append(found, a)
		}
	}
	return found
}

// reserved reports whether every part of path that begins with an underscore is one that the API itself has, or one of the
// few that stand for many names.
func reserved(api, path string) bool {
	literals := strings.FieldsFunc(api, func(r rune) bool { return strings.ContainsRune("/[]{}", r) })
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, "_") && part != "_all" && part != "_local" && part != "_master" && part != "_none" &&
			!slices.Contains(literals, part) {
			return false
		}
	}
	return true
}

// Accepts reports whether a request with that method reaches one of the APIs. The specification's clients know one method
// for each; Elasticsearch takes GET for POST where nothing is changed, HEAD for GET, and often POST for PUT.
func Accepts(found []API, method string) bool {
	same := map[string][]string{
		"GET": {"GET", "POST"}, "HEAD": {"HEAD", "GET"}, "POST": {"POST", "GET", "PUT"}, "PUT": {"PUT", "POST"}, "DELETE": {"DELETE"},
	}
	return slices.ContainsFunc(found, func(a API) bool { return slices.Contains(same[method], a.Method) })
}

// Nearest are the paths of the specification that share most of their parts with path, at most n.
func Nearest(path string, n int) []string {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	best, most := []string{}, 0
	for _, a := range apis() {
		literals := strings.FieldsFunc(a.Path, func(r rune) bool { return strings.ContainsRune("/[]{}", r) })
		score := 0
		for _, part := range parts {
			for _, l := range literals {
				switch {
				case part == l:
					score += 3
				case strings.Trim(part, "_s") == strings.Trim(l, "_s"):
					score += 2
				}
			}
		}
		score = score*4 - len(literals)
		switch {
		case score <= 0 || score < most:
		case score > most:
			best, most = []string{a.Path}, score
		case !slices.Contains(best, a.Path):
			best = append(best, a.Path)
		}
	}
	return best[:min(n, len(best))]
}

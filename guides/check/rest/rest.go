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
// placeholder. Names that begin with an underscore are Elasticsearch's own, and never stand where a name of the user's
// does.
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

// reserved reports whether every part of path that begins with an underscore is one that the API itself has, or one of
// the few that stand for many names.
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

// The specification's clients know one method for each API. Elasticsearch takes another as well at these paths, which
// were compared with the specification's own lists of methods.
var (
	putOrPost = regexp.MustCompile(`bulk$|/_doc|/_create|/_alias|/_mapping|/_(?:shrink|split|clone)/|template/\{\}$` +
		`|/_scripts/|/_snapshot/\{\}(?:/\{\})?$|/_license$|` +
		`/_connector|/_inference/|/_ml/calendars/|/_watcher/watch/|/_security/(?:api_key|privilege|role|role_mapping|user` +
		`|profile|service)(?:$|\[|/[^_]|/_password)`)
	getOrPost = regexp.MustCompile(`search|_query/|explain|preview|simulate|count|_caps|flush|refresh|mget|termvectors` +
		`|rank_eval|/_render/|/_execute|` +
		`has_privileges|_suggest|/_sql|_text_structure|_validate|terms_enum|_mvt|analyze|/_ml/|_project/|/_graph/` +
		`|/_resolve/index|/_transform/|/_watcher/_query`)
)

// Accepts reports whether a request with that method reaches one of the APIs.
func Accepts(found []API, method string) bool {
	return slices.ContainsFunc(found, func(a API) bool {
		pair := method + " " + a.Method
		switch {
		case method == a.Method, pair == "HEAD GET":
			return true
		case pair == "PUT POST", pair == "POST PUT":
			return putOrPost.MatchString(a.Path)
		case pair == "GET POST", pair == "POST GET":
			return getOrPost.MatchString(a.Path)
		}
		// What the clients send to _aliases and in bodies also has these paths.
		return strings.Contains(a.Path, "/_alias/") && method != "PATCH" || strings.Contains(a.Path, "/scroll")
	})
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

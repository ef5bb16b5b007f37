package check

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/guides/check/rest"
)

var requestRules = []Rule{
	{ID: "request-unknown", Severity: Error, check: unknownRequests,
		Doc: "A request, of the console, of curl or in the text, that Elasticsearch's REST specification does not have: " +
			"its path, method or query parameter",
		Reason: "Elasticsearch answers it with an error."},
	{ID: "request-method", Severity: Error, check: otherMethods,
		Doc:    "A snippet that sends its request with another method than the text that leads in to it says",
		Reason: "One of them is wrong, and the reader cannot tell which."},
	{ID: "request-incomplete", Severity: Error, check: incompleteRequests,
		Doc: "A snippet that the text calls a request, without method and path, or a request without the body that " +
			"it needs",
		Reason: "It cannot be run as it stands: the reader has to know the rest."},
}

// call is a request that a page shows, with its place.
type call struct {
	method, path string
	at           guides.Pos
	width        int // of both, or of what stands at the place
	verb         int // width of the method at the place, 0 where curl chooses it
	block        int // index into the page's blocks
	prose        bool
	foreign      bool // to an API that is not Elasticsearch's
}

// inProse is a request as a text names it; only what is sure to be Elasticsearch's is taken.
var inProse = regexp.MustCompile(`\b(GET|PUT|POST|DELETE|HEAD)\s+(/?_[a-z][\w/{}<>.-]*)`)

// calls are the requests of a page: of the console, of curl, and in code font.
func calls(p *guides.Page) []call {
	var all []call
	for i, b := range p.Blocks {
		switch b.Language() {
		case guides.Console:
			for _, r := range b.Code.Requests() {
				if strings.HasPrefix(r.Path, "kbn:") || strings.Contains(r.Path, "/api/") || strings.Contains(r.Path, "://") {
					continue // Kibana's, or another server's
				}
				all = append(all, call{r.Method, r.Path, b.Code.At(r.Offset), len(r.Method) + 1 + len(r.Path), len(r.Method), i,
					false, false})
			}
		case guides.Shell:
			for _, c := range curls(b.Code) {
				c.block = i
				all = append(all, c)
			}
		}
		for _, span := range b.Spans {
			if m := inProse.FindStringSubmatchIndex(span.Text); m != nil && span.Kind == guides.Literal && m[0] == 0 {
				all = append(all, call{span.Text[m[2]:m[3]], span.Text[m[4]:m[5]], span.Pos, m[1], m[3], i, true, false})
			}
		}
	}
	return all
}

func unknownRequests(p *pass) {
	for _, c := range p.calls() {
		if c.foreign {
			continue
		}
		found := rest.Find(c.path)
		switch {
		case len(found) == 0:
			fix := "see the path in the API reference"
			if near := rest.Nearest(c.path, 1); len(near) > 0 {
				fix = "did you mean " + near[0] + "?"
			}
			p.at(c.at, c.width, fmt.Sprintf("Elasticsearch has no API at %s", c.path), fix)
		case !rest.Accepts(found, c.method):
			p.at(c.at, cmp.Or(c.verb, c.width), fmt.Sprintf("%s takes no %s", found[0].Path, c.method),
				"use "+methods(found, c.method))
		default:
			unknownParameters(p, c, found)
		}
	}
}

// A text says which method a request has: "this PUT request", "send it with POST to".
var (
	writing    = []string{"PUT", "POST"}
	methodWord = regexp.MustCompile(`\b(GET|PUT|POST|DELETE)\b`)
	sends      = regexp.MustCompile(`(?i)\brequests?\b|\bAPI call\b|\bsend\b|/?_[a-z]+/`)
)

// otherMethods compares a snippet that has one request with the text before it, where that names one method. Only PUT
// and POST are taken for one another; a text may well name the GET that shows what a PUT did.
func otherMethods(p *pass) {
	requests := map[int][]call{}
	for _, c := range p.calls() {
		if !c.prose && !c.foreign {
			requests[c.block] = append(requests[c.block], c)
		}
	}
	for i := 1; i < len(p.Blocks); i++ {
		lead := p.Blocks[i-1]
		if len(requests[i]) != 1 || lead.Kind == guides.Code || lead.Section != p.Blocks[i].Section ||
			!sends.MatchString(lead.Text) {
			continue
		}
		c := requests[i][0]
		said := methodWord.FindAllString(lead.Text, -1)
		slices.Sort(said)
		if said = slices.Compact(said); len(said) != 1 || said[0] == c.method || !slices.Contains(writing, said[0]) ||
			!slices.Contains(writing, c.method) {
			continue
		}
		p.at(c.at, cmp.Or(c.verb, c.width), fmt.Sprintf("the text leads in to a %s, the snippet has %s", said[0], c.method),
			oneMethod(c, said[0]))
	}
}

// oneMethod is how a text that names the method said, and a snippet with the request c, come to the same method.
func oneMethod(c call, said string) string {
	found := rest.Find(c.path)
	switch text, snippet := rest.Accepts(found, said), rest.Accepts(found, c.method); {
	case text && !snippet:
		return "use " + said + ": Elasticsearch takes no " + c.method + " there"
	case snippet && !text && len(found) > 0:
		return "write " + c.method + " in the text: Elasticsearch takes no " + said + " there"
	}
	return "use one method in both"
}

// methods are those to use in place of another: one that writes for one that writes, where there is one.
func methods(found []rest.API, instead string) string {
	var all, writes []string
	for _, a := range found {
		if slices.Contains(all, a.Method) {
			continue
		}
		all = append(all, a.Method)
		if slices.Contains(writing, a.Method) {
			writes = append(writes, a.Method)
		}
	}
	if len(writes) > 0 && slices.Contains(writing, instead) {
		all = writes
	}
	return strings.Join(all, " or ")
}

// unknownParameters compares with everything that is documented at the path, whatever the method.
func unknownParameters(p *pass, c call, found []rest.API) {
	_, query, ok := strings.Cut(c.path, "?")
	values, err := url.ParseQuery(query)
	if !ok || err != nil {
		return
	}
	for name := range values {
		if strings.ContainsAny(name, "<>{}*") || name == "format" || name == "s" || name == "v" || name == "h" {
			continue
		}
		if !slices.ContainsFunc(found, func(a rest.API) bool { return slices.Contains(a.Params, name) }) {
			f := p.at(c.at, c.width, fmt.Sprintf("%s has no parameter %q", found[0].Path, name),
				"see the parameters in the API reference")
			f.Severity = Warning
		}
	}
}

// An announcement is how a text leads in to a request: the API call, the following request.
var announced = regexp.MustCompile(`(?i)\b(?:API call|API request|following request|this request|request to)\b`)

// needsBody are requests that say nothing without one.
var needsBody = regexp.MustCompile(`^(?:PUT|POST) /?(?:_cluster/settings|_security/(?:cross_cluster/)?api_key` +
	`|_security/(?:role|user)/[^/]+)$`)

func incompleteRequests(p *pass) {
	for i, b := range p.Blocks {
		switch b.Language() {
		case guides.Console:
			for _, r := range b.Code.Requests() {
				path, _, _ := strings.Cut(r.Path, "?")
				if r.Body == "" && needsBody.MatchString(r.Method+" "+path) {
					p.at(b.Code.At(r.Offset), len(r.Method)+1+len(r.Path), r.Method+" "+r.Path+" needs a body, and has none",
						"show the body")
				}
			}
		case guides.JSON:
			if i == 0 || p.Blocks[i-1].Section != b.Section {
				continue
			}
			lead := p.Blocks[i-1]
			if !announced.MatchString(lead.Text) || strings.Contains(strings.ToLower(lead.Text), "respon") ||
				!strings.Contains(b.Code.Text, `"persistent"`) && !strings.Contains(b.Code.Text, `"transient"`) {
				continue
			}
			target := "/_cluster/settings"
			p.at(b.Pos, 0, "the text calls this a request to "+target+", and it has neither method nor path",
				"begin the snippet with PUT "+target)
		}
	}
}

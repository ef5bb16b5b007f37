package check

import (
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
		Doc:    "A request that Elasticsearch's REST specification does not have: its path, method or query parameter",
		Reason: "Elasticsearch answers it with an error."},
	{ID: "request-incomplete", Severity: Error, check: incompleteRequests,
		Doc:    "A snippet that the text calls a request, without method and path, or a request without the body that it needs",
		Reason: "It cannot be run as it stands: the reader has to know the rest."},
}

func unknownRequests(p *pass) {
	for _, b := range p.Blocks {
		if b.Language() != guides.Console {
			continue
		}
		for _, r := range b.Code.Requests() {
			at := b.Code.At(r.Offset)
			if strings.HasPrefix(r.Path, "kbn:") || strings.Contains(r.Path, "/api/") || strings.Contains(r.Path, "://") {
				continue // Kibana's, or another server's
			}
			found := rest.Find(r.Path)
			switch {
			case len(found) == 0:
				fix := "see the path in the API reference"
				if near := rest.Nearest(r.Path, 1); len(near) > 0 {
					fix = "did you mean " + near[0] + "?"
				}
				p.at(at, len(r.Method)+1+len(r.Path), fmt.Sprintf("Elasticsearch has no API at %s", r.Path), fix)
			case !rest.Accepts(found, r.Method):
				p.at(at, len(r.Method), fmt.Sprintf("%s takes no %s", found[0].Path, r.Method), "use "+methods(found))
			default:
				unknownParameters(p, at, r, found)
			}
		}
	}
}

func methods(found []rest.API) string {
	var all []string
	for _, a := range found {
		if !slices.Contains(all, a.Method) {
			all = append(all, a.Method)
		}
	}
	return strings.Join(all, " or ")
}

// unknownParameters compares with everything that is documented at the path, whatever the method.
func unknownParameters(p *pass, at guides.Pos, r guides.Request, found []rest.API) {
	_, query, ok := strings.Cut(r.Path, "?")
	values, err := url.ParseQuery(query)
	if !ok || err != nil {
		return
	}
	for name := range values {
		if strings.ContainsAny(name, "<>{}*") || name == "format" || name == "s" || name == "v" || name == "h" {
			continue
		}
		if !slices.ContainsFunc(found, func(a rest.API) bool { return slices.Contains(a.Params, name) }) {
			f := p.at(at, len(r.Method)+1+len(r.Path), fmt.Sprintf("%s has no parameter %q", found[0].Path, name), "see the parameters in the API reference")
			f.Severity = Warning
		}
	}
}

// An announcement is how a text leads in to a request: the API call, the following request.
var announced = regexp.MustCompile(`(?i)\b(?:API call|API request|following request|this request|request to)\b`)

// needsBody are requests that say nothing without one.
var needsBody = regexp.MustCompile(`^(?:PUT|POST) /?(?:_cluster/settings|_security/(?:cross_cluster/)?api_key|_security/(?:role|user)/[^/]+)$`)

func incompleteRequests(p *pass) {
	for i, b := range p.Blocks {
		switch b.Language() {
		case guides.Console:
			for _, r := range b.Code.Requests() {
				path, _, _ := strings.Cut(r.Path, "?")
				if r.Body == "" && needsBody.MatchString(r.Method+" "+path) {
					p.at(b.Code.At(r.Offset), len(r.Method)+1+len(r.Path), r.Method+" "+r.Path+" needs a body, and has none", "show the body")
				}
			}
		case guides.JSON:
			if i == 0 || p.Blocks[i-1].Section != b.Section {
				continue
			}
			lead := p.Blocks[i-1]
			if !announced.MatchString(lead.Text) || strings.Contains(strings.ToLower(lead.Text), "respon") || !strings.Contains(b.Code.Text, `"persistent"`) && !strings.Contains(b.Code.Text, `"transient"`) {
				continue
			}
			target := "/_cluster/settings"
			p.at(b.Pos, 0, "the text calls this a request to "+target+", and it has neither method nor path", "begin the snippet with PUT "+target)
		}
	}
}

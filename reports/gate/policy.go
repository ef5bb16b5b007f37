package gate

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/crosscheck-dev/crosscheck/fixtures/strict"
)

// Policy is what a gate lets pass: how much slower a recovery may become, and which findings are expected for a while.
type Policy struct {
	Limits   []Limit
	Flaky    bool // a scenario that passes only on a retry is reported and not a finding
	Expected []Expected
}

// Limit bounds a measurement. What is allowed is the larger of baseline x Factor and baseline + Slack.
type Limit struct {
	Name   string // of the measurement, such as recovery
	Factor float64
	Slack  time.Duration
}

// DefaultLimit holds for measurements that a policy does not name.
func DefaultLimit() Limit { return Limit{Factor: 2, Slack: 5 * time.Second} }

// Limit is the one for a measurement.
func (p *Policy) Limit(name string) Limit {
	if i := slices.IndexFunc(p.Limits, func(l Limit) bool { return l.Name == name }); i >= 0 {
		return p.Limits[i]
	}
	return DefaultLimit()
}

// Allowed is the most that the measurement may come to, in seconds.
func (l Limit) Allowed(baseline float64) float64 {
	return max(baseline*l.Factor, baseline+l.Slack.Seconds())
}

// The findings of a gate that can be expected.
const (
	NewFailure        = "new-failure"
	Vanished          = "vanished"
	Skipped           = "skipped"
	Unsupported       = "unsupported"
	Flaky             = "flaky"
	Slower            = "slower"
	RemoteInfoShape   = "remote-info-shape"
	RemoteInfoDefault = "remote-info-default"
)

// Expected is a finding that is known, and until when it may be there.
type Expected struct {
	Finding  string
	Scenario string // file:line, or "feature: scenario"; empty for the findings about _remote/info
	Field    string // of _remote/info
	Pair     string // "9.3.2 -> 8.19.0"; empty for any
	Reason   string
	Link     string
	Until    time.Time // the last day on which it holds, at midnight UTC
	Line     int       // in the policy's file
}

// Expired reports whether its last day is over.
func (e Expected) Expired(now time.Time) bool { return !now.UTC().Before(e.Until.AddDate(0, 0, 1)) }

// LoadPolicy reads a policy strictly (docs/policy.schema.json has its shape). The name is how errors call the file. An
// error holds every *strict.Problem of the file.
func LoadPolicy(name string, data []byte) (*Policy, error) {
	r := strict.NewReader(name)
	p := &Policy{}
	if root := r.Document(data); root != nil {
		r.Mapping(root, "the policy", nil, strict.Keys{
			"measurements": func(n strict.Node) { r.List(n, "measurements", func(n strict.Node) { p.addLimit(r, n) }) },
			"flaky":        func(n strict.Node) { p.Flaky = r.OneOf(n, "flaky", "finding", "report") == "report" },
			"expected_failures": func(n strict.Node) {
				r.List(n, "expected_failures", func(n strict.Node) { p.addExpected(r, n) })
			},
		})
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Policy) addLimit(r *strict.Reader, n strict.Node) {
	l := DefaultLimit()
	r.Mapping(n, "a measurement", []string{"name"}, strict.Keys{
		"name":   func(n strict.Node) { l.Name = r.Text(n, "name") },
		"factor": func(n strict.Node) { l.Factor = readFactor(r, n) },
		"slack":  func(n strict.Node) { l.Slack = r.Duration(n, "slack") },
	})
	if slices.ContainsFunc(p.Limits, func(o Limit) bool { return o.Name == l.Name }) {
		r.Problem(n, fmt.Sprintf("measurement %q stands twice", l.Name), "keep one")
	}
	p.Limits = append(p.Limits, l)
}

func (p *Policy) addExpected(r *strict.Reader, n strict.Node) {
	e := Expected{Finding: NewFailure}
	e.Line = strict.Line(n)
	r.Mapping(n, "an expected failure", []string{"reason", "link", "until"}, strict.Keys{
		"finding": func(n strict.Node) {
			e.Finding = r.OneOf(n, "finding", NewFailure, Vanished, Skipped, Unsupported, Flaky, Slower, RemoteInfoShape,
				RemoteInfoDefault)
		},
		"scenario": func(n strict.Node) { e.Scenario = r.Text(n, "scenario") },
		"field":    func(n strict.Node) { e.Field = r.Text(n, "field") },
		"pair":     func(n strict.Node) { e.Pair = r.Text(n, "pair") },
		"reason":   func(n strict.Node) { e.Reason = r.Text(n, "reason") },
		"link":     func(n strict.Node) { e.Link = readLink(r, n) },
		"until":    func(n strict.Node) { e.Until = readDate(r, n) },
	})
	switch aboutInfo := e.Finding == RemoteInfoShape || e.Finding == RemoteInfoDefault; {
	case aboutInfo && e.Field == "":
		r.Problem(n, "an expected "+e.Finding+" names no field", "add field, as _remote/info calls it")
	case !aboutInfo && e.Scenario == "":
		r.Problem(n, "an expected failure names no scenario", `add scenario, as file:line or as "feature: scenario"`)
	case !aboutInfo && e.Field != "":
		r.Problem(n, "an expected "+e.Finding+" has a field",
			"remove field; it goes with "+RemoteInfoShape+" and "+RemoteInfoDefault)
	}
	p.Expected = append(p.Expected, e)
}

// readFactor reads a number that makes nothing smaller.
func readFactor(r *strict.Reader, n strict.Node) float64 {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		if f, err := strconv.ParseFloat(n.GetToken().Value, 64); err == nil && f >= 1 && f <= 1000 {
			return f
		}
	}
	r.Problem(n, "factor is no number from 1 to 1000", "write a number such as 1.5")
	return 1
}

func readLink(r *strict.Reader, n strict.Node) string {
	text := r.Text(n, "link")
	if text == "" {
		return ""
	}
	if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		r.Problem(n, fmt.Sprintf("link is %q, which is no address of a page", text),
			"write the address of the issue that will end this, with https://")
	}
	return text
}

func readDate(r *strict.Reader, n strict.Node) time.Time {
	text := r.Text(n, "until")
	if text == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		r.Problem(n, fmt.Sprintf("until is %q, which is no date", text), "write the last day as YYYY-MM-DD, in quotes")
	}
	return d
}

// Package html writes a run as one HTML file that needs nothing beside it: no network, no other file.
package html

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"strings"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/words"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

//go:embed assets
var assets embed.FS

var parsed = template.Must(template.New("").Funcs(template.FuncMap{
	"seconds": words.Seconds, "icon": icon, "join": strings.Join, "plural": words.Count,
}).ParseFS(assets, "assets/*.gohtml"))

var (
	style  = concat("tokens.css", "layout.css", "overview.css", "scenario.css", "print.css")
	script = "(() => {\n'use strict';\n" + concat("dom.js", "data.js", "list.js", "steps.js", "topology.js",
		"scenario.js", "route.js") + "})();\n"
)

// concat is what stands in the named assets; that they are there is known when the program is built.
func concat(names ...string) string {
	var all strings.Builder
	for _, name := range names {
		data, err := assets.ReadFile("assets/" + name)
		if err != nil {
			panic(err)
		}
		all.Write(data)
	}
	return all.String()
}

// Render writes r as HTML. folder is the run's folder with the evidence, of which as much is put in as a mail can
// carry; it may be nil. guides are shown in their order, each step with the scenarios that cover it.
func Render(r *reports.Result, folder fs.FS, guides []reports.GuideCoverage) ([]byte, error) {
	p := newPage(r)
	p.Guides = guides
	var err error
	for _, part := range []struct {
		into   *template.JS
		encode func(any) (template.JS, error)
		from   any
	}{{&p.Index, inScript, index(r)}, {&p.Details, packed, details(r)}, {&p.Evidence, packed, collect(r, folder)}} {
		if *part.into, err = part.encode(part.from); err != nil {
			return nil, fmt.Errorf("encode the data of the HTML report: %w", err)
		}
	}
	// The browser runs this script and applies this style and nothing else, whatever a result smuggles in.
	p.Style, p.Script = template.CSS(style), template.JS(script) //nolint:gosec // both are compiled in
	p.Policy = fmt.Sprintf("default-src 'none'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'",
		hash(script), hash(style))
	var buf bytes.Buffer
	if err := parsed.ExecuteTemplate(&buf, "page.gohtml", p); err != nil {
		return nil, fmt.Errorf("write the HTML report: %w", err)
	}
	return buf.Bytes(), nil
}

// inScript is v as JSON that can stand in a script element: the encoder escapes <, > and &, so no value ends the
// element.
func inScript(v any) (template.JS, error) {
	data, err := json.Marshal(v)
	return template.JS(data), err //nolint:gosec // see above
}

// packed is the same compressed, in base64: a tenth of the size, for what is read later. A report must fit into a mail.
func packed(v any) (template.JS, error) {
	var buf bytes.Buffer
	zipped := gzip.NewWriter(&buf)
	if err := errors.Join(json.NewEncoder(zipped).Encode(v), zipped.Close()); err != nil {
		return "", err
	}
	return inScript(base64.StdEncoding.EncodeToString(buf.Bytes()))
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// entry is a scenario as the list shows it. The browser reads all entries when it opens the file, and the rest of a
// scenario when somebody wants it.
type entry struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Feature   string          `json:"feature"`
	Where     string          `json:"where"`
	Local     string          `json:"local"`
	Remote    string          `json:"remote"`
	Verdict   verdict.Verdict `json:"verdict"`
	Reason    string          `json:"reason,omitempty"`
	Seconds   float64         `json:"seconds"`
	Tags      string          `json:"tags,omitempty"`
	Outcome   string          `json:"outcome,omitempty"`
	Simulated bool            `json:"simulated,omitempty"`
}

func index(r *reports.Result) []entry {
	all := make([]entry, 0, len(r.Scenarios))
	for _, s := range r.Scenarios {
		all = append(all, entry{
			ID: s.ID, Name: s.Name, Feature: s.Feature, Where: fmt.Sprintf("%s:%d", s.File, s.Line), Local: s.Local,
			Remote:  s.Remote,
			Verdict: s.Verdict, Reason: s.Reason, Seconds: s.Seconds, Tags: strings.Join(s.Tags, " "), Outcome: s.Outcome,
			Simulated: len(s.Simulated) > 0,
		})
	}
	return all
}

// detail is the rest of a scenario.
type detail struct {
	Fact         string             `json:"fact,omitempty"`
	Simulated    []string           `json:"simulated,omitempty"`
	Measurements map[string]float64 `json:"measurements,omitempty"`
	Attempts     int                `json:"attempts"`
	Evidence     string             `json:"evidence,omitempty"`
	Steps        []reports.Step     `json:"steps"`
	// RemoteInfo and Notes say what was seen beside the verdict.
	RemoteInfo []reports.RemoteInfo `json:"remote_info,omitempty"`
	Notes      []string             `json:"notes,omitempty"`
	Topology   *reports.Topology    `json:"topology,omitempty"`
}

func details(r *reports.Result) any {
	all := struct {
		Scenarios []detail                  `json:"scenarios"`
		Outcomes  []reports.ExpectedFailure `json:"outcomes"`
	}{Scenarios: make([]detail, 0, len(r.Scenarios)), Outcomes: r.Outcomes}
	for _, s := range r.Scenarios {
		all.Scenarios = append(all.Scenarios, detail{s.Fact, s.Simulated, s.Measurements, s.Attempts, s.Evidence, s.Steps,
			s.RemoteInfo, s.Notes, s.Topology})
	}
	return all
}

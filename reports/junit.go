package reports

import (
	"encoding/xml"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Name    string       `xml:"name,attr"`
	Counts  junitCounts  `xml:",any,attr"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	File       string          `xml:"file,attr"`
	Counts     junitCounts     `xml:",any,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

// junitCounts become the attributes that both levels share.
type junitCounts []xml.Attr

type junitCase struct {
	Name      string        `xml:"name,attr"`
	Classname string        `xml:"classname,attr"`
	Time      string        `xml:"time,attr"`
	Failure   *junitOutcome `xml:"failure"`
	Error     *junitOutcome `xml:"error"`
	Skipped   *junitOutcome `xml:"skipped"`
	Flaky     *junitOutcome `xml:"flakyFailure"`
	SystemOut string        `xml:"system-out"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitOutcome struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes the result as JUnit XML, within the schema that Surefire and Jenkins share: a suite for each feature on
// each pair, skipped and unsupported scenarios as skipped, flaky ones as passed with a flakyFailure. That schema has no
// properties for a test case: the exact verdict, the id and the rest head its output, before the steps. Characters that
// XML does not know become U+FFFD.
func JUnit(r *Result) ([]byte, error) {
	type key struct {
		pair          Pair
		file, feature string
	}
	var order []key
	groups := map[key][]Scenario{}
	for _, s := range r.Scenarios {
		k := key{s.Pair(), s.File, s.Feature}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], s)
	}
	suites := junitSuites{Name: "crosscheck " + r.RunID, Counts: countAttributes(r.Scenarios)}
	for _, k := range order {
		suite := junitSuite{
			Name:      fmt.Sprintf("%s (%s)", k.feature, k.pair),
			File:      k.file,
			Counts:    countAttributes(groups[k]),
			Skipped:   skipped(groups[k]),
			Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05"),
			Properties: []junitProperty{
				{"file", k.file}, {"local", k.pair.Local}, {"remote", k.pair.Remote}, {"crosscheck", r.ToolVersion},
			},
		}
		names := map[string]int{}
		for _, s := range groups[k] {
			names[s.Name]++
		}
		for _, s := range groups[k] {
			c := junitScenario(s)
			if names[s.Name] > 1 {
				c.Name = fmt.Sprintf("%s (line %d)", s.Name, s.Line)
			}
			suite.Cases = append(suite.Cases, c)
		}
		suites.Suites = append(suites.Suites, suite)
	}
	data, err := xml.MarshalIndent(suites, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the JUnit report: %w", err)
	}
	return append([]byte(xml.Header), append(data, '\n')...), nil
}

func junitScenario(s Scenario) junitCase {
	c := junitCase{Name: s.Name, Classname: classname(s), Time: junitTime(s.Seconds)}
	for _, p := range []junitProperty{
		{"id", s.ID}, {"verdict", s.Verdict.String()}, {"tags", strings.Join(s.Tags, " ")}, {"fact", s.Fact},
		{"outcome", s.Outcome},
		{"evidence", s.Evidence}, {"simulated", strings.Join(s.Simulated, ", ")},
	} {
		if p.Value != "" {
			c.SystemOut += fmt.Sprintf("%-10s %s\n", p.Name, p.Value)
		}
	}
	c.SystemOut += "\n" + stepLog(s)
	switch s.Verdict {
	case verdict.Failed:
		c.Failure = &junitOutcome{Message: s.Reason, Type: s.Verdict.String(), Text: stepProblem(s)}
	case verdict.Skipped, verdict.Unsupported:
		message := s.Verdict.String() + ": " + s.Reason
		if s.Fact != "" {
			message += " (" + s.Fact + ")"
		}
		c.Skipped = &junitOutcome{Message: message}
	case verdict.Flaky:
		c.Flaky = &junitOutcome{Message: s.Reason, Type: s.Verdict.String()}
	case verdict.Passed:
	default:
		c.Error = &junitOutcome{Message: s.Reason, Type: s.Verdict.String(), Text: stepProblem(s)}
	}
	return c
}

// classname is dotted, "features.api_key.connect.9_3_2-to-8_19_4": the dots of versions would read as packages.
func classname(s Scenario) string {
	file := strings.TrimSuffix(path.Clean(s.File), path.Ext(s.File))
	parts := strings.Split(strings.Trim(file, "/"), "/")
	parts = append(parts, s.Local+"-to-"+s.Remote)
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], ".", "_")
	}
	return strings.Join(parts, ".")
}

// stepProblem is the text of the first step that failed or broke.
func stepProblem(s Scenario) string {
	step := s.Broken()
	if step == nil {
		return s.Reason
	}
	text := fmt.Sprintf("%s:%d: %s %s", s.File, step.Line, step.Keyword, step.Text)
	for _, l := range []struct{ label, text string }{
		{"", step.Message}, {"wanted  ", step.Wanted}, {"got     ", step.Got}, {"polled  ", step.Polled},
		{"hint    ", step.Hint}, {"evidence ", s.Evidence},
	} {
		if l.text != "" {
			text += "\n" + l.label + l.text
		}
	}
	return text
}

func stepLog(s Scenario) string {
	var log strings.Builder
	for _, step := range s.Steps {
		fmt.Fprintf(&log, "%-7s %8.3f s  %s %s\n", step.Verdict, step.Seconds, step.Keyword, step.Text)
		for _, row := range step.Table {
			fmt.Fprintf(&log, "%22s| %s |\n", "", strings.Join(row, " | "))
		}
		if step.Verdict == verdict.Skipped && step.Message != "" {
			fmt.Fprintf(&log, "%22s%s\n", "", step.Message)
		}
	}
	return log.String()
}

func countAttributes(scenarios []Scenario) junitCounts {
	s := tally(scenarios)
	seconds := 0.0
	for _, scenario := range scenarios {
		seconds += scenario.Seconds
	}
	attribute := func(name, value string) xml.Attr { return xml.Attr{Name: xml.Name{Local: name}, Value: value} }
	return junitCounts{
		attribute("tests", strconv.Itoa(s.Total)),
		attribute("failures", strconv.Itoa(s.Failed)),
		attribute("errors", strconv.Itoa(s.Error)),
		attribute("time", junitTime(seconds)),
	}
}

func skipped(scenarios []Scenario) int {
	s := tally(scenarios)
	return s.Skipped + s.Unsupported
}

func junitTime(seconds float64) string { return strconv.FormatFloat(seconds, 'f', 3, 64) }

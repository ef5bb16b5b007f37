package reports

import (
	"encoding/xml"
	"fmt"
	"path"
	"strconv"
	"strings"
)

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Name    string       `xml:"name,attr"`
	Counts  junitCounts  `xml:",any,attr"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Counts     junitCounts     `xml:",any,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

// junitCounts become the attributes that both levels share.
type junitCounts []xml.Attr

type junitCase struct {
	Name       string          `xml:"name,attr"`
	Classname  string          `xml:"classname,attr"`
	Time       string          `xml:"time,attr"`
	File       string          `xml:"file,attr"`
	Line       int             `xml:"line,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Failure    *junitOutcome   `xml:"failure"`
	Error      *junitOutcome   `xml:"error"`
	Skipped    *junitOutcome   `xml:"skipped"`
	SystemOut  string          `xml:"system-out,omitempty"`
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

// JUnit writes the result as JUnit XML: a suite for each feature on each pair, skipped and unsupported scenarios as
// skipped, the steps as output. Characters that XML does not know become U+FFFD.
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
			Counts:    countAttributes(groups[k]),
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
	c := junitCase{
		Name: s.Name, Classname: classname(s), Time: junitTime(s.Seconds), File: s.File, Line: s.Line,
		SystemOut: stepLog(s),
		Properties: []junitProperty{
			{"id", s.ID}, {"verdict", s.Verdict.String()}, {"file", s.File}, {"line", strconv.Itoa(s.Line)},
		},
	}
	for _, tag := range s.Tags {
		c.Properties = append(c.Properties, junitProperty{"tag", tag})
	}
	for _, p := range []junitProperty{
		{"fact", s.Fact}, {"outcome", s.Outcome}, {"evidence", s.Evidence}, {"simulated", strings.Join(s.Simulated, ", ")},
	} {
		if p.Value != "" {
			c.Properties = append(c.Properties, p)
		}
	}
	switch s.Verdict {
	case Failed:
		c.Failure = &junitOutcome{Message: s.Reason, Type: s.Verdict.String(), Text: stepProblem(s)}
	case Skipped, Unsupported:
		message := s.Verdict.String() + ": " + s.Reason
		if s.Fact != "" {
			message += " (" + s.Fact + ")"
		}
		c.Skipped = &junitOutcome{Message: message}
	case Passed, Flaky:
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
		if step.Verdict == Skipped && step.Message != "" {
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
		attribute("skipped", strconv.Itoa(s.Skipped+s.Unsupported)),
		attribute("time", junitTime(seconds)),
	}
}

func junitTime(seconds float64) string { return strconv.FormatFloat(seconds, 'f', 3, 64) }

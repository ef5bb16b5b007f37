package reports

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type attributes struct {
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Time     string `xml:"time,attr"`
}

type suites struct {
	attributes
	Suites []struct {
		attributes
		Name  string      `xml:"name,attr"`
		File  string      `xml:"file,attr"`
		Cases []junitCase `xml:"testcase"`
	} `xml:"testsuite"`
}

func readJUnit(t *testing.T, r *Result) suites {
	t.Helper()
	data, err := JUnit(r)
	require.NoError(t, err)
	var read suites
	require.NoError(t, xml.Unmarshal(data, &read), "%s", data)
	return read
}

func TestJUnitCountsAndNames(t *testing.T) {
	r := sample()
	other := r.Scenarios[0]
	other.Remote, other.Tags = "9.3.2", nil
	r.Scenarios = append(r.Scenarios, other)
	read := readJUnit(t, r)

	assert.Equal(t, attributes{7, 1, 1, 0, "7.500"}, read.attributes, "the schema has no skipped for all suites")
	require.Len(t, read.Suites, 2, "a suite for each feature on each pair")
	assert.Equal(t, attributes{6, 1, 1, 2, "6.250"}, read.Suites[0].attributes)
	assert.Equal(t, attributes{1, 0, 0, 0, "1.250"}, read.Suites[1].attributes)
	assert.Equal(t, "Connect with a cross-cluster API key (9.3.2 -> 8.19.4)", read.Suites[0].Name)

	cases := read.Suites[0].Cases
	assert.Equal(t, "features.api_key.connect.9_3_2-to-8_19_4", cases[0].Classname)
	assert.Equal(t, "features/api_key/connect.feature", read.Suites[0].File)
	assert.Equal(t, `id         features/api_key/connect.feature:20@9.3.2->8.19.4
verdict    passed
tags       @model:api-key

passed     0.500 s  Given a remote cluster
`, cases[0].SystemOut)
	assert.Equal(t, "The wrong port (line 35)", cases[2].Name, "rows of the same name are told apart")
	assert.Equal(t, "The wrong port (line 40)", cases[3].Name)

	for i, want := range []struct{ failure, broke, skipped bool }{
		{}, {failure: true}, {broke: true}, {skipped: true}, {skipped: true}, {},
	} {
		c := cases[i]
		assert.Equal(t, want, struct{ failure, broke, skipped bool }{c.Failure != nil, c.Error != nil, c.Skipped != nil},
			c.Name)
	}
	assert.Equal(t, `features/api_key/connect.feature:29: Then its remote info is
remote info differs
wanted  cluster_credentials absent
got     cluster_credentials "::es_redacted::"
polled  9 reads in 30 s, last 0.4 s ago
hint    look at the alias
evidence evidence/api_key-27`, cases[1].Failure.Text)
	assert.Contains(t, cases[2].Error.Text, "no such container")
	assert.Equal(t, "unsupported: a reason for unsupported (strong-identity)", cases[4].Skipped.Message)
	assert.Equal(t, "a reason for flaky", cases[5].Flaky.Message)
}

func TestJUnitSurvivesControlCharacters(t *testing.T) {
	r := sample()
	r.Scenarios[1].Name = "a\x00b<]]>&\x1b[31m\xff"
	r.Scenarios[1].Reason = "line\nbreak\x07"
	r.Scenarios[1].Steps[1].Got = strings.Repeat("]]>\x01", 3)
	c := readJUnit(t, r).Suites[0].Cases[1]
	assert.Equal(t, "a\uFFFDb<]]>&\uFFFD[31m\uFFFD", c.Name)
	assert.Equal(t, "line\nbreak\uFFFD", c.Failure.Message)
	assert.Contains(t, c.Failure.Text, "]]>\uFFFD]]>\uFFFD]]>\uFFFD")
}

// junitGrammar is what the schema that Surefire and Jenkins share allows: attributes, those that must be there with a
// !, and elements within.
var junitGrammar = map[string]struct{ attributes, elements string }{
	"testsuites": {"name time tests failures errors", "testsuite"},
	"testsuite": {"!name !tests !failures !errors group time skipped timestamp hostname id package file log url",
		"testsuite properties testcase system-out system-err"},
	"properties": {"", "property"},
	"property":   {"!name !value", ""},
	"testcase": {"!name time classname group",
		"skipped error failure rerunFailure rerunError flakyFailure flakyError system-out system-err"},
	"failure":      {"type message", ""},
	"error":        {"type message", ""},
	"skipped":      {"type message", ""},
	"flakyFailure": {"!type message", ""},
	"system-out":   {"", ""},
}

func TestJUnitFollowsTheCommonSchema(t *testing.T) {
	data, err := JUnit(sample())
	require.NoError(t, err)
	decoder := xml.NewDecoder(strings.NewReader(string(data)))
	var open []string
	seen := map[string]bool{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			rule, known := junitGrammar[name]
			require.True(t, known, "the schema has no element %s", name)
			if len(open) > 0 {
				require.Contains(t, strings.Fields(junitGrammar[open[len(open)-1]].elements), name, "what may stand in %v", open)
			}
			var attributes []string
			for _, a := range token.Attr {
				attributes = append(attributes, a.Name.Local)
				require.Contains(t, strings.Fields(strings.ReplaceAll(rule.attributes, "!", "")), a.Name.Local, "attributes of %s",
					name)
				if a.Name.Local == "time" {
					require.Regexp(t, `^\d+\.\d{3}$`, a.Value)
				}
			}
			for _, a := range strings.Fields(rule.attributes) {
				if must, ok := strings.CutPrefix(a, "!"); ok {
					require.Contains(t, attributes, must, "attributes of %s", name)
				}
			}
			open, seen[name] = append(open, name), true
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	require.Len(t, seen, len(junitGrammar), "the sample must use every element that there is a rule for")
}

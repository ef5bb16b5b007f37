package reports

import (
	"encoding/xml"
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

	assert.Equal(t, attributes{7, 1, 1, 2, "7.500"}, read.attributes)
	require.Len(t, read.Suites, 2, "a suite for each feature on each pair")
	assert.Equal(t, attributes{6, 1, 1, 2, "6.250"}, read.Suites[0].attributes)
	assert.Equal(t, attributes{1, 0, 0, 0, "1.250"}, read.Suites[1].attributes)
	assert.Equal(t, "Connect with a cross-cluster API key (9.3.2 -> 8.19.4)", read.Suites[0].Name)

	cases := read.Suites[0].Cases
	assert.Equal(t, "features.api_key.connect.9_3_2-to-8_19_4", cases[0].Classname)
	assert.Equal(t, "features/api_key/connect.feature", cases[0].File)
	assert.Equal(t, 20, cases[0].Line)
	assert.Contains(t, cases[0].Properties, junitProperty{"tag", "@model:api-key"})
	assert.Equal(t, "passed     0.500 s  Given a remote cluster\n", cases[0].SystemOut)
	assert.Equal(t, "The wrong port (line 35)", cases[2].Name, "rows of the same name are told apart")
	assert.Equal(t, "The wrong port (line 40)", cases[3].Name)

	for i, want := range []struct{ failure, broke, skipped bool }{
		{}, {failure: true}, {broke: true}, {skipped: true}, {skipped: true}, {},
	} {
		c := cases[i]
		assert.Equal(t, want, struct{ failure, broke, skipped bool }{c.Failure != nil, c.Error != nil, c.Skipped != nil}, c.Name)
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
	assert.Contains(t, cases[5].Properties, junitProperty{"verdict", "flaky"})
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

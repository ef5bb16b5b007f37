package markdown

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

func sample(failures int) *reports.Result {
	r := &reports.Result{RunID: "run-1", ToolVersion: "1",
		Pairs:    []reports.TestedPair{{Local: "9.3.2", Remote: "8.19.0", Connects: true}},
		Outcomes: []reports.ExpectedFailure{{ID: "wrong-port", Title: "The port is wrong"}}}
	add := func(v verdict.Verdict, s reports.Scenario) {
		s.Local, s.Remote, s.Verdict, s.Feature, s.Attempts = "9.3.2", "8.19.0", v, "Connect", 1
		s.ID = fmt.Sprintf("features/a.feature:%d@9.3.2->8.19.0", len(r.Scenarios)+1)
		r.Scenarios = append(r.Scenarios, s)
	}
	add(verdict.Passed, reports.Scenario{Name: "fine"})
	for range failures {
		add(verdict.Failed, reports.Scenario{Name: "a <b> | *c*", Outcome: "wrong-port", Reason: "differs",
			Steps: []reports.Step{{Keyword: "Then", Text: "x", Verdict: verdict.Failed, Message: "remote info",
				Wanted: "a ``` b", Got: strings.Repeat("y", 3000), Hint: "look"}}})
	}
	add(verdict.Unsupported, reports.Scenario{Name: "n", Fact: "proxy-mode", Reason: "needs >=7.7"})
	reports.Summarize(r, "")
	return r
}

func TestTheSummaryReads(t *testing.T) {
	data := Summary(sample(1), nil)
	got := string(data)
	for _, want := range []string{
		"# crosscheck: not conformant\n\n1 scenario failed.\n",
		"| 9.3.2 | 8.19.0 | yes | no | 1 | 1 | 0 | 0 | 1 | 0 |",
		"## Failed (1)\n\n<details><summary><b>a &lt;b&gt; \\| \\*c\\*</b>, 9.3.2 -&gt; 8.19.0</summary>\n",
		"Wanted\n\n````text\na ``` b\n````\n",
		"... and 1000 more bytes",
		"Expected failure: The port is wrong (`wrong-port`).",
		"## Does not apply (1)\n",
		"| 1 | `proxy-mode` | needs &gt;=7.7 |",
		"Simulated: nothing.",
	} {
		assert.Contains(t, got, want)
	}
}

func TestTheSummaryFitsAJobSummary(t *testing.T) {
	data := Summary(sample(2000), nil)
	assert.LessOrEqual(t, len(data), 1<<20, "a longer one is refused as a whole")
	assert.Greater(t, len(data), 900<<10, "what fits is there")
	assert.Regexp(t, `\n\d+ more did not pass and did not fit in here; report.html has them.\n`, string(data))
	assert.Contains(t, string(data), "## Does not apply (1)", "the end is there too")
	assert.Equal(t, strings.Count(string(data), "<details>"), strings.Count(string(data), "</details>"),
		"nothing is cut in the middle")
}

func FuzzText(f *testing.F) {
	f.Add("a\n# b <script> `c` @team [x](y)")
	f.Fuzz(func(t *testing.T, s string) {
		got := text(s)
		if strings.ContainsAny(got, "\n\r<>@") {
			t.Fatalf("%q became %q, which starts a line, an element or calls somebody", s, got)
		}
		if b := code(s); strings.Count(b, "`") != 2 || strings.ContainsAny(b, "\n\r") {
			t.Fatalf("%q became %q, which ends the piece of code early", s, b)
		}
	})
}

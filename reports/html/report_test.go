package html_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

const (
	tabKey   = "\t"
	enterKey = "\r"
	rows     = `document.querySelectorAll('#rows .row').length`
)

func TestTheListIsFilteredAndSearched(t *testing.T) {
	r := load(t)
	file, b := render(t, r), newTab(t)
	b.size(1280, 900, "light")
	b.open(file, "")
	found := func() string { return eval[string](b, `document.getElementById('found').textContent`) }
	assert.Equal(t, fmt.Sprintf("%d scenarios", r.Summary.Total), found())

	b.do(chromedp.Evaluate[chromedp.Void](`const v = document.getElementById('f-verdict'); v.value = 'failed'; ` +
		`v.dispatchEvent(new Event('change')); void 0`))
	b.until(fmt.Sprintf(`%s === %d`, rows, r.Summary.Failed))
	assert.Equal(t, fmt.Sprintf("%d of %d scenarios", r.Summary.Failed, r.Summary.Total), found(),
		"the live region must say how many are left")
	assert.Equal(t, "#/?verdict=failed", eval[string](b, `location.hash`), "a filtered list has an address")

	b.do(chromedp.Click("#clear"))
	b.until(`document.getElementById('f-verdict').value === ''`)
	b.do(chromedp.SendKeys("#f-q", "loopback address"))
	b.until(`document.querySelectorAll('#rows .row').length < 10`)
	for _, name := range eval[[]string](b, `[...document.querySelectorAll('#rows .row-name')].map((e) => e.textContent)`) {
		assert.Contains(t, name, "loopback", "the search must leave only what has its words")
	}
	b.do(chromedp.SendKeys("#f-q", " and words that no scenario has"))
	b.until(`document.getElementById('nothing') !== null`)

	b.open(file, "#/?verdict=unsupported&order=run")
	assert.Equal(t, "unsupported", eval[string](b, `document.getElementById('f-verdict').value`),
		"an address sets the filter")
	b.clean(file)
}

func TestAScenarioIsReachedByKeyboard(t *testing.T) {
	r := load(t)
	file, b := render(t, r), newTab(t)
	b.size(1280, 900, "light")
	b.open(file, "#/?verdict=failed")
	b.do(chromedp.Focus("#rows .row"))
	b.do(chromedp.KeyEvent(enterKey))
	b.until(`!document.getElementById('scenario').hidden`)
	failed := first(t, r, verdict.Failed)
	assert.Equal(t, failed.Name, eval[string](b, `document.activeElement.textContent`),
		"the heading must have the focus, for a screen reader to read on from")
	assert.Equal(t, len(failed.Steps), eval[int](b, `document.querySelectorAll('.steps > li').length`))
	assert.Equal(t, []string{failed.Broken().Wanted, failed.Broken().Got},
		eval[[]string](b, `[...document.querySelectorAll('#scenario .versus pre')].map((e) => [...e.children].map((l) => `+
			`l.textContent).join('\n'))`))
	assert.NotEmpty(t, eval[string](b, `document.querySelector('.figure svg desc').textContent`),
		"the drawing needs words for those who do not see it")
	assert.Contains(t, eval[string](b, `document.title`), failed.Name)

	b.do(chromedp.Focus(".evidence summary"), chromedp.KeyEvent(enterKey))
	b.until(`document.querySelector('.evidence pre') !== null && document.querySelector('.evidence ` +
		`pre').textContent.length > 0`)

	b.do(chromedp.Focus(".back"), chromedp.KeyEvent(enterKey))
	b.until(`document.getElementById('scenario').hidden`)
	assert.Equal(t, "#/?verdict=failed", eval[string](b, `location.hash`), "the way back leads to the list as it was left")

	b.open(file, "")
	b.do(chromedp.KeyEvent(tabKey))
	assert.Equal(t, "Skip to the scenarios", eval[string](b, `document.activeElement.textContent`),
		"the first Tab offers to skip")
	b.open(file, "#/scenario/nothing-here")
	b.until(`/no such scenario/.test(document.querySelector('#scenario h1')?.textContent)`)
	b.clean(file)
}

func TestEveryPageFitsItsWindow(t *testing.T) {
	r := load(t)
	file, b := render(t, r), newTab(t)
	fits := func(width int64, what string) {
		wide := eval[[]string](b, `document.documentElement.scrollWidth <= innerWidth ? [] :
			[...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 &&
				!e.closest('.scroll, pre, .unseen')).slice(0, 3).map((e) => e.outerHTML.slice(0, 150))`)
		assert.Empty(t, wide, "wider than %d px: %s", width, what)
	}
	for _, width := range []int64{1280, 390} {
		b.size(width, 844, "light")
		b.open(file, "")
		fits(width, "the first page")
		for _, s := range r.Scenarios {
			b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`location.hash = %q; void 0`, scenarioHash(s))))
			b.shows(s)
			fits(width, s.ID)
		}
	}
	b.clean(file)
}

func TestWithoutScriptsTheReportStillReads(t *testing.T) {
	r := load(t)
	file, b := render(t, r), newTab(t)
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled,
			emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.open(file, "")
	text, err := chromedp.Run(b, chromedp.Text("#overview"))
	require.NoError(t, err)
	assert.Contains(t, text, "Not conformant")
	assert.Contains(t, text, first(t, r, verdict.Failed).Broken().Wanted,
		"what was wanted is in a details element, which needs no script")
	for _, s := range r.Scenarios {
		assert.Contains(t, text, s.Name, "the whole list is there")
	}
	b.clean(file)
}

func TestWhatAResultHoldsIsNeverRun(t *testing.T) {
	const attack = `"'></script></style></noscript><img src=x ` +
		`onerror="window.taken=1"><script>window.taken=1</script><!-- {{.}} \u2028`
	r := load(t)
	r.RunID, r.Command.Line, r.ToolVersion, r.Summary.Reason = attack, attack, attack, attack
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		s.Name, s.Feature, s.File, s.Reason, s.Outcome, s.Fact, s.Tags = attack, attack, attack, attack, attack, attack,
			[]string{attack, "@step:" + attack}
		s.ID += attack
		s.Simulated = []string{attack}
		for j := range s.Steps {
			step := &s.Steps[j]
			step.Text, step.Message, step.Wanted, step.Got, step.Hint, step.Table = attack, attack, attack, attack, attack,
				[][]string{{attack}}
		}
		if s.Topology != nil {
			topology := *s.Topology
			topology.Remotes = []reports.Remote{{Alias: attack, Mode: attack, Address: attack, ServerName: attack, Port: 9443}}
			topology.Broke = &reports.Break{Place: reports.AtInterface, Text: attack}
			topology.Balancer.Name = attack
			s.Topology = &topology
		}
	}
	file, b := render(t, r), newTab(t)
	b.size(1280, 900, "light")
	b.open(file, "")
	assert.Equal(t, min(60, r.Summary.Total), eval[int](b, rows+` > 60 ? 60 : `+rows), "the list must be drawn")
	for _, v := range []verdict.Verdict{verdict.Failed, verdict.Passed} {
		s := first(t, r, v)
		b.open(file, scenarioHash(s))
		b.shows(s)
	}
	assert.True(t, eval[bool](b, `window.taken === undefined && document.images.length === 0`),
		"text of a result was taken for markup")
	b.clean(file)
}

func TestPaperGetsEveryRow(t *testing.T) {
	file, b := render(t, large(t, 700)), newTab(t)
	b.size(1280, 900, "light")
	b.open(file, "")
	b.do(chromedp.Evaluate[chromedp.Void](`dispatchEvent(new Event('beforeprint')); void 0`))
	assert.Equal(t, 700, eval[int](b, rows))
	b.clean(file)
}

// BenchmarkOpen measures from the start of the navigation to the first frame with the list in it, for 5,000 results.
func BenchmarkOpen(b *testing.B) {
	file, tab := render(b, large(b, 5000)), newTab(b)
	info, err := os.Stat(file)
	require.NoError(b, err)
	tab.size(1280, 900, "light")
	total := 0.0
	for b.Loop() {
		tab.open(file, "")
		total += eval[float64](tab, `new Promise((done) => requestAnimationFrame(() => setTimeout(() => `+
			`done(performance.now()))))`)
		require.Positive(b, eval[int](tab, rows))
	}
	b.ReportMetric(total/float64(b.N), "ms/open")
	b.ReportMetric(float64(info.Size())/1e6, "MB")
	tab.clean(file)
}

// TestScreenshots writes docs/screenshots when it is asked to: CROSSCHECK_SCREENSHOTS=1 go test -run Screenshots
// ./reports/html
func TestScreenshots(t *testing.T) {
	if os.Getenv("CROSSCHECK_SCREENSHOTS") == "" {
		t.Skip("screenshots are made where CROSSCHECK_SCREENSHOTS is set")
	}
	r := load(t)
	file, b := render(t, r), newTab(t)
	failed := first(t, r, verdict.Failed)
	scenario := scenarioHash(failed)
	for _, shot := range []struct {
		name, hash, scheme string
		width, height      int64
	}{
		{"report-1280.png", "", "light", 1280, 1180},
		{"report-390.png", "", "light", 390, 1180},
		{"report-1280-dark.png", "", "dark", 1280, 1180},
		{"scenario-1280.png", scenario, "light", 1280, 1180},
		{"scenario-390.png", scenario, "dark", 390, 1180},
	} {
		b.size(shot.width, shot.height, shot.scheme)
		b.open(file, shot.hash)
		if shot.hash != "" {
			b.shows(failed)
		}
		data, err := chromedp.Run(b, chromedp.CaptureScreenshot())
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join("..", "..", "docs", "screenshots", shot.name), data, 0o644))
	}
	b.clean(file)
}

func scenarioHash(s reports.Scenario) string { return "#/scenario/" + url.PathEscape(s.ID) }

// shows waits until the page of a scenario is there.
func (b *tab) shows(s reports.Scenario) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.querySelector('#scenario h1')?.textContent === %s && `+
		`document.querySelector('#scenario .state + span').textContent === %s`,
		quoted(s.Name), quoted(fmt.Sprintf("local %s → remote %s", s.Local, s.Remote))))
}

// quoted is text as a script writes it.
func quoted(text string) string {
	data, _ := json.Marshal(text) // a string always encodes
	return string(data)
}

func first(t testing.TB, r *reports.Result, v verdict.Verdict) reports.Scenario {
	t.Helper()
	for _, s := range r.Scenarios {
		if s.Verdict == v {
			return s
		}
	}
	t.Fatalf("%s has no scenario that %s", run, v)
	return reports.Scenario{}
}

package html_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/html"
)

// tab is a browser tab that notes what a report must not do: write to the console, and ask for anything but itself.
type tab struct {
	context.Context
	t testing.TB

	mu       sync.Mutex
	console  []string
	requests []string
}

func newTab(t testing.TB) *tab {
	t.Helper()
	var browser string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"headless-shell"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Skip("there is no Chromium on this machine")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses root
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{Context: ctx, t: t}
	messages, requests := chromedp.Console(ctx), chromedp.Events(ctx, network.RequestWillBeSent)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.note(&b.console, string(m.Type)+": "+m.Text)
		}
	}()
	go func() {
		for r, err := range requests {
			if err != nil {
				return
			}
			b.note(&b.requests, r.Request.URL)
		}
	}()
	return b
}

func (b *tab) note(into *[]string, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*into = append(*into, text)
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b, steps...))
}

// size sets the width and height of the window in pixels, and whether it is dark.
func (b *tab) size(width, height int64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
}

// open loads the file, which is another page than before even when only the part behind # differs.
func (b *tab) open(file, hash string) {
	b.t.Helper()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+file+hash))
	b.until(`document.readyState === 'complete' && location.protocol === 'file:'`)
}

// eval is what an expression, or its promise, comes to.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err, expression)
	return value
}

// until waits for an expression to be true. That it cannot be read in between, while a page is loaded, is no failure.
func (b *tab) until(expression string) {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		is, err := chromedp.Run(b, chromedp.Evaluate[bool](expression))
		return err == nil && is
	}, time.Minute, 20*time.Millisecond, "it never came true: %s", expression)
}

// clean fails when the page wrote to the console or asked for something that it does not hold itself.
func (b *tab) clean(file string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(b.t, b.console, "the page must write nothing to the console")
	for _, url := range b.requests {
		if !strings.HasPrefix(url, "file://"+file) && !strings.HasPrefix(url, "about:") {
			b.t.Errorf("the page asked for %s: a report must stand alone", url)
		}
	}
}

// run is a stored run of real clusters: passed, failed and unsupported scenarios with their evidence.
const run = "testdata/run"

func load(t testing.TB) *reports.Result {
	t.Helper()
	r, err := reports.Load(filepath.Join(run, reports.ResultFile))
	require.NoError(t, err)
	return r
}

// guides are the coverage of a guide by that run, as `crosscheck guides coverage --format json` lists it.
func guides(t testing.TB) []reports.GuideCoverage {
	t.Helper()
	data, err := os.ReadFile("testdata/guides.json")
	require.NoError(t, err)
	var all []reports.GuideCoverage
	require.NoError(t, json.Unmarshal(data, &all))
	return all
}

// render writes a report to a file of the test's own.
func render(t testing.TB, r *reports.Result) string {
	t.Helper()
	data, err := html.Render(r, os.DirFS(run), guides(t))
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, data, 0o644))
	return file
}

// large multiplies a run until it has n scenarios, as more pairs of versions would.
func large(t testing.TB, n int) *reports.Result {
	t.Helper()
	r := load(t)
	once := r.Scenarios
	for i := 1; len(r.Scenarios) < n; i++ {
		for _, s := range once[:min(len(once), n-len(r.Scenarios))] {
			s.Local = fmt.Sprintf("%s-rc%d", s.Local, i)
			s.ID = reports.ScenarioID(s.File, s.Line, s.Pair())
			r.Scenarios = append(r.Scenarios, s)
		}
	}
	reports.Summarize(r, "")
	return r
}

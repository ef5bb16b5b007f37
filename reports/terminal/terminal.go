// Package terminal shows a run while it happens: a block that is repainted in place on a terminal, plain lines
// elsewhere, and the same account of the whole at the end.
package terminal

import (
	"cmp"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/redact"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

const (
	// paintEvery bounds how often the block is repainted, and how late a failure shows.
	paintEvery = 200 * time.Millisecond
	// clockEvery is how often it is repainted when nothing happened but the time.
	clockEvery = time.Second
	// The size that is assumed when nothing tells it.
	defaultWidth, defaultHeight = 100, 40
)

// Options say what the output can do.
type Options struct {
	// TTY: the output understands cursor movements. Color: and colors.
	TTY, Color bool
	// Size gives columns and rows, asked at each repaint; nil, and sizes that are not positive, mean 100 x 40.
	Size func() (width, height int)
	// Now is the clock; nil is the real one.
	Now func() time.Time
	// Redactor goes over everything that is shown; nil knows no secrets but patterns.
	Redactor *redact.Redactor
}

// Detect finds out what f can do. NO_COLOR switches colors off, TERM=dumb the repainting as well.
func Detect(f *os.File, redactor *redact.Redactor) Options {
	descriptor := int(f.Fd())
	tty := term.IsTerminal(descriptor) && os.Getenv("TERM") != "dumb"
	return Options{
		TTY:   tty,
		Color: tty && os.Getenv("NO_COLOR") == "",
		Size: func() (int, int) {
			width, height, err := term.GetSize(descriptor)
			if err != nil {
				return 0, 0
			}
			return width, height
		},
		Redactor: redactor,
	}
}

// View implements reports.Observer. Nothing else may write to its output before Close.
type View struct {
	out     io.Writer
	options Options
	begin   time.Time
	stop    chan struct{}
	stopped chan struct{}

	mu         sync.Mutex
	plan       reports.Plan
	planned    bool
	clusters   []cluster
	groups     []*group
	running    []running
	firstStart time.Time // of a scenario
	counts     map[verdict.Verdict]int
	done, ran  int      // scenarios with a verdict, and those of them that took time
	above      []string // lines that are to be printed above the block
	painted    []int    // widths of the block's lines on the screen
	lastPaint  time.Time
	dirty      bool
	hidden     bool // the cursor
	over       bool // the live part ended
}

type cluster struct {
	reports.ClusterEvent
	since time.Time
}

type group struct {
	reports.Group
	marks []verdict.Verdict // in the order in which scenarios finished
}

type running struct {
	scenario reports.Scenario
	since    time.Time
	steps    int // finished
}

var _ reports.Observer = (*View)(nil)

// New starts a view. Close ends it.
func New(out io.Writer, options Options) *View {
	v := newView(out, options)
	if options.TTY {
		go v.loop()
	} else {
		close(v.stopped)
	}
	return v
}

func newView(out io.Writer, options Options) *View {
	if options.Now == nil {
		options.Now = time.Now
	}
	return &View{
		out: out, options: options, begin: options.Now(), counts: map[verdict.Verdict]int{},
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
}

func (v *View) loop() {
	defer close(v.stopped)
	ticker := time.NewTicker(paintEvery)
	defer ticker.Stop()
	for {
		select {
		case <-v.stop:
			return
		case <-ticker.C:
			v.mu.Lock()
			if !v.over && (v.dirty || v.options.Now().Sub(v.lastPaint) >= clockEvery) {
				v.paint()
			}
			v.mu.Unlock()
		}
	}
}

// Close shows what is still to be shown, gives the cursor back and ends the repainting. It may be called again, and
// without RunFinished.
func (v *View) Close() {
	v.mu.Lock()
	if !v.over {
		v.endLive()
		close(v.stop)
	}
	v.mu.Unlock()
	<-v.stopped
}

// RunStarted implements reports.Observer.
func (v *View) RunStarted(p reports.Plan) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.plan, v.planned, v.dirty = p, true, true
	for _, g := range p.Groups {
		v.groups = append(v.groups, &group{Group: g})
	}
	v.event(v.header(": ", "; "))
}

// Note implements reports.Observer.
func (v *View) Note(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.options.TTY {
		v.raise("  " + v.clean(text))
		return
	}
	v.event(v.clean(text))
}

// ClusterChanged implements reports.Observer.
func (v *View) ClusterChanged(e reports.ClusterEvent) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.dirty = true
	changed := cluster{ClusterEvent: e, since: v.options.Now()}
	i := slices.IndexFunc(v.clusters, func(c cluster) bool { return c.Name == e.Name })
	switch {
	case i < 0 && e.State != reports.ClusterStopping:
		v.clusters = append(v.clusters, changed)
	case i >= 0 && e.State == reports.ClusterStopping:
		v.clusters = slices.Delete(v.clusters, i, i+1) // nothing tells when it is gone
	case i >= 0:
		v.clusters[i] = changed
	}
	v.event(v.clusterText(changed, false))
}

// ScenarioStarted implements reports.Observer.
func (v *View) ScenarioStarted(s reports.Scenario, index int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.dirty = true
	now := v.options.Now()
	if v.firstStart.IsZero() {
		v.firstStart = now
	}
	v.running = append(v.running, running{scenario: s, since: now})
	slices.SortStableFunc(v.running, func(a, b running) int { return cmp.Compare(a.scenario.Lane, b.scenario.Lane) })
	v.event(v.startedText(s, index))
}

// StepFinished implements reports.Observer.
func (v *View) StepFinished(scenarioID string, _ reports.Step) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range v.running {
		if v.running[i].scenario.ID == scenarioID {
			v.running[i].steps++
			v.dirty = true
		}
	}
}

// ScenarioFinished implements reports.Observer.
func (v *View) ScenarioFinished(s reports.Scenario) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.dirty = true
	v.running = slices.DeleteFunc(v.running, func(r running) bool { return r.scenario.ID == s.ID })
	v.done++
	v.counts[s.Verdict]++
	if s.Verdict != verdict.Unsupported && s.Verdict != verdict.Skipped {
		v.ran++
	}
	g := v.groupOf(s)
	g.marks = append(g.marks, s.Verdict)
	v.event(v.finishedText(s))
	if s.Timeline != nil && v.options.TTY {
		v.raise("  " + v.title(s))
	}
	for _, line := range v.timeline(s.Timeline) {
		v.raise("  " + line)
	}
	if s.Verdict == verdict.Failed || s.Verdict == verdict.Error {
		if v.options.TTY {
			v.raise("  " + v.title(s))
		}
		for _, line := range v.problem(s, v.plan.RunDir) {
			v.raise("      " + line)
		}
		if v.options.TTY {
			v.raise("")
		}
	}
}

// RunFinished implements reports.Observer: it ends the live part and gives the account of the whole.
func (v *View) RunFinished(r *reports.Result, report string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.over {
		v.endLive()
		close(v.stop)
	}
	v.write(v.account(r, report))
}

// groupOf finds the scenario's group; one that was not planned is added.
func (v *View) groupOf(s reports.Scenario) *group {
	for _, g := range v.groups {
		if g.Feature == s.Feature && g.Pair == s.Pair() {
			return g
		}
	}
	g := &group{Group: reports.Group{Feature: s.Feature, Pair: s.Pair()}}
	v.groups = append(v.groups, g)
	return g
}

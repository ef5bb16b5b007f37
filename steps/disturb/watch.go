package disturb

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// Watch is the watcher of one scenario, which searches while other steps change things.
type Watch struct {
	world    *world.World
	remotes  *remotes.Remotes
	watcher  *watcher         // nil: nobody watches
	searches int              // of the watcher, once it has ended
	outages  []reports.Outage // that it saw
}

// NewWatch is a scenario that nobody watches.
func NewWatch(w *world.World, r *remotes.Remotes) *Watch { return &Watch{world: w, remotes: r} }

// Steps are the steps about the watcher.
func (w *Watch) Steps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "a watcher searches {string} from the local cluster without pause", Handler: w.start,
			Doc: "Ten searches a second through a local node that is up, until the scenario ends. Each one that fails or " +
				"finds less goes into the timeline."},
		{Expression: "the watcher's searches were interrupted for at most {int} s", Handler: w.expectInterruptedAtMost,
			Doc: "In all, and the watcher finds the documents again. The time is a measurement, and the watcher ends."},
		{Expression: "the watcher's searches are interrupted", Handler: w.expectInterrupted,
			Doc: "They fail, and go on failing."},
	}
}

func (w *Watch) start(ctx context.Context, target string) error {
	if err := w.world.Ready(ctx); err != nil {
		return err
	}
	if w.watcher != nil {
		return errors.New("there is a watcher already")
	}
	own, count := w.world.Names.Target(target), w.world.Documents.Count
	if err := w.remotes.ExpectHits(ctx, target, count); err != nil {
		return fmt.Errorf("before the watcher begins: %w", err)
	}
	w.watcher = &watcher{wanted: count, limit: w.world.Env.Timeouts.Silence, clock: w.world.Timeline.Seconds,
		search: func(ctx context.Context) (elastic.Response, error) {
			return w.world.Local().API().Search(ctx, own)
		}}
	w.world.Timeline.Watched = true
	w.world.Timeline.Event("the watcher begins to search " + target)
	// The steps end one by one, and the watcher with the scenario.
	w.watcher.start(context.WithoutCancel(ctx))
	return nil
}

// End ends the watcher, where there is one, and keeps what it measured.
func (w *Watch) End() {
	if w.watcher == nil {
		return
	}
	w.watcher.end()
	searches, outages, _ := w.watcher.seen()
	w.world.Timeline.Event("the watcher ends")
	w.world.Timeline.Watched = false
	w.searches, w.outages, w.watcher = searches, outages, nil
	total := 0.0
	for _, o := range outages {
		total += o.To - o.From
	}
	w.world.Notes.Measured["outage"] = math.Round(1000*total) / 1000
}

// Timeline ends the watcher, and is what happened when, and when the watcher's searches did not work; nil in a
// scenario in which nothing of the kind happened.
func (w *Watch) Timeline() *reports.Timeline {
	w.End()
	events := w.world.Timeline.Events()
	if len(events) == 0 {
		return nil
	}
	return &reports.Timeline{Events: events, Searches: w.searches, Outages: w.outages}
}

func (w *Watch) expectInterruptedAtMost(ctx context.Context, seconds int) error {
	if w.watcher == nil {
		return errNoWatcher
	}
	limit := w.world.Env.Timeouts.Search
	if err := world.Await(ctx, "the watcher's search", limit, func(context.Context) error {
		_, outages, down := w.watcher.seen()
		if down && outages[len(outages)-1].Kind == nobodyAnswers {
			return errors.New("the watcher reaches no local node")
		}
		if down {
			return &verdict.Mismatch{What: "the watcher's searches", Wanted: "the documents are found",
				Got: outages[len(outages)-1].Kind}
		}
		return nil
	}); err != nil {
		return err
	}
	w.End()
	if got := w.world.Notes.Measured["outage"]; got > float64(seconds) {
		return &verdict.Mismatch{What: "the watcher's searches",
			Wanted: fmt.Sprintf("at most %d s of interruption", seconds), Got: fmt.Sprintf("%.1f s", got)}
	}
	return nil
}

var errNoWatcher = errors.New("there is no watcher")

func (w *Watch) expectInterrupted(ctx context.Context) error {
	if w.watcher == nil {
		return errNoWatcher
	}
	before, _, _ := w.watcher.seen()
	limit := w.world.Env.Timeouts.Connect
	return world.Await(ctx, "the watcher's search", limit, func(context.Context) error {
		if searches, _, down := w.watcher.seen(); !down || searches == before {
			return &verdict.Mismatch{What: "the watcher's searches", Wanted: "interrupted", Got: "the documents are found"}
		}
		return nil
	})
}

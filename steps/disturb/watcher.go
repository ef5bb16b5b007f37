package disturb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// watchEvery is the time between two searches of a watcher, and so how exact its outages are.
const watchEvery = 100 * time.Millisecond

// watcher searches without pause in a goroutine of its own, and keeps when that did not work.
type watcher struct {
	search func(context.Context) (elastic.Response, error)
	wanted int            // documents
	limit  time.Duration  // for one search
	clock  func() float64 // seconds since the scenario began

	stop context.CancelFunc
	done chan struct{}

	mu       sync.Mutex
	searches int
	outages  []reports.Outage
	down     bool // the last search did not work
}

// start begins to search.
func (w *watcher) start(ctx context.Context) {
	ctx, w.stop = context.WithCancel(ctx)
	w.done = make(chan struct{})
	go func() {
		defer close(w.done)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			w.once(ctx)
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// end returns when the goroutine has ended.
func (w *watcher) end() {
	w.stop()
	<-w.done
}

func (w *watcher) once(ctx context.Context) {
	began := w.clock()
	bounded, cancel := context.WithTimeout(ctx, w.limit)
	defer cancel()
	res, err := w.search(bounded)
	if ctx.Err() != nil {
		return // cut off: it says nothing
	}
	w.note(began, w.clock(), kindOf(res, err, w.wanted))
}

// note counts a search that began and ended at those seconds; kind is empty when it worked.
func (w *watcher) note(began, ended float64, kind string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.searches++
	last := len(w.outages) - 1
	if w.down { // whatever it was, it lasted until this search
		w.outages[last].To = began
	}
	if kind == "" {
		w.down = false
		return
	}
	if !w.down || w.outages[last].Kind != kind {
		w.outages = append(w.outages, reports.Outage{From: began, Kind: kind})
		last++
	}
	w.down = true
	w.outages[last].To = ended
	w.outages[last].Searches++
}

// seen is what the watcher has noted so far.
func (w *watcher) seen() (searches int, outages []reports.Outage, down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.searches, append([]reports.Outage(nil), w.outages...), w.down
}

// nobodyAnswers is the kind of a search that reached no node at all.
const nobodyAnswers = "no local node answers"

// kindOf says in a few words how a search failed; empty when it found what it should.
func kindOf(res elastic.Response, err error, wanted int) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer"
	case err != nil:
		return nobodyAnswers
	}
	answer, readErr := remotes.ReadSearch(res.Body)
	if readErr != nil {
		return fmt.Sprintf("%d, and no JSON", res.Status)
	}
	if res.Status != http.StatusOK {
		kind := answer.Error.Type
		if len(answer.Error.Causes) > 0 {
			kind = answer.Error.Causes[0].Type
		}
		return fmt.Sprintf("%d %s", res.Status, kind)
	}
	if answer.Clusters.Skipped > 0 {
		for _, d := range answer.Clusters.Details {
			for _, f := range d.Failures {
				return "200, cluster skipped: " + f.Reason.Type
			}
		}
		return "200, cluster skipped"
	}
	if answer.Shards.Failed > 0 {
		return "200, shards failed"
	}
	if answer.Hits.Total.Value != wanted {
		return fmt.Sprintf("200, %d documents", answer.Hits.Total.Value)
	}
	return ""
}

package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

var watchSteps = []gherkin.Definition{
	{Expression: "a watcher searches {string} from the local cluster without pause", Handler: (*Scenario).watches,
		Doc: "Ten searches a second through a local node that is up, until the scenario ends. Each one that fails or finds less goes into the timeline."},
	{Expression: "the watcher's searches were interrupted for at most {int} s", Handler: (*Scenario).interruptedAtMost,
		Doc: "In all, and the watcher finds the documents again. The time is a measurement, and the watcher ends."},
	{Expression: "the watcher's searches are interrupted", Handler: (*Scenario).interrupted,
		Doc: "They fail, and go on failing."},
}

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

// kindOf says in a few words how a search failed; empty when it found what it should.
func kindOf(res elastic.Response, err error, wanted int) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer"
	case err != nil:
		return "no local node answers"
	}
	var answer struct {
		Error struct {
			Type   string `json:"type"`
			Causes []struct {
				Type string `json:"type"`
			} `json:"root_cause"`
		} `json:"error"`
		Hits struct {
			Total struct {
				Value int `json:"value"`
			} `json:"total"`
		} `json:"hits"`
		Shards struct {
			Failed int `json:"failed"`
		} `json:"_shards"`
		Clusters struct {
			Skipped int `json:"skipped"`
			Details map[string]struct {
				Failures []struct {
					Reason struct {
						Type string `json:"type"`
					} `json:"reason"`
				} `json:"failures"`
			} `json:"details"`
		} `json:"_clusters"`
	}
	if err := json.Unmarshal(res.Body, &answer); err != nil {
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

func (s *Scenario) watches(ctx context.Context, target string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if s.watcher != nil {
		return errors.New("there is a watcher already")
	}
	own := s.target(target)
	if err := s.searchFinds(ctx, target, s.documented); err != nil {
		return fmt.Errorf("before the watcher begins: %w", err)
	}
	s.watcher = &watcher{wanted: s.documented, limit: s.env.Timeouts.Silence, clock: s.seconds,
		search: func(ctx context.Context) (elastic.Response, error) {
			api := s.local.API()
			if api == nil {
				return elastic.Response{}, errors.New("no local node is up")
			}
			return api.Search(ctx, own)
		}}
	s.event("the watcher begins to search " + target)
	// The steps end one by one, and the watcher with the scenario.
	s.watcher.start(context.WithoutCancel(ctx))
	return nil
}

// unwatch ends the watcher and keeps what it measured.
func (s *Scenario) unwatch() {
	if s.watcher == nil {
		return
	}
	s.watcher.end()
	searches, outages, _ := s.watcher.seen()
	s.event("the watcher ends")
	s.watched, s.outages, s.watcher = searches, outages, nil
	total := 0.0
	for _, o := range outages {
		total += o.To - o.From
	}
	s.measured["outage"] = math.Round(1000*total) / 1000
}

func (s *Scenario) interruptedAtMost(ctx context.Context, seconds int) error {
	if s.watcher == nil {
		return errors.New("there is no watcher")
	}
	if err := waitFor(ctx, "the watcher's search", s.env.Timeouts.Search, func(context.Context) error {
		if _, outages, down := s.watcher.seen(); down {
			return &verdict.Mismatch{What: "the watcher's searches", Wanted: "the documents are found", Got: outages[len(outages)-1].Kind}
		}
		return nil
	}); err != nil {
		return err
	}
	s.unwatch()
	if got := s.measured["outage"]; got > float64(seconds) {
		return &verdict.Mismatch{What: "the watcher's searches", Wanted: fmt.Sprintf("at most %d s of interruption", seconds),
			Got: fmt.Sprintf("%.1f s", got)}
	}
	return nil
}

func (s *Scenario) interrupted(ctx context.Context) error {
	if s.watcher == nil {
		return errors.New("there is no watcher")
	}
	before, _, _ := s.watcher.seen()
	return waitFor(ctx, "the watcher's search", s.env.Timeouts.Connect, func(context.Context) error {
		if searches, _, down := s.watcher.seen(); !down || searches == before {
			return &verdict.Mismatch{What: "the watcher's searches", Wanted: "interrupted", Got: "the documents are found"}
		}
		return nil
	})
}

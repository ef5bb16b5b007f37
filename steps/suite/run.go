package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Evidence keeps what explains a failure.
type Evidence interface {
	Evidence(scenarioID string) (string, error)
	WriteEvidence(scenarioID, name string, data []byte) error
}

// Options of a run.
type Options struct {
	Env      *steps.Env
	Lanes    int
	FailFast bool
	Retries  int // how often a scenario that failed or broke runs again
	Observer reports.Observer
	Evidence Evidence
	// Alive is an error when the Docker Engine no longer answers: then the run ends.
	Alive func(context.Context) error
}

// Outcome of a run.
type Outcome struct {
	Scenarios  []reports.Scenario // in the order of the plan
	Clusters   []reports.Cluster  // every cluster that took part
	Unfinished string             // why not everything ran; empty when it did
}

// world is what the steps of one scenario act on; *steps.Scenario is one.
type world interface {
	Definitions() []gherkin.Definition
	Evidence(ctx context.Context) map[string][]byte
	Observation() *catalogue.Observation
	Timeline() *reports.Timeline
	Measured() map[string]float64
	RemoteInfo() ([]reports.RemoteInfo, []string)
	Topology(ctx context.Context) *reports.Topology
	Clusters() []*lab.Cluster
	Close(ctx context.Context) error
}

type runner struct {
	Options
	open     func(steps.Pair) world // before a scenario's first step
	mu       sync.Mutex
	results  []reports.Scenario
	clusters map[string]reports.Cluster
	started  int
	stop     context.CancelCauseFunc
}

// errFailFast ends a run after its first failure.
var errFailFast = errors.New("stopped after the first failure (--fail-fast)")

// Run carries the items out. A lane works on one pair at a time, so that lanes do not want each other's clusters. It
// returns after every scenario has cleaned up, also when ctx ends early.
func Run(ctx context.Context, items []Item, o Options) Outcome {
	return run(ctx, items, o, func(pair steps.Pair) world { return steps.New(o.Env, pair) })
}

func run(ctx context.Context, items []Item, o Options, open func(steps.Pair) world) Outcome {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &runner{Options: o, open: open, results: make([]reports.Scenario, len(items)),
		clusters: map[string]reports.Cluster{}, stop: stop}
	groups := r.group(items)
	queue := make(chan []int, len(groups))
	for _, g := range groups {
		queue <- g
	}
	close(queue)
	var lanes sync.WaitGroup
	for lane := 1; lane <= max(1, o.Lanes); lane++ {
		lanes.Go(func() {
			for group := range queue {
				for _, i := range group {
					r.one(ctx, items[i], i, lane)
				}
			}
		})
	}
	lanes.Wait()
	out := Outcome{Scenarios: r.results}
	for _, name := range slices.Sorted(maps.Keys(r.clusters)) {
		out.Clusters = append(out.Clusters, r.clusters[name])
	}
	cut := slices.ContainsFunc(r.results, func(s reports.Scenario) bool { return s.Verdict == verdict.Skipped })
	if cause := context.Cause(ctx); cause != nil && cut {
		out.Unfinished = cause.Error()
	}
	return out
}

// group sorts the items that can run by pair, and settles the others at once.
func (r *runner) group(items []Item) [][]int {
	var order []string
	byPair := map[string][]int{}
	for i, item := range items {
		if item.Unsupported != nil {
			r.results[i] = item.Report()
			r.Observer.ScenarioFinished(r.results[i])
			continue
		}
		key := item.Pair.String()
		if byPair[key] == nil {
			order = append(order, key)
		}
		byPair[key] = append(byPair[key], i)
	}
	groups := make([][]int, 0, len(order))
	for _, key := range order {
		groups = append(groups, byPair[key])
	}
	return groups
}

func (r *runner) one(ctx context.Context, item Item, index, lane int) {
	result := item.report()
	switch cause := context.Cause(ctx); {
	case cause != nil:
		result.Verdict, result.Reason = verdict.Skipped, "not run: "+cause.Error()
	default:
		r.mu.Lock()
		r.started++
		number := r.started
		r.mu.Unlock()
		result.Lane, result.Attempts = lane, 1
		r.Observer.ScenarioStarted(result, number)
		r.attempt(ctx, item, &result)
		result = r.retry(ctx, item, result)
	}
	r.results[index] = result
	r.Observer.ScenarioFinished(result)
	if r.FailFast && (result.Verdict == verdict.Failed || result.Verdict == verdict.Error) {
		r.stop(errFailFast)
	}
}

// attempt runs the steps, gathers evidence of a failure, and only then cleans up.
func (r *runner) attempt(ctx context.Context, item Item, result *reports.Scenario) {
	begin := time.Now()
	defer func() { result.Seconds = time.Since(begin).Seconds() }()
	scenario := r.open(item.Pair)
	limit := r.Env.Timeouts.Scenario + r.Env.Timeouts.ClusterStart
	stepCtx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the scenario took longer than %s", limit))
	err := r.steps(stepCtx, item, scenario, result)
	cancel()
	result.Timeline = scenario.Timeline()
	maps.Copy(result.Measurements, scenario.Measured())
	shapes, notes := scenario.RemoteInfo()
	result.RemoteInfo, result.Notes = append(result.RemoteInfo, shapes...), append(result.Notes, notes...)
	r.draw(ctx, scenario, result)
	if s, ok := scenario.(interface{ Simulated() []string }); ok {
		result.Simulated = append(result.Simulated, s.Simulated()...)
	}
	if err != nil && result.Verdict != verdict.Skipped {
		r.gather(ctx, item, scenario, result)
	}
	r.note(scenario)
	r.observe(scenario, result)
	// What a stuck load balancer let the product show is not the product's doing.
	if err := scenario.Close(ctx); err != nil &&
		(result.Verdict == verdict.Passed || result.Verdict == verdict.Failed && errors.Is(err, balancer.ErrStuck)) {
		result.Verdict, result.Reason = verdict.Error, "clean up: "+err.Error()
		result.Steps = append(result.Steps, reports.Step{Keyword: "Finally", Text: "the scenario cleans up",
			Verdict: verdict.Error, Message: err.Error()})
	}
	if result.Verdict == verdict.Error && ctx.Err() == nil {
		if gone := r.Alive(ctx); gone != nil {
			r.stop(fmt.Errorf("the Docker Engine went away: %w", gone))
		}
	}
}

// draw keeps what the scenario ran on, before it is taken apart. After an interruption nobody is asked any more.
func (r *runner) draw(ctx context.Context, scenario world, result *reports.Scenario) {
	if ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, r.Env.Timeouts.Request)
	defer cancel()
	result.Topology = scenario.Topology(ctx)
}

func (r *runner) gather(ctx context.Context, item Item, scenario world, result *reports.Scenario) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.Env.Timeouts.Request)
	defer cancel()
	for name, data := range scenario.Evidence(ctx) {
		if err := r.Evidence.WriteEvidence(evidenceID(result), name, data); err != nil {
			r.Observer.Note(fmt.Sprintf("evidence of %s: %v", item.Scenario.ID(), err))
			return
		}
	}
	if dir, err := r.Evidence.Evidence(evidenceID(result)); err == nil {
		result.Evidence = dir
	}
}

// observe stores what a failure looked like that was recognised.
func (r *runner) observe(scenario world, result *reports.Scenario) {
	seen := scenario.Observation()
	if seen == nil || result.Verdict != verdict.Passed {
		return
	}
	seen.Scenario, seen.Model = result.ID, modelOf(result.Tags)
	data, err := json.MarshalIndent(seen, "", "  ")
	if err == nil {
		err = r.Evidence.WriteEvidence(evidenceID(result), catalogue.ObservationFile, data)
	}
	if err == nil {
		result.Evidence, err = r.Evidence.Evidence(evidenceID(result))
	}
	if err != nil {
		r.Observer.Note(fmt.Sprintf("observation of %s: %v", result.ID, err))
	}
}

// note keeps what the scenario's clusters said of themselves.
func (r *runner) note(scenario world) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range scenario.Clusters() {
		r.build(c, c.Name, lab.Build{Version: c.Version, Hash: c.BuildHash, Image: c.Image})
		for _, b := range c.Before {
			r.build(c, c.Name+" as "+b.Version, b)
		}
	}
}

func (r *runner) build(c *lab.Cluster, name string, b lab.Build) {
	lacks, reasons := []string{}, map[string]string{}
	for _, l := range b.Image.Lacks {
		lacks, reasons[l.Capability] = append(lacks, l.Capability), l.Reason
	}
	if c.LimitHidden() {
		lacks = append(lacks, "file-limit-check")
		reasons["file-limit-check"] = "the machine's file limit is below what nodes of a cluster check for, " +
			"and is hidden from them"
	}
	r.clusters[name] = reports.Cluster{
		Name: name, Version: b.Version, BuildHash: b.Hash, Image: b.Image.Ref, ImageSource: string(b.Image.Source),
		Lacks: lacks, LackReasons: reasons,
	}
}

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/sync/errgroup"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/terminal"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
	"github.com/crosscheck-dev/crosscheck/topology/preflight"
)

type runCommand struct {
	selection
	Lanes    int    `help:"Pairs to work on at the same time (default: one more than there are cores)." placeholder:"N"`
	FailFast bool   `help:"Stop after the first failure."`
	Retries  int    `help:"Run what failed or broke again, up to N times. What passes then is flaky, a verdict of its own." placeholder:"N"`
	Keep     bool   `help:"Leave clusters and networks running for a look; crosscheck clean --kept removes them."`
	Out      string `help:"Folder for results, one folder a run." default:"out" type:"path"`
	ECK      bool   `name:"eck" help:"Build what the ECK scenarios need where it is missing (about ten minutes, once); without this they are unsupported then."`
	ECKTrial bool   `name:"eck-trial" help:"Start the trial of ECK's enterprise features: you accept its license agreement. Nothing here needs it."`
	// Not from the environment: what runs on somebody's cluster is asked for by name.
	Kubeconfig string   `help:"Run the scenarios tagged @eck on the Kubernetes cluster of this kubeconfig, where ECK is installed, in namespaces of their own." type:"path" placeholder:"FILE"`
	Guide      []string `help:"A page of documentation: its steps, with the scenarios that cover them, are put into report.html and summary.md; may be given more than once." type:"path" placeholder:"PAGE" sep:"none"`
	Timeouts   string   `help:"Scale all time limits (2x), or set some (connect=90s,cluster_start=5m)." placeholder:"SPEC"`
}

// Run carries out `crosscheck run`.
func (c *runCommand) Run(s *streams) (err error) {
	selected, err := c.read(s.ctx)
	if err != nil {
		return err
	}
	if err := c.visit(s, selected); err != nil {
		return err
	}
	if _, err := selected.plan(nil); err != nil { // before anything is started
		return err
	}
	if c.Retries < 0 || c.Retries > maxRetries {
		return usagef("--retries %d: a number from 0 to %d", c.Retries, maxRetries)
	}
	timeouts, err := parseTimeouts(c.Timeouts)
	if err != nil {
		return usageError{err}
	}
	pages, err := readPages(c.Guide)
	if err != nil {
		return err
	}
	runID := newRunID()
	store, err := reports.Create(c.Out, runID, s.redactor)
	if err != nil {
		return usageError{err}
	}
	var engine *docker.Engine
	if local, err := selected.here(); err != nil {
		return err
	} else if local {
		if engine, err = docker.Connect(s.ctx, runID, s.log); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, engine.Close()) }()
	}

	view := terminal.New(s.out, terminal.Detect(s.out, s.redactor))
	defer view.Close()
	r := &run{id: runID, command: c, streams: s, selected: selected, timeouts: timeouts, store: store, engine: engine, view: view, pages: pages, began: time.Now()}
	if err := r.buildECK(s.ctx); err != nil {
		return err
	}
	return r.do(s.ctx)
}

// newRunID names a run by when it began; runs that begin in the same second are told apart by chance.
func newRunID() string {
	return time.Now().UTC().Format("20060102-150405-") + strings.ToLower(rand.Text()[:4])
}

// commandLine is the command as it was typed.
func commandLine() string { return "crosscheck " + strings.Join(os.Args[1:], " ") }

// maxRetries is beyond any use: what passes one time in ten has not passed.
const maxRetries = 9

// run is one run in progress.
type run struct {
	id       string
	command  *runCommand
	streams  *streams
	selected *selected
	timeouts topology.Timeouts
	store    *reports.Store
	engine   *docker.Engine // nil when everything runs on the user's cluster
	view     *terminal.View
	pages    []*guides.Page // whose steps the reports show
	began    time.Time
}

func (r *run) do(ctx context.Context) error {
	if err := r.sweepCluster(ctx); err != nil {
		return err
	}
	if r.engine == nil {
		items, err := r.selected.plan(nil)
		if err != nil {
			return err
		}
		return r.scenarios(ctx, nil, items, docker.Info{})
	}
	swept, err := r.engine.SweepDead(ctx, false)
	if err != nil {
		return fmt.Errorf("remove what earlier runs left: %w", err)
	}
	if swept.Containers+swept.Networks > 0 {
		r.view.Note(fmt.Sprintf("removed %d containers and %d networks that an ended run had left", swept.Containers, swept.Networks))
	}
	info, err := r.engine.Info(ctx)
	if err != nil {
		return err
	}
	if address := r.engine.Exposed(); address != "" {
		r.view.Note(fmt.Sprintf("the Engine is elsewhere: whoever reaches %s of its machine reaches the clusters while the run lasts (docs/ci.md)", address))
	}
	images, err := image.New(image.Options{
		Engine: r.engine, Catalogue: r.selected.published, Images: r.selected.explicit, Log: r.streams.log,
		Progress: func(e image.Event) { r.view.Note(e.String()) },
	})
	if err != nil {
		return err
	}
	lacks := map[string]map[string]string{}
	versions, err := r.selected.versions()
	if err != nil {
		return err
	}
	for _, v := range versions {
		plan, err := images.Plan(ctx, v)
		if err != nil {
			return err
		}
		lacks[v] = map[string]string{}
		for _, l := range plan.Lacks {
			lacks[v][l.Capability] = l.Reason
		}
	}
	items, err := r.selected.plan(func(v *semver.Version) map[string]string { return lacks[v.Original()] })
	if err != nil {
		return err
	}
	if err := r.images(ctx, images, items); err != nil {
		return err
	}
	return r.scenarios(ctx, images, items, info)
}

// images makes sure of every image that an item needs before the clock of the first scenario starts.
func (r *run) images(ctx context.Context, images *image.Resolver, items []suite.Item) error {
	needed := map[string]bool{}
	for _, item := range items {
		if item.Unsupported != nil || r.selected.elsewhere(item) {
			continue
		}
		for _, v := range item.Versions() {
			needed[v.Original()] = true
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2) // one unpacks while the other downloads
	for v := range needed {
		group.Go(func() error {
			_, err := images.Resolve(ctx, v)
			return err
		})
	}
	return group.Wait()
}

func (r *run) scenarios(ctx context.Context, images *image.Resolver, items []suite.Item, info docker.Info) (err error) {
	balancer, err := balancerBinary()
	if err != nil {
		return err
	}
	lanes := r.command.Lanes
	if r.engine == nil {
		lanes = 1 // sides are lent to one scenario at a time
	}
	if lanes <= 0 {
		lanes = max(1, min(info.CPUs+1, len(r.selected.pairs))) // one more than cores: scenarios also wait
	}
	free := info.Memory // all that is known of another machine
	if r.engine != nil && r.engine.Local() {
		if available, err := preflight.AvailableMemory(); err == nil {
			free = int64(available)
		}
	}
	r.view.RunStarted(r.plan(items, lanes, info, free))
	lab, err := lab.NewLab(ctx, lab.Options{
		Engine: r.engine, Images: images, Secrets: r.streams.redactor, Timeouts: r.timeouts, Balancer: balancer,
		Keep: r.command.Keep, Log: r.streams.log,
		Observe: func(e lab.Event) {
			r.view.ClusterChanged(reports.ClusterEvent{Name: e.Name, Version: e.Version, Role: e.Role, State: reports.ClusterState(e.State), Seconds: e.Seconds})
		},
	})
	if err != nil {
		return err
	}
	clusters := pool.New(lab, maxNodes(free, info.CPUs))
	nodes := 0 // a user's cluster has its own scheduler
	if r.selected.installed == nil {
		nodes = eckNodes(free, lanes)
	}
	environment, err := r.eck(lab, images, nodes)
	if err != nil {
		return errors.Join(err, lab.Close(ctx))
	}
	out := suite.Run(ctx, items, suite.Options{
		Env: &steps.Env{Pool: clusters, Catalogue: r.selected.rules.Catalogue, Facts: r.selected.rules.Facts,
			Secrets: r.streams.redactor, Timeouts: r.timeouts, ECK: environment},
		Lanes: lanes, FailFast: r.command.FailFast, Retries: r.command.Retries, Observer: r.view, Evidence: r.store,
		Alive: func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			if r.engine == nil {
				return nil
			}
			_, err := r.engine.Info(ctx)
			return err
		},
	})
	closing := errors.Join(environment.Close(ctx), lab.Close(ctx))
	return r.report(out, info, closing, environment.Left()...)
}

// maxNodes is how many nodes may run at once: as many as fit into the free memory, leaving 2 GB to
// everything else, and no more than eight a core, for an idle one is not quite idle.
func maxNodes(freeBytes int64, cores int) int {
	return max(3, min(8*cores, int((freeBytes-2_000_000_000)/preflight.MemoryPerNode)))
}

// eckNodes is how many nodes the ECK environment may have, beside three for each lane and what Kubernetes itself takes.
func eckNodes(freeBytes int64, lanes int) int {
	return max(4, int((freeBytes-3_500_000_000)/preflight.MemoryPerNode)-3*lanes)
}

package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/terminal"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

type runCommand struct {
	selection
	clustersOfYours
	Lanes        int    `help:"Pairs to work on at the same time (default: one more than there are cores)." placeholder:"N"`
	FailFast     bool   `help:"Stop after the first failure."`
	Retries      int    `help:"Run what failed or broke again, up to N times. What passes then is flaky, a verdict of its own." placeholder:"N"`
	Keep         bool   `help:"Leave clusters and networks running for a look; crosscheck clean --kept removes them."`
	KeystoreTool bool   `help:"Have elasticsearch-keystore make every change of a keystore, not only where a scenario is about the documented command; slower."`
	Out          string `help:"Folder for results, one folder a run." default:"out" type:"path"`
	ECK          bool   `name:"eck" help:"Build what the ECK scenarios need where it is missing (about ten minutes, once); without this they are unsupported then."`
	ECKTrial     bool   `name:"eck-trial" help:"Start the trial of ECK's enterprise features: you accept its license agreement. Nothing here needs it."`
	// Not from the environment: what runs on somebody's cluster is asked for by name.
	Kubeconfig string   `help:"Run the scenarios tagged @eck on the Kubernetes cluster of this kubeconfig, where ECK is installed, in namespaces of their own." type:"path" placeholder:"FILE"`
	Guide      []string `help:"A page of documentation: its steps, with the scenarios that cover them, are put into report.html and summary.md; may be given more than once." type:"path" placeholder:"PAGE" sep:"none"`
	Timeouts   string   `help:"Scale all time limits (2x), or set some (connect=90s,cluster_start=5m)." placeholder:"SPEC"`
}

// maxRetries is beyond any use: what passes one time in ten has not passed.
const maxRetries = 9

// run is one run in progress.
type run struct {
	*runCommand
	streams *streams
	id      string
	pages   []*guides.Page // whose steps the reports show
	store   *reports.Store
	view    *terminal.View
	began   time.Time
	witness world.Witness // looks at failures that are recognised; nil for none
}

// Run carries out `crosscheck run`.
func (c *runCommand) Run(s *streams) error {
	if c.Retries < 0 || c.Retries > maxRetries {
		return usagef("--retries %d: a number from 0 to %d", c.Retries, maxRetries)
	}
	return (&run{runCommand: c, streams: s, id: session.NewRunID()}).start()
}

// start plans the run and carries it out.
func (r *run) start() error {
	c, s := r.runCommand, r.streams
	o, err := r.options()
	if err != nil {
		return err
	}
	selected, err := session.Select(s.ctx, o)
	if err != nil {
		return err
	}
	if r.pages, err = readPages(c.Guide); err != nil {
		return err
	}
	if r.store, err = reports.Create(c.Out, r.id, s.redactor); err != nil {
		return usageError{err}
	}
	r.view = terminal.New(s.out, terminal.Detect(s.out, s.redactor))
	defer r.view.Close()
	r.began = time.Now()
	return r.do(s.ctx, selected)
}

// options of the session. The view that they talk to is made once nothing is wrong with them.
func (r *run) options() (o session.Options, err error) {
	o = r.selection.options(r.streams)
	o.RunID, o.Lanes, o.Keep, o.KeystoreTool = r.id, r.Lanes, r.Keep, r.KeystoreTool
	o.ECK = session.ECKOptions{Build: r.ECK, Trial: r.ECKTrial, Kubeconfig: r.Kubeconfig}
	if o.Existing, err = r.clustersOfYours.options(r.streams); err != nil {
		return o, err
	}
	if o.Timeouts, err = parseTimeouts(r.Timeouts); err != nil {
		return o, usageError{err}
	}
	o.Note = func(text string) { r.view.Note(text) }
	o.Observe = func(e lab.Event) {
		r.view.ClusterChanged(reports.ClusterEvent{
			Name: e.Name, Version: e.Version, Role: e.Role, State: reports.ClusterState(e.State), Seconds: e.Seconds,
		})
	}
	return o, nil
}

func (r *run) do(ctx context.Context, selected *session.Selection) error {
	on, err := selected.Open(ctx)
	if err != nil {
		return err
	}
	r.view.RunStarted(r.plan(on))
	env := on.Env()
	env.Witness = r.witness
	out := suite.Run(ctx, on.Items(), suite.Options{
		Env: env, Lanes: on.Lanes, FailFast: r.FailFast, Retries: r.Retries,
		Observer: r.view, Evidence: r.store, Alive: on.Alive,
	})
	return r.report(on, out, on.Close(ctx))
}

// commandLine is the command as it was typed, without credentials in URLs.
func commandLine() string {
	return userinfo.ReplaceAllString("crosscheck "+strings.Join(os.Args[1:], " "), "://")
}

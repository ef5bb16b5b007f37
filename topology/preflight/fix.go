package preflight

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Fix puts right what report found, where that is possible: as root on Debian or Ubuntu it installs what is missing
// with apt-get, starts the Engine of this machine and raises vm.max_map_count. Each thing is said on opts.Log before it
// is done. The report that it gives is of the machine afterwards, with Fixed on the lines that it worked on; where
// something did not work, that line's Fix says so. CROSSCHECK_FIX=0 forbids it, and elsewhere it changes nothing:
// Refused then says why.
func Fix(ctx context.Context, report Report, opts Options) Report {
	f := &fixer{machine: opts.on(), opts: opts, done: map[string][]string{}, problems: map[string]string{}}
	if why := f.refuses(); why != "" {
		if !report.OK() {
			report.Refused = why
		}
		return report
	}
	if report.engine.err != nil {
		f.engine(ctx, report.engine)
		// Which images must be assembled is known only once the Engine answers.
		report = f.again(ctx, report)
	}
	if item, ok := report.item(nameTools); ok && item.failed() {
		f.assemblyTools(ctx)
	}
	if item, ok := report.item(nameFiles); ok && item.failed() {
		if err := f.install(ctx, nameFiles, []Tool{compiler}); err != nil {
			f.problems[nameFiles] = err.Error()
		}
	}
	if item, ok := report.item(nameMaps); ok && item.failed() {
		f.maxMapCount(ctx)
	}
	report = f.again(ctx, report)
	f.mark(report)
	return report
}

// mark writes on the lines of report what was done and what did not work.
func (f *fixer) mark(report Report) {
	for i, item := range report.Items {
		report.Items[i].Fixed = strings.Join(f.done[item.Name], "; ")
		if problem := f.problems[item.Name]; problem != "" && !item.OK {
			report.Items[i].Fix = problem + "\n" + item.Fix
			if item.Name == nameEngine && report.engine.endpoint.IsDefault() && report.engine.endpoint.Beside == "" {
				report.Items[i].Fix = problem + "\nput that right and start the Engine, or set DOCKER_HOST to another one"
			}
		}
	}
}

// fixer carries what was done and what went wrong, by the name of the line.
type fixer struct {
	*machine
	opts     Options
	done     map[string][]string
	problems map[string]string
	changed  bool // since the last Check
	updated  bool // apt-get update was done
}

// refuses says why this machine must be left alone; "" when it need not.
func (f *fixer) refuses() string {
	switch strings.ToLower(f.getenv("CROSSCHECK_FIX")) {
	case "0", "no", "false", "off":
		return "CROSSCHECK_FIX=" + f.getenv("CROSSCHECK_FIX") + " forbids it"
	}
	text, err := f.readFile("/etc/os-release")
	if err != nil || !isDebian(text) {
		return "only Debian and Ubuntu are fixed; elsewhere follow the lines above"
	}
	if f.geteuid() != 0 {
		return "that takes root; run it again as root, or follow the lines above"
	}
	return ""
}

// again checks the machine anew when something was changed.
func (f *fixer) again(ctx context.Context, report Report) Report {
	if !f.changed {
		return report
	}
	f.changed = false
	return Check(ctx, f.opts)
}

// say tells that something is about to be done.
func (f *fixer) say(format string, args ...any) {
	if f.opts.Log != nil {
		_, _ = fmt.Fprintf(f.opts.Log, "preflight: "+format+"\n", args...)
	}
}

func (f *fixer) did(name, format string, args ...any) {
	f.changed = true
	f.done[name] = append(f.done[name], fmt.Sprintf(format, args...))
}

// engine brings up the Engine of this machine, unless another one is in use here or was chosen: that one is not ours to
// start, and none is installed beside it.
func (f *fixer) engine(ctx context.Context, e engineState) {
	switch {
	case e.endpoint.Host == "": // a setting is wrong, and the line says so
		return
	case !e.endpoint.IsDefault():
		f.problems[nameEngine] = "no Engine is installed or started here: another one is in use, by " + e.endpoint.Source
		return
	case e.endpoint.Beside != "":
		f.problems[nameEngine] = "no Engine is installed or started here: another one has its socket at " + e.endpoint.Beside
		return
	}
	if err := f.install(ctx, nameEngine, []Tool{{"dockerd", "docker.io"}, {"iptables", "iptables"}, {"ip",
		"iproute2"}}); err != nil {
		f.problems[nameEngine] = err.Error()
		return
	}
	if err := f.startEngine(ctx); err != nil {
		f.problems[nameEngine] = err.Error()
	}
}

// startEngine starts dockerd, unless it was started by its own installation, and waits until it answers.
func (f *fixer) startEngine(ctx context.Context) error {
	if f.probe(ctx).err == nil {
		f.did(nameEngine, "it answers")
		return nil
	}
	logFile := filepath.Join(f.opts.logDir(), "dockerd.log")
	exited := func() bool { return false }
	init, _ := f.readFile("/proc/1/comm")
	pid, running := f.dockerd()
	switch {
	case running:
		f.say("waiting for dockerd, which runs already (process %d)", pid)
		f.did(nameEngine, "waited for dockerd, which was starting")
		logFile = ""
	case strings.TrimSpace(string(init)) == "systemd":
		f.say("starting the Docker Engine: systemctl start docker")
		logFile = ""
		if err := f.command(ctx, 2*time.Minute, nil, "systemctl", "start", "docker"); err != nil {
			return fmt.Errorf("the Docker Engine did not start (journalctl -u docker): %w", err)
		}
		f.did(nameEngine, "started it with systemctl")
	default:
		f.say("starting dockerd in the background, its log in %s", logFile)
		var err error
		if exited, err = f.start(ctx, logFile, "dockerd"); err != nil {
			return err
		}
		f.did(nameEngine, "started dockerd, its log in %s", logFile)
	}
	return f.awaitEngine(ctx, exited, logFile)
}

// awaitEngine asks until the Engine answers, its process has ended, or startLimit has passed; then it shows the log's
// end.
func (f *fixer) awaitEngine(ctx context.Context, exited func() bool, logFile string) error {
	ctx, cancel := context.WithTimeout(ctx, f.startLimit)
	defer cancel()
	for {
		ended := exited() // before the question, so that an Engine that answers wins
		if f.probe(ctx).err == nil {
			return nil
		}
		why := ""
		select {
		case <-ctx.Done():
			why = fmt.Sprintf("no Docker Engine answered within %s of its start", f.startLimit)
			if errors.Is(ctx.Err(), context.Canceled) {
				why = "interrupted while waiting for the Docker Engine"
			}
		case <-time.After(f.pause):
		}
		if ended {
			why = "dockerd ended right after its start"
		}
		if why == "" {
			continue
		}
		if log, err := f.readFile(logFile); err == nil && logFile != "" {
			why += "; the end of " + logFile + ":\n" + tail(string(log), 10)
		}
		return fmt.Errorf("%s", why)
	}
}

// assemblyTools installs what assembling images needs.
func (f *fixer) assemblyTools(ctx context.Context) {
	if err := f.install(ctx, nameTools, f.opts.tools()); err != nil {
		f.problems[nameTools] = err.Error()
	}
}

// maxMapCount raises the kernel's limit until the next boot.
func (f *fixer) maxMapCount(ctx context.Context) {
	setting := fmt.Sprintf("vm.max_map_count=%d", MinMaxMapCount)
	f.say("raising a kernel limit: sysctl -w %s", setting)
	if err := f.command(ctx, 10*time.Second, nil, "sysctl", "-w", setting); err != nil {
		f.problems[nameMaps] = err.Error()
		return
	}
	f.did(nameMaps, "set it with sysctl, until the next boot")
}

// install brings the packages of those tools that are missing.
func (f *fixer) install(ctx context.Context, name string, tools []Tool) error {
	var packages []string
	for _, t := range tools {
		if !f.has(t.Command) {
			packages = append(packages, t.Package)
		}
	}
	if len(packages) == 0 {
		return nil
	}
	list := strings.Join(packages, " ")
	if !f.updated {
		f.say("refreshing the package lists: apt-get update")
		// One broken source must not stand in the way of packages that the others have.
		if err := f.apt(ctx, "update"); err != nil {
			f.say("apt-get update: %v", err)
		}
		f.updated = true
	}
	f.say("installing: apt-get install %s", list)
	if err := f.apt(ctx, append([]string{"install", "-y", "--no-install-recommends"}, packages...)...); err != nil {
		return fmt.Errorf("install %s: %w", list, err)
	}
	f.did(name, "installed %s", list)
	return nil
}

// apt runs apt-get. Its own waiting covers dpkg's lock alone, so another apt's lock on the lists is waited for here.
func (f *fixer) apt(ctx context.Context, args ...string) error {
	args = append([]string{"-o", fmt.Sprintf("DPkg::Lock::Timeout=%d", int(f.lockLimit.Seconds()))}, args...)
	wait, cancel := context.WithTimeout(ctx, f.lockLimit)
	defer cancel()
	for said := false; ; said = true {
		err := f.command(ctx, 10*time.Minute, []string{"DEBIAN_FRONTEND=noninteractive"}, "apt-get", args...)
		if err == nil || !strings.Contains(err.Error(), "Could not get lock") {
			return err
		}
		if !said {
			f.say("another apt is at work; waiting up to %s for it", f.lockLimit)
		}
		select {
		case <-wait.Done():
			return err
		case <-time.After(10 * f.pause):
		}
	}
}

func (f *fixer) command(ctx context.Context, limit time.Duration, env []string, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_, err := f.run(ctx, env, name, args...)
	return err
}

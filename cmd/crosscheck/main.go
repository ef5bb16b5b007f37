// Command crosscheck checks Elasticsearch remote clusters against what the documents say, on real clusters.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/reports/redact"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

// version is crosscheck's own.
const version = "0.1.0"

// exitWrongUse is sysexits' EX_USAGE: the command line, a feature or a data file is wrong; nothing ran.
const exitWrongUse = 64

// usageError is a mistake of the one who typed the command.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitError carries an exit code whose reason was told already.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// command is the whole command line.
type command struct {
	Run       runCommand       `cmd:"" help:"Run the scenarios over one or more pairs of versions."`
	List      listCommand      `cmd:"" help:"Show what would run, what is unsupported and why. Needs no Docker."`
	Up        upCommand        `cmd:"" help:"Start something to try things out on, until Ctrl-C."`
	Preflight preflightCommand `cmd:"" help:"Check this machine: Docker Engine, memory, disk, limits, images."`
	Report    reportCommand    `cmd:"" help:"Render, show or join stored results."`
	Gate      gateCommand      `cmd:"" help:"Compare a result with the last accepted one, and say by the exit code whether it may take its place."`
	Guides    guidesCommand    `cmd:"" help:"Documentation pages as test input: check, coverage, drift, run."`
	Diagnose  diagnoseCommand  `cmd:"" help:"Name the likely cause of a remote cluster that does not work, from logs, answers or words."`
	Images    imagesCommand    `cmd:"" help:"List, build or remove the Elasticsearch images that crosscheck made."`
	Mutations mutationsCommand `cmd:"" help:"Hold every failure that a run recognised against every other entry of the catalogue."`
	Survey    surveyCommand    `cmd:"" help:"Survey every published line of Elasticsearch, and keep what was observed."`
	Changes   changesCommand   `cmd:"" help:"What differs between two versions, as real clusters showed it: _remote/info, answers, logs, facts."`
	ECK       eckCommand       `cmd:"" name:"eck" help:"Build what an ECK environment of crosscheck's own takes, or list it."`
	Clean     cleanCommand     `cmd:"" help:"Remove the containers and networks that ended runs left behind."`
	Version   versionCommand   `cmd:"" help:"Print crosscheck's version."`

	Verbose bool `short:"v" help:"Log what happens inside to standard error."`
}

// streams are where a command talks; everything passes through the redactor.
type streams struct {
	ctx      context.Context
	out      *os.File
	err      io.Writer
	redactor *redact.Redactor
	log      *slog.Logger
}

// options are those of a session that talks where the command does.
func (s *streams) options() session.Options {
	return session.Options{Secrets: s.redactor, Log: s.log}
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(s *streams) error {
	_, err := fmt.Fprintln(s.out, "crosscheck", version)
	return err
}

// newParser reads command lines into c; exit is called when --help was answered.
func newParser(c *command, exit func(int)) (*kong.Kong, error) {
	return kong.New(c, kong.Name("crosscheck"), kong.UsageOnError(),
		kong.Description("Conformance tests for Elasticsearch remote clusters, on real clusters."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Exit(exit))
}

func main() { os.Exit(realMain()) }

func realMain() int {
	var c command
	code := -1
	parser, err := newParser(&c, func(status int) { code = status })
	if err != nil {
		fmt.Fprintln(os.Stderr, "crosscheck:", err)
		return reports.ExitHarnessBroke
	}
	parsed, err := parser.Parse(os.Args[1:])
	if code >= 0 { // --help was answered
		return code
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "crosscheck: %v (crosscheck --help shows the commands)\n", err)
		return exitWrongUse
	}
	ctx, stop := interruptible()
	defer stop()
	redactor := redact.New()
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelDebug
	}
	log := slog.New(redactor.Handler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
	s := &streams{ctx: ctx, out: os.Stdout, err: os.Stderr, redactor: redactor, log: log}
	return exitCode(s, parsed.Run(s))
}

// interrupted is why a context ends on a signal.
type interrupted struct{ signal os.Signal }

func (i interrupted) Error() string { return fmt.Sprintf("interrupted (%s)", i.signal) }

// Is makes an interruption look like the cancellation that it is.
func (i interrupted) Is(target error) bool { return target == context.Canceled }

// echo is how long further signals count as the first one: timeout(1) sends its signal to the program and to its
// process group, and so twice.
const echo = time.Second

// interruptible is a context that the first SIGINT, SIGTERM or SIGHUP (a closed terminal) ends, so that everything is
// cleaned up. A second signal, a second or more after it, ends the process at once; the next run then sweeps up.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		var first time.Time
		for {
			select {
			case got := <-signals:
				switch {
				case first.IsZero():
					first = time.Now()
					cancel(interrupted{got})
				case time.Since(first) >= echo:
					os.Exit(reports.ExitIncomplete)
				}
			case <-done:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// exitCode tells the error, once and in one line where it can be, and picks the code for it.
func exitCode(s *streams, err error) int {
	var code exitError
	var usage usageError
	var unknown *image.UnknownVersionError
	var unreachable *docker.UnreachableError
	var setting *docker.SettingError
	var options *session.UsageError
	var kubeconfig *eck.KubeconfigError
	var setup *existing.SetupError
	switch {
	case err == nil:
		return reports.ExitConformant
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(s.err, "crosscheck: %s\n", s.redactor.String(err.Error()))
	switch {
	case errors.As(err, &usage), errors.As(err, &options), errors.As(err, &kubeconfig),
		errors.As(err, &setup), errors.As(err, &unknown), errors.As(err, &setting):
		return exitWrongUse
	case errors.As(err, &unreachable):
		return reports.ExitHarnessBroke
	case errors.Is(err, context.Canceled):
		return reports.ExitIncomplete
	default:
		return reports.ExitHarnessBroke
	}
}

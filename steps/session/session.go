// Package session puts together what a command, or a Go test, needs to run scenarios: which scenarios on which pairs of
// versions, and the clusters for them. Select needs no Docker Engine; Open connects to one.
package session

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/reports/redact"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Options of a session. The zero value of a field stands for its default. Messages about fields name the flag of
// `crosscheck run` that sets them.
type Options struct {
	ScenarioOptions
	ImageOptions
	RunOptions

	// Local and Remote are versions, such as 9.3.2 or 9.2.x; one side alone stands for both. Each is paired with each.
	Local, Remote []string

	ECK      ECKOptions
	Existing existing.Options  // clusters of the user's to run on, instead of crosscheck's own
	Timeouts topology.Timeouts // default: topology.DefaultTimeouts

	Secrets topology.Secrets // is told every secret (default: a new redact.Redactor)
	Log     *slog.Logger     // default: nothing is logged
	Note    func(string)     // is told what takes time before the first scenario; may be called from several goroutines
	Observe func(lab.Event)  // is told of clusters that start and stop
}

// ScenarioOptions say which scenarios are read. There are none unless Paths, Tags, Profile or RerunFailed is set: the
// caller has its own.
type ScenarioOptions struct {
	Features    fs.FS    // where Paths are looked up (default: the working folder)
	Paths       []string // feature files or folders, or FILE:LINE (default: all for Tags, else those of Profile)
	Tags        string   // a Cucumber tag expression
	Profile     string   // an entry of fixtures/profiles.yaml: its pairs where no version is given, and its features
	Drafts      bool     // scenarios tagged @draft run too
	RerunFailed string   // a result.json: only what failed, broke or was skipped in it, on the pairs that it was on
	Shard       string   // one of several parts of the plan, such as 1/4
	Costs       []string // result.json files that say how long scenarios take, for Shard
}

// ImageOptions say which image stands for a version.
type ImageOptions struct {
	Images     map[string]string // version -> the image to use for it; goes before CROSSCHECK_IMAGE_... and ImagesFile
	ImagesFile string            // YAML file that names images by version
}

// RunOptions are about what is started.
type RunOptions struct {
	RunID string // labels everything that is started (default: NewRunID)
	Lanes int    // pairs to work on at once (default: one more than the Engine's cores, at most one a pair)
	Keep  bool   // Close leaves clusters and networks for a look
	// KeystoreTool has Elasticsearch's own tool make every change of a keystore, which is slower.
	KeystoreTool bool
}

// ECKOptions say where scenarios tagged @eck run.
type ECKOptions struct {
	Build      bool   // build the programs of crosscheck's own environment where they are missing; about ten minutes
	Trial      bool   // start the trial of ECK's enterprise features: the user accepts its license agreement
	Kubeconfig string // of a cluster where ECK is installed, to be used instead of crosscheck's own environment
}

// UsageError is a mistake in the options, or in a file that they name. Nothing was started.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

func (e *UsageError) Unwrap() error { return e.Err }

func usagef(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

// NewRunID names a run by the time at which it began; runs that begin in the same second differ by a random suffix.
func NewRunID() string {
	return time.Now().UTC().Format("20060102-150405-") + strings.ToLower(rand.Text()[:4])
}

func (o Options) withDefaults() Options {
	if o.Features == nil {
		o.Features = os.DirFS(".")
	}
	if o.RunID == "" {
		o.RunID = NewRunID()
	}
	if o.Timeouts == (topology.Timeouts{}) {
		o.Timeouts = topology.DefaultTimeouts()
	}
	if o.Secrets == nil {
		o.Secrets = redact.New()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	if o.Observe == nil {
		o.Observe = func(lab.Event) {}
	}
	return o
}

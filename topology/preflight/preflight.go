// Package preflight looks at the machine before a run: whether the Docker Engine answers, whether cores, memory, disk
// and kernel limits suffice, and where each image will come from. As root on Debian or Ubuntu it can put right what it
// found.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// What a run needs. Sizes are bytes, a GB is 10^9 of them.
const (
	gb = 1_000_000_000

	// MinAPI is the oldest Docker Engine API that crosscheck is tried on: Engine 20.10. The client library itself would go
	// down to 1.40, but nobody has run a suite there.
	MinAPI = "1.41"
	// MemoryPerNode is what one Elasticsearch node with a 256 MB heap takes (about 510 MB), with room for its page cache.
	MemoryPerNode = 750_000_000
	// MinMemory is the least free memory that a run starts with: a local and a remote cluster, balancers, builds.
	MinMemory = 4 * gb
	// MinCores is what the suite's time limits were measured on.
	MinCores = 2
	// DiskToAssemble covers base file systems, downloads and images of six versions; DiskToRun the data of one run.
	DiskToAssemble = 8 * gb
	DiskToRun      = 2 * gb
	// MinMaxMapCount and MinFileLimit are Elasticsearch's bootstrap checks for nodes that form multi-node clusters.
	MinMaxMapCount = 262144
	MinFileLimit   = 65535
)

// Plan says where the image of one version will come from.
type Plan struct {
	Source   string // for a reader: "present: NAME", "pulled from the registry", "assembled from published artifacts"
	Assemble bool   // it is going to be assembled on this machine, which takes tools and disk
}

// Tool is a command that assembling an image needs, and the Debian package that brings it.
type Tool struct {
	Command string
	Package string
}

// compiler makes the library that stands in for a file limit that is high enough. See docs/decisions/008.
var compiler = Tool{Command: "cc", Package: "gcc"}

// Options says what the run that follows wants of the machine.
type Options struct {
	Versions  []string // Elasticsearch versions, each one asked of ImagePlan
	Nodes     int      // Elasticsearch nodes that run at the same time, over all lanes
	MultiNode bool     // some cluster has more than one node: the kernel's limits then matter
	OpenFiles bool     // the same of the file limit alone: ECK's nodes are single, but others could join them
	CacheDir  string   // where downloads and the log of a dockerd that Fix started go; need not exist yet

	// ImagePlan says where a version's image comes from. It is asked only while an Engine answers, and says Assemble
	// even where the tools for that are still missing. An error means that the version cannot be had.
	ImagePlan func(ctx context.Context, version string) (Plan, error)
	// Tools is what assembling needs; nil stands for Maven and mmdebstrap.
	Tools []Tool
	// Log is where Fix says each thing that it does, line by line; nil for nowhere.
	Log io.Writer

	machine *machine // stands in for the real machine in tests
}

func (o Options) on() *machine {
	if o.machine != nil {
		return o.machine
	}
	return thisMachine()
}

func (o Options) tools() []Tool {
	if o.Tools != nil {
		return o.Tools
	}
	return []Tool{{Command: "mvn", Package: "maven"}, {Command: "mmdebstrap", Package: "mmdebstrap"}}
}

func (o Options) logDir() string {
	if o.CacheDir != "" {
		return o.CacheDir
	}
	return os.TempDir()
}

// Item is one line of the report.
type Item struct {
	Name      string
	Found     string // what is there
	Needed    string // what must be there
	OK        bool
	Fatal     bool   // without it a run cannot start
	Unchecked bool   // could not be looked at, and Found says why: neither good nor bad
	Fix       string // how to put it right, by hand
	Fixed     string // what Fix did about it
}

func (i Item) failed() bool { return !i.OK && !i.Unchecked }

// Report is what preflight found, in the order it is shown.
type Report struct {
	Items   []Item
	Refused string // why Fix left the machine alone, when it did

	engine   engineState
	assemble bool
}

// OK reports whether a run can start: nothing that is fatal failed.
func (r Report) OK() bool {
	for _, i := range r.Items {
		if i.Fatal && i.failed() {
			return false
		}
	}
	return true
}

// item gives the line called name.
func (r Report) item(name string) (Item, bool) {
	for _, i := range r.Items {
		if i.Name == name {
			return i, true
		}
	}
	return Item{}, false
}

// The names of the lines.
const (
	nameEngine = "Docker Engine"
	nameCores  = "Cores"
	nameMemory = "Free memory"
	nameDisk   = "Free disk"
	nameMaps   = "vm.max_map_count"
	nameFiles  = "File limit"
	nameTools  = "Assembly tools"
	nameGo     = "Go"
)

// Check looks at the machine and changes nothing. It asks the Engine, ImagePlan and go, each with its own deadline.
func Check(ctx context.Context, opts Options) Report {
	m := opts.on()
	r := Report{engine: m.probe(ctx)}
	images := r.images(ctx, opts)

	r.Items = append(r.Items, r.checkEngine(), r.checkCores(m), r.checkMemory(m, opts), r.checkDisk(m, opts),
		r.checkMaps(m, opts), r.checkFiles(m, opts))
	r.Items = append(r.Items, images...)
	if r.assemble {
		r.Items = append(r.Items, checkTools(m, opts))
	}
	r.Items = append(r.Items, checkGo(ctx, m))
	return r
}

// images asks where each version's image comes from, and notes whether one of them must be assembled.
func (r *Report) images(ctx context.Context, opts Options) []Item {
	if opts.ImagePlan == nil {
		return nil
	}
	items := make([]Item, 0, len(opts.Versions))
	for _, v := range opts.Versions {
		item := Item{Name: "Image " + v, Needed: "an image of Elasticsearch " + v, Fatal: true}
		if r.engine.err != nil {
			// The missing Engine is fatal already; whether an image is present is the Engine's to say.
			item.Unchecked, item.Found = true, "not known until the Docker Engine answers"
			items = append(items, item)
			continue
		}
		plan, err := planImage(ctx, opts, v)
		if err != nil {
			item.Found = "none: " + err.Error()
			item.Fix = imageRemedy(err)
		} else {
			item.OK, item.Found = true, plan.Source
			r.assemble = r.assemble || plan.Assemble
		}
		items = append(items, item)
	}
	return items
}

// imageRemedy tells a registry that wants a login from a version that nobody has.
func imageRemedy(err error) string {
	var login *docker.LoginError
	var credentials *docker.CredentialsError
	var setting *docker.SettingError
	switch {
	case errors.As(err, &login):
		return login.Command()
	case errors.As(err, &credentials):
		return "put the credential helper " + credentials.Helper + " right, or take it out of docker's config.json"
	case errors.As(err, &setting):
		return setting.Remedy
	default:
		return "choose another version, or name an image that this machine has or can pull"
	}
}

func planImage(ctx context.Context, opts Options, version string) (Plan, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return opts.ImagePlan(ctx, version)
}

func checkTools(m *machine, opts Options) Item {
	item := Item{Name: nameTools, OK: true, Fatal: true}
	var there, missing, packages, all []string
	for _, t := range opts.tools() {
		all = append(all, t.Command)
		if m.has(t.Command) {
			there = append(there, t.Command)
			continue
		}
		missing, packages = append(missing, t.Command), append(packages, t.Package)
	}
	item.Found = strings.Join(there, ", ")
	item.Needed = strings.Join(all, ", ") + ", because images are assembled here"
	if len(missing) > 0 {
		item.OK = false
		item.Found = strings.Join(missing, ", ") + " missing"
		item.Fix = "apt-get install --no-install-recommends " + strings.Join(packages, " ") +
			" (Debian or Ubuntu), or use images that are present or can be pulled"
	}
	return item
}

func checkGo(ctx context.Context, m *machine) Item {
	item := Item{Name: nameGo, Needed: "the version in go.mod, to build crosscheck and the balancer",
		Fix: "install Go and put its bin folder on PATH"}
	if !m.has("go") {
		item.Found = "not on PATH"
		return item
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	out, err := m.run(ctx, nil, "go", "env", "GOVERSION")
	if err != nil {
		item.Found = fmt.Sprintf("go does not run: %v", err)
		return item
	}
	item.OK, item.Found = true, strings.TrimPrefix(strings.TrimSpace(out), "go")
	return item
}

package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

const (
	officialRepository = "elasticsearch" // in the Engine's default registry
	probeLimit         = 3 * time.Second
	pullLimit          = 30 * time.Minute
)

// Options say how a Resolver works. Catalogue is needed; the rest has defaults.
type Options struct {
	Engine    Engine            // nil: only Plan works, and assumes that nothing is present
	Catalogue *Catalogue        // from ReadCatalogue
	Images    map[string]string // explicit images: version -> reference
	CacheDir  string            // default: $CROSSCHECK_CACHE, else crosscheck in the user's cache folder
	Progress  func(Event)       // may be called from several goroutines at once
	Timeouts  topology.Timeouts // zero: the default ones
	Log       *slog.Logger
}

// Resolver finds or makes the image of a version. It can be used from several goroutines, and by several processes with
// one cache folder.
type Resolver struct {
	engine    Engine
	catalogue *Catalogue
	images    map[string]string
	cache     cache
	progress  func(Event)
	log       *slog.Logger

	mu       sync.Mutex
	registry error  // why the registry gives no answer, once that is known
	arch     string // of the Engine's machine, once that is known
}

// CacheDir is where downloads are kept: $CROSSCHECK_CACHE, or crosscheck in the user's cache folder.
func CacheDir() (string, error) {
	if dir := os.Getenv("CROSSCHECK_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for downloads: %w; set CROSSCHECK_CACHE", err)
	}
	return filepath.Join(dir, "crosscheck"), nil
}

// New makes a Resolver.
func New(o Options) (*Resolver, error) {
	if o.CacheDir == "" {
		dir, err := CacheDir()
		if err != nil {
			return nil, err
		}
		o.CacheDir = dir
	}
	dir, err := filepath.Abs(o.CacheDir)
	if err != nil {
		return nil, fmt.Errorf("find the folder for downloads: %w", err)
	}
	if o.Progress == nil {
		o.Progress = func(Event) {}
	}
	if o.Timeouts == (topology.Timeouts{}) {
		o.Timeouts = topology.DefaultTimeouts()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Resolver{engine: o.Engine, catalogue: o.Catalogue, images: o.Images, cache: cache{dir, o.Timeouts},
		progress: o.Progress, log: o.Log}, nil
}

func (r *Resolver) teller(subject string) func(format string, args ...any) {
	return func(format string, args ...any) {
		r.progress(Event{Subject: subject, Text: fmt.Sprintf(format, args...)})
	}
}

// Resolve answers an image of version that the Engine holds, pulling or assembling it where needed. A version that no
// source has gives *UnknownVersionError.
func (r *Resolver) Resolve(ctx context.Context, version string) (Image, error) {
	if ref, ok := r.images[version]; ok {
		return r.explicit(ctx, version, ref)
	}
	unknown := &UnknownVersionError{Version: version, Near: r.catalogue.near(version)}
	if _, err := parseVersion(version); err != nil {
		unknown.Tried = []string{err.Error()}
		return Image{}, unknown
	}
	img, ok, err := r.local(ctx, version)
	if err != nil || ok {
		return img, err
	}
	unknown.Tried = append(unknown.Tried, "none present in the Docker Engine")

	official := r.engine.Mirrored(officialRepository + ":" + version)
	switch found, err := r.probe(ctx, official); {
	case askUser(err):
		return Image{}, err
	case err != nil:
		unknown.Tried = append(unknown.Tried, fmt.Sprintf("the registry cannot be reached (%v)", err))
	case !found:
		unknown.Tried = append(unknown.Tried, "the registry has no "+official)
	default:
		err := r.pull(ctx, version, official)
		if err == nil {
			return r.official(version, official, Registry), nil
		}
		if ctx.Err() != nil || askUser(err) {
			return Image{}, err
		}
		r.teller(version)("%v; assembling it instead", err)
		unknown.Tried = append(unknown.Tried, err.Error())
	}

	recipe, ok := r.catalogue.recipe(version)
	if !ok {
		unknown.Tried = append(unknown.Tried, "no artifact is known to assemble it from ("+artifactsFile+")")
		return Image{}, unknown
	}
	img, err = r.assemble(ctx, recipe, false)
	if errors.Is(err, errNotPublished) || errors.Is(err, errNotHere) {
		unknown.Tried = append(unknown.Tried, err.Error())
		return Image{}, unknown
	}
	return img, err
}

// explicit answers the image that the caller named, pulled where it is not present.
func (r *Resolver) explicit(ctx context.Context, version, ref string) (Image, error) {
	got, found, err := r.engine.FindImage(ctx, ref)
	if err != nil {
		return Image{}, err
	}
	if !found {
		if err := r.pull(ctx, version, ref); err != nil {
			return Image{}, fmt.Errorf("the image %s, named for %s, is not present and cannot be pulled: %w; "+
				"load it into the Docker Engine, or name another", ref, version, err)
		}
		if got, _, err = r.engine.FindImage(ctx, ref); err != nil {
			return Image{}, err
		}
	}
	return r.named(version, ref, Explicit, got.Labels), nil
}

// named describes an image that may have been assembled by crosscheck, and given another name since.
func (r *Resolver) named(version, ref string, source Source, labels map[string]string) Image {
	img := r.official(version, ref, source)
	if labels[docker.LabelRole] == roleElasticsearch {
		img.Lacks, img.Heap = readLacks(labels[docker.LabelLacks]), r.catalogue.assembledHeap
	}
	return img
}

func (r *Resolver) official(version, ref string, source Source) Image {
	return Image{Ref: ref, Version: version, Source: source, Heap: r.catalogue.officialHeap}
}

// readLacks reads a label that this package wrote; of one that it did not write nothing is believed.
func readLacks(label string) []Lack {
	var lacks []Lack
	if json.Unmarshal([]byte(label), &lacks) != nil {
		return nil
	}
	return lacks
}

// local looks for version among the images that the Engine holds: an official one first, then one assembled just as
// this program would.
func (r *Resolver) local(ctx context.Context, version string) (Image, bool, error) {
	images, err := r.engine.Images(ctx)
	if err != nil {
		return Image{}, false, err
	}
	var refs []string
	mirrored := r.engine.Mirrored(officialRepository + ":" + version)
	labels := map[string]map[string]string{}
	for _, img := range images {
		for _, tag := range img.Tags {
			if isOfficial(tag, version) || tag == mirrored {
				refs, labels[tag] = append(refs, tag), img.Labels
			}
		}
	}
	slices.Sort(refs)
	for _, found := range refs {
		if ok, err := r.fits(ctx, found); err != nil {
			return Image{}, false, err
		} else if ok {
			return r.named(version, found, Local, labels[found]), true, nil
		}
	}
	if recipe, ok := r.catalogue.recipe(version); ok {
		return r.ready(ctx, recipe)
	}
	return Image{}, false, nil
}

// isOfficial tells whether tag names Elastic's own image of version, wherever it was pulled from.
func isOfficial(tag, version string) bool {
	repo, ok := strings.CutSuffix(tag, ":"+version)
	return ok && (repo == officialRepository || repo == "elastic/elasticsearch" || strings.HasSuffix(repo,
		"/elasticsearch/elasticsearch"))
}

// fits tells whether an image is made for the architecture of the Engine's machine.
func (r *Resolver) fits(ctx context.Context, ref string) (bool, error) {
	img, found, err := r.engine.FindImage(ctx, ref)
	if err != nil || !found || img.Arch == "" {
		return found, err
	}
	arch, err := r.engineArch(ctx)
	return arch == img.Arch, err
}

// engineArch is the architecture of the Engine's machine, as Go names it.
func (r *Resolver) engineArch(ctx context.Context) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.arch == "" {
		info, err := r.engine.Info(ctx)
		if err != nil {
			return "", err
		}
		r.arch = info.Arch
	}
	return r.arch, nil
}

// probe asks the registry for ref. After it once gave no answer it is not asked again: each takes seconds.
func (r *Resolver) probe(ctx context.Context, ref string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.registry != nil {
		return false, r.registry
	}
	found, err := r.engine.ProbeImage(ctx, ref, probeLimit)
	if err != nil && ctx.Err() == nil {
		r.registry = err
	}
	return found, err
}

// askUser tells whether a registry is in reach, but something is wrong that its user alone can put right: a login, a
// credential helper, a setting. No other source is tried then: the user has asked for this one.
func askUser(err error) bool {
	var login *docker.LoginError
	var credentials *docker.CredentialsError
	var setting *docker.SettingError
	return errors.As(err, &login) || errors.As(err, &credentials) || errors.As(err, &setting)
}

func (r *Resolver) pull(ctx context.Context, version, ref string) error {
	ctx, cancel := context.WithTimeout(ctx, pullLimit)
	defer cancel()
	r.teller(version)("pulling %s", ref)
	return r.engine.PullImage(ctx, ref, func(done, total int64) {
		r.progress(Event{Subject: version, Text: "pulling", Done: done, Total: total})
	})
}

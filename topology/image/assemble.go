package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

const (
	repository     = "crosscheck/elasticsearch" // tags: versions
	baseRepository = "crosscheck/base"          // tags: names of bases
)

func ref(version string) string { return repository + ":" + version }

func (b Base) ref() string { return baseRepository + ":" + b.Name }

// script is how mmdebstrap makes the base, on its standard output. The user is the official image's.
func (b Base) script() []string {
	return []string{
		"--variant=minbase", "--include=" + strings.Join(b.Packages, ","),
		"--dpkgopt=path-exclude=/usr/lib/jvm/*/jmods/*", // 80 MB that only jlink reads
		`--customize-hook=echo "elasticsearch:x:1000:0:Elasticsearch:/usr/share/elasticsearch:/bin/bash" >> "$1/etc/passwd"`,
		b.Suite, "-",
	}
}

func (b Base) fingerprint() string { return fingerprint(b.script()) }

// fingerprint changes with everything that goes into the image, but for the zip: a published one never changes.
func (r recipe) fingerprint() (string, error) {
	h := sha256.New()
	if err := addTree(h, assembledFS); err != nil {
		return "", err
	}
	return fingerprint(r, r.Base.fingerprint(), hex.EncodeToString(h.Sum(nil))), nil
}

func addTree(h hash.Hash, files fs.FS) error {
	return fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(data), data)
		return err
	})
}

// layoutVersion counts changes to what this package's code writes into an image: raise it with such a change.
const layoutVersion = 1

func fingerprint(parts ...any) string {
	// Strings, slices and maps of strings always marshal, and always the same way.
	data, _ := json.Marshal(append(parts, layoutVersion))
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])[:16]
}

// ready looks for recipe's image as this program would make it.
func (r *Resolver) ready(ctx context.Context, recipe recipe) (Image, bool, error) {
	want, err := recipe.fingerprint()
	if err != nil {
		return Image{}, false, err
	}
	img, found, err := r.engine.FindImage(ctx, ref(recipe.Version))
	if err != nil || !found || img.Labels[docker.LabelFingerprint] != want {
		return Image{}, false, err
	}
	return r.assembledImage(recipe), true, nil
}

func (r *Resolver) assembledImage(recipe recipe) Image {
	return Image{Ref: ref(recipe.Version), Version: recipe.Version, Source: Assembled, Lacks: recipe.Lacks,
		Heap: r.catalogue.assembledHeap}
}

// errNotHere says that this machine cannot assemble an image that the Engine could run.
var errNotHere = errors.New("no image can be assembled here")

// canAssemble tells whether what is assembled on this machine runs in the Engine. mmdebstrap needs Linux, and makes a
// root file system of the machine's own architecture. Without an Engine only the first is known.
func (r *Resolver) canAssemble(ctx context.Context) error {
	arch := runtime.GOARCH
	if r.engine != nil {
		var err error
		if arch, err = r.engineArch(ctx); err != nil {
			return err
		}
	}
	return assembles(runtime.GOOS, runtime.GOARCH, arch)
}

func assembles(system, arch, engine string) error {
	switch {
	case system != "linux":
		return fmt.Errorf("%w: that takes Linux, and this is %s", errNotHere, system)
	case engine != arch:
		return fmt.Errorf("%w: this machine is %s, the Docker Engine's is %s", errNotHere, arch, engine)
	}
	return nil
}

// assemble makes recipe's image; again, where force is set and it is there already.
func (r *Resolver) assemble(ctx context.Context, recipe recipe, force bool) (Image, error) {
	if err := r.canAssemble(ctx); err != nil {
		return Image{}, err
	}
	say := r.teller(recipe.Version)
	unlock, err := r.cache.lock(ctx, "elasticsearch-"+recipe.Version,
		func(who string) { say("waiting for %s, which assembles it", who) })
	if err != nil {
		return Image{}, err
	}
	defer unlock()
	// Whoever was waited for may have made it.
	if img, ok, err := r.ready(ctx, recipe); err != nil || ok && !force {
		return img, err
	}
	zip, err := r.cache.fetch(ctx, recipe, say)
	if err != nil {
		return Image{}, err
	}
	if err := r.base(ctx, recipe.Base); err != nil {
		return Image{}, err
	}
	labels, err := recipe.labels()
	if err != nil {
		return Image{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.cache.limits.ImageBuild)
	defer cancel()
	say("building the image")
	start := time.Now()
	before, replaced, err := r.engine.FindImage(ctx, ref(recipe.Version))
	if err != nil {
		return Image{}, err
	}
	err = stream(func(w io.Writer) error { return writeContext(w, recipe, recipe.Base.ref(), zip) },
		func(files io.Reader) error {
			return r.engine.BuildImage(ctx, ref(recipe.Version), labels, files, nil)
		})
	if err != nil {
		return Image{}, err
	}
	if replaced {
		r.dropReplaced(ctx, before.ID, ref(recipe.Version))
	}
	say("image %s built in %.1f s", ref(recipe.Version), time.Since(start).Seconds())
	return r.assembledImage(recipe), nil
}

// dropReplaced removes an image that lost its tag. One that a container still uses stays; `crosscheck images` removes
// it.
func (r *Resolver) dropReplaced(ctx context.Context, id, ref string) {
	now, found, err := r.engine.FindImage(ctx, ref)
	if err != nil || !found || now.ID == id {
		return
	}
	if err := r.engine.RemoveImage(ctx, id); err != nil {
		r.log.Info("an image that was replaced stays", "image", ref, "id", id, "why", err)
	}
}

func (r recipe) labels() (map[string]string, error) {
	sum, err := r.fingerprint()
	if err != nil {
		return nil, err
	}
	lacks, err := json.Marshal(r.Lacks)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		docker.LabelRole:        roleElasticsearch,
		docker.LabelVersion:     r.Version,
		docker.LabelSource:      r.Coordinates(),
		docker.LabelFingerprint: sum,
		docker.LabelLacks:       string(lacks),

		"org.opencontainers.image.licenses": r.Licence,
		"org.opencontainers.image.description": "Elasticsearch under Elastic's licence, " +
			"for testing on this machine only; never push it",
	}, nil
}

// base sees to it that the Engine holds the base image b.
func (r *Resolver) base(ctx context.Context, b Base) error {
	if ok, err := r.hasBase(ctx, b); err != nil || ok {
		return err
	}
	say := r.teller("base " + b.Name)
	unlock, err := r.cache.lock(ctx, "base-"+b.Name, func(who string) { say("waiting for %s, which assembles it", who) })
	if err != nil {
		return err
	}
	defer unlock()
	if ok, err := r.hasBase(ctx, b); err != nil || ok {
		return err
	}
	mmdebstrap, err := tool("mmdebstrap", "mmdebstrap", "assembling the base "+b.Name)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, r.cache.limits.ImageBase)
	defer cancel()
	say("assembling %s with %s", b.Suite, strings.Join(b.Packages, ", "))
	start := time.Now()
	scratch, err := r.scratch(b)
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	before, replaced, err := r.engine.FindImage(ctx, b.ref())
	if err != nil {
		return err
	}
	labels := map[string]string{
		docker.LabelRole: roleBase, docker.LabelVersion: b.Name, docker.LabelFingerprint: b.fingerprint(),
		docker.LabelSource: "mmdebstrap " + b.Suite,
	}
	err = stream(
		func(w io.Writer) error {
			var messages tail
			_, err := run(ctx, r.cache.limits.ToolStop, func(cmd *exec.Cmd) {
				cmd.Env = append(os.Environ(), "TMPDIR="+scratch)
				cmd.Stdout, cmd.Stderr = w, &messages
			}, mmdebstrap, b.script()...)
			if err != nil && ctx.Err() != nil {
				return err
			}
			if err != nil {
				return fmt.Errorf("assemble the base %s with mmdebstrap (it needs root, and Debian's packages): %w\n%s", b.Name,
					err, messages.String())
			}
			return nil
		},
		func(rootfs io.Reader) error { return r.engine.ImportImage(ctx, b.ref(), labels, rootfs) })
	if err != nil {
		return err
	}
	if replaced {
		r.dropReplaced(ctx, before.ID, b.ref())
	}
	say("assembled in %.1f s", time.Since(start).Seconds())
	return nil
}

func (r *Resolver) hasBase(ctx context.Context, b Base) (bool, error) {
	img, found, err := r.engine.FindImage(ctx, b.ref())
	return found && img.Labels[docker.LabelFingerprint] == b.fingerprint(), err
}

// scratch makes an empty folder for mmdebstrap, outside the cache: its download helper is another user, who must get
// there. The base's lock is held, so what a killed process left in it is nobody's.
func (r *Resolver) scratch(b Base) (string, error) {
	dir := filepath.Join(os.TempDir(), "crosscheck-"+fingerprint(r.cache.dir)[:8]+"-"+b.Name)
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("remove what an earlier run left: %w", err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", fmt.Errorf("make room for the base %s: %w", b.Name, err)
	}
	return dir, nil
}

// stream runs write and read at the two ends of a pipe, to the end of both. Where write ends with an error, read gets
// it instead of an end of file, so that half a stream never passes for a whole one.
func stream(write func(io.Writer) error, read func(io.Reader) error) error {
	pr, pw := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := write(pw)
		_ = pw.CloseWithError(err)
		written <- err
	}()
	readErr := read(pr)
	_ = pr.Close()
	writeErr := <-written
	// A closed pipe only says that the reader gave up, for a reason of its own.
	if writeErr != nil && !errors.Is(writeErr, io.ErrClosedPipe) {
		return writeErr
	}
	return readErr
}

package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// fakeEngine holds images by tag and a registry by reference, and notes what it is asked to do.
type fakeEngine struct {
	mu       sync.Mutex
	images   map[string]map[string]string // tag -> labels
	registry []string
	offline  bool
	refuses  error             // what the registry answers to every question
	prefix   string            // of the mirror
	arch     string            // of the Engine's machine; that of this one by default
	archs    map[string]string // tag -> architecture
	pullErr  error
	did      []string
	contexts map[string]int // built tag -> bytes of its context
}

func newEngine(tags ...string) *fakeEngine {
	e := &fakeEngine{images: map[string]map[string]string{}, contexts: map[string]int{}}
	for _, tag := range tags {
		e.images[tag] = nil
	}
	return e
}

func (e *fakeEngine) note(format string, args ...any) {
	e.did = append(e.did, fmt.Sprintf(format, args...))
}

func (e *fakeEngine) FindImage(_ context.Context, ref string) (docker.Image, bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	labels, ok := e.images[ref]
	return docker.Image{ID: "id of " + ref, Tags: []string{ref}, Labels: labels, Arch: e.archs[ref]}, ok, nil
}

func (e *fakeEngine) Images(_ context.Context, roles ...string) ([]docker.Image, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var images []docker.Image
	for tag, labels := range e.images {
		if len(roles) == 0 || slices.Contains(roles, labels[docker.LabelRole]) {
			images = append(images, docker.Image{ID: "id of " + tag, Tags: []string{tag}, Labels: labels})
		}
	}
	return images, nil
}

func (e *fakeEngine) ProbeImage(_ context.Context, ref string, _ time.Duration) (bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("probe %s", ref)
	if e.refuses != nil {
		return false, e.refuses
	}
	if e.offline {
		return false, errors.New("no such host")
	}
	return slices.Contains(e.registry, ref), nil
}

func (e *fakeEngine) PullImage(_ context.Context, ref string, _ func(done, total int64)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("pull %s", ref)
	if e.pullErr != nil {
		return e.pullErr
	}
	e.images[ref] = nil
	return nil
}

func (e *fakeEngine) ImportImage(_ context.Context, ref string, labels map[string]string, rootfs io.Reader) error {
	if _, err := io.Copy(io.Discard, rootfs); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("import %s", ref)
	e.images[ref] = labels
	return nil
}

func (e *fakeEngine) BuildImage(_ context.Context, ref string, labels map[string]string, files io.Reader,
	_ func(string)) error {
	n, err := io.Copy(io.Discard, files)
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("build %s", ref)
	e.images[ref], e.contexts[ref] = labels, int(n)
	return nil
}

func (e *fakeEngine) RemoveImage(_ context.Context, ref string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("remove %s", ref)
	delete(e.images, ref)
	return nil
}

func (e *fakeEngine) Mirrored(ref string) string { return e.prefix + ref }

func (e *fakeEngine) Info(context.Context) (docker.Info, error) {
	return docker.Info{Arch: cmp.Or(e.arch, runtime.GOARCH)}, nil
}

func realCatalogue(t testing.TB) *Catalogue {
	t.Helper()
	c, err := ReadCatalogue(fixtures.FS)
	require.NoError(t, err, "the artifacts.yaml that is compiled in")
	return c
}

func newResolver(t testing.TB, o Options) *Resolver {
	t.Helper()
	if o.Catalogue == nil {
		o.Catalogue = realCatalogue(t)
	}
	if o.CacheDir == "" {
		o.CacheDir = t.TempDir()
	}
	r, err := New(o)
	require.NoError(t, err)
	return r
}

// holdsAssembled puts the image of version into e as this program would have made it.
func (e *fakeEngine) holdsAssembled(t *testing.T, c *Catalogue, version string) {
	t.Helper()
	recipe, ok := c.recipe(version)
	require.True(t, ok, "a recipe for %s", version)
	labels, err := recipe.labels()
	require.NoError(t, err)
	e.images[ref(version)] = labels
}

// tools puts shell scripts on the PATH, and nothing else of its kind: the name of a tool to the text of its script.
func tools(t *testing.T, scripts map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range scripts {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text), 0o755))
	}
	// The scripts need cp and mkdir, but must not find the real mvn and mmdebstrap.
	for _, name := range []string{"cp", "mkdir", "cat", "dirname"} {
		for _, from := range []string{"/bin", "/usr/bin"} {
			if _, err := os.Stat(filepath.Join(from, name)); err == nil {
				require.NoError(t, os.Symlink(filepath.Join(from, name), filepath.Join(dir, name)))
				break
			}
		}
	}
	t.Setenv("PATH", dir)
}

// mvnScript is a Maven that puts the file at zip into the local repository that it is told of, as version.
func mvnScript(zip, version string) string {
	return `for a in "$@"; do case "$a" in -Dmaven.repo.local=*) repo=${a#*=} ;; esac; done
echo run >> "` + zip + `.runs"
to="$repo/org/elasticsearch/distribution/integ-test-zip/elasticsearch/` + version + `"
mkdir -p "$to" && cp "` + zip + `" "$to/elasticsearch-` + version + `.zip"
`
}

func catalogueOf(text string) fs.FS {
	return fstest.MapFS{artifactsFile: {Data: []byte(text)}}
}

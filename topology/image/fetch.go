package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology"
)

// mavenGet is the Maven plugin goal that downloads one artifact. The version is fixed so that a run is repeatable.
const mavenGet = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get"

var errNotPublished = errors.New("not published")

// MissingToolError says that a program that is needed to assemble images is not installed.
type MissingToolError struct{ Tool, Package, For string }

func (e *MissingToolError) Error() string {
	return fmt.Sprintf("%s needs %s, which is not installed: `apt-get install %s`, or let `make conformance` "+
		"do it as root (it does unless CROSSCHECK_FIX=0)",
		e.For, e.Tool, e.Package)
}

func tool(name, pkg, purpose string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", &MissingToolError{Tool: name, Package: pkg, For: purpose}
	}
	return path, nil
}

// cache is the folder with what was downloaded, and the locks over what is being made.
type cache struct {
	dir    string
	limits topology.Timeouts
}

func (c cache) lock(ctx context.Context, name string, waiting func(string)) (func(), error) {
	return Lock(ctx, filepath.Join(c.dir, "locks", name), waiting)
}

func (c cache) zip(version string) string {
	return filepath.Join(c.dir, "zips", "elasticsearch-"+version+".zip")
}

func (c cache) maven() string { return filepath.Join(c.dir, "maven") }

// versions lists the versions whose zip is there, whole or not.
func (c cache) versions() []string {
	paths, _ := filepath.Glob(c.zip("*")) // the only error is a bad pattern
	var versions []string
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".zip")
		versions = append(versions, strings.TrimPrefix(name, "elasticsearch-"))
	}
	return versions
}

// has tells whether the zip of version is there, without reading it.
func (c cache) has(version string) bool {
	_, err := os.Stat(c.zip(version) + sumSuffix)
	return err == nil
}

func (c cache) drop(version string) error {
	return errors.Join(os.RemoveAll(c.zip(version)+sumSuffix), os.RemoveAll(c.zip(version)))
}

// fetch answers the path of the verified distribution of r, downloading it where needed. The caller holds the version's
// lock. errNotPublished is wrapped where the repository does not have it.
func (c cache) fetch(ctx context.Context, r recipe, say func(format string, args ...any)) (string, error) {
	path := c.zip(r.Version)
	if c.has(r.Version) {
		err := checkSeal(path)
		if err == nil {
			return path, nil
		}
		say("the cached zip is damaged, fetching it again (%v)", err)
	}
	if err := c.drop(r.Version); err != nil {
		return "", fmt.Errorf("make room for the zip of %s: %w", r.Version, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.limits.ImageDownload)
	defer cancel()
	unlock, err := c.lock(ctx, "maven", func(who string) { say("waiting for the download by %s", who) })
	if err != nil {
		return "", err
	}
	defer unlock()
	for attempt := 1; ; attempt++ {
		say("downloading about %d MB", r.Megabytes)
		start := time.Now()
		if err := c.download(ctx, r, path); err != nil {
			return "", err
		}
		err := seal(path)
		if err == nil {
			say("downloaded and verified in %.1f s", time.Since(start).Seconds())
			return path, nil
		}
		if err := c.drop(r.Version); err != nil {
			return "", err
		}
		if attempt == 2 {
			return "", fmt.Errorf("%w; it was downloaded twice and removed: run again, or look at what serves %s to Maven",
				err, r.Coordinates())
		}
		say("the download is damaged, fetching it again (%v)", err)
	}
}

// download has Maven fetch r's zip into a repository inside the cache, and moves it to path. What Maven left of an
// interrupted download it resumes.
func (c cache) download(ctx context.Context, r recipe, path string) error {
	mvn, err := tool("mvn", "maven", "downloading "+r.Coordinates())
	if err != nil {
		return err
	}
	output, err := run(ctx, c.limits.ToolStop, nil, mvn, "-B", "-q", "-U", "-Dstyle.color=never",
		"-Dmaven.repo.local="+c.maven(),
		mavenGet, "-Dtransitive=false", "-Dartifact="+r.Coordinates())
	if err != nil {
		if strings.Contains(output, "Could not find artifact") {
			return fmt.Errorf("%s: %w", r.Coordinates(), errNotPublished)
		}
		return fmt.Errorf("download %s with Maven: %w%s", r.Coordinates(), err, strings.TrimRight("\n"+output, "\n"))
	}
	group, name, _ := strings.Cut(r.Artifact, ":")
	got := filepath.Join(c.maven(), filepath.FromSlash(strings.ReplaceAll(group, ".", "/")), name, r.Version)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("keep the zip of %s: %w", r.Version, err)
	}
	if err := os.Rename(filepath.Join(got, name+"-"+r.Version+".zip"), path); err != nil {
		return fmt.Errorf("keep the zip of %s: %w", r.Version, err)
	}
	// Maven's notes on a file that is no longer there would only confuse it.
	if err := os.RemoveAll(got); err != nil {
		return fmt.Errorf("tidy up after Maven: %w", err)
	}
	return nil
}

// run runs a program to its end and answers the end of what it printed, for error texts. What it printed after its
// context ended tells nothing. After the context the program gets SIGTERM, and SIGKILL once stop is over.
func run(
	ctx context.Context, stop time.Duration, prepare func(*exec.Cmd), name string, args ...string,
) (string, error) {
	var output tail
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stop
	if prepare != nil {
		prepare(cmd)
	}
	err := cmd.Run()
	if err != nil && ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return strings.TrimSpace(output.String()), err
}

// tail keeps the last bytes written to it.
type tail struct{ bytes.Buffer }

const tailBytes = 4000

func (t *tail) Write(p []byte) (int, error) {
	n, err := t.Buffer.Write(p)
	if over := t.Len() - tailBytes; over > 0 {
		t.Next(over)
	}
	return n, err
}

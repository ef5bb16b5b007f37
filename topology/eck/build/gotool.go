package build

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"golang.org/x/sync/errgroup"
)

// tellEvery is how often the progress of a compilation is told.
const tellEvery = 5 * time.Second

// stopGrace is how long the Go tool has to remove its own temporary files after an interruption.
const stopGrace = 10 * time.Second

func (b *Builder) buildControlPlane(ctx context.Context, p Product, work string) error {
	src := filepath.Join(work, "src")
	if err := os.Mkdir(src, 0o755); err != nil {
		return err
	}
	b.Progress(p.Name, "downloading Kubernetes and etcd")
	kubernetes, err := download(ctx, src, kubernetesModule, b.Pins.Kubernetes)
	if err != nil {
		return err
	}
	if _, err := download(ctx, src, "go.etcd.io/etcd/server/v3", b.Pins.Etcd); err != nil {
		return err
	}
	upstream, err := os.ReadFile(filepath.Join(kubernetes, "go.mod"))
	if err != nil {
		return err
	}
	mod, err := controlPlaneModule(b.Pins, upstream)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"go.mod": mod, "main.go": controlPlaneProgram} {
		if err := os.WriteFile(filepath.Join(src, name), content, 0o644); err != nil {
			return err
		}
	}
	b.Progress(p.Name, "downloading what they need")
	if _, err := goTool(ctx, src, nil, "mod", "tidy"); err != nil {
		return err
	}
	major, minor, _ := strings.Cut(p.Version, ".")
	minor, _, _ = strings.Cut(minor, ".")
	const pkg = "k8s.io/component-base/version"
	return b.compile(ctx, src, p, ".", pkg+".gitVersion=v"+p.Version, pkg+".gitMajor="+major, pkg+".gitMinor="+minor)
}

// buildOperator builds the operator in a copy of its module: the module replaces others in its go.mod, and Go heeds
// that in a main module only.
func (b *Builder) buildOperator(ctx context.Context, m facts.Module, p Product, work string) error {
	const module = "github.com/elastic/cloud-on-k8s/v3"
	b.Progress(p.Name, "downloading")
	empty := filepath.Join(work, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		return err
	}
	dir, err := download(ctx, empty, module, m)
	if err != nil {
		return err
	}
	src := filepath.Join(work, "src")
	if err := os.CopyFS(src, os.DirFS(dir)); err != nil {
		return fmt.Errorf("copy the module: %w", err)
	}
	crds, err := os.ReadFile(filepath.Join(src, "config", "crds", "v1", "all-crds.yaml"))
	if err != nil {
		return fmt.Errorf("take the custom resource definitions out of the module: %w", err)
	}
	if err := os.WriteFile(p.CRDs, crds, 0o644); err != nil {
		return err
	}
	const pkg = module + "/pkg/about"
	return b.compile(ctx, src, p, "./cmd", pkg+".version="+m.Version, pkg+".buildSnapshot=false")
}

// download fetches a module and answers its folder in the module cache. Its hash must be the pinned one, whatever the
// checksum database says.
func download(ctx context.Context, dir, module string, m facts.Module) (string, error) {
	out, err := goTool(ctx, dir, nil, "mod", "download", "-json", module+"@v"+m.Version)
	if err != nil {
		return "", err
	}
	var got struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(out, &got); err != nil {
		return "", fmt.Errorf("read what go mod download says of %s: %w", module, err)
	}
	if got.Sum != m.Sum {
		return "", fmt.Errorf("%s %s has the hash %s, and fixtures/eck.yaml wants %s; do not use it",
			module, m.Version, got.Sum, m.Sum)
	}
	return got.Dir, nil
}

// compile builds a package with variables set in it, and tells how far it is.
func (b *Builder) compile(ctx context.Context, dir string, p Product, pkg string, set ...string) error {
	out, err := goTool(ctx, dir, nil, "list", "-deps", pkg)
	if err != nil {
		return err
	}
	total, compiled := bytes.Count(out, []byte("\n")), 0
	flags := "-s -w"
	for _, s := range set {
		flags += " -X " + s
	}
	told := time.Now()
	b.Progress(p.Name, fmt.Sprintf("compiling up to %d packages", total))
	line := func(string) {
		if compiled++; time.Since(told) > tellEvery {
			told = time.Now()
			b.Progress(p.Name, fmt.Sprintf("compiled %d of up to %d packages", compiled, total))
		}
	}
	_, err = goTool(ctx, dir, line, "build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", p.Program, pkg)
	return err
}

// goTool runs the go command in dir and answers its standard output. line sees every line of standard error; the last
// ones are in the error when it fails.
func goTool(ctx context.Context, dir string, line func(string), args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopGrace
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", args[0], err)
	}
	if err := cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, fmt.Errorf("go %s: %w; install Go", args[0], err)
		}
		return nil, fmt.Errorf("go %s: %w", args[0], err)
	}
	var last []string
	var group errgroup.Group
	group.Go(func() error {
		scanner := bufio.NewScanner(stderr)
		for scanner.Scan() {
			if line != nil {
				line(scanner.Text())
			}
			if last = append(last, scanner.Text()); len(last) > 10 {
				last = last[1:]
			}
		}
		return scanner.Err()
	})
	read := group.Wait()
	if err := errors.Join(cmd.Wait(), read); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("go %s: %w", args[0], context.Cause(ctx))
		}
		command := strings.Join(args[:min(2, len(args))], " ")
		return nil, fmt.Errorf("go %s: %w; it says:\n%s", command, err, strings.Join(last, "\n"))
	}
	return stdout.Bytes(), nil
}

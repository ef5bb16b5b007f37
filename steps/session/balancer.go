package session

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	modulePath      = "github.com/crosscheck-dev/crosscheck"
	balancerPackage = modulePath + "/cmd/balancer"
)

// balancerProgram is the load balancer's program for containers of an Engine of that architecture, as Go names it. It
// is the one that `make build` puts beside crosscheck, if that is for this architecture. Otherwise, and in other
// programs such as a Go test, it is built within limit by the Go toolchain, whose build cache makes that fast from the
// second time on.
func balancerProgram(ctx context.Context, arch string, limit time.Duration) ([]byte, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	beside := filepath.Join(filepath.Dir(self), "balancer")
	program, unfit := os.ReadFile(beside)
	if unfit == nil {
		unfit = runsOn(program, arch)
	}
	if unfit == nil {
		return program, nil
	}
	if errors.Is(unfit, fs.ErrNotExist) {
		unfit = errors.New("it is not there")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it took longer than %s", limit))
	defer cancel()
	program, err = buildBalancer(ctx, arch, filepath.Dir(self))
	if err != nil {
		return nil, fmt.Errorf("the load balancer's program %s cannot be used (%w), and building it for linux/%s "+
			"failed (%w); run `make build`, which puts it beside crosscheck, "+
			"or install Go where the Engine has another architecture",
			beside, unfit, arch, err)
	}
	return program, nil
}

// machines are the architectures in the header of a Linux program, by Go's name for them.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// runsOn is an error where a program is none for Linux on that architecture, or wants libraries: the load balancer's
// image holds none. Of an architecture that is not in the table only the operating system is checked.
func runsOn(program []byte, arch string) error {
	file, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return errors.New("it is no program for Linux")
	}
	if want, known := machines[arch]; known && file.Machine != want {
		return fmt.Errorf("it is for another architecture (%s) than the Docker Engine's, %s", file.Machine, arch)
	}
	if slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return errors.New("it wants libraries, which containers of the load balancer do not have")
	}
	return nil
}

// buildBalancer builds the load balancer's program from crosscheck's own source.
func buildBalancer(ctx context.Context, arch, beside string) (_ []byte, err error) {
	if _, err := exec.LookPath("go"); err != nil {
		return nil, errors.New("go is not on PATH")
	}
	source, err := moduleFolder(ctx, beside)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "crosscheck-balancer-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for it: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	out := filepath.Join(dir, "balancer")
	target := []string{"GOOS=linux", "GOARCH=" + arch, "CGO_ENABLED=0"}
	if _, err := goTool(ctx, source, target, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w",
		"-o", out, balancerPackage); err != nil {
		return nil, err
	}
	program, err := os.ReadFile(out)
	if err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	return program, runsOn(program, arch)
}

// moduleFolder is where crosscheck's source lies, as the module of the working folder says, such as that of a Go test
// that uses crosscheck, or else the module in which this program lies.
func moduleFolder(ctx context.Context, beside string) (string, error) {
	dir, here := sourceFor(ctx, "")
	if here == nil {
		return dir, nil
	}
	dir, there := sourceFor(ctx, beside)
	if there == nil {
		return dir, nil
	}
	return "", fmt.Errorf("find the source of crosscheck: from the working folder: %w; from %s: %w", here, beside, there)
}

// sourceFor is where crosscheck's source lies for the module of a folder. An empty one is the working folder.
func sourceFor(ctx context.Context, folder string) (string, error) {
	dir, err := goTool(ctx, folder, nil, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", modulePath)
	if err == nil && dir == "" {
		err = errors.New("it is not downloaded (go mod download)")
	}
	return dir, err
}

// goTool runs the go command in a folder and answers what it printed.
func goTool(ctx context.Context, folder string, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = 5 * time.Second
	var out, complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return "", fmt.Errorf("go %s: %w %s", args[0], err, strings.TrimSpace(complaint.String()))
	}
	return strings.TrimSpace(out.String()), nil
}

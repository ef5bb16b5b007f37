package lab

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// filelimitSource is C. It ends in .txt because Go would not build a package with a C file and without cgo.
//
//go:embed filelimit.c.txt
var filelimitSource string

// filelimitPath is where the library is in a node's container.
const filelimitPath = "/opt/crosscheck/filelimit.so"

// FileLimitError says that the machine allows a node fewer open files than it wants, and that nothing can be done about
// it.
type FileLimitError struct{ Err error }

// errNotLinux is why the library cannot be compiled on another system.
var errNotLinux = errors.New("only a C compiler on Linux makes a library that a container loads")

func (e *FileLimitError) Error() string {
	remedy := "raise its limit, or install a C compiler"
	if errors.Is(e.Err, errNotLinux) {
		remedy = "raise its limit"
	}
	return fmt.Sprintf("a node that others may join wants %d open files, and the Docker Engine is allowed fewer; %s (%v)",
		topology.OpenFiles, remedy, e.Err)
}

func (e *FileLimitError) Unwrap() error { return e.Err }

// StartNode starts a node that asks for OpenFiles, and where the Engine refuses that one that is shown as many: give
// puts the library for it, a file of the container, where the container finds it. See docs/decisions/008.
func (l *Lab) StartNode(ctx context.Context, spec docker.ContainerSpec,
	give func(*docker.ContainerSpec, docker.File) error,
) (c *docker.Container, hidden bool, err error) {
	c, err = l.engine.Start(ctx, spec)
	if !errors.Is(err, docker.ErrFileLimit) {
		return c, false, err
	}
	library, err := l.library(ctx)
	if err != nil {
		return nil, false, err
	}
	if err := give(&spec, library); err != nil {
		return nil, false, err
	}
	spec.OpenFiles, spec.Env = 0, append(spec.Env, "LD_PRELOAD="+library.Path)
	c, err = l.engine.Start(ctx, spec)
	return c, true, err
}

// library is what a node loads first where the machine allows it fewer than OpenFiles. It is compiled once.
func (l *Lab) library(ctx context.Context) (docker.File, error) {
	l.limitLock.Lock()
	defer l.limitLock.Unlock()
	if l.limitLibrary == nil {
		library, err := compile(ctx)
		if err != nil {
			return docker.File{}, &FileLimitError{Err: err}
		}
		l.limitLibrary = library
	}
	return docker.File{Path: filelimitPath, Content: l.limitLibrary, Mode: 0o644}, nil
}

// compile makes the library with this machine's C compiler, which makes one that a container can load on Linux only.
func compile(ctx context.Context) (_ []byte, err error) {
	if runtime.GOOS != "linux" {
		return nil, errNotLinux
	}
	dir, err := os.MkdirTemp("", "crosscheck-filelimit-")
	if err != nil {
		return nil, fmt.Errorf("make room for the library: %w", err)
	}
	defer os.RemoveAll(dir)
	source, library := filepath.Join(dir, "filelimit.c"), filepath.Join(dir, "filelimit.so")
	if err := os.WriteFile(source, []byte(filelimitSource), 0o600); err != nil {
		return nil, fmt.Errorf("write the source of the library: %w", err)
	}
	// Without the C library it fits the one that is in the image, whichever that is.
	out, err := exec.CommandContext(ctx, "cc", "-O1", "-shared", "-fPIC", "-nostdlib", "-o", library,
		source).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("compile the library: %w %s", err, out)
	}
	return os.ReadFile(library)
}

package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/crosscheck-dev/crosscheck/topology/await"
)

// Lock takes the lock file at path for this process, against other processes and against other goroutines. While
// another holds it, waiting is told once who that is. The lock ends with unlock, or with the process.
func Lock(ctx context.Context, path string, waiting func(holder string)) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	told := false
	// flock itself cannot be waited for together with a context.
	err = await.While(ctx, "lock "+path, func(context.Context) error {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return await.Permanent(err)
		}
		who := holder(f)
		if !told && waiting != nil {
			waiting(who)
			told = true
		}
		return fmt.Errorf("%s holds it", who)
	})
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	// Who holds the lock is told to others as a courtesy; the lock holds without it.
	host, _ := os.Hostname()
	text := fmt.Sprintf("process %d on %s (since %s)", os.Getpid(), host, time.Now().Format(time.TimeOnly))
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(text), 0)
	}
	return func() {
		_ = f.Truncate(0)
		_ = f.Close() // gives up the lock
	}, nil
}

func holder(f *os.File) string {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 500))
	if who := strings.TrimSpace(string(text)); err == nil && who != "" {
		return who
	}
	return "another process"
}

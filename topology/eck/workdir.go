package eck

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	dirPrefix = "crosscheck-eck-"
	lockName  = "lock"
)

// workDir makes the environment's folder in the folder for temporary files, locked for as long as this process lives.
// It removes the folders of processes that are gone.
func workDir(run string) (dir string, unlock func(), err error) {
	old, err := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*"))
	if err != nil {
		return "", nil, fmt.Errorf("look for older ECK environments: %w", err)
	}
	for _, o := range old {
		if done, err := lockDir(o); err == nil {
			err = os.RemoveAll(o)
			done()
			if err != nil {
				return "", nil, fmt.Errorf("remove the folder of an older ECK environment: %w", err)
			}
		}
	}
	if dir, err = os.MkdirTemp("", dirPrefix+run+"-"); err != nil {
		return "", nil, fmt.Errorf("make a folder for the ECK environment: %w", err)
	}
	unlock, err = lockDir(dir)
	return dir, unlock, err
}

// lockDir takes the lock of an environment's folder. It is an error when another process holds it.
func lockDir(dir string) (func(), error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

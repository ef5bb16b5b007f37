package eck

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

const (
	dirPrefix = "crosscheck-eck-"
	lockName  = "lock"
)

// shutdown is how long Close may take. Load balancers of a cloud take their time to go.
func (e *Environment) shutdown() time.Duration {
	limit := e.options.Lab.Timeouts().Shutdown
	if e.guest != nil {
		limit *= 3
	}
	return limit
}

// workDir makes the environment's folder in the folder for temporary files, locked for as long as this process lives. What
// processes that are gone left there is removed.
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

// lockDir is an error when another process holds the lock.
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

// decodeAll reads the objects of a file that a module published.
func decodeAll(data []byte) ([]*unstructured.Unstructured, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	var all []*unstructured.Unstructured
	for {
		o := &unstructured.Unstructured{}
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if len(o.Object) > 0 {
			all = append(all, o)
		}
	}
}

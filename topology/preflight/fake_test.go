package preflight

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// fakeMachine is a machine in memory: what is installed, what runs, what was run.
type fakeMachine struct {
	engine   engineState
	files    map[string]string
	commands map[string]bool
	disk     map[string]uint64
	uid      int
	env      map[string]string
	ran      []string
	// effect is what a command line that starts so does to the machine.
	effect map[string]func() error
	exited bool // what was started has ended
}

var errNoEngine = errors.New("dial unix /var/run/docker.sock: connect: no such file or directory")

// healthy is a Debian machine, as root, on which nothing is missing.
func healthy(t *testing.T) *fakeMachine {
	t.Helper()
	return &fakeMachine{
		engine: running(),
		files: map[string]string{
			"/proc/meminfo":              sample(t, "proc/meminfo"),
			"/proc/self/limits":          sample(t, "proc/limits"),
			"/proc/sys/vm/max_map_count": "262144\n",
			"/etc/os-release":            sample(t, "os-release-debian"),
			"/proc/1/comm":               "sh\n",
		},
		commands: map[string]bool{"dockerd": true, "iptables": true, "ip": true, "mvn": true, "mmdebstrap": true, "go": true},
		disk:     map[string]uint64{"/": 100 * gb, "/var/lib/docker": 84 * gb, "/cache": 84 * gb},
		env:      map[string]string{},
		effect:   map[string]func() error{},
	}
}

// usual is the default socket, which nobody had to choose.
func usual() docker.Endpoint {
	return docker.Endpoint{Host: "unix:///var/run/docker.sock", Source: "default socket",
		Change: "set DOCKER_HOST to another"}
}

func running() engineState {
	return engineState{endpoint: usual(), info: docker.Info{
		Version: "20.10.24", APIVersion: "1.41", CPUs: 2, Memory: 25 * gb, RootDir: "/var/lib/docker", Endpoint: usual(),
	}}
}

func stopped() engineState { return engineState{endpoint: usual(), err: errNoEngine} }

// chosen is an Engine that DOCKER_HOST names.
func chosen(host string) docker.Endpoint {
	return docker.Endpoint{Host: host, Source: "DOCKER_HOST",
		Change: "set DOCKER_HOST to another Engine, or unset DOCKER_HOST"}
}

func sample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(text)
}

// options asks for one version that is present.
func (f *fakeMachine) options() Options {
	return Options{
		Versions: []string{"9.3.2"}, Nodes: 4, CacheDir: "/cache",
		ImagePlan: func(context.Context, string) (Plan, error) { return Plan{Source: "present: elasticsearch:9.3.2"}, nil },
		machine:   f.machine(),
	}
}

// assembling asks for one version that must be assembled.
func (f *fakeMachine) assembling() Options {
	opts := f.options()
	opts.ImagePlan = func(context.Context, string) (Plan, error) {
		return Plan{Source: "assembled from published artifacts", Assemble: true}, nil
	}
	return opts
}

func (f *fakeMachine) machine() *machine {
	return &machine{
		probe: func(context.Context) engineState { return f.engine },
		readFile: func(path string) ([]byte, error) {
			if text, ok := f.files[path]; ok {
				return []byte(text), nil
			}
			return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
		},
		lookPath: func(command string) (string, error) {
			if f.commands[command] {
				return "/usr/bin/" + command, nil
			}
			return "", fmt.Errorf("%s: not found", command)
		},
		diskFree: func(path string) (uint64, error) {
			if free, ok := f.disk[path]; ok {
				return free, nil
			}
			return 0, os.ErrNotExist
		},
		geteuid: func() int { return f.uid },
		getenv:  func(key string) string { return f.env[key] },
		run: func(_ context.Context, env []string, name string, args ...string) (string, error) {
			line := strings.Join(append(append(append([]string{}, env...), name), args...), " ")
			if line == "go env GOVERSION" {
				return "go1.26.8\n", nil
			}
			return "", f.happens(line)
		},
		start: func(_ context.Context, logFile, name string) (func() bool, error) {
			err := f.happens(name + " >" + logFile)
			return func() bool { return f.exited }, err
		},
		cores: 2, startLimit: 50 * time.Millisecond, lockLimit: 50 * time.Millisecond, pause: time.Millisecond,
	}
}

func (f *fakeMachine) happens(line string) error {
	f.ran = append(f.ran, line)
	for part, effect := range f.effect {
		if strings.Contains(line, part) {
			return effect()
		}
	}
	return nil
}

package preflight

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
)

// machine is everything that preflight reads from and does to the machine, so that tests can stand in for it.
type machine struct {
	probe    func(ctx context.Context) engineState
	readFile func(path string) ([]byte, error)
	lookPath func(command string) (string, error)
	diskFree func(path string) (uint64, error) // bytes that a user may fill; fs.ErrNotExist when path is not there
	geteuid  func() int
	getenv   func(key string) string
	// run gives the standard output, and for a command that fails an error with the end of what it said.
	run func(ctx context.Context, env []string, name string, args ...string) (string, error)
	// start leaves a command running in a session of its own, writing to logFile; exited tells whether it has ended.
	start func(ctx context.Context, logFile, name string) (exited func() bool, err error)
	cores int

	startLimit time.Duration // for the Engine to answer once it was started
	lockLimit  time.Duration // for another apt to let go of its locks
	pause      time.Duration // between two looks
}

func thisMachine() *machine {
	return &machine{
		probe: probeEngine, readFile: os.ReadFile, lookPath: lookPath, diskFree: diskFree, geteuid: os.Geteuid,
		getenv: os.Getenv,
		run:    runCommand, start: startCommand, cores: runtime.NumCPU(),
		startLimit: 90 * time.Second, lockLimit: 120 * time.Second, pause: 300 * time.Millisecond,
	}
}

func probeEngine(ctx context.Context) engineState {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	engine, err := docker.Connect(ctx, "preflight", slog.New(slog.DiscardHandler))
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = engine.Close() }()
	info, err := engine.Info(ctx)
	if err != nil {
		return unreachable(&docker.UnreachableError{Endpoint: engine.Endpoint(), Err: err})
	}
	return engineState{info: info, endpoint: info.Endpoint}
}

// unreachable unpacks the error of an Engine that did not answer. An error that names no Engine is one of the settings.
func unreachable(err error) engineState {
	var gone *docker.UnreachableError
	if errors.As(err, &gone) {
		return engineState{endpoint: gone.Endpoint, err: gone.Err}
	}
	return engineState{err: err}
}

// adminFolders hold the commands of administrators; a plain user's or a CI's PATH may lack them.
const adminFolders = "/usr/local/sbin:/usr/sbin:/sbin"

// lookPath searches PATH, and then the folders of administrators' commands.
func lookPath(command string) (string, error) {
	path, err := exec.LookPath(command)
	if err == nil {
		return path, nil
	}
	for _, dir := range filepath.SplitList(adminFolders) {
		if p, errDir := exec.LookPath(filepath.Join(dir, command)); errDir == nil {
			return p, nil
		}
	}
	return "", err
}

// adminEnv is this process's environment with the administrators' folders on PATH: dockerd looks there for docker-proxy
// and iptables, dpkg for ldconfig.
func adminEnv() []string {
	return append(os.Environ(), "PATH="+os.Getenv("PATH")+":"+adminFolders)
}

func diskFree(path string) (uint64, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(path, &fs); err != nil {
		return 0, fmt.Errorf("ask for the free disk: %w", err)
	}
	return fs.Bavail * uint64(fs.Bsize), nil
}

func runCommand(ctx context.Context, env []string, name string, args ...string) (string, error) {
	path, err := lookPath(name)
	if err != nil {
		return "", err
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(adminEnv(), env...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// An interrupt lets a package manager leave its database whole; a kill would not.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	if err := cmd.Run(); err != nil {
		said := tail(stderr.String(), 5)
		if said == "" {
			said = tail(stdout.String(), 5)
		}
		return stdout.String(), fmt.Errorf("%s: %w\n%s", name, err, said)
	}
	return stdout.String(), nil
}

func startCommand(ctx context.Context, logFile, name string) (func() bool, error) {
	path, err := lookPath(name)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(logFile), 0o755); err != nil {
		return nil, fmt.Errorf("make room for the log of %s: %w", name, err)
	}
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", name, err)
	}
	defer func() { _ = log.Close() }()
	// It outlives this process, and no signal to this one's terminal reaches it.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), path)
	cmd.Env = adminEnv()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	pid, gone := cmd.Process.Pid, false
	return func() bool {
		if !gone {
			got, err := syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
			gone = got == pid || errors.Is(err, syscall.ECHILD)
		}
		return gone
	}, nil
}

func (m *machine) has(command string) bool {
	_, err := m.lookPath(command)
	return err == nil
}

func (m *machine) memAvailable() (uint64, error) {
	text, err := m.readFile("/proc/meminfo")
	if err != nil {
		return 0, fmt.Errorf("read the free memory: %w", err)
	}
	return parseMemAvailable(text)
}

func (m *machine) fileLimit(path string) (uint64, error) {
	text, err := m.readFile(path)
	if err != nil {
		return 0, fmt.Errorf("read the file limit: %w", err)
	}
	return parseHardFileLimit(text)
}

// freeAt asks for the free disk at path, or at the nearest folder above it that is there already.
func (m *machine) freeAt(path string) (uint64, error) {
	for {
		free, err := m.diskFree(path)
		up := filepath.Dir(path)
		if err == nil || !errors.Is(err, os.ErrNotExist) || up == path {
			return free, err
		}
		path = up
	}
}

// dockerd gives the process of the Engine that runs on this machine, by the file that it leaves at its start.
func (m *machine) dockerd() (pid int, running bool) {
	text, err := m.readFile("/var/run/docker.pid")
	if err != nil {
		return 0, false
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 {
		return 0, false
	}
	name, err := m.readFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil || strings.TrimSpace(string(name)) != "dockerd" {
		return pid, false
	}
	// One that was killed and that nobody has waited for keeps its name: state Z in proc(5).
	stat, _ := m.readFile(fmt.Sprintf("/proc/%d/stat", pid))
	return pid, !strings.Contains(string(stat), ") Z ")
}

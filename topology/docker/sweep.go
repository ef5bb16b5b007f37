package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Network creates a bridge network for this run and answers its name.
func (e *Engine) Network(ctx context.Context, role string, keep bool) (string, error) {
	return e.createNetwork(ctx, role, keep, networkRequest{})
}

// networkRequest says what a network is like.
type networkRequest = testcontainers.NetworkRequest //nolint:staticcheck // SA1019: see createNetwork

func (e *Engine) createNetwork(ctx context.Context, role string, keep bool, r networkRequest) (string, error) {
	r.Name, r.Driver, r.Labels = fmt.Sprintf("crosscheck-%s-%s", e.run, role), "bridge", e.labels("network")
	if keep {
		r.Labels[LabelKeep] = "true"
	}
	//nolint:staticcheck // SA1019: the successor, network.New, gives every network a random name.
	if _, err := e.provider.CreateNetwork(ctx, r); err != nil {
		return "", fmt.Errorf("create network %s: %w", r.Name, err)
	}
	return r.Name, nil
}

func (e *Engine) removeContainer(ctx context.Context, id, name string) error {
	_, err := e.cli.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) {
		return fmt.Errorf("remove container %s: %w", name, err)
	}
	return nil
}

// Swept counts what a sweep removed, and what it left because its owner still lives or asked to keep it.
type Swept struct {
	Containers, Networks int
	Living, Kept         int
}

// SweepOwn removes all containers and networks of this run.
func (e *Engine) SweepOwn(ctx context.Context) (Swept, error) {
	return e.sweep(ctx, e.own)
}

// SweepDead removes what runs left behind whose process is gone (killed with SIGKILL, for example). Kept topologies
// stay unless kept is set; what belongs to a living process, or to another host's, always stays.
func (e *Engine) SweepDead(ctx context.Context, kept bool) (Swept, error) {
	return e.sweep(ctx, e.dead(kept))
}

type fate int

const (
	ignore fate = iota
	remove
	living
	keep
)

// own judges for SweepOwn.
func (e *Engine) own(labels map[string]string) fate {
	if labels[LabelRun] == e.run {
		return remove
	}
	return ignore
}

// dead judges for SweepDead.
func (e *Engine) dead(kept bool) func(labels map[string]string) fate {
	return func(labels map[string]string) fate {
		switch {
		case labels[LabelRun] == e.run || OwnerLives(labels[LabelOwner]):
			return living
		case labels[LabelKeep] != "" && !kept:
			return keep
		default:
			return remove
		}
	}
}

func (e *Engine) sweep(ctx context.Context, judge func(labels map[string]string) fate) (Swept, error) {
	var swept Swept
	var errs []error
	ours := client.Filters{}.Add("label", LabelRun)
	containers, err := e.cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ours})
	if err != nil {
		return swept, fmt.Errorf("list containers: %w", err)
	}
	for _, c := range containers.Items {
		switch judge(c.Labels) {
		case remove:
			if err := e.removeContainer(ctx, c.ID, strings.Join(c.Names, " ")); err != nil {
				errs = append(errs, err)
				continue
			}
			swept.Containers++
		case living:
			swept.Living++
		case keep:
			swept.Kept++
		}
	}
	networks, err := e.cli.NetworkList(ctx, client.NetworkListOptions{Filters: ours})
	if err != nil {
		return swept, errors.Join(append(errs, fmt.Errorf("list networks: %w", err))...)
	}
	for _, n := range networks.Items {
		if judge(n.Labels) != remove {
			continue
		}
		if _, err := e.cli.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{}); err != nil && !errdefs.IsNotFound(err) {
			errs = append(errs, fmt.Errorf("remove network %s: %w", n.Name, err))
			continue
		}
		swept.Networks++
	}
	return swept, errors.Join(errs...)
}

// Owner names this process so that a later run can tell whether it still lives: host, process id and the process's
// start time in clock ticks, which a process id that is used again does not share.
func Owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), startTime(os.Getpid()))
}

// OwnerLives reports whether the process that owner named is still there. Another host's cannot be judged and counts as
// living.
func OwnerLives(owner string) bool {
	parts := strings.Split(owner, "/")
	if len(parts) != 3 {
		return false
	}
	host, err := os.Hostname()
	if err != nil || host != parts[0] {
		return true
	}
	pid, err := strconv.Atoi(parts[1])
	if err != nil {
		return false
	}
	if parts[2] == "" { // no /proc where it was made: ask the process table alone
		p, err := os.FindProcess(pid)
		return err == nil && p.Signal(syscall.Signal(0)) == nil
	}
	return startTime(pid) == parts[2]
}

// startTime is field 22 of /proc/<pid>/stat, empty when there is no such process, or one that has ended and that its
// parent has not looked after yet.
func startTime(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, rest, ok := strings.Cut(string(stat), ") ") // the command's name may hold spaces
	fields := strings.Fields(rest)
	if !ok || len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return ""
	}
	return fields[19]
}

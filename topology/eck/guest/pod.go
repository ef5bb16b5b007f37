package guest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

// crashed is the container of a pod that has ended and should not have, and its exit code; empty where there is none.
func crashed(p *corev1.Pod) (name string, code int) {
	for _, c := range p.Status.InitContainerStatuses {
		if code := exitCode(c); code != 0 && !c.Ready {
			return c.Name, code
		}
	}
	for _, c := range p.Status.ContainerStatuses {
		if code := exitCode(c); c.Name == kube.Container && (code != 0 || c.State.Terminated != nil) {
			return c.Name, code
		}
	}
	return "", 0
}

// exitCode is how a container ended with an error, now or before it was started again; 0 where it did not.
func exitCode(c corev1.ContainerStatus) int {
	for _, state := range []corev1.ContainerState{c.State, c.LastTerminationState} {
		if state.Terminated != nil && state.Terminated.ExitCode != 0 {
			return int(state.Terminated.ExitCode)
		}
	}
	return 0
}

// ready is an error that says what a pod is waiting for; nil once it is ready.
func ready(p *corev1.Pod) error {
	var waits []string
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
			return nil
		}
		if c.Status != corev1.ConditionTrue && c.Message != "" {
			waits = append(waits, c.Message)
		}
	}
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		if w := c.State.Waiting; w != nil {
			waits = append(waits, strings.TrimSuffix(fmt.Sprintf("container %s: %s: %s", c.Name, w.Reason, w.Message), ": "))
		}
	}
	if p.Status.Message != "" {
		waits = append(waits, p.Status.Message)
	}
	return fmt.Errorf("it is %s: %s", p.Status.Phase, strings.Join(waits, "; "))
}

// podProcess is the Elasticsearch container of a pod, as the API server shows it. It implements lab.Process.
type podProcess struct {
	kube           *kube.Client
	namespace, pod string
}

func (p *podProcess) read(ctx context.Context) (*corev1.Pod, error) {
	var now corev1.Pod
	found, err := p.kube.Get(ctx, kube.Pods, p.namespace, p.pod, &now)
	if err == nil && !found {
		err = fmt.Errorf("pod %s is gone", p.pod)
	}
	return &now, err
}

// State implements lab.Process.
func (p *podProcess) State(ctx context.Context) (docker.State, error) {
	now, err := p.read(ctx)
	if err != nil {
		return docker.State{}, err
	}
	if ended, code := crashed(now); ended != "" {
		return docker.State{Code: code, Text: "a pod whose container " + ended + " ended"}, nil
	}
	return docker.State{Running: true, Text: string(now.Status.Phase)}, nil
}

// Logs implements lab.Process.
func (p *podProcess) Logs(ctx context.Context, since time.Time) (string, error) {
	return p.log(ctx, kube.Container, since, false)
}

// lastLog is the log of a container that has ended. Where it was started again, it is the log from before that.
func (p *podProcess) lastLog(ctx context.Context, container string) (string, error) {
	if text, err := p.log(ctx, container, time.Time{}, true); err == nil {
		return text, nil
	}
	return p.log(ctx, container, time.Time{}, false)
}

// log reads a container's log. previous means the container from before the last start.
func (p *podProcess) log(ctx context.Context, container string, since time.Time, previous bool) (string, error) {
	o := &corev1.PodLogOptions{Container: container, Previous: previous, Timestamps: true}
	if !since.IsZero() {
		// The API server counts in whole seconds; withoutTimes leaves out what is older within the first one.
		o.SinceTime = &metav1.Time{Time: since.Truncate(time.Second)}
	}
	text, err := p.kube.Log(ctx, p.namespace, p.pod, o)
	return withoutTimes(text, since), err
}

// withoutTimes takes the time in front of each line off, and leaves out the lines from before since.
func withoutTimes(text string, since time.Time) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		stamp, rest, found := strings.Cut(line, " ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		switch {
		case !found || err != nil:
			kept.WriteString(line)
		case !at.Before(since):
			kept.WriteString(rest)
		}
	}
	return kept.String()
}

package eck

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// container is the operator's name of the one that Elasticsearch runs in; others may stand beside it.
const container = "elasticsearch"

// versionOf is the version of Elasticsearch that a pod is to run.
func versionOf(p *corev1.Pod) string {
	if v := p.Labels["elasticsearch.k8s.elastic.co/version"]; v != "" {
		return v
	}
	return version(p.Spec.Containers[0].Image)
}

// noticed waits until the operator looks after an Elasticsearch.
func (s *Side) noticed(ctx context.Context, name string) error {
	what := fmt.Sprintf("ECK looks after Elasticsearch %s/%s", s.Namespace, name)
	err := await.Until(ctx, what, s.env.options.Lab.Timeouts().Request, func(ctx context.Context) error {
		o, err := s.env.kube.client.Resource(elasticsearch).Namespace(s.Namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if seen, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration"); seen == 0 {
			return errors.New("nothing has been done about it")
		}
		return nil
	})
	var late *await.TimeoutError
	if errors.As(err, &late) {
		return fmt.Errorf("%w; the operator does not run, or it does not watch this namespace: let it watch all of them (its --namespaces)", err)
	}
	return err
}

// visit waits until the pod is ready, and finds what there is to know of it.
func (s *Side) visit(ctx context.Context, name string, pod *corev1.Pod) (a lab.Adoption, address string, err error) {
	var ref string
	p := &podProcess{kube: s.env.kube, namespace: s.Namespace, pod: pod.Name}
	err = await.Until(ctx, "pod "+pod.Name+" is ready", s.env.options.Lab.Timeouts().ClusterStart, func(ctx context.Context) error {
		now, err := p.read(ctx)
		if err != nil {
			return err
		}
		if ended := crashed(now); ended != "" {
			text, err := p.end(ctx, ended)
			return await.Permanent(&lab.StartError{Cluster: pod.Name, Log: text, Err: errors.Join(fmt.Errorf("container %s ended", ended), err)})
		}
		for _, c := range now.Status.ContainerStatuses {
			if c.Name == container {
				ref = c.Image // what runs, which need not be what was asked for
			}
		}
		return ready(now)
	})
	if err != nil {
		return a, "", err
	}
	a = lab.Adoption{Process: p, Image: image.Image{Ref: ref, Version: versionOf(pod), Source: image.Kubernetes}}
	address, err = s.door(ctx, name, topology.HTTPPort)
	return a, address, err
}

// crashed is the container of a pod that has ended and should not have; empty where there is none.
func crashed(p *corev1.Pod) string {
	for _, c := range p.Status.InitContainerStatuses {
		if again(c) && !c.Ready {
			return c.Name
		}
	}
	for _, c := range p.Status.ContainerStatuses {
		if c.Name == container && (again(c) || c.State.Terminated != nil) {
			return c.Name
		}
	}
	return ""
}

// again reports whether a container ended badly, and was or will be started again.
func again(c corev1.ContainerStatus) bool {
	return c.State.Terminated != nil && c.State.Terminated.ExitCode != 0 || c.LastTerminationState.Terminated != nil && c.LastTerminationState.Terminated.ExitCode != 0
}

// ready says what a pod is waiting for.
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

// podProcess is the container of a pod, as the API server shows it.
type podProcess struct {
	kube           *kube
	namespace, pod string
}

func (p *podProcess) read(ctx context.Context) (*corev1.Pod, error) {
	var now corev1.Pod
	found, err := p.kube.get(ctx, pods, p.namespace, p.pod, &now)
	if err == nil && !found {
		err = fmt.Errorf("pod %s is gone", p.pod)
	}
	return &now, err
}

// State implements topology.Process.
func (p *podProcess) State(ctx context.Context) (running bool, text string, err error) {
	now, err := p.read(ctx)
	if err != nil {
		return false, "", err
	}
	if ended := crashed(now); ended != "" {
		return false, "a pod whose container " + ended + " ended", nil
	}
	return true, string(now.Status.Phase), nil
}

// Logs implements topology.Process.
func (p *podProcess) Logs(ctx context.Context, since time.Time) (string, error) {
	return p.log(ctx, container, since, false)
}

// end is the log of a container that has ended, of the one before where there is one already.
func (p *podProcess) end(ctx context.Context, name string) (string, error) {
	if text, err := p.log(ctx, name, time.Time{}, true); err == nil {
		return text, nil
	}
	return p.log(ctx, name, time.Time{}, false)
}

// log reads a container's log through the API server. That counts in whole seconds: what is older within the first one is
// left out here, by the time in front of each line.
func (p *podProcess) log(ctx context.Context, name string, since time.Time, previous bool) (string, error) {
	query := url.Values{"container": {name}, "timestamps": {"true"}}
	if previous {
		query.Set("previous", "true")
	}
	if !since.IsZero() {
		query.Set("sinceTime", since.UTC().Truncate(time.Second).Format(time.RFC3339))
	}
	target := fmt.Sprintf("%s/api/v1/namespaces/%s/pods/%s/log?%s", p.kube.host, p.namespace, p.pod, query.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return "", fmt.Errorf("read the log of pod %s: %w", p.pod, err)
	}
	res, err := p.kube.http.Do(req)
	if err != nil {
		return "", fmt.Errorf("read the log of pod %s: %w", p.pod, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the API server answers %d: %s", res.StatusCode, body)
	}
	if err != nil {
		return "", fmt.Errorf("read the log of pod %s: %w", p.pod, err)
	}
	return lines(string(body), since), nil
}

// lines takes the times off a log, and the lines before one.
func lines(text string, since time.Time) string {
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

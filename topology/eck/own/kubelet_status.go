package own

import (
	"context"
	"errors"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// status writes the status that a kubelet gives a pod. An error is only logged: the next status may get through.
func (k *kubelet) status(ctx context.Context, p *corev1.Pod, ip string, phase corev1.PodPhase, message string) {
	running := phase == corev1.PodRunning
	truth := func(is bool) string {
		if is {
			return string(corev1.ConditionTrue)
		}
		return string(corev1.ConditionFalse)
	}
	now := time.Now().UTC().Format(time.RFC3339)
	condition := func(kind corev1.PodConditionType, is bool) map[string]any {
		return map[string]any{"type": string(kind), "status": truth(is), "lastTransitionTime": now}
	}
	status := map[string]any{
		"phase": string(phase), "hostIP": "127.0.0.1", "message": message,
		"conditions": []any{
			condition(corev1.PodScheduled, true), condition(corev1.PodInitialized, running),
			condition(corev1.ContainersReady, running), condition(corev1.PodReady, running),
		},
	}
	if ip != "" {
		status["podIP"], status["podIPs"] = ip, []any{map[string]any{"ip": ip}}
	}
	var containers []any
	for _, c := range p.Spec.Containers {
		state := map[string]any{"waiting": map[string]any{"reason": "PodInitializing"}}
		if running {
			state = map[string]any{"running": map[string]any{"startedAt": now}}
		}
		runs, err := k.images(ctx, kube.Tag(c.Image))
		if err != nil {
			runs = c.Image // starting the container reports what is wrong
		}
		containers = append(containers, map[string]any{
			"name": c.Name, "image": runs, "imageID": runs, "ready": running, "restartCount": 0, "state": state})
	}
	status["containerStatuses"] = containers
	k.report(ctx, p, status)
}

// broken writes the status that a kubelet gives a pod that does not run. The phase is not Failed: the StatefulSet would
// replace the pod again and again.
func (k *kubelet) broken(ctx context.Context, p *corev1.Pod, why error) {
	k.status(ctx, p, "", corev1.PodPending, why.Error())
	var ended *lab.StartError
	if !errors.As(why, &ended) {
		return
	}
	name, list := kube.Container, "containerStatuses"
	if _, inside, ok := strings.Cut(ended.Cluster, "/"); ok {
		name, list = inside, "initContainerStatuses"
	}
	image := p.Spec.Containers[0].Image
	status := map[string]any{list: []any{map[string]any{
		"name": name, "image": image, "imageID": image, "ready": false, "restartCount": 1,
		"state": map[string]any{"waiting": map[string]any{
			"reason": "CrashLoopBackOff", "message": "it is not started again here"}},
		"lastState": map[string]any{"terminated": map[string]any{
			"exitCode": 1, "reason": "Error", "message": ended.Err.Error()}},
	}}}
	k.report(ctx, p, status)
}

// report sends a pod's status to the API server.
func (k *kubelet) report(ctx context.Context, p *corev1.Pod, status map[string]any) {
	err := k.kube.PatchStatus(ctx, kube.Pods, p.Namespace, p.Name, status)
	if err != nil && !errors.Is(err, context.Canceled) {
		k.log.Debug("pod", "name", p.Name, "error", err)
	}
}

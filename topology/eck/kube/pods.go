package kube

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Version is the version of Elasticsearch that a pod is to run.
func Version(p *corev1.Pod) string {
	if v := p.Labels[LabelVersion]; v != "" {
		return v
	}
	return Tag(p.Spec.Containers[0].Image)
}

// Tag is the part of an image's name after the last colon.
func Tag(image string) string { return image[strings.LastIndexByte(image, ':')+1:] }

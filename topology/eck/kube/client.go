// Package kube reads and writes the objects of a Kubernetes cluster with ECK, on client-go. It knows neither where the
// cluster comes from nor what scenarios do with it.
package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// FieldManager is the name under which the API server notes crosscheck's changes.
const FieldManager = "crosscheck"

// Client speaks to one Kubernetes API server.
type Client struct {
	Server  string            // its address
	Objects dynamic.Interface // for what the methods below do not cover

	limit  time.Duration // see New
	core   corev1client.CoreV1Interface
	kinds  discovery.DiscoveryInterface
	mapper *restmapper.DeferredDiscoveryRESTMapper
}

// New makes a client. limit is how long Apply tries again when others change the same object at the same time. Nothing
// is asked of the API server yet.
func New(config *rest.Config, limit time.Duration) (*Client, error) {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", config.Host, err)
	}
	objects, err := dynamic.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", config.Host, err)
	}
	core, err := corev1client.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", config.Host, err)
	}
	kinds, err := discovery.NewDiscoveryClientForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", config.Host, err)
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(kinds))
	return &Client{Server: config.Host, Objects: objects, limit: limit, core: core, kinds: kinds, mapper: mapper}, nil
}

// Ready asks the API server once whether it is ready.
func (k *Client) Ready(ctx context.Context) error {
	if _, err := k.kinds.RESTClient().Get().AbsPath("/readyz").DoRaw(ctx); err != nil {
		return fmt.Errorf("ask %s whether it is ready: %w", k.Server, err)
	}
	return nil
}

// Reachable is an error when the API server does not answer, or answers that it is broken. An answer that refuses the
// question is one of a server that works.
func (k *Client) Reachable(ctx context.Context) error {
	err := k.Ready(ctx)
	if code := statusCode(err); code >= 400 && code < 500 {
		return nil
	}
	return err
}

// Get reads one object into out, a pointer to a type of k8s.io/api. found is false when the object does not exist.
func (k *Client) Get(
	ctx context.Context, kind schema.GroupVersionResource, namespace, name string, out any,
) (found bool, err error) {
	o, err := k.Objects.Resource(kind).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, out)
	}
	if err != nil {
		return false, fmt.Errorf("read %s %s/%s: %w", kind.Resource, namespace, name, err)
	}
	return true, nil
}

// List reads all objects of a kind in a namespace; an empty namespace means all of them.
func List[T any](ctx context.Context, k *Client, kind schema.GroupVersionResource, namespace string) ([]T, error) {
	all, err := k.Objects.Resource(kind).Namespace(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list the %s of %s: %w", kind.Resource, namespace, err)
	}
	out := make([]T, len(all.Items))
	for i := range all.Items {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(all.Items[i].Object, &out[i]); err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", kind.Resource, namespace, err)
		}
	}
	return out, nil
}

// Remove deletes an object. One that does not exist is no error.
func (k *Client) Remove(ctx context.Context, kind schema.GroupVersionResource, namespace, name string) error {
	err := k.Objects.Resource(kind).Namespace(namespace).Delete(ctx, name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete %s %s/%s: %w", kind.Resource, namespace, name, err)
	}
	return nil
}

// RemovePod deletes the pod with that id, and no later one of the same name.
func (k *Client) RemovePod(ctx context.Context, namespace string, uid types.UID) error {
	all, err := List[corev1.Pod](ctx, k, Pods, namespace)
	for i := range all {
		if all[i].UID == uid {
			err = k.Remove(ctx, Pods, namespace, all[i].Name)
		}
	}
	return err
}

// PatchStatus merges fields into an object's status. An object that does not exist is no error.
func (k *Client) PatchStatus(
	ctx context.Context, kind schema.GroupVersionResource, namespace, name string, status any,
) error {
	data, err := json.Marshal(map[string]any{"status": status})
	if err == nil {
		_, err = k.Objects.Resource(kind).Namespace(namespace).Patch(
			ctx, name, types.MergePatchType, data, metav1.PatchOptions{FieldManager: FieldManager}, "status")
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("set the status of %s %s/%s: %w", kind.Resource, namespace, name, err)
	}
	return nil
}

// Log reads the log of a pod's container.
func (k *Client) Log(ctx context.Context, namespace, pod string, o *corev1.PodLogOptions) (string, error) {
	text, err := k.core.Pods(namespace).GetLogs(pod, o).DoRaw(ctx)
	if err != nil {
		return "", fmt.Errorf("read the log of pod %s: %w", pod, err)
	}
	return string(text), nil
}

// Warnings reads the messages of the warning events about objects whose names begin with name, each message once.
func (k *Client) Warnings(ctx context.Context, namespace, name string) ([]string, error) {
	all, err := k.Objects.Resource(Events).Namespace(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list the events of %s: %w", namespace, err)
	}
	var messages []string
	seen := map[string]bool{}
	for _, e := range all.Items {
		kind, _, _ := unstructured.NestedString(e.Object, "type")
		about, _, _ := unstructured.NestedString(e.Object, "involvedObject", "name")
		message, _, _ := unstructured.NestedString(e.Object, "message")
		if kind == "Warning" && strings.HasPrefix(about, name) && !seen[message] {
			seen[message] = true
			messages = append(messages, message)
		}
	}
	return messages, nil
}

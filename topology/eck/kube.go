package eck

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// The kinds that crosscheck itself reads or writes.
var (
	pods           = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	namespaces     = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	nodes          = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	events         = schema.GroupVersionResource{Version: "v1", Resource: "events"}
	secrets        = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	services       = schema.GroupVersionResource{Version: "v1", Resource: "services"}
	configMaps     = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	statefulSets   = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "statefulsets"}
	endpointSlices = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
	definitions    = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	elasticsearch  = schema.GroupVersionResource{Group: "elasticsearch.k8s.elastic.co", Version: "v1", Resource: "elasticsearches"}
)

// fieldManager is under which name crosscheck's changes stand.
const fieldManager = "crosscheck"

// kube speaks to one Kubernetes API server.
type kube struct {
	host   string
	http   *http.Client
	client dynamic.Interface
	mapper *restmapper.DeferredDiscoveryRESTMapper
}

func newKube(config *rest.Config) (*kube, error) {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", config.Host, err)
	}
	objects, err := dynamic.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", config.Host, err)
	}
	kinds, err := discovery.NewDiscoveryClientForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", config.Host, err)
	}
	server, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", config.Host, err)
	}
	return &kube{host: strings.TrimSuffix(server.String(), "/"), http: client, client: objects, mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(kinds))}, nil
}

// ready asks once whether the API server is.
func (k *kube) ready(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.host+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := k.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("/readyz answers %d: %s", res.StatusCode, body), err)
	}
	return nil
}

// get reads one object into out, a pointer to a type of k8s.io/api; found is false when it is not there.
func (k *kube) get(ctx context.Context, kind schema.GroupVersionResource, namespace, name string, out any) (found bool, err error) {
	o, err := k.client.Resource(kind).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
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

// list reads all objects of a kind in a namespace, each with each.
func list[T any](ctx context.Context, k *kube, kind schema.GroupVersionResource, namespace string) ([]T, error) {
	all, err := k.client.Resource(kind).Namespace(namespace).List(ctx, metav1.ListOptions{})
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

// apply makes the object as it is given, as `kubectl apply` does: fields that the API server does not know are refused,
// what others wrote into the metadata stays.
func (k *kube) apply(ctx context.Context, o *unstructured.Unstructured) error {
	client, err := k.resource(o)
	if err != nil {
		return err
	}
	old, err := client.Get(ctx, o.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		_, err = client.Create(ctx, o, metav1.CreateOptions{FieldManager: fieldManager, FieldValidation: metav1.FieldValidationStrict})
		return err
	}
	if err != nil {
		return err
	}
	next := o.DeepCopy()
	next.Object["metadata"] = old.Object["metadata"]
	for _, merge := range []struct {
		from map[string]string
		old  map[string]string
		set  func(map[string]string)
	}{
		{o.GetLabels(), next.GetLabels(), next.SetLabels},
		{o.GetAnnotations(), next.GetAnnotations(), next.SetAnnotations},
	} {
		if len(merge.from) == 0 {
			continue
		}
		if merge.old == nil {
			merge.old = map[string]string{}
		}
		for key, value := range merge.from {
			merge.old[key] = value
		}
		merge.set(merge.old)
	}
	_, err = client.Update(ctx, next, metav1.UpdateOptions{FieldManager: fieldManager, FieldValidation: metav1.FieldValidationStrict})
	return err
}

func (k *kube) resource(o *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := o.GroupVersionKind()
	mapping, err := k.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		k.mapper.Reset() // definitions may have come since
		mapping, err = k.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return k.client.Resource(mapping.Resource), nil
	}
	return k.client.Resource(mapping.Resource).Namespace(o.GetNamespace()), nil
}

// remove deletes an object; one that is not there is fine.
func (k *kube) remove(ctx context.Context, kind schema.GroupVersionResource, namespace, name string) error {
	err := k.client.Resource(kind).Namespace(namespace).Delete(ctx, name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete %s %s/%s: %w", kind.Resource, namespace, name, err)
	}
	return nil
}

// patchStatus merges into an object's status.
func (k *kube) patchStatus(ctx context.Context, kind schema.GroupVersionResource, namespace, name string, status any) error {
	data, err := json.Marshal(map[string]any{"status": status})
	if err == nil {
		_, err = k.client.Resource(kind).Namespace(namespace).Patch(ctx, name, types.MergePatchType, data, metav1.PatchOptions{FieldManager: fieldManager}, "status")
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("set the status of %s %s/%s: %w", kind.Resource, namespace, name, err)
	}
	return nil
}

// warnings are the messages of the warning events about an object, each once.
func (k *kube) warnings(ctx context.Context, namespace, name string) ([]string, error) {
	all, err := k.client.Resource(events).Namespace(namespace).List(ctx, metav1.ListOptions{})
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

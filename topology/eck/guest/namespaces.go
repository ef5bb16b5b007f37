package guest

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

// SweepNamespaces removes the namespaces that runs of this machine left in the cluster and whose process is gone, and
// returns their names. Those that were kept on purpose stay, unless kept is set. Nothing else is touched.
func SweepNamespaces(ctx context.Context, in *Installed, timeouts topology.Timeouts, kept bool) ([]string, error) {
	client, err := kube.New(in.config, timeouts.Request)
	if err != nil {
		return nil, err
	}
	all, err := client.Objects.Resource(kube.Namespaces).List(ctx, metav1.ListOptions{
		LabelSelector: docker.LabelRun + "," + kube.LabelManaged + "=" + kube.Managed})
	if apierrors.IsForbidden(err) {
		return nil, nil // who may not list them may still make them: there is nothing of this user's to find then
	}
	if err != nil {
		return nil, fmt.Errorf("look for namespaces of earlier runs: %w", err)
	}
	var dead []string
	for i := range all.Items {
		if abandoned(&all.Items[i], kept) {
			dead = append(dead, all.Items[i].GetName())
		}
	}
	return dead, removeNamespaces(ctx, client, timeouts.NamespaceRemoval, dead...)
}

// abandoned reports whether a namespace is one of crosscheck's whose process is gone.
func abandoned(o *unstructured.Unstructured, kept bool) bool {
	owner := o.GetAnnotations()[docker.LabelOwner]
	return owner != "" && !docker.OwnerLives(owner) && (kept || o.GetLabels()[docker.LabelKeep] == "")
}

// removeNamespaces deletes namespaces, and waits at most limit until they are gone. It deletes every Elasticsearch
// first and gives the pods a third of the limit to end: the namespace controller looks at a namespace with pods again
// only when half of their grace is over, and the operator gives them three minutes, of which they use seconds.
func removeNamespaces(ctx context.Context, client *kube.Client, limit time.Duration, names ...string) error {
	var errs []error
	for _, name := range names {
		all := client.Objects.Resource(kube.Elasticsearches).Namespace(name)
		if err := all.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			errs = append(errs, fmt.Errorf("delete every Elasticsearch of %s: %w", name, err))
		}
	}
	for _, name := range names {
		// An error is no reason to stop: what stays goes with the namespace, only later.
		_ = await.Until(ctx, "the end of the pods of "+name, limit/3, func(ctx context.Context) error {
			all, err := kube.List[corev1.Pod](ctx, client, kube.Pods, name)
			if err == nil && len(all) > 0 {
				err = fmt.Errorf("%d are still there", len(all))
			}
			return err
		})
	}
	for _, name := range names {
		errs = append(errs, client.Remove(ctx, kube.Namespaces, "", name))
	}
	for _, name := range names {
		err := await.Until(ctx, "the end of namespace "+name, limit, func(ctx context.Context) error {
			o, err := client.Objects.Resource(kube.Namespaces).Get(ctx, name, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return nil
			}
			if err == nil {
				err = errors.New("it is still there" + remains(o))
			}
			return err
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("%w; kubectl delete namespace %s removes it", err, name))
		}
	}
	return errors.Join(errs...)
}

// remains is what the namespace itself says of what holds it up.
func remains(o *unstructured.Unstructured) string {
	all, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	text := ""
	for _, each := range all {
		if c, ok := each.(map[string]any); ok && c["status"] == "True" {
			text += fmt.Sprintf(": %v", c["message"])
		}
	}
	return text
}

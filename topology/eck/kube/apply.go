package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/crosscheck-dev/crosscheck/topology/await"
)

// RefusedError is an object that the API server does not accept for what the object says: a field or value is wrong,
// an admission check denies it, or the cluster does not know its kind. Every other error of Apply is trouble of the
// machine, of the network or of the API server.
type RefusedError struct {
	Message string // the API server's own words
	Err     error
}

func (e *RefusedError) Error() string { return e.Message }

func (e *RefusedError) Unwrap() error { return e.Err }

// Apply creates the object, or makes the existing one as the object says. Like `kubectl apply`, it has the API server
// refuse fields that it does not know, and keeps labels and annotations that others wrote. When somebody else changes
// the object at the same time, Apply reads it again and tries again. An object that is refused is a *RefusedError.
func (k *Client) Apply(ctx context.Context, o *unstructured.Unstructured) error {
	objects, err := k.resource(ctx, o)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("write %s %s", o.GetKind(), o.GetName())
	return await.Until(ctx, what, k.limit, func(ctx context.Context) error {
		raced, err := write(ctx, objects, o)
		if err == nil || raced || ctx.Err() != nil {
			return err
		}
		return await.Permanent(err)
	})
}

// write creates or updates the object once. raced reports whether it went wrong because the object was made, changed or
// deleted by somebody else at the same time.
func write(
	ctx context.Context, objects dynamic.ResourceInterface, o *unstructured.Unstructured,
) (raced bool, err error) {
	old, err := objects.Get(ctx, o.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		_, err = objects.Create(ctx, o, metav1.CreateOptions{
			FieldManager: FieldManager, FieldValidation: metav1.FieldValidationStrict})
		return apierrors.IsAlreadyExists(err), refused(err)
	}
	if err != nil {
		return false, err // the API server has not seen the object yet: this is not about what it says
	}
	next := o.DeepCopy()
	next.Object["metadata"] = old.Object["metadata"]
	next.SetLabels(merged(next.GetLabels(), o.GetLabels()))
	next.SetAnnotations(merged(next.GetAnnotations(), o.GetAnnotations()))
	_, err = objects.Update(ctx, next, metav1.UpdateOptions{
		FieldManager: FieldManager, FieldValidation: metav1.FieldValidationStrict})
	return apierrors.IsConflict(err) || apierrors.IsNotFound(err), refused(err)
}

// merged is old with the entries of set over it.
func merged(old, set map[string]string) map[string]string {
	if len(set) == 0 {
		return old
	}
	all := map[string]string{}
	maps.Copy(all, old)
	maps.Copy(all, set)
	return all
}

// resource finds where objects of that kind are written.
func (k *Client) resource(ctx context.Context, o *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := o.GroupVersionKind()
	mapping, err := k.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		k.mapper.Reset() // the kind may have been defined since
		mapping, err = k.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("look for the kind %s: %w", kind.Kind, context.Cause(ctx))
	case meta.IsNoMatchError(err):
		return nil, k.unknown(o, err)
	case err != nil:
		return nil, fmt.Errorf("ask %s for the kinds that it knows: %w", k.Server, err)
	case mapping.Scope.Name() == meta.RESTScopeNameRoot:
		return k.Objects.Resource(mapping.Resource), nil
	}
	return k.Objects.Resource(mapping.Resource).Namespace(o.GetNamespace()), nil
}

// unknown says why no match was found for an object's kind. The lookup leaves out groups that did not answer, so the
// group is asked for once more: only an API server that answers, and does not name the kind, refuses the object.
func (k *Client) unknown(o *unstructured.Unstructured, noMatch error) error {
	kind := o.GroupVersionKind()
	known, err := k.kinds.ServerResourcesForGroupVersion(kind.GroupVersion().String())
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("ask %s for the kinds of %s: %w", k.Server, kind.GroupVersion(), err)
	}
	if err == nil && slices.ContainsFunc(known.APIResources, func(r metav1.APIResource) bool {
		return r.Kind == kind.Kind
	}) {
		return noMatch // it was defined only now
	}
	return &RefusedError{Message: noMatch.Error(), Err: noMatch}
}

// refused makes a *RefusedError of what the API server said against an object that it was sent. Errors that say
// nothing of the object stay as they are: no answer, an answer of something else than the API server, trouble inside
// it (5xx), no or expired credentials, a user without the permission, too many requests, a conflict, or a namespace
// that is going or gone.
func refused(err error) error {
	code := statusCode(err)
	if code < 400 || code >= 500 || apierrors.IsUnexpectedServerError(err) {
		return err
	}
	switch code {
	case http.StatusUnauthorized, http.StatusNotFound, http.StatusRequestTimeout, http.StatusConflict,
		http.StatusTooManyRequests:
		return err
	}
	var status apierrors.APIStatus
	errors.As(err, &status)
	message := status.Status().Message
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) || strings.Contains(message, notPermitted) ||
		strings.Contains(message, overQuota) {
		return err
	}
	return &RefusedError{Message: message, Err: err}
}

// notPermitted is how the API server begins to say that the user, and not the object, is the reason for a 403.
const notPermitted = ` is forbidden: User "`

// overQuota is how the API server says that the namespace is full, which is nothing about the object.
const overQuota = "exceeded quota: "

// statusCode is the HTTP status of an API server's answer; 0 when the error is none.
func statusCode(err error) int {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return 0
	}
	return int(status.Status().Code)
}

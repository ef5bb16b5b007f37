package eck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Cluster waits for the one pod of an Elasticsearch, until it is healthy and is the pod that the manifest asks for now.
// trial starts the trial license that the API key model needs. A node that ended, or did not become healthy, is a
// *lab.StartError; when ctx ends, the error is the reason for that.
func (s *Side) Cluster(ctx context.Context, name string, trial bool) (*lab.Cluster, error) {
	pod, err := s.current(ctx, name)
	if err != nil {
		return nil, err
	}
	if known, ok := s.nodes[pod.UID]; ok {
		return known.cluster, nil
	}
	begin := time.Now()
	l, spec := s.env.options.Lab, lab.ClusterSpec{Role: s.Role, Version: kube.Version(pod), Security: true}
	id := fmt.Sprintf("%s-%s (ECK operator %s)", s.Role, name, s.Operator)
	event := func(state string) {
		l.Observe(lab.Event{
			Name: id, Role: s.Role, Version: spec.Version, State: state, Seconds: time.Since(begin).Seconds()})
	}
	event("starting")
	c, err := s.adopt(ctx, name, id, pod, spec)
	if err == nil && trial {
		// A cluster is healthy before it has given itself the license that the trial replaces.
		err = await.Until(ctx, "the trial license", l.Timeouts().Request, c.API().StartTrial)
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx) // a node that nobody waited for has not failed to start
	}
	if err != nil {
		event("failed")
		return nil, fmt.Errorf("wait for Elasticsearch %s: %w", name, err)
	}
	event("ready")
	s.nodes[pod.UID] = node{name: name, pod: pod, cluster: c}
	return c, nil
}

// adopt waits until the Elasticsearch in a pod is healthy. id is its name for people.
func (s *Side) adopt(
	ctx context.Context, name, id string, pod *corev1.Pod, spec lab.ClusterSpec,
) (*lab.Cluster, error) {
	password, err := s.secretText(ctx, name, "elastic-user", "elastic")
	if err != nil {
		return nil, err
	}
	s.env.options.Secrets.Add(password)
	authority, err := s.secretText(ctx, name, "http-certs-public", "ca.crt")
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(authority))
	trust := &tls.Config{
		RootCAs: roots, ServerName: name + "-es-http." + s.Namespace + ".svc", MinVersion: tls.VersionTLS12}
	a, err := s.on.Node(ctx, name, pod, trust)
	if err != nil {
		return nil, err
	}
	a.Spec, a.Name, a.ServerName = spec, id, s.on.Describe().ServerName(name)
	a.API = a.API.As("elastic", password)
	return s.env.options.Lab.Adopt(ctx, a)
}

// secretText waits for a key of a Secret that the operator makes for an Elasticsearch: <name>-es-<which>.
func (s *Side) secretText(ctx context.Context, name, which, key string) (string, error) {
	id := name + "-es-" + which
	var text string
	limit := s.env.options.Lab.Timeouts().ClusterStart
	err := await.Until(ctx, "Secret "+id, limit, func(ctx context.Context) error {
		var secret corev1.Secret
		if _, err := s.env.kube.Get(ctx, kube.Secrets, s.Namespace, id, &secret); err != nil {
			return err
		}
		if text = string(secret.Data[key]); text != "" {
			return nil
		}
		if err := s.on.Watches(ctx, name); err != nil {
			return await.Permanent(err)
		}
		return fmt.Errorf("the operator has not made its key %s yet; %w", key, s.why(ctx, name))
	})
	return text, err
}

// why is what the operator warned of, as a hint beside what is waited for.
func (s *Side) why(ctx context.Context, name string) error {
	messages, err := s.Warnings(ctx, name)
	if err != nil || len(messages) == 0 {
		return errors.Join(errors.New("it has not warned of anything"), err)
	}
	return fmt.Errorf("it warns: %s", strings.Join(messages, "; "))
}

// current waits for the pod of the revision that the StatefulSet wants now, and has others replaced.
func (s *Side) current(ctx context.Context, name string) (*corev1.Pod, error) {
	var current *corev1.Pod
	err := s.operates(ctx, "the pod of Elasticsearch "+name, name, func(ctx context.Context) error {
		wanted, err := s.revision(ctx, name)
		if err != nil {
			return err
		}
		all, err := kube.List[corev1.Pod](ctx, s.env.kube, kube.Pods, s.Namespace)
		if err != nil {
			return err
		}
		current = nil
		for i := range all {
			p := &all[i]
			switch {
			case p.Labels[kube.LabelCluster] != name:
			case p.DeletionTimestamp == nil && p.Labels[kube.LabelRevision] == wanted:
				current = p
			default:
				if err := s.on.ReplacePod(ctx, p, wanted); err != nil {
					return err
				}
			}
		}
		if current == nil {
			return fmt.Errorf("there is none of revision %s yet; %w", wanted, s.why(ctx, name))
		}
		return nil
	})
	return current, err
}

// Revision waits until the operator has dealt with an Elasticsearch as it was applied last, and returns the revision
// of its StatefulSet: another revision means another pod.
func (s *Side) Revision(ctx context.Context, name string) (revision string, err error) {
	err = s.operates(ctx, "the operator deals with Elasticsearch "+name, name, func(ctx context.Context) error {
		revision, err = s.revision(ctx, name)
		return err
	})
	return revision, err
}

// operates waits for what the operator is to do for an Elasticsearch, and not longer than the operator looks after it.
func (s *Side) operates(ctx context.Context, what, name string, try func(context.Context) error) error {
	return await.Until(ctx, what, s.env.options.Lab.Timeouts().ClusterStart, func(ctx context.Context) error {
		if err := s.on.Watches(ctx, name); err != nil {
			return await.Permanent(err)
		}
		return try(ctx)
	})
}

// revision is the StatefulSet's, once the operator has dealt with the Elasticsearch as it was applied last.
func (s *Side) revision(ctx context.Context, name string) (string, error) {
	all := s.env.kube.Objects
	o, err := all.Resource(kube.Elasticsearches).Namespace(s.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	if seen, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration"); seen < o.GetGeneration() {
		return "", fmt.Errorf("the operator has not dealt with generation %d yet; %w", o.GetGeneration(), s.why(ctx, name))
	}
	sets, err := all.Resource(kube.StatefulSets).Namespace(s.Namespace).List(ctx, metav1.ListOptions{
		LabelSelector: kube.LabelCluster + "=" + name})
	if err != nil {
		return "", err
	}
	if len(sets.Items) != 1 {
		return "", fmt.Errorf("the operator has made %d StatefulSets, one is wanted; %w", len(sets.Items), s.why(ctx, name))
	}
	set := sets.Items[0]
	seen, _, _ := unstructured.NestedInt64(set.Object, "status", "observedGeneration")
	revision, _, _ := unstructured.NestedString(set.Object, "status", "updateRevision")
	if seen < set.GetGeneration() || revision == "" {
		return "", fmt.Errorf("StatefulSet %s has no revision yet", set.GetName())
	}
	return revision, nil
}

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

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Apply applies the objects of a manifest in the side's namespace, whatever namespace they name. Elasticsearch gets the
// version that the run is about, and in this environment what a small machine needs.
func (s *Side) Apply(ctx context.Context, manifests []Manifest, version string) error {
	for _, m := range manifests {
		o := m.Object.DeepCopy()
		if o.GetKind() != "Namespace" {
			o.SetNamespace(s.Namespace)
		}
		if s.env.guest != nil {
			if err := s.env.guest.lacks(m); err != nil {
				return err
			}
		}
		if o.GetKind() == "Elasticsearch" {
			if err := adapt(o, version); err != nil {
				return &ManifestError{File: m.File, Line: m.Line, What: err.Error()}
			}
			if err := s.env.makeRoom(ctx, resource{s, o.GetName()}); err != nil {
				return err
			}
		}
		if err := s.env.kube.apply(ctx, o); err != nil {
			return m.refused(err)
		}
	}
	return nil
}

// secretText waits for a key of one of the operator's Secrets.
func (s *Side) secretText(ctx context.Context, name, key string) (string, error) {
	var text string
	err := await.Until(ctx, "Secret "+name, s.env.options.Lab.Timeouts().ClusterStart, func(ctx context.Context) error {
		var secret corev1.Secret
		if _, err := s.env.kube.get(ctx, secrets, s.Namespace, name, &secret); err != nil {
			return err
		}
		if text = string(secret.Data[key]); text == "" {
			return fmt.Errorf("the operator has not made its key %s yet; %w", key, s.why(ctx, strings.SplitN(name, "-es-", 2)[0]))
		}
		return s.operator.alive()
	})
	return text, err
}

// why is what the operator warned of, for a hint.
func (s *Side) why(ctx context.Context, name string) error {
	messages, err := s.env.kube.warnings(ctx, s.Namespace, name)
	if err != nil || len(messages) == 0 {
		return errors.Join(errors.New("it has not warned of anything"), err)
	}
	return fmt.Errorf("it warns: %s", strings.Join(messages, "; "))
}

// Warnings are the messages of the warning events about the objects of an Elasticsearch.
func (s *Side) Warnings(ctx context.Context, name string) ([]string, error) {
	return s.env.kube.warnings(ctx, s.Namespace, name)
}

// Cluster waits for the one pod of an Elasticsearch, until it is healthy, has the trial license that the API key model
// needs, and is the pod that the manifest asks for now.
func (s *Side) Cluster(ctx context.Context, name string, trial bool) (*lab.Cluster, error) {
	pod, err := s.current(ctx, name)
	if err != nil {
		return nil, err
	}
	if known, ok := s.clusters[pod.UID]; ok {
		return known, nil
	}
	begin := time.Now()
	l, spec := s.env.options.Lab, lab.ClusterSpec{Role: s.Role, Version: versionOf(pod), Security: true}
	id := fmt.Sprintf("%s-%s (ECK operator %s)", s.Role, name, s.Operator)
	event := func(state string) {
		l.Observe(lab.Event{Name: id, Role: s.Role, Version: spec.Version, State: state, Seconds: time.Since(begin).Seconds()})
	}
	event("starting")
	c, err := s.adopt(ctx, name, id, pod, spec)
	if err == nil && trial {
		// A cluster is healthy before it has given itself the license that the trial replaces.
		err = await.Until(ctx, "the trial license", l.Timeouts().Request, c.API().StartTrial)
	}
	if err != nil {
		event("failed")
		return nil, fmt.Errorf("wait for Elasticsearch %s: %w", name, err)
	}
	event("ready")
	s.clusters[pod.UID] = c
	return c, nil
}

func (s *Side) adopt(ctx context.Context, name, id string, pod *corev1.Pod, spec lab.ClusterSpec) (*lab.Cluster, error) {
	password, err := s.secretText(ctx, name+"-es-elastic-user", "elastic")
	if err != nil {
		return nil, err
	}
	s.env.options.Secrets.Add(password)
	authority, err := s.secretText(ctx, name+"-es-http-certs-public", "ca.crt")
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(authority))
	trust := &tls.Config{RootCAs: roots, ServerName: name + "-es-http." + s.Namespace + ".svc", MinVersion: tls.VersionTLS12}
	if s.env.guest != nil {
		a, address, err := s.visit(ctx, name, pod)
		if err != nil {
			return nil, err
		}
		if a.API, err = elastic.NewTLS(address, trust); err != nil {
			return nil, err
		}
		a.Spec, a.Name, a.ServerName, a.API = spec, id, s.serverName(name), a.API.As("elastic", password)
		return s.env.options.Lab.Adopt(ctx, a)
	}
	var a lab.Adoption
	limit := s.env.options.Lab.Timeouts().ClusterStart
	err = await.Until(ctx, "pod "+pod.Name+" runs", limit, func(ctx context.Context) error {
		p, err := s.env.kubelet.find(s.Namespace, pod.Name)
		var ended *lab.StartError
		var limited *lab.FileLimitError
		if errors.As(err, &ended) || errors.As(err, &limited) {
			return await.Permanent(err)
		}
		if err != nil {
			return err
		}
		address, err := p.sandbox.Address(ctx, topology.HTTPPort)
		if err != nil {
			return err
		}
		a.API, err = elastic.NewTLS(address, trust)
		a.Process, a.LimitHidden = p.main, p.limitHidden
		return err
	})
	if err != nil {
		return nil, err
	}
	if a.Image, err = s.env.options.Images.Resolve(ctx, spec.Version); err != nil {
		return nil, err
	}
	a.Spec, a.Name, a.ServerName = spec, id, s.serverName(name)
	a.API = a.API.As("elastic", password)
	c, err := s.env.options.Lab.Adopt(ctx, a)
	if err == nil && a.Image.Source == image.Assembled {
		s.env.options.Log.Debug("eck", "cluster", id, "note", "an assembled image: the operator never sees it ready")
	}
	return c, err
}

// serverName is the name of an Elasticsearch's remote cluster server in its certificate.
func (s *Side) serverName(name string) string {
	return name + "-es-remote-cluster." + s.Namespace + ".svc"
}

// current waits for the pod of the StatefulSet as it is now. The operator replaces a pod whose template changed only after
// it has asked Elasticsearch, which is kept out of its reach in an environment of crosscheck's own; so that is done here. On
// a cluster of the user's it is the operator's.
func (s *Side) current(ctx context.Context, name string) (*corev1.Pod, error) {
	old := func(ctx context.Context, p *corev1.Pod, _ string) error {
		if p.DeletionTimestamp != nil {
			return nil
		}
		return s.env.kube.remove(ctx, pods, s.Namespace, p.Name)
	}
	if s.env.guest != nil {
		if err := s.noticed(ctx, name); err != nil {
			return nil, err
		}
		old = func(_ context.Context, p *corev1.Pod, wanted string) error {
			return fmt.Errorf("the operator has not replaced pod %s by one of revision %s yet", p.Name, wanted)
		}
	}
	var current *corev1.Pod
	err := await.Until(ctx, "the pod of Elasticsearch "+name, s.env.options.Lab.Timeouts().ClusterStart, func(ctx context.Context) error {
		if err := s.operator.alive(); err != nil {
			return await.Permanent(err)
		}
		wanted, err := s.revision(ctx, name)
		if err != nil {
			return err
		}
		all, err := list[corev1.Pod](ctx, s.env.kube, pods, s.Namespace)
		if err != nil {
			return err
		}
		current = nil
		for i := range all {
			p := &all[i]
			switch {
			case p.Labels[clusterLabel] != name:
			case p.DeletionTimestamp == nil && p.Labels["controller-revision-hash"] == wanted:
				current = p
			default:
				if err := old(ctx, p, wanted); err != nil {
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

// Revision waits until the operator has dealt with an Elasticsearch as it was applied last, and answers the revision of its
// StatefulSet: another one is another pod.
func (s *Side) Revision(ctx context.Context, name string) (revision string, err error) {
	if s.env.guest != nil {
		if err := s.noticed(ctx, name); err != nil {
			return "", err
		}
	}
	err = await.Until(ctx, "the operator deals with Elasticsearch "+name, s.env.options.Lab.Timeouts().ClusterStart, func(ctx context.Context) error {
		if err := s.operator.alive(); err != nil {
			return await.Permanent(err)
		}
		revision, err = s.revision(ctx, name)
		return err
	})
	return revision, err
}

// Delete removes an Elasticsearch, and with it what the operator made for it.
func (s *Side) Delete(ctx context.Context, name string) error {
	return s.env.kube.remove(ctx, elasticsearch, s.Namespace, name)
}

// revision is the StatefulSet's, once the operator has dealt with the Elasticsearch as it was applied last.
func (s *Side) revision(ctx context.Context, name string) (string, error) {
	o, err := s.env.kube.client.Resource(elasticsearch).Namespace(s.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	if seen, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration"); seen < o.GetGeneration() {
		return "", fmt.Errorf("the operator has not dealt with generation %d yet; %w", o.GetGeneration(), s.why(ctx, name))
	}
	sets, err := s.env.kube.client.Resource(statefulSets).Namespace(s.Namespace).List(ctx, metav1.ListOptions{LabelSelector: clusterLabel + "=" + name})
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

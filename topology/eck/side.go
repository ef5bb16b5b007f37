package eck

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Side is the ECK of one side of a connection: a namespace, and the operator that looks after it.
type Side struct {
	Role       string // topology.Local or topology.Remote
	Operator   string // version
	Namespace  string
	Kubeconfig string // path; its commands work in the namespace

	env   *Environment
	on    substrate
	nodes map[types.UID]node // that scenarios have used, by their pod
	keys  map[keyID]elastic.Key
}

// node is the one node of an Elasticsearch.
type node struct {
	name    string // of the Elasticsearch resource
	pod     *corev1.Pod
	cluster *lab.Cluster
}

// Simulated reports whether the Kubernetes around this side is crosscheck's own.
func (s *Side) Simulated() bool { return s.on.Describe().Simulated }

// About says for the report which ECK it was, on a cluster of the user's; else it is empty.
func (s *Side) About() string { return s.on.Describe().About }

// Apply applies the objects of a manifest in the side's namespace, whatever namespace they name. Elasticsearch gets
// the version that the run is about, and what a small machine needs. An object that the API server refuses for what it
// says is a *ManifestError; what this ECK does not know is a *LacksError. Every other error is trouble of the machine,
// the network or the API server, and says nothing of the manifest.
func (s *Side) Apply(ctx context.Context, manifests []Manifest, version string) error {
	for _, m := range manifests {
		o := m.Object.DeepCopy()
		if o.GetKind() != "Namespace" {
			o.SetNamespace(s.Namespace)
		}
		if err := s.on.Supports(o); err != nil {
			return err
		}
		if o.GetKind() == "Elasticsearch" {
			if err := adapt(o, version); err != nil {
				return &ManifestError{File: m.File, Line: m.Line, What: err.Error()}
			}
			if err := s.env.makeRoom(ctx, resource{s, o.GetName()}); err != nil {
				return err
			}
		}
		if err := s.env.kube.Apply(ctx, o); err != nil {
			return m.refused(err)
		}
	}
	return nil
}

// Warnings lists the messages of the warning events about the objects of an Elasticsearch.
func (s *Side) Warnings(ctx context.Context, name string) ([]string, error) {
	return s.env.kube.Warnings(ctx, s.Namespace, name)
}

// Expose returns the load balancer in front of the services of type LoadBalancer that lead to an Elasticsearch, as they
// are now. Ports of services that do not exist lead nowhere.
func (s *Side) Expose(ctx context.Context, name string) (*lab.LoadBalancer, error) {
	return s.on.Expose(ctx, name)
}

// OtherAddress is another host:port than that of lb, which leads to the same port of an Elasticsearch.
func (s *Side) OtherAddress(ctx context.Context, name string, lb *lab.LoadBalancer, port int) (string, error) {
	return s.on.OtherAddress(ctx, name, lb, port)
}

// Forget removes the pod of a cluster that a scenario left in disorder. The pod is made again from what was applied.
func (s *Side) Forget(ctx context.Context, c *lab.Cluster) error {
	for uid, n := range s.nodes {
		if n.cluster == c {
			delete(s.nodes, uid)
			return s.env.kube.RemovePod(ctx, s.Namespace, uid)
		}
	}
	return nil
}

// Key is the API key for an index of a cluster. create makes it once, for all scenarios that use the cluster.
func (s *Side) Key(c *lab.Cluster, index string, create func() (elastic.Key, error)) (elastic.Key, error) {
	id := keyID{c, index}
	if known, ok := s.keys[id]; ok {
		return known, nil
	}
	key, err := create()
	if err == nil {
		s.keys[id] = key
	}
	return key, err
}

type keyID struct {
	cluster *lab.Cluster
	index   string
}

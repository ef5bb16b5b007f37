package eck

import (
	"context"
	"crypto/tls"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crosscheck-dev/crosscheck/topology/eck/guest"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/eck/own"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// kubernetes is what an environment runs on: one that crosscheck started, or the user's.
type kubernetes interface {
	// Close removes what crosscheck made there.
	Close(ctx context.Context) error
	// Left lists the namespaces that stay there for a look after Close.
	Left() []string
}

// substrate is the ECK of one side, with everything that differs between a Kubernetes of crosscheck's own and the
// user's. name is that of an Elasticsearch resource. Every method returns machine trouble as a plain error.
type substrate interface {
	// Describe says which ECK it is.
	Describe() kube.Installation
	// Supports is a *LacksError when this ECK does not know what the object uses.
	Supports(o *unstructured.Unstructured) error
	// Watches is an error when the operator does not run, or does not look after the Elasticsearch.
	Watches(ctx context.Context, name string) error
	// OperatorLog is the end of the operator's log; empty where it cannot be read.
	OperatorLog() string
	// ReplacePod sees to a pod that is not of the revision that its StatefulSet wants now. It returns nil when it has done
	// something about it, or an error that says who is to do it.
	ReplacePod(ctx context.Context, p *corev1.Pod, revision string) error
	// Node waits until the Elasticsearch in a pod runs. It returns the process, image and REST interface of the node; the
	// caller fills in the rest. trust is how to verify the REST interface. A node that ended is a *lab.StartError.
	Node(ctx context.Context, name string, p *corev1.Pod, trust *tls.Config) (lab.Adoption, error)
	// Expose returns the load balancer in front of the services of type LoadBalancer that lead to the Elasticsearch, as
	// they are now.
	Expose(ctx context.Context, name string) (*lab.LoadBalancer, error)
	// OtherAddress is a host:port that leads to the same port as lb does, under another name.
	OtherAddress(ctx context.Context, name string, lb *lab.LoadBalancer, port int) (string, error)
	// PodAddress is where this machine reaches a port of a pod of the Elasticsearch, host:port.
	PodAddress(ctx context.Context, name string, p *corev1.Pod, port int) (string, error)
}

var (
	_ substrate = (*own.Installation)(nil)
	_ substrate = (*guest.Installation)(nil)
)

package own

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Installation is the ECK of one side, with an operator of its own.
type Installation struct {
	kube.Installation
	k         *Kubernetes
	operator  *process
	balancers map[string]*balancer // by the name of the Elasticsearch
}

// Describe says which ECK it is.
func (in *Installation) Describe() kube.Installation { return in.Installation }

// Supports accepts every manifest: the operators that crosscheck builds know all that its scenarios are about.
func (in *Installation) Supports(*unstructured.Unstructured) error { return nil }

// Watches is an error once the operator has ended, with the end of its log. Its namespace is the one that it watches.
func (in *Installation) Watches(context.Context, string) error { return in.operator.alive() }

// OperatorLog is the end of the operator's log.
func (in *Installation) OperatorLog() string { return in.operator.tail(400) }

// ReplacePod removes a pod whose template has changed. The operator itself would do so only after it has asked
// Elasticsearch, which it cannot reach here.
func (in *Installation) ReplacePod(ctx context.Context, p *corev1.Pod, _ string) error {
	if p.DeletionTimestamp != nil {
		return nil
	}
	return in.k.kube.Remove(ctx, kube.Pods, in.Namespace, p.Name)
}

// Node waits until the pod's Elasticsearch runs, and finds its container and its REST interface. trust is how to verify
// that interface. A node that ended is a *lab.StartError.
func (in *Installation) Node(ctx context.Context, _ string, p *corev1.Pod, trust *tls.Config) (lab.Adoption, error) {
	var a lab.Adoption
	limit := in.k.options.Lab.Timeouts().ClusterStart
	err := await.Until(ctx, "pod "+p.Name+" runs", limit, func(ctx context.Context) error {
		running, err := in.k.kubelet.find(in.Namespace, p.Name)
		var ended *lab.StartError
		var limited *lab.FileLimitError
		if errors.As(err, &ended) || errors.As(err, &limited) {
			return await.Permanent(err)
		}
		if err != nil {
			return err
		}
		address, err := running.sandbox.Address(ctx, topology.HTTPPort)
		if err != nil {
			return err
		}
		a.API, err = elastic.NewTLS(address, trust)
		a.Process, a.LimitHidden = running.main, running.limitHidden
		return err
	})
	if err != nil {
		return a, err
	}
	a.Image, err = in.k.options.Images.Resolve(ctx, kube.Version(p))
	if a.Image.Source == image.Assembled {
		in.k.options.Log.Debug("eck", "pod", p.Name, "note", "an assembled image: the operator never sees it ready")
	}
	return a, err
}

// PodAddress is where this machine reaches a port of a pod, host:port: on the pod's Docker network.
func (in *Installation) PodAddress(ctx context.Context, _ string, p *corev1.Pod, port int) (string, error) {
	known, ok := in.k.kubelet.known()[p.UID]
	if !ok {
		return "", fmt.Errorf("there is no pod %s here", p.Name)
	}
	running, err := known.running()
	if err != nil {
		return "", err
	}
	ip, err := running.sandbox.IP(ctx, in.k.options.Lab.Network(in.Role))
	return net.JoinHostPort(ip, strconv.Itoa(port)), err
}

// OtherAddress is the address of a port under the load balancer's last name, which is not the one that is used first.
func (in *Installation) OtherAddress(_ context.Context, _ string, lb *lab.LoadBalancer, port int) (string, error) {
	return net.JoinHostPort(lb.Names[len(lb.Names)-1], strconv.Itoa(port)), nil
}

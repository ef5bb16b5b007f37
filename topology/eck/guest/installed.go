package guest

import (
	"cmp"
	"context"
	"fmt"

	"github.com/Masterminds/semver/v3"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

// Installed is what a Kubernetes cluster of the user's knows of ECK.
type Installed struct {
	Server          string
	Operator        string // version, from the operator's image, or else from the definitions' labels; empty when unknown
	RemoteServer    bool   // spec.remoteClusterServer exists
	ServiceOverride bool   // and its service can be overridden; before ECK 3.3 it takes kubectl expose
	Simulated       bool   // its nodes and load balancers are those of `crosscheck eck up`

	config *rest.Config
	raw    api.Config
}

// version is the operator's version for people.
func (in *Installed) version() string {
	if in.Operator == "" {
		return "of unknown version"
	}
	return in.Operator
}

// KubeconfigError is a kubeconfig that cannot be used.
type KubeconfigError struct{ Err error }

func (e *KubeconfigError) Error() string {
	return fmt.Sprintf("read the kubeconfig: %v; name one that kubectl can use", e.Err)
}

func (e *KubeconfigError) Unwrap() error { return e.Err }

// NotInstalledError is a cluster without ECK.
type NotInstalledError struct{ Server string }

func (e *NotInstalledError) Error() string {
	return fmt.Sprintf("the Kubernetes cluster at %s has no ECK: it does not know "+
		"elasticsearches.elasticsearch.k8s.elastic.co; install ECK's definitions and operator there, "+
		"or name another cluster with --kubeconfig. Nothing was changed", e.Server)
}

// Inspect reads from the cluster of a kubeconfig what it knows of ECK, and changes nothing. An empty path is what
// kubectl would take: $KUBECONFIG, or the one in the home folder.
func Inspect(ctx context.Context, kubeconfig string) (*Installed, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	loaded := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil)
	config, err := loaded.ClientConfig()
	if err != nil {
		return nil, &KubeconfigError{err}
	}
	raw, err := loaded.RawConfig()
	if err != nil {
		return nil, &KubeconfigError{err}
	}
	config.QPS, config.Burst = 50, 100
	in, err := inspect(ctx, config)
	if err != nil {
		return nil, err
	}
	in.config, in.raw = config, raw
	client, err := kube.New(config, 0)
	if err != nil {
		return nil, err
	}
	running, err := operatorVersion(ctx, client)
	if err != nil {
		return nil, err
	}
	in.Operator = cmp.Or(running, in.Operator)
	in.Simulated, err = simulated(ctx, client)
	return in, err
}

// operatorVersion is what the image of a running operator says; empty when there is none to be seen.
func operatorVersion(ctx context.Context, client *kube.Client) (string, error) {
	all, err := client.Objects.Resource(kube.Pods).List(ctx, metav1.ListOptions{LabelSelector: kube.LabelOperatorPods})
	if apierrors.IsForbidden(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("ask %s for the operator: %w", client.Server, err)
	}
	for _, o := range all.Items {
		containers, _, _ := unstructured.NestedSlice(o.Object, "spec", "containers")
		for _, each := range containers {
			c, _ := each.(map[string]any)
			ref, _ := c["image"].(string)
			if v, err := semver.StrictNewVersion(kube.Tag(ref)); err == nil {
				return v.String(), nil
			}
		}
	}
	return "", nil
}

// simulated reports whether the cluster's nodes are crosscheck's own. A user who may not list nodes has another
// cluster.
func simulated(ctx context.Context, client *kube.Client) (bool, error) {
	all, err := client.Objects.Resource(kube.Nodes).List(ctx, metav1.ListOptions{LabelSelector: kube.LabelNode, Limit: 1})
	if apierrors.IsForbidden(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask %s for its nodes: %w", client.Server, err)
	}
	return len(all.Items) > 0, nil
}

// inspect reads ECK's definitions.
func inspect(ctx context.Context, config *rest.Config) (*Installed, error) {
	client, err := kube.New(config, 0)
	if err != nil {
		return nil, err
	}
	const name = "elasticsearches.elasticsearch.k8s.elastic.co"
	o, err := client.Objects.Resource(kube.Definitions).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, &NotInstalledError{Server: config.Host}
	}
	if err != nil {
		return nil, fmt.Errorf("ask %s for the definitions of ECK: %w", config.Host, err)
	}
	in := &Installed{Server: config.Host, Operator: o.GetLabels()[kube.LabelDefinitions]}
	versions, _, _ := unstructured.NestedSlice(o.Object, "spec", "versions")
	for _, each := range versions {
		v, ok := each.(map[string]any)
		if !ok || v["name"] != "v1" {
			continue
		}
		server := []string{"schema", "openAPIV3Schema", "properties", "spec", "properties", "remoteClusterServer"}
		_, in.RemoteServer, _ = unstructured.NestedMap(v, server...)
		_, in.ServiceOverride, _ = unstructured.NestedMap(v, append(server, "properties", "service")...)
	}
	return in, nil
}

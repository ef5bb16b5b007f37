package own

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

// startOperator starts an ECK operator without the parts that need it to be a pod itself.
func (k *Kubernetes) startOperator(program, name, kubeconfig string, args ...string) (*process, error) {
	all := append([]string{"manager", "--enable-webhook=false", "--enable-leader-election=false", "--metrics-port=0",
		"--disable-telemetry", "--set-default-security-context=false", "--validate-storage-class=false"}, args...)
	grace := k.options.Lab.Timeouts().ProcessStop
	return startProcess(k.options.Dir, name, grace, []string{"KUBECONFIG=" + kubeconfig}, program, all...)
}

// installCRDs installs the resource definitions of an operator, once. One API server has one set of them, also for an
// older operator beside the default one. An empty version is the default operator's.
func (k *Kubernetes) installCRDs(ctx context.Context, operator string) error {
	if k.crds != "" {
		return nil
	}
	product, err := k.options.Builder.Operator(operator)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(product.CRDs)
	if err != nil {
		return fmt.Errorf("read the definitions of operator %s: %w", product.Version, err)
	}
	objects, err := decodeAll(data)
	if err != nil {
		return fmt.Errorf("read the definitions of operator %s: %w", product.Version, err)
	}
	for _, o := range objects {
		labels := o.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels[kube.LabelDefinitions] = product.Version // as in the files that ECK publishes to install it
		o.SetLabels(labels)
		if err := k.kube.Apply(ctx, o); err != nil {
			return fmt.Errorf("install %s: %w", o.GetName(), err)
		}
	}
	limit := k.options.Lab.Timeouts().Request
	err = await.Until(ctx, "the API server serves Elasticsearch resources", limit, func(ctx context.Context) error {
		_, err := k.kube.Objects.Resource(kube.Elasticsearches).List(ctx, metav1.ListOptions{Limit: 1})
		return err
	})
	if err == nil {
		k.crds = product.Version
	}
	return err
}

// decodeAll reads the objects of a YAML file that holds several.
func decodeAll(data []byte) ([]*unstructured.Unstructured, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	var all []*unstructured.Unstructured
	for {
		o := &unstructured.Unstructured{}
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if len(o.Object) > 0 {
			all = append(all, o)
		}
	}
}

// startTrial applies what the documents of ECK apply to start the trial of its enterprise features.
func (k *Kubernetes) startTrial(ctx context.Context, system string) error {
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Secret",
		"metadata": map[string]any{
			"name": "eck-trial-license", "namespace": system,
			"labels":      map[string]any{"license.k8s.elastic.co/type": "enterprise_trial"},
			"annotations": map[string]any{"elastic.co/eula": "accepted"},
		}}}
	if err := k.kube.Apply(ctx, o); err != nil {
		return fmt.Errorf("start the trial of ECK: %w", err)
	}
	return nil
}

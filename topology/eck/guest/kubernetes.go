// Package guest has the ECK of a Kubernetes cluster that belongs to the user serve crosscheck's scenarios. Crosscheck
// makes namespaces of its own in that cluster, removes them at the end, and touches nothing else.
package guest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Options of a Kubernetes.
type Options struct {
	Dir       string // an existing folder, for kubeconfig files
	Run       string // id of the run
	Installed *Installed
	Lab       *lab.Lab
	Secrets   topology.Secrets
	Keep      bool // leave the namespaces at the end
	Log       *slog.Logger
}

// Kubernetes is the user's cluster, with the namespaces that crosscheck made in it.
type Kubernetes struct {
	options       Options
	kube          *kube.Client
	namespaces    []string                 // that were made, or may have been
	installations map[string]*Installation // by role
}

// Start asks nothing of the cluster yet: a namespace is made when Install is called for its role. Close must be called.
func Start(o Options) (*Kubernetes, error) {
	k := &Kubernetes{options: o, installations: map[string]*Installation{}}
	var err error
	k.kube, err = kube.New(o.Installed.config, o.Lab.Timeouts().Request)
	return k, err
}

// Kube is the client of its API server.
func (k *Kubernetes) Kube() *kube.Client { return k.kube }

// Install returns the ECK of a role, in a namespace that the first call makes. The one operator of the cluster serves
// both roles: another version of it is a *LacksError. An empty version is the one that is there.
func (k *Kubernetes) Install(ctx context.Context, role, operator string) (*Installation, error) {
	o := k.options
	version := o.Installed.version()
	if operator != "" && operator != o.Installed.Operator {
		return nil, &LacksError{Fact: "eck-operator", Reason: fmt.Sprintf(
			"it takes ECK %s on the remote side, and the cluster at %s has %s", operator, o.Installed.Server, version)}
	}
	if in, ok := k.installations[role]; ok {
		return in, nil
	}
	in := &Installation{k: k, doors: map[string]string{}, opened: map[string]map[string]bool{},
		Installation: kube.Installation{
			Role: role, Operator: version, Simulated: o.Installed.Simulated,
			Namespace: "crosscheck-" + role + "-" + o.Run[strings.LastIndexByte(o.Run, '-')+1:],
			About: fmt.Sprintf("ECK %s of the Kubernetes cluster at %s: one operator for both sides, and that cluster's images",
				version, o.Installed.Server),
		}}
	var err error
	if in.Kubeconfig, err = k.kubeconfig(in.Namespace); err != nil {
		return nil, err
	}
	if err := k.makeNamespace(ctx, in.Namespace); err != nil {
		return nil, err
	}
	k.installations[role] = in
	return in, nil
}

// makeNamespace creates a namespace with labels that say whose it is. One of that name that is there already belongs to
// somebody else, and is an error.
func (k *Kubernetes) makeNamespace(ctx context.Context, name string) error {
	labels := map[string]any{kube.LabelManaged: kube.Managed, docker.LabelRun: k.options.Run}
	if k.options.Keep {
		labels[docker.LabelKeep] = "true"
	}
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace",
		"metadata": map[string]any{
			"name": name, "labels": labels, "annotations": map[string]any{docker.LabelOwner: docker.Owner()}}}}
	k.namespaces = append(k.namespaces, name) // also when it goes wrong: it may be there all the same
	all := k.kube.Objects.Resource(kube.Namespaces)
	if _, err := all.Create(ctx, o, metav1.CreateOptions{FieldManager: kube.FieldManager}); err != nil {
		return fmt.Errorf("make namespace %s: %w", name, err)
	}
	return nil
}

// kubeconfig writes the current context of the user's kubeconfig, with the namespace in it, to a file of its own, and
// returns the file's path.
func (k *Kubernetes) kubeconfig(namespace string) (string, error) {
	raw := *k.options.Installed.raw.DeepCopy()
	if err := errors.Join(api.MinifyConfig(&raw), api.FlattenConfig(&raw)); err != nil {
		return "", &KubeconfigError{err}
	}
	for _, c := range raw.Contexts {
		c.Namespace = namespace
	}
	for _, a := range raw.AuthInfos {
		for _, secret := range []string{a.Token, a.Password, string(a.ClientKeyData)} {
			if secret != "" {
				k.options.Secrets.Add(secret)
			}
		}
	}
	path := filepath.Join(k.options.Dir, namespace+".kubeconfig")
	if err := clientcmd.WriteToFile(raw, path); err != nil {
		return "", fmt.Errorf("write a kubeconfig: %w", err)
	}
	return path, nil
}

// Close deletes the namespaces and waits until they are gone. What cannot be deleted is named, with the way to do it.
func (k *Kubernetes) Close(ctx context.Context) error {
	if k.options.Keep {
		return nil
	}
	var own []string
	var errs []error
	for _, name := range k.namespaces {
		o, err := k.kube.Objects.Resource(kube.Namespaces).Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			errs = append(errs, fmt.Errorf("look at namespace %s: %w; kubectl delete namespace %s removes it", name, err, name))
		case o.GetLabels()[docker.LabelRun] == k.options.Run:
			own = append(own, name)
		}
	}
	limit := k.options.Lab.Timeouts().NamespaceRemoval
	return errors.Join(append(errs, removeNamespaces(ctx, k.kube, limit, own...))...)
}

// Left lists the namespaces that stay in the user's cluster for a look.
func (k *Kubernetes) Left() []string {
	if !k.options.Keep {
		return nil
	}
	return slices.Clone(k.namespaces)
}

package eck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck/build"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// guest is what crosscheck is on a cluster of the user's: it has namespaces of its own there, and touches nothing else.
type guest struct {
	in         *Installed
	namespaces []string                   // that were made
	doors      map[string]string          // address by namespace, Elasticsearch and port, see door
	opened     map[string]map[string]bool // by namespace and Elasticsearch: addresses that its load balancers had at the last look
}

// The label on what crosscheck makes in a cluster of the user's.
const labelManaged, managed = "app.kubernetes.io/managed-by", "crosscheck"

// LacksError says that the cluster's ECK does not have what a scenario is about.
type LacksError struct {
	Fact   string
	Reason string
}

func (e *LacksError) Error() string { return e.Reason }

// startGuest makes no more than a folder here. Namespaces come with the first scenario that uses a side.
func startGuest(ctx context.Context, o Options) (*Environment, error) {
	e := &Environment{options: o, sides: map[string]*Side{}, guest: &guest{in: o.Installed, doors: map[string]string{}, opened: map[string]map[string]bool{}}}
	var err error
	if e.dir, e.unlock, err = workDir(o.Run); err != nil {
		return e, err
	}
	if e.kube, err = newKube(o.Installed.config); err != nil {
		return e, err
	}
	if err := os.Mkdir(filepath.Join(e.dir, "work"), 0o700); err != nil {
		return e, fmt.Errorf("prepare kubectl: %w", err)
	}
	if _, err := exec.LookPath("kubectl"); err == nil {
		return e, nil
	}
	program, err := o.Builder.ControlPlane()
	if err != nil {
		return e, err
	}
	err = e.kubectl(program.Program)
	return e, err
}

// Kubectl is an error where the documents' commands would find no kubectl: neither installed nor in the cache.
func Kubectl(b *build.Builder) error {
	if _, err := exec.LookPath("kubectl"); err == nil {
		return nil
	}
	if _, err := b.ControlPlane(); err != nil {
		return errors.New("there is no kubectl here, which the guide's commands take; install it, or run `crosscheck eck build`, which brings one")
	}
	return nil
}

// side makes the namespace of a role. The one operator of the cluster serves both.
func (g *guest) side(ctx context.Context, e *Environment, role, operator string) (*Side, error) {
	if operator != "" && operator != g.in.Operator {
		return nil, &LacksError{Fact: "eck-operator", Reason: fmt.Sprintf("it takes ECK %s on the remote side, and the cluster at %s has %s", operator, g.in.Server, g.in.version())}
	}
	if s, ok := e.sides[role]; ok {
		return s, nil
	}
	run := e.options.Run
	s := &Side{Role: role, Operator: g.in.version(), Namespace: "crosscheck-" + role + "-" + run[strings.LastIndexByte(run, '-')+1:], env: e,
		clusters: map[types.UID]*lab.Cluster{}, balancers: map[string]*balancer{}, keys: map[keyID]elastic.Key{}}
	var err error
	if s.Kubeconfig, err = g.kubeconfig(e, s.Namespace); err != nil {
		return nil, err
	}
	labels, annotations := map[string]any{labelManaged: managed, docker.LabelRun: run}, map[string]any{docker.LabelOwner: docker.Owner()}
	if e.options.Keep {
		labels[docker.LabelKeep] = "true"
	}
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace",
		"metadata": map[string]any{"name": s.Namespace, "labels": labels, "annotations": annotations}}}
	g.namespaces = append(g.namespaces, s.Namespace) // also when it goes wrong: it may be there all the same
	// Not applied but created: one of that name that is there already is somebody else's.
	if _, err := e.kube.client.Resource(namespaces).Create(ctx, o, metav1.CreateOptions{FieldManager: fieldManager}); err != nil {
		return nil, fmt.Errorf("make namespace %s: %w", s.Namespace, err)
	}
	e.sides[role] = s
	return s, nil
}

// version is for people.
func (in *Installed) version() string {
	if in.Operator == "" {
		return "of unknown version"
	}
	return in.Operator
}

// kubeconfig writes the user's own, with the namespace in its current context and nothing but that, and answers its path.
func (g *guest) kubeconfig(e *Environment, namespace string) (string, error) {
	raw := *g.in.raw.DeepCopy()
	if err := errors.Join(api.MinifyConfig(&raw), api.FlattenConfig(&raw)); err != nil {
		return "", &KubeconfigError{err}
	}
	for _, c := range raw.Contexts {
		c.Namespace = namespace
	}
	for _, a := range raw.AuthInfos {
		for _, secret := range []string{a.Token, a.Password, string(a.ClientKeyData)} {
			if secret != "" {
				e.options.Secrets.Add(secret)
			}
		}
	}
	path := filepath.Join(e.dir, namespace+".kubeconfig")
	if err := clientcmd.WriteToFile(raw, path); err != nil {
		return "", fmt.Errorf("write a kubeconfig: %w", err)
	}
	return path, nil
}

// lacks says what the manifest uses and the cluster's ECK does not know.
func (g *guest) lacks(m Manifest) error {
	if m.Object.GetKind() != "Elasticsearch" {
		return nil
	}
	_, server, _ := unstructured.NestedFieldNoCopy(m.Object.Object, "spec", "remoteClusterServer")
	_, service, _ := unstructured.NestedFieldNoCopy(m.Object.Object, "spec", "remoteClusterServer", "service")
	switch {
	case server && !g.in.RemoteServer:
		return &LacksError{"eck-remote-cluster-server", fmt.Sprintf("spec.remoteClusterServer is unknown to ECK %s, which the cluster at %s has", g.in.version(), g.in.Server)}
	case service && !g.in.ServiceOverride:
		return &LacksError{"eck-service-override", fmt.Sprintf("spec.remoteClusterServer.service is unknown to ECK %s, which the cluster at %s has: it takes 3.3 or later", g.in.version(), g.in.Server)}
	}
	return nil
}

// Simulated reports whether the Kubernetes around this side is crosscheck's own.
func (s *Side) Simulated() bool { return s.env.guest == nil || s.env.guest.in.Simulated }

// About says for the report which ECK it was, on a cluster of the user's.
func (s *Side) About() string {
	if s.env.guest == nil {
		return ""
	}
	return fmt.Sprintf("ECK %s of the Kubernetes cluster at %s: one operator for both sides, and that cluster's images", s.Operator, s.env.guest.in.Server)
}

// forget removes the pod of that id in a side's own namespace. The operator makes another one.
func (g *guest) forget(ctx context.Context, s *Side, uid types.UID) error {
	all, err := list[corev1.Pod](ctx, s.env.kube, pods, s.Namespace)
	for i := range all {
		if all[i].UID == uid {
			err = s.env.kube.remove(ctx, pods, s.Namespace, all[i].Name)
		}
	}
	return err
}

// leave deletes the namespaces and waits until they are gone. What cannot be deleted is named, with the way to do it.
func (g *guest) leave(ctx context.Context, e *Environment) error {
	if e.options.Keep {
		return nil
	}
	var own []string
	var errs []error
	for _, name := range g.namespaces {
		o, err := e.kube.client.Resource(namespaces).Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			errs = append(errs, fmt.Errorf("look at namespace %s: %w; kubectl delete namespace %s removes it", name, err, name))
		case o.GetLabels()[docker.LabelRun] == e.options.Run:
			own = append(own, name)
		}
	}
	return errors.Join(append(errs, removeNamespaces(ctx, e.kube, e.shutdown(), own...))...)
}

func (e *Environment) left() []string {
	if e.guest == nil || !e.options.Keep {
		return nil
	}
	return e.guest.namespaces
}

// SweepNamespaces removes the namespaces that runs of this machine left in the cluster and whose process is gone, and answers
// their names. Those that were kept on purpose stay, unless kept is set. Nothing else is touched.
func SweepNamespaces(ctx context.Context, in *Installed, timeouts topology.Timeouts, kept bool) ([]string, error) {
	kube, err := newKube(in.config)
	if err != nil {
		return nil, err
	}
	all, err := kube.client.Resource(namespaces).List(ctx, metav1.ListOptions{LabelSelector: docker.LabelRun + "," + labelManaged + "=" + managed})
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
	return dead, removeNamespaces(ctx, kube, timeouts.Shutdown, dead...)
}

// abandoned reports whether a namespace is one of crosscheck's whose process is gone.
func abandoned(o *unstructured.Unstructured, kept bool) bool {
	owner := o.GetAnnotations()[docker.LabelOwner]
	return owner != "" && !docker.OwnerLives(owner) && (kept || o.GetLabels()[docker.LabelKeep] == "")
}

// removeNamespaces empties namespaces first: the namespace controller looks at one with pods again only when half of their
// grace is over, and the operator gives them three minutes, of which they use seconds.
func removeNamespaces(ctx context.Context, kube *kube, limit time.Duration, names ...string) error {
	var errs []error
	for _, name := range names {
		if err := kube.client.Resource(elasticsearch).Namespace(name).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			errs = append(errs, fmt.Errorf("delete every Elasticsearch of %s: %w", name, err))
		}
	}
	for _, name := range names {
		// What stays goes with the namespace, only later.
		_ = await.Until(ctx, "the end of the pods of "+name, limit/3, func(ctx context.Context) error {
			all, err := list[corev1.Pod](ctx, kube, pods, name)
			if err == nil && len(all) > 0 {
				err = fmt.Errorf("%d are still there", len(all))
			}
			return err
		})
	}
	for _, name := range names {
		errs = append(errs, kube.remove(ctx, namespaces, "", name))
	}
	for _, name := range names {
		err := await.Until(ctx, "the end of namespace "+name, limit, func(ctx context.Context) error {
			o, err := kube.client.Resource(namespaces).Get(ctx, name, metav1.GetOptions{})
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

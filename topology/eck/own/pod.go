package own

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// realise starts the containers of a pod and stays until ctx ends, to keep its volumes current. A container of its own
// holds the network: the operator issues the node's certificate only when the pod has an address, and the init
// containers need that certificate.
func (k *kubelet) realise(ctx context.Context, p *pod, spec *corev1.Pod) error {
	image, err := k.images(ctx, kube.Tag(spec.Spec.Containers[0].Image))
	if err != nil {
		return err
	}
	aliases, err := k.aliases(ctx, spec)
	if err != nil {
		return err
	}
	network := k.served()[spec.Namespace]
	base := fmt.Sprintf("crosscheck-%s-%s-%s", k.engine.Run(), spec.Name, string(spec.UID)[:5])
	sandbox, err := k.engine.Start(ctx, docker.ContainerSpec{
		Name: base, Image: image, Role: "pod", Keep: k.keep, Ports: []uint16{topology.HTTPPort},
		Networks: []docker.Attachment{{Network: network, Aliases: aliases}},
		Pod:      docker.Pod{Hostname: spec.Name, Entrypoint: []string{"sleep", "infinity"}},
	})
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.sandbox = sandbox
	p.mu.Unlock()
	ip, err := sandbox.IP(ctx, network)
	if err != nil {
		return err
	}
	k.status(ctx, spec, ip, corev1.PodPending, "")
	if err := k.firstSync(ctx, p, spec); err != nil {
		return err
	}
	k.wg.Go(func() { k.keepSynced(ctx, p, spec) })
	for i := range spec.Spec.InitContainers {
		c := &spec.Spec.InitContainers[i]
		if err := k.initialise(ctx, p, spec, c, base+"-"+c.Name, image, ip); err != nil {
			return err
		}
	}
	made := k.container(p, spec, &spec.Spec.Containers[0], base+"-main", image, ip)
	main, hidden, err := k.elasticsearch(ctx, p, made)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.main, p.limitHidden = main, hidden
	p.mu.Unlock()
	// Ready as soon as it runs: whether Elasticsearch answers is for the scenario to wait for. The script of the
	// operator's readiness probe wants more than an assembled image has.
	k.status(ctx, spec, ip, corev1.PodRunning, "")
	code, err := main.Wait(ctx)
	if err != nil {
		return err
	}
	text, err := main.Logs(ctx, time.Time{})
	return errors.Join(ended(spec.Name, code, text), err)
}

// ended is the error for a container that ended and should have gone on, or that ended with an error.
func ended(name string, code int, log string) error {
	return &lab.StartError{Cluster: name, Log: log, State: docker.State{Code: code},
		Err: fmt.Errorf("it ended with code %d", code)}
}

// elasticsearch starts the main container. It is allowed to open as many files as a node needs whose transport
// interface others reach. Where the machine does not allow that, the container is only shown that limit, and hidden is
// true.
func (k *kubelet) elasticsearch(
	ctx context.Context, p *pod, spec docker.ContainerSpec,
) (_ *docker.Container, hidden bool, err error) {
	spec.OpenFiles = topology.OpenFiles
	return k.start(ctx, spec, func(spec *docker.ContainerSpec, library docker.File) error {
		// Mounted, because nothing can be copied into a container whose file system is read only.
		file := filepath.Join(p.dir, filepath.Base(library.Path))
		if err := os.WriteFile(file, library.Content, fs.FileMode(library.Mode)); err != nil {
			return fmt.Errorf("write the library for pod %s: %w", p.name, err)
		}
		spec.Pod.Binds = append(spec.Pod.Binds, file+":"+library.Path+":ro")
		return nil
	})
}

// aliases are the pod's names in DNS: its own under its headless service, and those of the services that select it.
func (k *kubelet) aliases(ctx context.Context, p *corev1.Pod) ([]string, error) {
	own := p.Name + "." + p.Spec.Subdomain + "." + p.Namespace
	names := []string{own, own + ".svc"}
	all, err := kube.List[corev1.Service](ctx, k.kube, kube.Services, p.Namespace)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if len(s.Spec.Selector) > 0 && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(p.Labels)) {
			names = append(names, s.Name+"."+p.Namespace+".svc", s.Name+"."+p.Namespace)
		}
	}
	return names, nil
}

// initialise runs an init container to its end.
func (k *kubelet) initialise(
	ctx context.Context, p *pod, spec *corev1.Pod, c *corev1.Container, name, image, ip string,
) error {
	made, err := k.engine.Start(ctx, k.container(p, spec, c, name, image, ip))
	if err != nil {
		return err
	}
	code, err := made.Wait(ctx)
	if err != nil {
		return err
	}
	if code != 0 {
		text, err := made.Logs(ctx, time.Time{})
		return errors.Join(ended(spec.Name+"/"+c.Name, code, text), err, made.Remove(ctx))
	}
	return made.Remove(ctx)
}

// container translates a container of the pod into one of the Docker Engine.
func (k *kubelet) container(
	p *pod, spec *corev1.Pod, c *corev1.Container, name, image, ip string,
) docker.ContainerSpec {
	fields := map[string]string{
		"status.podIP": ip, "metadata.name": spec.Name, "metadata.namespace": spec.Namespace, "spec.nodeName": nodeName}
	env := map[string]string{}
	for _, e := range c.Env {
		env[e.Name] = e.Value
		if e.ValueFrom != nil && e.ValueFrom.FieldRef != nil {
			env[e.Name] = fields[e.ValueFrom.FieldRef.FieldPath]
		}
	}
	out := docker.ContainerSpec{Name: name, Image: image, Role: "pod", Keep: k.keep,
		Pod: docker.Pod{User: "1000:0", ReadOnly: true, NetworkOf: p.sandbox, Memory: c.Resources.Limits.Memory().Value()}}
	for _, key := range slices.Sorted(maps.Keys(env)) {
		out.Env = append(out.Env, key+"="+env[key])
	}
	if out.Pod.Memory < minMemory {
		out.Pod.Memory = 0 // no limit: Elasticsearch's keystore tool needs more than the operator gives init containers
	}
	for _, m := range c.VolumeMounts {
		bind := filepath.Join(k.volume(p, spec, m.Name), m.SubPath) + ":" + strings.TrimSuffix(m.MountPath, "/")
		if m.ReadOnly {
			bind += ":ro"
		}
		out.Pod.Binds = append(out.Pod.Binds, bind)
	}
	if len(c.Command) > 0 {
		out.Pod.Entrypoint, out.Cmd = c.Command[:1], append(slices.Clone(c.Command[1:]), c.Args...)
	} else {
		out.Cmd = c.Args
	}
	return out
}

// minMemory is the least memory, in bytes, that a container is limited to: no program of Elasticsearch runs with less.
const minMemory = 256 << 20

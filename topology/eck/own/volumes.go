package own

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

// volume is the folder of a pod's volume. That of a claim outlives the pod: the next pod of the claim finds it again.
func (k *kubelet) volume(p *pod, spec *corev1.Pod, name string) string {
	for _, v := range spec.Spec.Volumes {
		if v.Name == name && v.PersistentVolumeClaim != nil {
			return filepath.Join(k.dir, "claims", spec.Namespace, v.PersistentVolumeClaim.ClaimName)
		}
	}
	return filepath.Join(p.dir, name)
}

// firstSync waits for the Secrets and ConfigMaps that the pod mounts, as a kubelet does. The certificate of the node
// comes last: the operator issues it once it knows the pod's address.
func (k *kubelet) firstSync(ctx context.Context, p *pod, spec *corev1.Pod) error {
	return await.Until(ctx, "the volumes of pod "+spec.Name, k.timeouts.PodVolumes, func(ctx context.Context) error {
		if err := k.sync(ctx, p, spec); err != nil {
			return err
		}
		for _, v := range spec.Spec.Volumes {
			if v.Secret == nil || !strings.HasSuffix(v.Secret.SecretName, "-es-transport-certs") {
				continue
			}
			if _, err := os.Stat(filepath.Join(k.volume(p, spec, v.Name), spec.Name+".tls.crt")); err != nil {
				return fmt.Errorf("the operator has not issued the certificate of pod %s yet", spec.Name)
			}
		}
		return nil
	})
}

// keepSynced writes the volumes of a running pod again and again, until ctx ends.
func (k *kubelet) keepSynced(ctx context.Context, p *pod, spec *corev1.Pod) {
	tick := time.NewTicker(syncPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := k.sync(ctx, p, spec); err != nil && ctx.Err() == nil {
				k.log.Debug("volumes", "pod", spec.Name, "error", err)
			}
		}
	}
}

// sync writes what the volumes hold now.
func (k *kubelet) sync(ctx context.Context, p *pod, spec *corev1.Pod) error {
	for _, v := range spec.Spec.Volumes {
		dir := k.volume(p, spec, v.Name)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		if err := os.Chmod(dir, 0o777); err != nil { // whatever the umask is: the pod's user is another one
			return err
		}
		var files map[string][]byte
		var err error
		mode := fs.FileMode(0o644)
		switch {
		case v.Secret != nil:
			files, err = k.secret(ctx, spec.Namespace, v.Secret)
		case v.ConfigMap != nil:
			if v.ConfigMap.DefaultMode != nil {
				mode = fs.FileMode(*v.ConfigMap.DefaultMode)
			}
			files, err = k.configMap(ctx, spec.Namespace, v.ConfigMap)
		case v.DownwardAPI != nil:
			files = downward(spec, v.DownwardAPI)
		default:
			continue
		}
		if err != nil {
			return err
		}
		if err := writeAll(dir, files, mode); err != nil {
			return err
		}
	}
	return nil
}

// secret is the files of a Secret's volume: content by file name.
func (k *kubelet) secret(
	ctx context.Context, namespace string, source *corev1.SecretVolumeSource,
) (map[string][]byte, error) {
	seen, err := k.mountable(ctx, namespace)
	s, found := seen.secrets[source.SecretName]
	if err != nil || !found {
		return nil, missing(err, "Secret", namespace, source.SecretName, source.Optional)
	}
	return pick(source.Items, s.Data), nil
}

// configMap is the files of a ConfigMap's volume: content by file name.
func (k *kubelet) configMap(
	ctx context.Context, namespace string, source *corev1.ConfigMapVolumeSource,
) (map[string][]byte, error) {
	seen, err := k.mountable(ctx, namespace)
	c, found := seen.configMaps[source.Name]
	if err != nil || !found {
		return nil, missing(err, "ConfigMap", namespace, source.Name, source.Optional)
	}
	data := map[string][]byte{}
	for key, value := range c.Data {
		data[key] = []byte(value)
	}
	return pick(source.Items, data), nil
}

// mountable is what the pods of a namespace can mount.
type mountable struct {
	read       time.Time
	secrets    map[string]corev1.Secret
	configMaps map[string]corev1.ConfigMap
}

// mountable reads all Secrets and ConfigMaps of a namespace at once, and not more often than pods are looked at: a
// dozen pods with ten volumes each would keep the API server busy otherwise.
func (k *kubelet) mountable(ctx context.Context, namespace string) (mountable, error) {
	k.mountLock.Lock()
	defer k.mountLock.Unlock()
	if seen := k.mounts[namespace]; time.Since(seen.read) < podPoll {
		return seen, nil
	}
	seen := mountable{read: time.Now(), secrets: map[string]corev1.Secret{}, configMaps: map[string]corev1.ConfigMap{}}
	allSecrets, err := kube.List[corev1.Secret](ctx, k.kube, kube.Secrets, namespace)
	if err != nil {
		return seen, err
	}
	allMaps, err := kube.List[corev1.ConfigMap](ctx, k.kube, kube.ConfigMaps, namespace)
	if err != nil {
		return seen, err
	}
	for _, s := range allSecrets {
		seen.secrets[s.Name] = s
	}
	for _, c := range allMaps {
		seen.configMaps[c.Name] = c
	}
	k.mounts[namespace] = seen
	return seen, nil
}

// missing is the error for a Secret or ConfigMap that could not be read or is not there; nil when it is optional.
func missing(err error, kind, namespace, name string, optional *bool) error {
	if err != nil || optional != nil && *optional {
		return err
	}
	return fmt.Errorf("%s %s/%s is not there", kind, namespace, name)
}

// pick takes all keys, or the listed ones under their paths.
func pick(items []corev1.KeyToPath, data map[string][]byte) map[string][]byte {
	if len(items) == 0 {
		return data
	}
	picked := map[string][]byte{}
	for _, i := range items {
		if value, ok := data[i.Key]; ok {
			picked[i.Path] = value
		}
	}
	return picked
}

// downward is the files of a volume with what Kubernetes knows of the pod. Only its labels are understood.
func downward(p *corev1.Pod, source *corev1.DownwardAPIVolumeSource) map[string][]byte {
	files := map[string][]byte{}
	for _, item := range source.Items {
		var values map[string]string
		if item.FieldRef != nil && item.FieldRef.FieldPath == "metadata.labels" {
			values = p.Labels
		}
		var lines []string
		for key, value := range values {
			lines = append(lines, fmt.Sprintf("%s=%q", key, value))
		}
		slices.Sort(lines)
		files[item.Path] = []byte(strings.Join(lines, "\n"))
	}
	return files
}

// writeAll makes a volume hold these files and no others that it wrote before: each is replaced in one step, so that no
// reader sees half of it.
func writeAll(dir string, files map[string][]byte, mode fs.FileMode) error {
	for name, content := range files {
		path := filepath.Join(dir, name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
			continue
		}
		tmp := path + ".crosscheck-tmp"
		if err := errors.Join(os.WriteFile(tmp, content, mode), os.Chmod(tmp, mode), os.Rename(tmp, path)); err != nil {
			return fmt.Errorf("write the volume file %s: %w", name, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, wanted := files[e.Name()]; !wanted && !e.IsDir() {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

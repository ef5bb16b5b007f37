package eck

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/crosscheck-dev/crosscheck/topology/await"
)

func TestALoadBalancerLeadsWhereKubernetesSays(t *testing.T) {
	name, number := "rcs", int32(443)
	all := []discoveryv1.EndpointSlice{
		{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{discoveryv1.LabelServiceName: "lb"}},
			Ports:     []discoveryv1.EndpointPort{{Name: &name, Port: &number}},
			Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.0.0.2"}}, {Addresses: []string{"10.0.0.1"}}}},
		{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{discoveryv1.LabelServiceName: "other"}},
			Ports: []discoveryv1.EndpointPort{{Name: &name, Port: &number}}, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.0.0.9"}}}},
	}
	port := func(target int32) corev1.ServicePort {
		return corev1.ServicePort{Name: "rcs", Port: 443, TargetPort: intstr.FromInt32(target)}
	}
	require.Equal(t, []string{"10.0.0.1:443", "10.0.0.2:443"}, addresses(all, "lb", port(443)))
	require.Empty(t, addresses(all, "lb", port(9443)), "the endpoints are still those of the port as it was")
	require.Empty(t, addresses(all, "gone", port(443)))
}

func TestOnlyServicesOfTheElasticsearchAreExposed(t *testing.T) {
	selector := labels.SelectorFromSet(map[string]string{clusterLabel: "a", "x": "y"})
	require.True(t, selects(selector, "a"))
	require.False(t, selects(selector, "b"))
	require.False(t, selects(labels.Everything(), "a"), "a service without a selector leads nowhere")
}

func TestAnElasticsearchIsMadeToFitTheMachine(t *testing.T) {
	all, err := ReadManifests("m.yaml", []byte(strings.Replace(someManifest, "count: 1\n    - name", "count: 1\n      config: {node.attr.a: b}\n    - name", 1)))
	require.NoError(t, err)
	o := all[0].Object
	require.NoError(t, adapt(o, "9.2.0"))
	got, _, err := unstructured.NestedString(o.Object, "spec", "version")
	require.NoError(t, err)
	require.Equal(t, "9.2.0", got)
	sets, _, err := unstructured.NestedSlice(o.Object, "spec", "nodeSets")
	require.NoError(t, err)
	for _, each := range sets {
		config := each.(map[string]any)["config"].(map[string]any)
		require.Equal(t, false, config["node.store.allow_mmap"])
	}
	require.Equal(t, "b", sets[0].(map[string]any)["config"].(map[string]any)["node.attr.a"], "what the manifest says stays")
}

func TestAVolumeHoldsWhatItsSourceHolds(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, writeAll(dir, map[string][]byte{"a": []byte("1"), "b": []byte("2")}, 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "mounted"), 0o755))
	require.NoError(t, writeAll(dir, map[string][]byte{"b": []byte("3")}, 0o644))
	require.NoFileExists(t, filepath.Join(dir, "a"), "a key that is gone")
	require.DirExists(t, filepath.Join(dir, "mounted"), "a folder is another volume's")
	got, err := os.ReadFile(filepath.Join(dir, "b"))
	require.NoError(t, err)
	require.Equal(t, "3", string(got))
}

func TestKeysOfAVolume(t *testing.T) {
	data := map[string][]byte{"a": []byte("1"), "b": []byte("2")}
	require.Equal(t, data, pick(nil, data))
	require.Equal(t, map[string][]byte{"x/a": []byte("1")}, pick([]corev1.KeyToPath{{Key: "a", Path: "x/a"}, {Key: "c", Path: "c"}}, data))
}

func TestAChildDiesWithStop(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "logs"), 0o755))
	p, err := startProcess(dir, "sleeper", []string{"A=b"}, "sh", "-c", "trap '' TERM; echo says $A; while :; do sleep 0.1; done")
	require.NoError(t, err)
	require.NoError(t, await.Until(t.Context(), "the trap is set", 10*time.Second, func(context.Context) error {
		if log := p.tail(1); log != "says b" {
			return errors.New(log)
		}
		return p.alive()
	}))
	p.stop(t.Context(), 50*time.Millisecond)
	require.ErrorContains(t, p.alive(), "sleeper has ended (signal: killed)")
}

func TestAProgramThatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "logs"), 0o755))
	_, err := startProcess(dir, "none", nil, filepath.Join(dir, "none"))
	require.ErrorContains(t, err, "start none: ")
}

func TestFoldersOfDeadRunsAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	first, unlock, err := workDir("one")
	require.NoError(t, err)
	second, unlockSecond, err := workDir("two")
	require.NoError(t, err)
	require.DirExists(t, first, "it is still locked")
	unlock()
	third, unlockThird, err := workDir("three")
	require.NoError(t, err)
	require.NoDirExists(t, first)
	require.DirExists(t, second)
	unlockSecond()
	unlockThird()
	require.DirExists(t, third)
}

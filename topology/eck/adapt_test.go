package eck

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestAnElasticsearchIsMadeToFitTheMachine(t *testing.T) {
	const set = "count: 1\n"
	text := strings.Replace(someManifest, set, set+"      config: {node.attr.a: b}\n", 1)
	all, err := ReadManifests("m.yaml", []byte(text))
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
	config := sets[0].(map[string]any)["config"].(map[string]any)
	require.Equal(t, "b", config["node.attr.a"], "what the manifest says stays")
}

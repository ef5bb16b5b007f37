package eck

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// nodeSettings are settings that a small machine needs and that no document is about.
var nodeSettings = map[string]any{
	"node.store.allow_mmap": false, "cluster.routing.allocation.disk.threshold_enabled": false}

// adapt gives an Elasticsearch the version, and what the machine needs. When nodeSets is not a list, it stays as it
// is: the API server refuses it.
func adapt(o *unstructured.Unstructured, version string) error {
	if err := unstructured.SetNestedField(o.Object, version, "spec", "version"); err != nil {
		return err
	}
	sets, found, err := unstructured.NestedSlice(o.Object, "spec", "nodeSets")
	if err != nil || !found {
		return nil //nolint:nilerr // see above
	}
	for _, each := range sets {
		set, ok := each.(map[string]any)
		if !ok {
			return nil
		}
		config, ok := set["config"].(map[string]any)
		if !ok {
			config = map[string]any{}
		}
		maps.Copy(config, nodeSettings)
		set["config"] = config
		if err := small(set); err != nil {
			return err
		}
	}
	return unstructured.SetNestedSlice(o.Object, sets, "spec", "nodeSets")
}

// small gives the Elasticsearch container the memory and the Java options that nodes have everywhere in crosscheck.
func small(set map[string]any) error {
	containers, _, err := unstructured.NestedSlice(set, "podTemplate", "spec", "containers")
	if err != nil {
		return nil //nolint:nilerr // the API server refuses it with a better message
	}
	at := slices.IndexFunc(containers, func(c any) bool {
		container, ok := c.(map[string]any)
		return ok && container["name"] == "elasticsearch"
	})
	if at < 0 {
		containers, at = append(containers, map[string]any{"name": "elasticsearch"}), len(containers)
	}
	container, _ := containers[at].(map[string]any)
	memory := map[string]any{"memory": "1Gi"}
	container["resources"] = map[string]any{"limits": memory, "requests": memory}
	env, _ := container["env"].([]any)
	container["env"] = append(env,
		map[string]any{"name": "ES_JAVA_OPTS", "value": "-Xms320m -Xmx320m -XX:TieredStopAtLevel=1"},
		map[string]any{"name": "CLI_JAVA_OPTS", "value": "-XX:TieredStopAtLevel=1"})
	return unstructured.SetNestedSlice(set, containers, "podTemplate", "spec", "containers")
}

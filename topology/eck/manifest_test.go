package eck

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

const someManifest = `# a comment with <placeholder> in it
apiVersion: elasticsearch.k8s.elastic.co/v1
kind: Elasticsearch
metadata:
  name: quickstart
spec:
  version: 9.3.2
  nodeSets:
    - name: default
      count: 1
    - name: other
      count: 1
      secureSettings:
        - secretName: keys
---
apiVersion: v1
kind: Secret
metadata:
  name: keys
stringData:
  cluster.remote.partner.credentials: bm90OmFrZXk=
`

func TestTheObjectsOfAManifest(t *testing.T) {
	all, err := ReadManifests("m.yaml", []byte(someManifest))
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, "quickstart", all[0].Object.GetName())
	require.Equal(t, 2, all[0].Line)
	require.Equal(t, 16, all[1].Line)
	require.Equal(t, []string{"quickstart"}, Names(all))
}

func TestManifestsThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "m.yaml: there is no object in it; write at least one"},
		"only a comment": {"# nothing\n", "m.yaml: there is no object in it; write at least one"},
		"a placeholder": {"metadata:\n  name: <local-cluster-name>\n",
			`m.yaml:2: the placeholder "<local-cluster-name>" is still there; put your own value in its place`},
		"three dots": {"spec:\n  nodeSets:\n  - name: default\n    ...\n",
			`m.yaml:4: the placeholder "..." is still there; put your own value in its place`},
		"no kind":          {"metadata:\n  name: a\n", "m.yaml:1: "},
		"no name":          {"apiVersion: v1\nkind: Secret\n", "m.yaml:1: Secret has no metadata.name; write it"},
		"no YAML":          {"a: [1\n", "m.yaml:1: not YAML: "},
		"a list":           {"- a\n", "m.yaml:1: "},
		"a second of none": {"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n---\nkind: Secret\n", "m.yaml:5: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadManifests("m.yaml", []byte(c.text))
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestARefusalNamesTheLine(t *testing.T) {
	all, err := ReadManifests("m.yaml", []byte(someManifest))
	require.NoError(t, err)
	const strict = `Elasticsearch in version "v1" cannot be handled as a Elasticsearch: strict decoding error: `
	const invalid = `Elasticsearch.elasticsearch.k8s.elastic.co "quickstart" is invalid: `
	for message, line := range map[string]int{
		strict + `unknown field "spec.nodeSets[1].secureSettings"`:  13,
		invalid + `spec.nodeSets[0].count: Invalid value: "string"`: 10,
		invalid + `spec.version: Required value`:                    7,
		`unknown field "spec.nodeSets[7].name"`:                     8,
		`something else`:                                            2,
	} {
		refused := all[0].refused(fmt.Errorf("wrapped: %w", &kube.RefusedError{Message: message}))
		var e *ManifestError
		require.ErrorAs(t, refused, &e)
		require.Equal(t, line, e.Line, message)
		require.Equal(t, message, e.What, "the API server's own words")
	}
}

func TestEveryManifestReads(t *testing.T) {
	files, err := fixtures.FS.ReadDir("manifests")
	require.NoError(t, err)
	for _, f := range files {
		data, err := fixtures.FS.ReadFile("manifests/" + f.Name())
		require.NoError(t, err)
		_, err = ReadManifests(f.Name(), data)
		if f.Name() == "local-placeholder.yaml" || f.Name() == "local-dots.yaml" {
			require.ErrorContains(t, err, "is still there")
			continue
		}
		require.NoError(t, err, f.Name())
	}
}

// FuzzReadManifests: whatever a file holds, it is read or there is an error that names it.
func FuzzReadManifests(f *testing.F) {
	f.Add([]byte(someManifest))
	f.Add([]byte("a: &x [*x]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := ReadManifests("m.yaml", data)
		if err == nil && len(all) == 0 {
			t.Fatal("a manifest without an object was accepted")
		}
		for _, m := range all {
			m.line("spec.nodeSets[0].config")
		}
	})
}

package check

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/crosscheck-dev/crosscheck/fixtures/strict"

	"github.com/goccy/go-yaml"
)

// Schema is what a field of a resource may hold: the part of OpenAPI that custom resource definitions use.
type Schema struct {
	Type        string             `yaml:"type"`
	Properties  map[string]*Schema `yaml:"properties"`
	Items       *Schema            `yaml:"items"`
	Enum        []string           `yaml:"enum"`
	Open        bool               `yaml:"x-kubernetes-preserve-unknown-fields"`
	IntOrString bool               `yaml:"x-kubernetes-int-or-string"`
	// Additional is of every key that is no property, where keys are free.
	Additional *Schema `yaml:"additionalProperties"`
}

// Schemas are the schemas of Kubernetes resources.
type Schemas interface {
	// Schema is nil where the resource is not known.
	Schema(apiVersion, kind string) *Schema
	// Source says where the schemas are from.
	Source() string
}

var metadata = &Schema{Type: "object", Properties: map[string]*Schema{
	"name": {Type: "string"}, "generateName": {Type: "string"}, "namespace": {Type: "string"},
	"labels": free, "annotations": free, "finalizers": {Type: "array"}, "ownerReferences": {Type: "array"},
	"creationTimestamp": {}, "deletionTimestamp": {}, "generation": {}, "resourceVersion": {}, "uid": {}, "selfLink": {},
	"managedFields": {},
}}

var free = &Schema{Type: "object", Additional: &Schema{}}

// builtin are the resources of Kubernetes itself that guides have their reader write whole.
var builtin = map[string]*Schema{
	"Secret": withMetadata(&Schema{Properties: map[string]*Schema{
		"type": {Type: "string"}, "data": free, "stringData": free, "immutable": {Type: "boolean"}}}),
	"ConfigMap": withMetadata(&Schema{Properties: map[string]*Schema{
		"data": free, "binaryData": free, "immutable": {Type: "boolean"}}}),
	"Namespace": withMetadata(&Schema{Properties: map[string]*Schema{"spec": {Open: true}, "status": {Open: true}}}),
	"Service": withMetadata(&Schema{Properties: map[string]*Schema{"spec": {Type: "object", Open: true},
		"status": {Open: true}}}),
}

func withMetadata(s *Schema) *Schema {
	out := &Schema{Type: "object", Properties: map[string]*Schema{"apiVersion": {Type: "string"},
		"kind": {Type: "string"}, "metadata": metadata}}
	for name, property := range s.Properties {
		if out.Properties[name] == nil {
			out.Properties[name] = property
		}
	}
	return out
}

// definitions reads custom resource definitions on demand: a file of all of ECK's is nearly a megabyte.
// Several pages may be checked with them at the same time.
type definitions struct {
	name      string
	documents []string

	lock   sync.Mutex
	parsed map[string]*Schema // under lock
}

// LoadDefinitions reads a file with custom resource definitions, such as ECK's all-crds.yaml or what
// `kubectl get crd -o yaml` prints for one.
func LoadDefinitions(name string) (Schemas, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, &strict.Problem{File: name, What: "cannot be read",
			Remedy: "name a YAML file with custom resource definitions"}
	}
	d := &definitions{name: name, documents: regexp.MustCompile(`(?m)^---\s*$`).Split(string(data), -1),
		parsed: map[string]*Schema{}}
	d.documents = slices.DeleteFunc(d.documents,
		func(doc string) bool { return !strings.Contains(doc, "kind: CustomResourceDefinition") })
	if len(d.documents) == 0 {
		return nil, &strict.Problem{File: name, What: "holds no custom resource definition", Remedy: "name ECK's crds.yaml"}
	}
	return d, nil
}

// CachedDefinitions are ECK's, of the newest release whose Go module this machine has; nil without one.
func CachedDefinitions() Schemas {
	cache := os.Getenv("GOMODCACHE")
	if cache == "" {
		root := os.Getenv("GOPATH")
		if root == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return nil
			}
			root = filepath.Join(home, "go")
		}
		cache = filepath.Join(root, "pkg", "mod")
	}
	found, err := filepath.Glob(filepath.Join(cache, "github.com", "elastic", "cloud-on-k8s", "v*", "config", "crds",
		"v1", "all-crds.yaml"))
	if err != nil || len(found) == 0 {
		return nil
	}
	slices.Sort(found)
	loaded, err := LoadDefinitions(found[len(found)-1])
	if err != nil {
		return nil
	}
	return loaded
}

// Source implements Schemas.
func (d *definitions) Source() string { return d.name }

// Schema implements Schemas.
func (d *definitions) Schema(apiVersion, kind string) *Schema {
	key := apiVersion + " " + kind
	d.lock.Lock()
	defer d.lock.Unlock()
	if s, done := d.parsed[key]; done {
		return s
	}
	d.parsed[key] = d.load(apiVersion, kind)
	return d.parsed[key]
}

func (d *definitions) load(apiVersion, kind string) *Schema {
	group, version, ok := strings.Cut(apiVersion, "/")
	if !ok {
		return nil
	}
	for _, text := range d.documents {
		if !strings.Contains(text, fmt.Sprintf("\n    kind: %s\n", kind)) ||
			!strings.Contains(text, "\n  group: "+group+"\n") {
			continue
		}
		var crd struct {
			Spec struct {
				Versions []struct {
					Name   string `yaml:"name"`
					Schema struct {
						Root *Schema `yaml:"openAPIV3Schema"`
					} `yaml:"schema"`
				} `yaml:"versions"`
			} `yaml:"spec"`
		}
		if err := yaml.Unmarshal([]byte(text), &crd); err != nil {
			return nil
		}
		for _, v := range crd.Spec.Versions {
			if v.Name == version {
				return v.Schema.Root
			}
		}
	}
	return nil
}

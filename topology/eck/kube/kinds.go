package kube

import "k8s.io/apimachinery/pkg/runtime/schema"

// The kinds that crosscheck itself reads or writes.
var (
	Pods           = core("pods")
	Namespaces     = core("namespaces")
	Nodes          = core("nodes")
	Events         = core("events")
	Secrets        = core("secrets")
	Services       = core("services")
	ConfigMaps     = core("configmaps")
	StatefulSets   = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "statefulsets"}
	EndpointSlices = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
	Definitions    = schema.GroupVersionResource{
		Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	Elasticsearches = schema.GroupVersionResource{
		Group: "elasticsearch.k8s.elastic.co", Version: "v1", Resource: "elasticsearches"}
)

func core(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: resource}
}

// Container is the name that the ECK operator gives the container that Elasticsearch runs in.
const Container = "elasticsearch"

// The labels of the ECK operator.
const (
	LabelCluster      = "elasticsearch.k8s.elastic.co/cluster-name" // on pods: the name of their Elasticsearch
	LabelVersion      = "elasticsearch.k8s.elastic.co/version"      // on pods: the version of Elasticsearch
	LabelDefinitions  = "app.kubernetes.io/version"                 // on ECK's definitions: the operator's version
	LabelRevision     = "controller-revision-hash"                  // on pods: the revision of their StatefulSet
	LabelOperatorPods = "control-plane=elastic-operator"            // selects the pods of the operator itself
)

// LabelManaged is on what crosscheck makes in a cluster of the user's.
const LabelManaged = "app.kubernetes.io/managed-by"

// Managed is the value of LabelManaged.
const Managed = "crosscheck"

// LabelNode is on the node of crosscheck's own Kubernetes, for a run that is given that Kubernetes as a user's cluster.
const LabelNode = "dev.crosscheck.node"

package kube

import "path"

// Installation describes the ECK that serves one side of a connection.
type Installation struct {
	Role       string // topology.Local or topology.Remote
	Operator   string // version of the operator
	Namespace  string
	Kubeconfig string // path of a file whose commands work in the namespace
	Simulated  bool   // the Kubernetes around ECK is crosscheck's own
	About      string // for the report: which ECK this is, where it is not crosscheck's own; else empty
}

// ServerName is the name of an Elasticsearch's remote cluster server in its certificate.
func (i Installation) ServerName(elasticsearch string) string {
	return elasticsearch + "-es-remote-cluster." + i.Namespace + ".svc"
}

// ID names an Elasticsearch of the installation: namespace/name.
func (i Installation) ID(elasticsearch string) string { return path.Join(i.Namespace, elasticsearch) }

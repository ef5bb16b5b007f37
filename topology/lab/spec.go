package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
)

// ClusterSpec is everything that makes one cluster different from another. Two scenarios with the same spec share a
// cluster. Authorities are named; see pki.Store.
type ClusterSpec struct {
	Role     string
	Version  string
	Security bool
	License  string // trial or basic; empty without security
	Nodes    int    // how many; 0 is one that looks for no others

	TransportCA      string   // signs the certificate of the transport interface
	TrustedTransport []string // authorities that the transport interface trusts, its own among them
	Transport        Certificate
	ServerCA         string // signs the certificate of the remote cluster server; empty: the server is off
	Server           Certificate
	TrustedServers   []string // authorities trusted when connecting to a remote cluster server
	HTTPCA           string   // signs the certificate of the HTTP interface; empty: plain text
	JavaTrust        string   // the authority that Java trusts instead of the public ones; empty: those

	Settings map[string]string // further node settings, each value a piece of YAML
	// NodeSettings are further settings of single nodes, by the node's number from 1; they win over Settings.
	NodeSettings map[int]map[string]string
	Files        map[string]string // further files in the config folder
	Hosted       Hosted            // zero: a cluster of nobody's service
	Published    Published         // where sniff mode looks for the nodes of a remote cluster
	// IPv6 gives the nodes an IPv6 address beside the other one, on a network of their own. Java looks whether there is
	// one when it starts.
	IPv6 bool
}

// Certificate says how a certificate differs from one that is right: in date, for the cluster's names, with its chain.
type Certificate struct {
	Names      []string // DNS names instead of the cluster's own
	OtherNames []string // what trust restrictions look at; see pki.Leaf
	Expired    bool     // an hour ago
	LeafOnly   bool     // the chain ends before the authority
	// Intermediate has an authority between sign, whose certificate is sent instead of the authority's own.
	Intermediate bool
	ServerOnly   bool // nobody can connect with it: its extended key usage lacks clientAuth
}

// Key identifies the spec.
func (s ClusterSpec) Key() string {
	encoded, err := json.Marshal(s)
	if err != nil {
		panic("a ClusterSpec holds only strings and numbers: " + err.Error())
	}
	sum := sha256.Sum256(encoded)
	return s.Role + "-" + s.Version + "-" + hex.EncodeToString(sum[:6])
}

// Clone is a copy that shares nothing.
func (s ClusterSpec) Clone() ClusterSpec {
	s.TrustedTransport = slices.Clone(s.TrustedTransport)
	s.TrustedServers = slices.Clone(s.TrustedServers)
	for _, c := range []*Certificate{&s.Transport, &s.Server} {
		c.Names, c.OtherNames = slices.Clone(c.Names), slices.Clone(c.OtherNames)
	}
	s.Settings = maps.Clone(s.Settings)
	s.NodeSettings = maps.Clone(s.NodeSettings)
	for node, settings := range s.NodeSettings {
		s.NodeSettings[node] = maps.Clone(settings)
	}
	s.Files = maps.Clone(s.Files)
	return s
}

// Package evidence holds what somebody with a remote cluster in trouble has at hand, piece by piece: lines of a log, an
// answer of Elasticsearch, a configuration, a sentence. Package read makes pieces of files, package live of a cluster;
// package diagnose holds them against the failure catalogue.
package evidence

import "strings"

// Kind says what a piece is.
type Kind string

// The kinds of pieces.
const (
	// Log is one record of a log: its message with the exceptions and causes that belong to it.
	Log Kind = "log"
	// Answer is an answer of Elasticsearch to a search or another request: an error, or how each cluster fared.
	Answer Kind = "answer"
	// RemoteInfo is the object of one alias in an answer of _remote/info.
	RemoteInfo Kind = "remote_info"
	// ResolveCluster is the object of one alias in an answer of _resolve/cluster.
	ResolveCluster Kind = "resolve_cluster"
	// Settings are settings that a cluster has by its API, and the names of its secure settings.
	Settings Kind = "settings"
	// Configuration is an elasticsearch.yml, or what a manifest, a Compose file or a command line says in its place.
	Configuration Kind = "configuration"
	// Nodes is what a cluster says of its nodes: roles, versions, addresses.
	Nodes Kind = "nodes"
	// Manifest is a Kubernetes object.
	Manifest Kind = "manifest"
	// Sentence is text that is nothing of the above: what somebody says, or an error in the words of another program.
	Sentence Kind = "sentence"
)

// Side is whose log, answer or configuration a piece is.
type Side string

// The sides. A piece of which nothing says whose it is has Unknown.
const (
	Unknown Side = ""
	Local   Side = "local"
	Remote  Side = "remote"
)

// Piece is one thing that was seen.
type Piece struct {
	Kind   Kind
	Side   Side
	Source string // a file's name, "standard input", "the command line", or a request such as GET /_remote/info
	Line   int    // its first line in Source, from 1; 0 where there are no lines

	// Shown is the piece as a person should see it: one line, without secrets, shortened.
	Shown string
	// Texts are what patterns of the catalogue are searched in: of a log record the message, then each exception and
	// cause as "class: message"; of an error each reason; of settings and configurations each "name: value", flat.
	// A piece may add lines of its own making, which begin with Derived.
	Texts []string

	// Lines says where each of Texts begins in Source; nil where all of them are at Line.
	Lines []int
	Count int // how many equal pieces came, of which this is the first; 0 is one

	Alias   string // the remote cluster that the piece is about; empty where it does not say
	Version string // of the cluster or node that the piece is of, such as 8.19.0; empty where it does not say

	Request  string            // of an answer: method and path, such as GET /b:logs/_search; may be empty
	Status   int               // of an answer: HTTP status; 0 where it is not known
	NoAnswer bool              // a request that was not answered
	Types    []string          // of an answer: error types
	Reasons  []string          // of an answer: the reasons of its errors
	Clusters map[string]string // of a search: alias -> skipped, successful, partial, failed; "" where it only counts
	Hits     bool              // of a search: whether it says that it found something

	Fields map[string]any // of RemoteInfo and ResolveCluster: the alias's object as it was

	// Wrapped names the program in whose words the piece came: kibana, machine-learning, transform, ccr, eck-operator,
	// terraform, logstash; empty for Elasticsearch itself.
	Wrapped string
}

// Derived begins a text that a reader concluded from a piece, for clues that look for what is not there. The readers
// make these, and no others:
//
//	derived: node.roles lacks remote_cluster_client
//	derived: node.roles of NAME lacks remote_cluster_client
//	derived: address ADDRESS has port PORT
//	derived: service NAME has port PORT and targetPort TARGET
//	derived: service NAME has no port 9443
//	derived: credentials for NAME without a remote cluster of this name
//	derived: remote cluster NAME without credentials
//
// Package live makes these of running clusters, the last ones of connections that it opens itself:
//
//	derived: user lacks the cluster privilege monitor (or manage)
//	derived: user has no remote_indices privileges for ALIAS
//	derived: cross-cluster API key NAME is valid (or: is invalidated, has expired)
//	derived: no valid cross-cluster API key
//	derived: probe of HOST:PORT refuses connections
//	derived: probe of HOST:PORT does not answer
//	derived: probe of HOST:PORT has a name that is not known
//	derived: probe of HOST:PORT cannot be reached (ERROR)
//	derived: probe of HOST:PORT speaks plain HTTP
//	derived: probe of HOST:PORT speaks plain transport
//	derived: probe of HOST:PORT speaks TLS and HTTP (or: and transport, and no HTTP, and does not answer)
//	derived: probe of HOST:PORT speaks TLS and wants a client certificate
//	derived: probe of HOST:PORT closes the connection in the TLS handshake
//	derived: probe of HOST:PORT does not answer the TLS handshake
//	derived: probe of HOST:PORT refuses the TLS handshake (ALERT)
//	derived: probe of HOST:PORT shows a certificate of ISSUER
//	derived: probe of HOST:PORT shows no certificate
//	derived: probe of HOST:PORT certificate has expired
//	derived: probe of HOST:PORT certificate is not valid yet
//	derived: probe of HOST:PORT certificate does not name SERVERNAME
//	derived: probe of HOST:PORT certificate is of a public authority
//	derived: probe of HOST:PORT certificate is of an authority that this machine does not know
const Derived = "derived: "

// Text is all texts of a piece, a line each.
func (p Piece) Text() string { return strings.Join(p.Texts, "\n") }

// Input is all that was handed in for one diagnosis.
type Input struct {
	Pieces []Piece
	// Notes say what an input was where it is of no use as evidence: empty, binary, a log of another product, OpenSearch,
	// more than one cluster's log in one file, what was left out of a very long one. A sentence each, with the source.
	Notes []Note
}

// Note is something to know about an input.
type Note struct {
	Source string
	Line   int // from 1; 0 for the whole
	Kind   NoteKind
	Text   string // a sentence
}

// NoteKind says what a note is about.
type NoteKind string

// The kinds of notes.
const (
	Empty        NoteKind = "empty"
	Binary       NoteKind = "binary"
	OtherProduct NoteKind = "other-product" // Text names it
	OpenSearch   NoteKind = "opensearch"
	TwoClusters  NoteKind = "two-clusters"
	Shortened    NoteKind = "shortened"
	Broken       NoteKind = "broken" // JSON or YAML that ends too early or does not parse
	NotReached   NoteKind = "not-reached"
	Refused      NoteKind = "refused" // a request for which the user lacks a privilege
	NotSeen      NoteKind = "not-seen"
)

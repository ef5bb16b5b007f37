package lab

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"path"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/goccy/go-yaml"
	"golang.org/x/crypto/bcrypt"

	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

const (
	home       = "/usr/share/elasticsearch" // as in the official image
	configDir  = home + "/config"
	elasticUID = 1000

	admin = "crosscheck-admin" // superuser of the file realm: it needs no security index
)

// names are the DNS names under which a cluster is reached.
type names struct {
	cluster  string // cluster.name
	node     string // node.name
	number   int    // of the node in its cluster, from 1
	server   string // the name of all nodes on their network, and the server name in their certificates
	balancer string // the load balancer's name on the local clusters' network; empty for a local cluster
	id       string // of a hosted cluster
	// published is the address that the node publishes on every interface; empty: Elasticsearch chooses one of its own.
	published string
	endpoint  string // the load balancer's name of a hosted cluster, on the local clusters' network
}

// leaf is what goes into a certificate of the cluster.
func (n names) leaf(c Certificate) pki.Leaf {
	leaf := pki.Leaf{CommonName: n.cluster, DNSNames: c.Names, OtherNames: c.OtherNames, LeafOnly: c.LeafOnly,
		Intermediate: c.Intermediate, ServerOnly: c.ServerOnly}
	if leaf.DNSNames == nil {
		leaf.DNSNames = []string{n.server}
		if n.balancer != "" {
			leaf.DNSNames = append(leaf.DNSNames, n.balancer)
		}
	}
	if c.Expired {
		leaf.NotBefore, leaf.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-time.Hour)
	}
	return leaf
}

// nodeFiles renders the config folder of a node: what differs between versions is decided here.
func nodeFiles(spec ClusterSpec, n names, password string, store *pki.Store) ([]docker.File, error) {
	version, err := semver.NewVersion(spec.Version)
	if err != nil {
		return nil, fmt.Errorf("read version %q: %w", spec.Version, err)
	}
	settings := map[string]any{
		"cluster.name": n.cluster,
		"node.name":    n.node,
		"network.host": "0.0.0.0",
		// Disk and memory maps are the machine's business, not what is checked here.
		"cluster.routing.allocation.disk.threshold_enabled": false,
		"node.store.allow_mmap":                             false,
	}
	discover(spec, n, settings)
	publish(spec, n, settings)
	files := map[string][]byte{}
	if !spec.Security && version.Major() >= 8 { // security is on by itself there, with keys that take minutes to make
		settings["xpack.security.enabled"] = false
	}
	if spec.Security {
		if err := secure(spec, n, version, store, settings, files); err != nil {
			return nil, err
		}
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			return nil, fmt.Errorf("hash the administrator's password: %w", err)
		}
		files["users"] = fmt.Appendf(nil, "%s:%s\n", admin, hash)
		files["users_roles"] = fmt.Appendf(nil, "superuser:%s\n", admin)
	}
	for _, further := range []map[string]string{spec.Settings, spec.NodeSettings[n.number]} {
		for name, text := range further {
			var value any
			if err := yaml.Unmarshal([]byte(text), &value); err != nil {
				return nil, fmt.Errorf("read the value of setting %s: %w", name, err)
			}
			settings[name] = value
		}
	}
	for name, content := range spec.Files {
		files[name] = []byte(content)
	}
	if files[settingsFile], err = yaml.Marshal(settings); err != nil {
		return nil, fmt.Errorf("write %s of %s: %w", settingsFile, n.cluster, err)
	}
	out := make([]docker.File, 0, len(files))
	for name, content := range files {
		out = append(out, configFile(name, content))
	}
	return out, nil
}

// discover says how the nodes find each other. A node that looks for no others is exempt from the bootstrap checks.
func discover(spec ClusterSpec, n names, settings map[string]any) {
	if spec.Nodes <= 1 {
		settings["discovery.type"] = "single-node"
		return
	}
	all := nodeNames(n.cluster, spec)
	settings["cluster.initial_master_nodes"] = all
	var seeds []string
	for _, name := range all {
		seeds = append(seeds, host(name))
	}
	settings["discovery.seed_hosts"] = seeds
}

// publish says which address the node publishes, where that is not left to Elasticsearch.
func publish(spec ClusterSpec, n names, settings map[string]any) {
	if n.published == "" {
		return
	}
	settings["network.publish_host"] = n.published
	if spec.ServerCA != "" { // it does not follow network.publish_host (measured: 8.14.3)
		settings["remote_cluster.publish_host"] = n.published
	}
}

func configFile(name string, content []byte) docker.File {
	return docker.File{Path: path.Join(configDir, name), Content: content, Mode: 0o660, UID: elasticUID}
}

func secure(spec ClusterSpec, n names, version *semver.Version, store *pki.Store, settings map[string]any,
	files map[string][]byte) error {
	settings["xpack.security.enabled"] = true
	settings["xpack.license.self_generated.type"] = spec.License
	if version.Major() >= 8 { // 7.x refuses the setting, and has no auto-configuration
		settings["xpack.security.autoconfiguration.enabled"] = false
	}
	if err := issue(store, spec.TransportCA, n.leaf(spec.Transport), "transport", files); err != nil {
		return err
	}
	if err := bundle(store, spec.TrustedTransport, "transport-ca.crt", files); err != nil {
		return err
	}
	settings["xpack.security.transport.ssl"] = map[string]any{
		"enabled": true, "verification_mode": "certificate",
		"certificate": "transport.crt", "key": "transport.key", "certificate_authorities": []string{"transport-ca.crt"},
	}
	if spec.ServerCA != "" {
		if err := issue(store, spec.ServerCA, n.leaf(spec.Server), "server", files); err != nil {
			return err
		}
		settings["remote_cluster_server.enabled"] = true
		settings["xpack.security.remote_cluster_server.ssl"] = map[string]any{"certificate": "server.crt",
			"key": "server.key"}
	}
	if spec.HTTPCA != "" {
		leaf := n.leaf(Certificate{})
		leaf.CommonName = n.cluster + "-es-http" // not the name of the other interfaces: logs show it
		if err := issue(store, spec.HTTPCA, leaf, "http", files); err != nil {
			return err
		}
		settings["xpack.security.http.ssl"] = map[string]any{"enabled": true, "certificate": "http.crt", "key": "http.key"}
	}
	if len(spec.TrustedServers) > 0 {
		if err := bundle(store, spec.TrustedServers, "server-ca.crt", files); err != nil {
			return err
		}
		settings["xpack.security.remote_cluster_client.ssl.certificate_authorities"] = []string{"server-ca.crt"}
	}
	return trustInJava(spec, store, files)
}

// trustInJava replaces the authorities that the Java runtime trusts. They count where no certificate authorities are
// set.
func trustInJava(spec ClusterSpec, store *pki.Store, files map[string][]byte) error {
	if spec.JavaTrust == "" {
		return nil
	}
	ca, err := store.Authority(spec.JavaTrust)
	if err != nil {
		return err
	}
	const name = "java-trust.p12"
	if files[name], err = ca.TrustStore(); err != nil {
		return err
	}
	files["jvm.options.d/trust.options"] = fmt.Appendf(nil,
		"-Djavax.net.ssl.trustStore=%s\n-Djavax.net.ssl.trustStorePassword=%s\n", path.Join(configDir, name),
		pki.TrustStorePassword)
	return nil
}

func issue(store *pki.Store, authority string, leaf pki.Leaf, name string, files map[string][]byte) error {
	ca, err := store.Authority(authority)
	if err != nil {
		return err
	}
	pair, err := ca.Issue(leaf)
	if err != nil {
		return fmt.Errorf("issue the %s certificate: %w", name, err)
	}
	files[name+".crt"], files[name+".key"] = pair.Certificate, pair.Key
	return nil
}

func bundle(store *pki.Store, authorities []string, name string, files map[string][]byte) error {
	var all bytes.Buffer
	for _, a := range authorities {
		ca, err := store.Authority(a)
		if err != nil {
			return err
		}
		all.Write(ca.PEM)
	}
	files[name] = all.Bytes()
	return nil
}

// NewPassword is a random password of 128 bits, in letters that need no quoting anywhere.
func NewPassword() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}

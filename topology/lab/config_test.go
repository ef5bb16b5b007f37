package lab

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

func securedSpec(role, version string) ClusterSpec {
	return ClusterSpec{Role: role, Version: version, Security: true, License: "trial",
		TransportCA: "own-transport", TrustedTransport: []string{"own-transport"}}
}

// render answers the files of a node by name, and its elasticsearch.yml read back, with flat keys.
func render(t *testing.T, spec ClusterSpec, store *pki.Store) (files map[string][]byte, settings map[string]any) {
	t.Helper()
	n := names{cluster: spec.Role + "-1", node: spec.Role + "-1-1", number: 1, server: spec.Role + "-1.crosscheck.test"}
	if spec.Role == topology.Remote {
		n.balancer = "balancer-remote-1.crosscheck.test"
	}
	rendered, err := nodeFiles(spec, n, "a password", store)
	require.NoError(t, err)
	files = map[string][]byte{}
	for _, f := range rendered {
		require.Equal(t, docker.File{Path: f.Path, Content: f.Content, Mode: 0o660, UID: 1000}, f,
			"Elasticsearch runs as user 1000 of group 0")
		name, inConfig := strings.CutPrefix(f.Path, "/usr/share/elasticsearch/config/")
		require.True(t, inConfig, f.Path)
		files[name] = f.Content
	}
	var nested map[string]any
	require.NoError(t, yaml.Unmarshal(files["elasticsearch.yml"], &nested))
	settings = map[string]any{}
	flatten("", nested, settings)
	return files, settings
}

func flatten(prefix string, nested, flat map[string]any) {
	for key, value := range nested {
		if inner, ok := value.(map[string]any); ok {
			flatten(prefix+key+".", inner, flat)
			continue
		}
		flat[prefix+key] = value
	}
}

func TestSettingsFollowVersionSecurityAndRole(t *testing.T) {
	const (
		auto      = "xpack.security.autoconfiguration.enabled"
		enabled   = "xpack.security.enabled"
		server    = "remote_cluster_server.enabled"
		serverSSL = "xpack.security.remote_cluster_server.ssl.certificate"
		clientSSL = "xpack.security.remote_cluster_client.ssl.certificate_authorities"
		transport = "xpack.security.transport.ssl.enabled"
	)
	with := func(spec ClusterSpec, change func(*ClusterSpec)) ClusterSpec {
		change(&spec)
		return spec
	}
	for name, c := range map[string]struct {
		spec   ClusterSpec
		has    map[string]any
		hasNot []string
		files  []string
	}{
		"8.x": {
			securedSpec(topology.Local, "8.14.3"),
			map[string]any{enabled: true, auto: false, transport: true, "xpack.license.self_generated.type": "trial",
				"cluster.name": "local-1", "discovery.type": "single-node"},
			[]string{server, serverSSL, clientSSL},
			[]string{"elasticsearch.yml", "transport-ca.crt", "transport.crt", "transport.key", "users", "users_roles"},
		},
		"7.x refuses the auto-configuration setting": {
			securedSpec(topology.Local, "7.17.24"), map[string]any{enabled: true, transport: true},
			[]string{auto, server, clientSSL},
			[]string{"elasticsearch.yml", "transport-ca.crt", "transport.crt", "transport.key", "users", "users_roles"},
		},
		"with a remote cluster server": {
			with(securedSpec(topology.Remote, "9.2.0"), func(s *ClusterSpec) { s.ServerCA = "remote-server" }),
			map[string]any{server: true, serverSSL: "server.crt", auto: false}, []string{clientSSL},
			[]string{"elasticsearch.yml", "server.crt", "server.key", "transport-ca.crt", "transport.crt", "transport.key",
				"users", "users_roles"},
		},
		"that trusts a remote cluster server": {
			with(securedSpec(topology.Local, "9.2.0"), func(s *ClusterSpec) { s.TrustedServers = []string{"remote-server"} }),
			map[string]any{clientSSL: []any{"server-ca.crt"}}, []string{server},
			[]string{"elasticsearch.yml", "server-ca.crt", "transport-ca.crt", "transport.crt", "transport.key", "users",
				"users_roles"},
		},
		"a basic license": {
			with(securedSpec(topology.Local, "9.2.0"), func(s *ClusterSpec) { s.License = "basic" }),
			map[string]any{"xpack.license.self_generated.type": "basic"}, nil,
			[]string{"elasticsearch.yml", "transport-ca.crt", "transport.crt", "transport.key", "users", "users_roles"},
		},
		"own settings and files win": {
			with(securedSpec(topology.Local, "9.2.0"), func(s *ClusterSpec) {
				s.Settings = map[string]string{"cluster.name": "another", "node.roles": "master"}
				s.Files = map[string]string{"users_roles": "monitor:somebody\n", "trust.yml": "trust: me\n"}
			}),
			map[string]any{"cluster.name": "another", "node.roles": "master"}, nil,
			[]string{"elasticsearch.yml", "transport-ca.crt", "transport.crt", "transport.key", "trust.yml", "users",
				"users_roles"},
		},
		"settings of one node win over those of its cluster": {
			with(securedSpec(topology.Local, "9.2.0"), func(s *ClusterSpec) {
				s.Settings = map[string]string{"node.roles": "[master]", "node.attr.a": "1"}
				s.NodeSettings = map[int]map[string]string{1: {"node.roles": "[data]"}, 2: {"node.attr.a": "2"}}
			}),
			map[string]any{"node.roles": []any{"data"}, "node.attr.a": uint64(1)}, nil,
			[]string{"elasticsearch.yml", "transport-ca.crt", "transport.crt", "transport.key", "users", "users_roles"},
		},
		"an HTTP interface with TLS": {
			with(securedSpec(topology.Remote, "9.2.0"), func(s *ClusterSpec) { s.HTTPCA = "remote-http" }),
			map[string]any{"xpack.security.http.ssl.enabled": true, "xpack.security.http.ssl.certificate": "http.crt",
				"xpack.security.http.ssl.key": "http.key"}, nil,
			[]string{"elasticsearch.yml", "http.crt", "http.key", "transport-ca.crt", "transport.crt", "transport.key",
				"users", "users_roles"},
		},
		"without security": {
			ClusterSpec{Role: topology.Remote, Version: "7.5.2"}, map[string]any{"cluster.name": "remote-1"},
			[]string{enabled, transport, auto, server},
			[]string{"elasticsearch.yml"},
		},
		"without security where that has to be said": {
			ClusterSpec{Role: topology.Remote, Version: "8.0.0"}, map[string]any{enabled: false},
			[]string{transport, auto, server},
			[]string{"elasticsearch.yml"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			files, settings := render(t, c.spec, pki.NewStore())
			for setting, want := range c.has {
				require.Equal(t, want, settings[setting], setting)
			}
			for _, setting := range c.hasNot {
				require.NotContains(t, settings, setting)
			}
			if !c.spec.Security && strings.HasPrefix(c.spec.Version, "7.") {
				for setting := range settings {
					require.False(t, strings.HasPrefix(setting, "xpack"), "%s: a distribution without X-Pack refuses it", setting)
				}
			}
			var present []string
			for file := range files {
				present = append(present, file)
			}
			require.ElementsMatch(t, c.files, present)
		})
	}
}

func TestATrustBundleHoldsExactlyTheNamedAuthorities(t *testing.T) {
	store := pki.NewStore()
	spec := securedSpec(topology.Local, "9.2.0")
	spec.TrustedTransport = []string{"own-transport", "partner-transport"}
	spec.TrustedServers = []string{"remote-server"}
	files, _ := render(t, spec, store)
	for file, authorities := range map[string][]string{"transport-ca.crt": spec.TrustedTransport,
		"server-ca.crt": spec.TrustedServers} {
		var want []byte
		for _, name := range authorities {
			ca, err := store.Authority(name)
			require.NoError(t, err)
			want = append(want, ca.PEM...)
		}
		require.Equal(t, string(want), string(files[file]), "%s is the authorities %v", file, authorities)
	}
}

func TestJavaTrustsOnlyTheNamedAuthority(t *testing.T) {
	spec := securedSpec(topology.Local, "9.2.0")
	store := pki.NewStore()
	files, _ := render(t, spec, store)
	require.NotContains(t, files, "jvm.options.d/trust.options", "Java's own authorities")
	spec.JavaTrust = "public"
	files, settings := render(t, spec, store)
	require.Equal(t, "-Djavax.net.ssl.trustStore=/usr/share/elasticsearch/config/java-trust.p12\n"+
		"-Djavax.net.ssl.trustStorePassword=changeit\n", string(files["jvm.options.d/trust.options"]))
	require.NotContains(t, settings, "xpack.security.remote_cluster_client.ssl.certificate_authorities")
	trusted, err := pkcs12.DecodeTrustStore(files["java-trust.p12"], pki.TrustStorePassword)
	require.NoError(t, err)
	ca, err := store.Authority("public")
	require.NoError(t, err)
	require.Len(t, trusted, 1)
	require.Equal(t, certificate(t, ca.PEM).Raw, trusted[0].Raw)
}

func TestCertificatesNameTheNodeAndItsLoadBalancer(t *testing.T) {
	store := pki.NewStore()
	remote := securedSpec(topology.Remote, "9.2.0")
	remote.ServerCA, remote.Transport.OtherNames = "remote-server", []string{"node.remote"}
	files, _ := render(t, remote, store)
	for _, c := range []struct{ file, authority string }{{"transport.crt", "own-transport"},
		{"server.crt", "remote-server"}} {
		leaf := certificate(t, files[c.file])
		require.ElementsMatch(t, []string{"remote-1.crosscheck.test", "balancer-remote-1.crosscheck.test"}, leaf.DNSNames,
			c.file)
		ca, err := store.Authority(c.authority)
		require.NoError(t, err)
		require.NoError(t, leaf.CheckSignatureFrom(certificate(t, ca.PEM)), "%s is signed by %s", c.file, c.authority)
		other := bytes.Contains(leaf.Raw, []byte("node.remote"))
		require.Equal(t, c.file == "transport.crt", other, "the other name stands in the transport certificate alone: %s",
			c.file)
	}
	local, _ := render(t, securedSpec(topology.Local, "9.2.0"), store)
	require.Equal(t, []string{"local-1.crosscheck.test"}, certificate(t, local["transport.crt"]).DNSNames,
		"a local cluster has no load balancer")
}

func TestCertificatesGoWrongOnPurpose(t *testing.T) {
	for name, c := range map[string]struct {
		certificate Certificate
		names       []string
		expired     bool
		chain       int
	}{
		"right": {Certificate{}, []string{"remote-1.crosscheck.test", "balancer-remote-1.crosscheck.test"},
			false, 2},
		"for another name": {Certificate{Names: []string{"another.test"}}, []string{"another.test"}, false, 2},
		"for no name":      {Certificate{Names: []string{}}, nil, false, 2},
		"expired": {Certificate{Expired: true},
			[]string{"remote-1.crosscheck.test", "balancer-remote-1.crosscheck.test"}, true, 2},
		"without its chain": {Certificate{LeafOnly: true},
			[]string{"remote-1.crosscheck.test", "balancer-remote-1.crosscheck.test"}, false, 1},
		"of an authority between": {Certificate{Intermediate: true},
			[]string{"remote-1.crosscheck.test", "balancer-remote-1.crosscheck.test"}, false, 2},
		"for servers only": {Certificate{ServerOnly: true},
			[]string{"remote-1.crosscheck.test", "balancer-remote-1.crosscheck.test"}, false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			spec := securedSpec(topology.Remote, "9.2.0")
			spec.ServerCA, spec.Server = "remote-server", c.certificate
			files, _ := render(t, spec, pki.NewStore())
			leaf := certificate(t, files["server.crt"])
			require.ElementsMatch(t, c.names, leaf.DNSNames)
			require.Equal(t, c.expired, leaf.NotAfter.Before(time.Now()), "not after %s", leaf.NotAfter)
			require.Equal(t, !c.certificate.ServerOnly, slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth))
			require.Equal(t, c.chain, bytes.Count(files["server.crt"], []byte("BEGIN CERTIFICATE")), "certificates in the chain")
			require.Len(t, certificate(t, files["transport.crt"]).DNSNames, 2, "the transport certificate is right all the same")
		})
	}
}

func TestASettingIsAPieceOfYAML(t *testing.T) {
	spec := ClusterSpec{Role: topology.Local, Version: "9.2.0",
		Settings: map[string]string{"a.flag": "false", "a.text": `"false"`, "a.list": "[x, y]"}}
	_, settings := render(t, spec, pki.NewStore())
	require.Equal(t, []any{false, "false", []any{"x", "y"}},
		[]any{settings["a.flag"], settings["a.text"], settings["a.list"]})
	spec.Settings = map[string]string{"a.list": "[x"}
	_, err := nodeFiles(spec, names{}, "", pki.NewStore())
	require.ErrorContains(t, err, "read the value of setting a.list")
}

func certificate(t *testing.T, chain []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(chain)
	require.NotNil(t, block, "%q is not PEM", chain)
	cert, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	return cert
}

func TestTheAdministratorIsInTheFileRealm(t *testing.T) {
	files, _ := render(t, securedSpec(topology.Local, "9.2.0"), pki.NewStore())
	user, hash, ok := strings.Cut(strings.TrimSpace(string(files["users"])), ":")
	require.True(t, ok)
	require.NoError(t, bcrypt.CompareHashAndPassword([]byte(hash), []byte("a password")))
	require.Equal(t, "superuser:"+user+"\n", string(files["users_roles"]))
}

func TestAVersionThatIsNoneIsRefused(t *testing.T) {
	_, err := nodeFiles(securedSpec(topology.Local, "nine"), names{}, "", pki.NewStore())
	require.ErrorContains(t, err, `read version "nine"`)
}

func TestPasswordsAreLongAndNeedNoQuoting(t *testing.T) {
	require.Regexp(t, `^[A-Za-z0-9_-]{22}$`, NewPassword())
	require.NotEqual(t, NewPassword(), NewPassword())
}

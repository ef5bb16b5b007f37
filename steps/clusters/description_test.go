package clusters

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world/worldtest"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func TestAFileLimitThatIsTooLowIsNobodysFailure(t *testing.T) {
	w := worldtest.New(t, "8.19.0", "8.19.0")
	w.Env.Pool = (&worldtest.Starter{Make: func(lab.ClusterSpec) (*lab.Cluster, error) {
		return nil, &lab.FileLimitError{Err: errors.New("there is no cc")}
	}}).Pool()
	d := New(w)
	require.NoError(t, d.chooseNodes(t.Context(), topology.Remote, 3))
	err := d.AddDocuments(t.Context(), "logs", 3)
	var unsupported *verdict.UnsupportedError
	require.ErrorAs(t, err, &unsupported)
	require.Equal(t, "file-limit", unsupported.Fact)
	require.Contains(t, unsupported.Reason, "install a C compiler (there is no cc)")
}

func TestDescriptionsRefuseWhatIsNotThere(t *testing.T) {
	old := New(worldtest.New(t, "7.17.24", "7.17.24"))
	require.ErrorContains(t, old.EnableServer(t.Context()), "7.17.24 has no remote cluster server")
	require.ErrorContains(t, old.chooseNodes(t.Context(), "remote", 0), "1 to 9 nodes")
	require.ErrorContains(t, old.addNodeSetting(t.Context(), 2, "local", "node.roles", "[]"), "has no node 2")
	require.ErrorContains(t, old.addNodeSetting(t.Context(), 1, "other", "node.roles", "[]"), `no "other" one`)
	require.ErrorContains(t, old.chooseLicense(t.Context(), "other", "basic"), `no "other" one`)
	require.ErrorContains(t, old.formServerCertificate(t.Context(), "is green"), "a certificate can be")

	running := worldtest.New(t, "9.3.2", "9.3.2")
	running.Clusters.Lend(nil)
	require.ErrorContains(t, New(running).EnableServer(t.Context()), "the clusters are running already")
}

// Descriptions make clusters different: scenarios that describe differently must not share one.
func TestEveryDescriptionMakesAnotherCluster(t *testing.T) {
	keys := map[string]string{}
	for name, describe := range map[string]func(d *Description) error{
		"as it is":                   func(*Description) error { return nil },
		"no server":                  func(d *Description) error { return d.disableServer(t.Context()) },
		"trusts the server":          func(d *Description) error { return d.TrustServer(t.Context()) },
		"trusts another":             func(d *Description) error { return d.trustAnotherServer(t.Context()) },
		"trust each other":           func(d *Description) error { return d.TrustEachOther(t.Context()) },
		"only the local one trusts":  func(d *Description) error { return d.trustRemoteOnly(t.Context()) },
		"only the remote one trusts": func(d *Description) error { return d.trustLocalOnly(t.Context()) },
		"one authority":              func(d *Description) error { return d.shareAuthority(t.Context()) },
		"no security":                func(d *Description) error { return d.DropSecurity(t.Context()) },
		"basic license":              func(d *Description) error { return d.chooseLicense(t.Context(), "remote", "basic") },
		"publishes the balancer's":   func(d *Description) error { return d.publishBalancer(t.Context()) },
		"publishes its own":          func(d *Description) error { return d.publishDirectly(t.Context()) },
		"three nodes":                func(d *Description) error { return d.chooseNodes(t.Context(), "remote", 3) },
		"one node differs": func(d *Description) error {
			return d.addNodeSetting(t.Context(), 1, "local", "node.roles", "[master]")
		},
		"HTTP with TLS": func(d *Description) error { return d.secureHTTP(t.Context(), "remote-http") },
		"expired certificate": func(d *Description) error {
			return d.formTransportCertificate(t.Context(), "local", "has expired")
		},
		"certificate for servers": func(d *Description) error {
			return d.formTransportCertificate(t.Context(), "local", "is for servers only")
		},
		"restricted trust": func(d *Description) error {
			return d.restrictTrust(t.Context(), "remote", gherkin.Table{{"*.node.x.cluster.y.account"}})
		},
	} {
		w := worldtest.New(t, "9.3.2", "9.3.2")
		require.NoError(t, describe(New(w)), name)
		key := w.Clusters.LocalSpec.Key() + " " + w.Clusters.RemoteSpec.Key()
		require.Empty(t, keys[key], "%s is described like %s", name, keys[key])
		keys[key] = name
	}
}

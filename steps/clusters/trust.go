package clusters

import (
	"context"
	"fmt"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

const certificateForms = `"has expired", "comes without that of its authority", ` +
	`"comes with that of an intermediate authority" (and without that of the root), "is for servers only" (extended key ` +
	`usage), "names only HOST" or "carries the name NAME" (as otherName).`

func (d *Description) trustSteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "a local cluster that does not trust its certificate", Handler: d.trustAnotherServer,
			Needs: []string{"remote-cluster-client-tls"},
			Doc:   "The local cluster knows another authority than the one of the remote cluster server."},
		{Expression: "the Java runtime of the local cluster trusts the authority of the remote cluster server",
			Handler: d.trustServerInJava, Needs: []string{"remote-cluster-server"},
			Doc: "As the authority of a public certificate: it is in Java's trust store, which counts where the local " +
				"cluster has no certificate authorities set."},
		{Expression: "a local and a remote cluster of which only the local one trusts the other's transport certificate",
			Handler: d.trustRemoteOnly,
			Doc:     "The remote cluster does not know the authority of the local transport certificate."},
		{Expression: "a local and a remote cluster of which only the remote one trusts the other's transport certificate",
			Handler: d.trustLocalOnly,
			Doc:     "The local cluster does not know the authority of the remote transport certificate."},
		{Expression: "a local and a remote cluster with one certificate authority for everything",
			Handler: d.shareAuthority,
			Doc: "Transport interfaces and, on versions that have one, the remote cluster server have certificates of the " +
				"same authority, which everybody trusts."},
		{Expression: "the {word} cluster's transport certificate {string}", Handler: d.formTransportCertificate,
			Doc: certificateForms},
		{Expression: "the remote cluster server's certificate {string}", Handler: d.formServerCertificate,
			Needs: []string{"remote-cluster-server"}, Doc: certificateForms},
		{Expression: "the remote cluster's HTTP interface has a certificate of the authority {string}",
			Handler: d.secureHTTP, Doc: "xpack.security.http.ssl, as on every cluster that sets up its security by itself; " +
				"otherwise the HTTP interface is plain text here."},
		{Expression: "the {word} cluster trusts only certificates that carry", Handler: d.restrictTrust,
			Doc: "One name or pattern a row, into the file of xpack.security.transport.ssl.trust_restrictions.path."},
		{Expression: "the {word} cluster's trust file lists", Handler: d.replaceTrustFile, Controls: "their config folders",
			Doc: "Replaces the trust file under the running node; Elasticsearch reads it again by itself."},
	}
}

func (d *Description) trustAnotherServer(context.Context) error {
	d.world.Clusters.LocalSpec.TrustedServers = []string{"nobody"}
	return d.world.Clusters.Describable()
}

func (d *Description) trustServerInJava(context.Context) error {
	d.world.Clusters.LocalSpec.JavaTrust = d.world.Clusters.RemoteSpec.ServerCA
	return d.world.Clusters.Describable()
}

func (d *Description) trustRemoteOnly(context.Context) error {
	local := &d.world.Clusters.LocalSpec
	local.TransportCA = "stranger-transport"
	local.TrustedTransport = []string{"stranger-transport", "remote-transport"}
	return d.world.Clusters.Describable()
}

func (d *Description) trustLocalOnly(context.Context) error {
	local := &d.world.Clusters.LocalSpec
	local.TransportCA = "partner-transport"
	local.TrustedTransport = []string{"partner-transport"}
	return d.world.Clusters.Describable()
}

func (d *Description) shareAuthority(context.Context) error {
	c := d.world.Clusters
	for _, spec := range []*lab.ClusterSpec{&c.LocalSpec, &c.RemoteSpec} {
		spec.TransportCA, spec.TrustedTransport = "shared", []string{"shared"}
	}
	if c.RemoteSpec.ServerCA != "" {
		c.RemoteSpec.ServerCA = "shared"
	}
	if d.world.Knows("remote-cluster-client-tls") {
		c.LocalSpec.TrustedServers = []string{"shared"}
	}
	return c.Describable()
}

func (d *Description) formTransportCertificate(_ context.Context, role, form string) error {
	spec, err := d.world.Clusters.Spec(role)
	if err != nil {
		return err
	}
	return d.formCertificate(&spec.Transport, form)
}

func (d *Description) formServerCertificate(_ context.Context, form string) error {
	return d.formCertificate(&d.world.Clusters.RemoteSpec.Server, form)
}

func (d *Description) secureHTTP(_ context.Context, authority string) error {
	d.world.Clusters.RemoteSpec.HTTPCA = authority
	return d.world.Clusters.Describable()
}

// formCertificate makes a certificate differ from one that is right.
func (d *Description) formCertificate(c *lab.Certificate, form string) error {
	only, isOnly := strings.CutPrefix(form, "names only ")
	other, isOther := strings.CutPrefix(form, "carries the name ")
	switch {
	case isOnly:
		c.Names = []string{only}
	case isOther:
		c.OtherNames = append(c.OtherNames, other)
	case form == "has expired":
		c.Expired = true
	case form == "comes without that of its authority":
		c.LeafOnly = true
	case form == "comes with that of an intermediate authority":
		c.Intermediate = true
	case form == "is for servers only":
		c.ServerOnly = true
	default:
		return fmt.Errorf("a certificate can be %s", certificateForms)
	}
	return d.world.Clusters.Describable()
}

func (d *Description) restrictTrust(_ context.Context, role string, patterns gherkin.Table) error {
	content, err := trustRestrictions(patterns)
	if err != nil {
		return err
	}
	return d.change(role, func(spec *lab.ClusterSpec) {
		set(&spec.Settings, "xpack.security.transport.ssl.trust_restrictions.path", lab.TrustFile)
		set(&spec.Files, lab.TrustFile, content)
	})
}

func (d *Description) replaceTrustFile(ctx context.Context, role string, patterns gherkin.Table) error {
	side, err := world.ParseSide(role, "cluster")
	if err != nil {
		return err
	}
	if err := d.world.Ready(ctx); err != nil {
		return err
	}
	content, err := trustRestrictions(patterns)
	if err != nil {
		return err
	}
	d.world.Undo.Spoil() // the next scenario would meet another trust than its description says
	return d.world.Clusters.Of(side).PutConfig(ctx, lab.TrustFile, content)
}

// trustRestrictions is the content of a trust file, from a table with one name or pattern a row.
func trustRestrictions(patterns gherkin.Table) (string, error) {
	var names []string
	for _, row := range patterns {
		names = append(names, row[0])
	}
	return lab.TrustRestrictions(names)
}

func set(into *map[string]string, name, value string) {
	if *into == nil {
		*into = map[string]string{}
	}
	(*into)[name] = value
}

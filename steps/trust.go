package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

var trustSteps = []gherkin.Definition{
	{Expression: "a local cluster that does not trust its certificate", Handler: (*Scenario).localTrustsNobody,
		Doc: "The local cluster knows another authority than the one of the remote cluster server."},
	{Expression: "a local and a remote cluster of which only the local one trusts the other's transport certificate", Handler: (*Scenario).onlyLocalTrusts,
		Doc: "The remote cluster does not know the authority of the local transport certificate."},
	{Expression: "a local and a remote cluster of which only the remote one trusts the other's transport certificate", Handler: (*Scenario).onlyRemoteTrusts,
		Doc: "The local cluster does not know the authority of the remote transport certificate."},
	{Expression: "a local and a remote cluster with one certificate authority for everything", Handler: (*Scenario).sharedAuthority,
		Doc: "Transport interfaces and remote cluster server have certificates of the same authority, which everybody trusts."},
	{Expression: "the {word} cluster's transport certificate {string}", Handler: (*Scenario).transportCertificate,
		Doc: certificateForms},
	{Expression: "the remote cluster server's certificate {string}", Handler: (*Scenario).serverCertificate,
		Doc: certificateForms},
	{Expression: "the {word} cluster trusts only certificates that carry", Handler: (*Scenario).restrictTrust,
		Doc: "One name or pattern a row, into the file of xpack.security.transport.ssl.trust_restrictions.path."},
	{Expression: "the {word} cluster's trust file lists", Handler: (*Scenario).changeTrust,
		Doc: "Replaces the trust file under the running node; Elasticsearch reads it again by itself."},
}

const certificateForms = `"has expired", "comes without that of its authority", "names only HOST" or "carries the name NAME" (as otherName).`

func (s *Scenario) localTrustsNobody(context.Context) error {
	s.localSpec.TrustedServers = []string{"nobody"}
	return s.describe()
}

func (s *Scenario) onlyLocalTrusts(context.Context) error {
	s.localSpec.TransportCA = "stranger-transport"
	s.localSpec.TrustedTransport = []string{"stranger-transport", "remote-transport"}
	return s.describe()
}

func (s *Scenario) onlyRemoteTrusts(context.Context) error {
	s.localSpec.TransportCA = "partner-transport"
	s.localSpec.TrustedTransport = []string{"partner-transport"}
	return s.describe()
}

func (s *Scenario) sharedAuthority(context.Context) error {
	for _, spec := range []*lab.ClusterSpec{&s.localSpec, &s.remoteSpec} {
		spec.TransportCA, spec.TrustedTransport = "shared", []string{"shared"}
	}
	if s.remoteSpec.ServerCA != "" {
		s.remoteSpec.ServerCA = "shared"
	}
	s.localSpec.TrustedServers = []string{"shared"}
	return s.describe()
}

// side is the description of one of the two clusters.
func (s *Scenario) side(role string) (*lab.ClusterSpec, error) {
	switch role {
	case topology.Local:
		return &s.localSpec, nil
	case topology.Remote:
		return &s.remoteSpec, nil
	}
	return nil, fmt.Errorf("there is a local and a remote cluster, and no %q one", role)
}

func (s *Scenario) transportCertificate(_ context.Context, role, form string) error {
	spec, err := s.side(role)
	if err != nil {
		return err
	}
	if err := s.formCertificate(&spec.Transport, form); err != nil {
		return err
	}
	return s.describe()
}

func (s *Scenario) serverCertificate(_ context.Context, form string) error {
	if err := s.formCertificate(&s.remoteSpec.Server, form); err != nil {
		return err
	}
	return s.describe()
}

func (s *Scenario) formCertificate(c *lab.Certificate, form string) error {
	if name, ok := strings.CutPrefix(form, "names only "); ok {
		c.Names = []string{name}
		return nil
	}
	if name, ok := strings.CutPrefix(form, "carries the name "); ok {
		c.OtherNames = append(c.OtherNames, name)
		return nil
	}
	switch form {
	case "has expired":
		c.Expired = true
	case "comes without that of its authority":
		c.LeafOnly = true
	default:
		return fmt.Errorf("a certificate can be %s", certificateForms)
	}
	return nil
}

func (s *Scenario) restrictTrust(_ context.Context, role string, patterns gherkin.Table) error {
	spec, err := s.side(role)
	if err != nil {
		return err
	}
	content, err := trustRestrictions(patterns)
	if err != nil {
		return err
	}
	set(&spec.Settings, "xpack.security.transport.ssl.trust_restrictions.path", lab.TrustFile)
	set(&spec.Files, lab.TrustFile, content)
	return s.describe()
}

func (s *Scenario) changeTrust(ctx context.Context, role string, patterns gherkin.Table) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	content, err := trustRestrictions(patterns)
	if err != nil {
		return err
	}
	s.dirty = true // the next scenario would meet another trust than its description says
	return s.clusterOf(role).PutConfig(ctx, lab.TrustFile, content)
}

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

package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

var eckAuthoritySteps = []gherkin.Definition{
	{Expression: "the administrators have the authority {string} in the file {string}", Handler: (*Scenario).authorityFile,
		Doc: "Its certificate, in the working folder of both sides' administrators."},
	{Expression: "the administrators have the authority {string} as the Java trust store {string}", Handler: (*Scenario).trustStoreFile,
		Doc: "A PKCS #12 file with its certificate and the password changeit, in the working folder of both sides' administrators."},
	{Expression: "the administrators have a certificate for {string} of the authority {string} in the files {string} and {string}", Handler: (*Scenario).certificateFiles,
		Doc: "The certificate and its key, in the working folder of both sides' administrators. The name is its common name and its DNS name."},
	{Expression: "the {word} node trusts {int} authority/authorities", Handler: (*Scenario).trustsAuthorities,
		Doc: "Waits until the transport interface names that many authorities to a client that connects: the node reads its files again every five seconds."},
	{Expression: "the remote cluster shows the certificate of its new authority on port {int}", Handler: (*Scenario).showsNewAuthority,
		Doc: "Waits until the certificate on that port of the node is signed by what <name>-es-transport-certs-public holds now."},
	{Expression: "the remote ECK rotates the transport authority", Handler: (*Scenario).rotatesAuthority,
		Doc: "The Secret of the authority is deleted, which is how ECK is told to, and the authority in <name>-es-transport-certs-public is another one."},
}

func (s *Scenario) authorityFile(ctx context.Context, authority, file string) error {
	if err := s.useECK(ctx); err != nil {
		return err
	}
	ca, err := s.eck.env.Authority(authority)
	if err != nil {
		return err
	}
	return s.eck.env.Put(file, ca.PEM)
}

func (s *Scenario) trustStoreFile(ctx context.Context, authority, file string) error {
	if err := s.useECK(ctx); err != nil {
		return err
	}
	ca, err := s.eck.env.Authority(authority)
	if err != nil {
		return err
	}
	store, err := ca.TrustStore()
	if err != nil {
		return err
	}
	return s.eck.env.Put(file, store)
}

func (s *Scenario) certificateFiles(ctx context.Context, name, authority, certificate, key string) error {
	if err := s.useECK(ctx); err != nil {
		return err
	}
	ca, err := s.eck.env.Authority(authority)
	if err != nil {
		return err
	}
	pair, err := ca.Issue(pki.Leaf{CommonName: name, DNSNames: []string{name}})
	if err != nil {
		return fmt.Errorf("issue the certificate: %w", err)
	}
	return errors.Join(s.eck.env.Put(certificate, pair.Certificate), s.eck.env.Put(key, pair.Key))
}

func (s *Scenario) trustsAuthorities(ctx context.Context, role string, n int) error {
	side, err := s.eckSide(ctx, role)
	if err != nil {
		return err
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	cluster := s.clusterOf(role)
	return waitFor(ctx, "the trust of "+cluster.Name, s.env.Timeouts.Connect, func(ctx context.Context) error {
		got, err := side.Authorities(ctx, cluster)
		if err != nil {
			return err
		}
		if got != n {
			return &verdict.Mismatch{What: "authorities that " + cluster.Name + " trusts", Wanted: fmt.Sprint(n), Got: fmt.Sprint(got)}
		}
		return nil
	})
}

func (s *Scenario) showsNewAuthority(ctx context.Context, port int) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	side, err := s.eckSide(ctx, topology.Remote)
	if err != nil {
		return err
	}
	return waitFor(ctx, "the certificate of "+s.remote.Name, s.env.Timeouts.Connect, func(ctx context.Context) error {
		return side.ServesOwn(ctx, s.remote, side.name, port)
	})
}

func (s *Scenario) rotatesAuthority(ctx context.Context) error {
	side, err := s.eckSide(ctx, topology.Remote)
	if err != nil {
		return err
	}
	return side.RotateAuthority(ctx, side.name)
}

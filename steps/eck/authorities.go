package eck

import (
	"context"
	"errors"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

func (s *Sides) authoritySteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "the administrators have the authority {string} in the file {string}", Handler: s.putAuthority,
			Doc: "Its certificate, in the working folder of both sides' administrators."},
		{Expression: "the administrators have the authority {string} as the Java trust store {string}",
			Handler: s.putTrustStore,
			Doc: "A PKCS #12 file with its certificate and the password changeit, in the working folder of both sides' " +
				"administrators."},
		{Expression: "the administrators have a certificate for {string} of the authority {string} in the files {string} " +
			"and {string}", Handler: s.putCertificate,
			Doc: "The certificate and its key, in the working folder of both sides' administrators. The name is its common " +
				"name and its DNS name."},
		{Expression: "the {word} node trusts {int} authority/authorities", Handler: s.expectAuthorities,
			Doc: "Waits until the transport interface names that many authorities to a client that connects: the node reads " +
				"its files again every five seconds."},
		{Expression: "the remote cluster shows the certificate of its new authority on port {int}",
			Handler: s.expectNewAuthority,
			Doc: "Waits until the certificate on that port of the node is signed by what <name>-es-transport-certs-public " +
				"holds now."},
		{Expression: "the remote ECK rotates the transport authority", Handler: s.rotateAuthority,
			Doc: "The Secret of the authority is deleted, which is how ECK is told to, and the authority in " +
				"<name>-es-transport-certs-public is another one."},
	}
}

// authority is a named authority of the run.
func (s *Sides) authority(ctx context.Context, name string) (*pki.Authority, error) {
	if err := s.Take(ctx); err != nil {
		return nil, err
	}
	return s.env.Authority(name)
}

func (s *Sides) putAuthority(ctx context.Context, authority, file string) error {
	ca, err := s.authority(ctx, authority)
	if err != nil {
		return err
	}
	return s.env.Put(file, ca.PEM)
}

func (s *Sides) putTrustStore(ctx context.Context, authority, file string) error {
	ca, err := s.authority(ctx, authority)
	if err != nil {
		return err
	}
	store, err := ca.TrustStore()
	if err != nil {
		return err
	}
	return s.env.Put(file, store)
}

func (s *Sides) putCertificate(ctx context.Context, name, authority, certificate, key string) error {
	ca, err := s.authority(ctx, authority)
	if err != nil {
		return err
	}
	pair, err := ca.Issue(pki.Leaf{CommonName: name, DNSNames: []string{name}})
	if err != nil {
		return fmt.Errorf("issue the certificate: %w", err)
	}
	return errors.Join(s.env.Put(certificate, pair.Certificate), s.env.Put(key, pair.Key))
}

func (s *Sides) expectAuthorities(ctx context.Context, role string, n int) error {
	side, err := s.Side(ctx, role)
	if err != nil {
		return err
	}
	if err := s.world.Ready(ctx); err != nil {
		return err
	}
	cluster := s.world.Clusters.Of(world.Side(role))
	if cluster == nil {
		return fmt.Errorf("apply an Elasticsearch to the %s ECK first", role)
	}
	limit := s.world.Env.Timeouts.Connect
	return world.Await(ctx, "the trust of "+cluster.Name, limit, func(ctx context.Context) error {
		got, err := side.Authorities(ctx, cluster)
		if err != nil {
			return err
		}
		if got != n {
			return &verdict.Mismatch{What: "authorities that " + cluster.Name + " trusts", Wanted: fmt.Sprint(n),
				Got: fmt.Sprint(got)}
		}
		return nil
	})
}

func (s *Sides) expectNewAuthority(ctx context.Context, port int) error {
	if err := s.world.Ready(ctx); err != nil {
		return err
	}
	side, err := s.Side(ctx, topology.Remote)
	if err != nil {
		return err
	}
	remote := s.world.Remote()
	if remote == nil {
		return errNothingApplied
	}
	limit := s.world.Env.Timeouts.Connect
	return world.Await(ctx, "the certificate of "+remote.Name, limit, func(ctx context.Context) error {
		return side.ServesOwn(ctx, remote, side.Name, port)
	})
}

func (s *Sides) rotateAuthority(ctx context.Context) error {
	side, err := s.Side(ctx, topology.Remote)
	if err != nil {
		return err
	}
	return side.RotateAuthority(ctx, side.Name)
}

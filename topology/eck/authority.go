package eck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// Authorities is how many certificate authorities the cluster's transport interface names to a client now. Those are
// the ones that the running node trusts, which may not be yet what was applied.
func (s *Side) Authorities(ctx context.Context, c *lab.Cluster) (int, error) {
	asked := -1
	_, err := s.handshake(ctx, c, topology.TransportPort, func(info *tls.CertificateRequestInfo) {
		asked = len(info.AcceptableCAs)
	})
	if asked < 0 {
		return 0, errors.Join(fmt.Errorf("the transport interface of %s asked for no certificate", c.Name), err)
	}
	return asked, nil
}

// ServesOwn is an error unless a port of the cluster shows a certificate of the authority that the Secret for other
// clusters holds now.
func (s *Side) ServesOwn(ctx context.Context, c *lab.Cluster, name string, port int) error {
	authority, err := s.publicAuthority(ctx, name)
	if err != nil {
		return err
	}
	chain, err := s.handshake(ctx, c, port, func(*tls.CertificateRequestInfo) {})
	if err != nil {
		return err
	}
	roots, others := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(authority))
	for _, certificate := range chain[1:] {
		others.AddCert(certificate)
	}
	_, err = chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: others})
	return err
}

// RotateAuthority has the operator replace the transport authority of an Elasticsearch, and waits until other clusters
// are given the new one.
func (s *Side) RotateAuthority(ctx context.Context, name string) error {
	before, err := s.publicAuthority(ctx, name)
	if err != nil {
		return err
	}
	if err := s.env.kube.Remove(ctx, kube.Secrets, s.Namespace, name+"-es-transport-ca-internal"); err != nil {
		return err
	}
	what := "the operator rotates the transport authority of " + name
	return await.Until(ctx, what, s.env.options.Lab.Timeouts().Request, func(ctx context.Context) error {
		if after, err := s.publicAuthority(ctx, name); err != nil || after == before {
			return errors.Join(errors.New("others are still given the old one"), err)
		}
		return nil
	})
}

// publicAuthority is the transport authority of an Elasticsearch that other clusters are given, PEM.
func (s *Side) publicAuthority(ctx context.Context, name string) (string, error) {
	return s.secretText(ctx, name, "transport-certs-public", "ca.crt")
}

// handshake opens a TLS connection from this machine to a port of the cluster's pod, see pki.Handshake.
func (s *Side) handshake(
	ctx context.Context, c *lab.Cluster, port int, asked func(*tls.CertificateRequestInfo),
) ([]*x509.Certificate, error) {
	for _, n := range s.nodes {
		if n.cluster != c {
			continue
		}
		address, err := s.on.PodAddress(ctx, n.name, n.pod, port)
		if err != nil {
			return nil, err
		}
		chain, err := pki.Handshake(ctx, address, asked)
		if err != nil {
			return nil, fmt.Errorf("look at the certificate of %s: %w", c.Name, err)
		}
		return chain, nil
	}
	return nil, fmt.Errorf("%s has no pod here", c.Name)
}

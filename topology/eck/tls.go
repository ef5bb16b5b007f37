package eck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Authorities is how many certificate authorities the cluster's transport interface names to a client, now: those that the
// running node trusts, which may not be yet what was applied.
func (s *Side) Authorities(ctx context.Context, c *lab.Cluster) (int, error) {
	asked := -1
	_, err := s.handshake(ctx, c, topology.TransportPort, func(info *tls.CertificateRequestInfo) { asked = len(info.AcceptableCAs) })
	if asked < 0 {
		return 0, errors.Join(fmt.Errorf("the transport interface of %s asked for no certificate", c.Name), err)
	}
	return asked, nil
}

// ServesOwn is an error unless a port of the cluster shows a certificate of the authority that the Secret for others holds
// now.
func (s *Side) ServesOwn(ctx context.Context, c *lab.Cluster, name string, port int) error {
	authority, err := s.secretText(ctx, name+"-es-transport-certs-public", "ca.crt")
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

// RotateAuthority has the operator replace the transport authority of an Elasticsearch, and waits until the new one is what
// others are given.
func (s *Side) RotateAuthority(ctx context.Context, name string) error {
	public := name + "-es-transport-certs-public"
	before, err := s.secretText(ctx, public, "ca.crt")
	if err != nil {
		return err
	}
	if err := s.env.kube.remove(ctx, secrets, s.Namespace, name+"-es-transport-ca-internal"); err != nil {
		return err
	}
	return await.Until(ctx, "the operator rotates the transport authority of "+name, s.env.options.Lab.Timeouts().Request, func(ctx context.Context) error {
		if after, err := s.secretText(ctx, public, "ca.crt"); err != nil || after == before {
			return errors.Join(errors.New("others are still given the old one"), err)
		}
		return nil
	})
}

// handshake begins a TLS connection to a port of the cluster's pod, from this machine, and answers the certificates that it
// was shown. Nothing is verified on the way: what is trusted is what is asked here.
func (s *Side) handshake(ctx context.Context, c *lab.Cluster, port int, asked func(*tls.CertificateRequestInfo)) ([]*x509.Certificate, error) {
	address, err := s.podAddress(ctx, c, port)
	if err != nil {
		return nil, err
	}
	chain, err := peers(ctx, address, asked)
	if err != nil {
		return nil, fmt.Errorf("look at the certificate of %s: %w", c.Name, err)
	}
	return chain, nil
}

// peers begins a TLS connection and answers the certificates that it was shown.
func peers(ctx context.Context, address string, asked func(*tls.CertificateRequestInfo)) ([]*x509.Certificate, error) {
	dialer := tls.Dialer{Config: &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // see above
		GetClientCertificate: func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked(info)
			return &tls.Certificate{}, nil
		},
	}}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates, nil
}

// podAddress is where this machine reaches a port of the cluster's pod, host:port.
func (s *Side) podAddress(ctx context.Context, c *lab.Cluster, port int) (string, error) {
	if s.env.guest != nil {
		return s.door(ctx, strings.TrimSuffix(c.ServerName, s.serverName("")), port)
	}
	for uid, known := range s.clusters {
		if known != c {
			continue
		}
		for _, p := range s.env.kubelet.known() {
			if p.uid == uid {
				running, err := s.env.kubelet.find(s.Namespace, p.name)
				if err != nil {
					return "", err
				}
				ip, err := running.sandbox.IP(ctx, s.env.options.Lab.Network(s.Role))
				return net.JoinHostPort(ip, strconv.Itoa(port)), err
			}
		}
	}
	return "", fmt.Errorf("%s has no pod here", c.Name)
}

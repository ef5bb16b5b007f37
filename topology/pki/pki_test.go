package pki

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func issue(t *testing.T, leaf Leaf) (*Authority, *x509.Certificate, Pair) {
	t.Helper()
	ca, err := NewStore().Authority("remote")
	require.NoError(t, err)
	pair, err := ca.Issue(leaf)
	require.NoError(t, err)
	block, _ := pem.Decode(pair.Certificate)
	cert, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	return ca, cert, pair
}

func TestACertificateCarriesAllKindsOfNames(t *testing.T) {
	const other = "node1.node.0123456789abcdef.cluster.1234567890.account"
	ca, cert, pair := issue(t, Leaf{
		CommonName: "node1", DNSNames: []string{"remote-1.example"},
		IPs: []net.IP{net.IPv4(10, 0, 0, 1), net.ParseIP("fd00::1")}, OtherNames: []string{other},
	})
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(ca.PEM))
	for _, name := range []string{"remote-1.example", "10.0.0.1", "fd00::1"} {
		require.NoError(t, cert.VerifyHostname(name), name)
	}
	require.Error(t, cert.VerifyHostname("elsewhere.example"))
	_, err := cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	require.NoError(t, err)
	var san []byte
	for _, e := range cert.Extensions {
		if e.Id.Equal(oidSubjectAltName) {
			san = e.Value
		}
	}
	require.True(t, bytes.Contains(san, append([]byte{0x06, 0x03, 0x55, 0x04, 0x03}, 0xa0)),
		"the otherName's type is commonName, followed by its explicit tag: % x", san)
	require.True(t, bytes.Contains(san, []byte(other)))
	_, err = tls.X509KeyPair(pair.Certificate, pair.Key)
	require.NoError(t, err, "certificate and key belong together")
}

func TestTheChainHoldsTheAuthorityUnlessLeftOut(t *testing.T) {
	for leafOnly, want := range map[bool]int{false: 2, true: 1} {
		_, _, pair := issue(t, Leaf{CommonName: "n", LeafOnly: leafOnly})
		require.Equal(t, want, bytes.Count(pair.Certificate, []byte("BEGIN CERTIFICATE")), "leaf only: %v", leafOnly)
	}
}

func TestAnAuthorityBetweenIsSentInsteadOfTheRoot(t *testing.T) {
	ca, cert, pair := issue(t, Leaf{CommonName: "n", Intermediate: true})
	_, rest := pem.Decode(pair.Certificate)
	block, rest := pem.Decode(rest)
	require.Empty(t, rest, "leaf and the authority between")
	between, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	require.Equal(t, ca.cert.Subject.String(), between.Issuer.String())
	require.NotEqual(t, between.Issuer.String(), between.Subject.String())
	roots, betweens := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(ca.cert)
	_, err = cert.Verify(x509.VerifyOptions{Roots: roots})
	require.Error(t, err, "the root did not sign the leaf itself")
	betweens.AddCert(between)
	_, err = cert.Verify(x509.VerifyOptions{Roots: roots, Intermediates: betweens})
	require.NoError(t, err)
}

func TestAnExpiredCertificateIsExpired(t *testing.T) {
	ca, cert, _ := issue(t, Leaf{CommonName: "n", NotBefore: time.Now().Add(-2 * time.Hour),
		NotAfter: time.Now().Add(-time.Hour)})
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	_, err := cert.Verify(x509.VerifyOptions{Roots: roots})
	require.ErrorContains(t, err, "expired")
}

func TestAnAuthorityIsSharedByItsName(t *testing.T) {
	s := NewStore()
	a, err := s.Authority("shared")
	require.NoError(t, err)
	b, err := s.Authority("shared")
	require.NoError(t, err)
	c, err := s.Authority("other")
	require.NoError(t, err)
	require.Same(t, a, b)
	require.NotEqual(t, a.PEM, c.PEM)
}

package live

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"strings"
)

// unreachable says why a cluster does not answer, as far as it can be told.
func (c *cluster) unreachable(ctx context.Context, err error) error {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch text := err.Error(); {
	case errors.As(err, &authority):
		return c.untrusted(ctx)
	case errors.As(err, &host):
		return c.wrong("its certificate is for another name (%v); write the URL with one of those names", host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return c.wrong("its certificate cannot be trusted: %v; renew it, or look at the clock of this machine", invalid)
	case errors.As(err, &invalid):
		return c.wrong("its certificate cannot be trusted: %v", invalid)
	case errors.As(err, &record) || strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return c.wrong("it does not speak TLS there; write http://, or another port")
	case strings.Contains(text, "malformed HTTP") && strings.Contains(text, "not an HTTP port"):
		return c.wrong("this is the transport interface (often port 9300); write the port of the HTTP interface, " +
			"often 9200")
	case c.url.Scheme == "http" && len(chainOf(ctx, c.url.Host, c.url.Hostname())) > 0:
		return c.wrong("it speaks TLS there; write https://")
	}
	return &UnreachableError{URL: c.url.String(), Err: err}
}

// untrusted says how to get the authority that a certificate is of, and which certificates were shown.
func (c *cluster) untrusted(ctx context.Context) error {
	seen := ""
	if chain := chainOf(ctx, c.url.Host, c.url.Hostname()); len(chain) > 0 {
		top := chain[len(chain)-1]
		seen = "it showed a certificate of " + chain[0].Issuer.String() +
			"; the last of its chain has the SHA-256 fingerprint " +
			fingerprint(top)
	}
	if c.auth.CA != "" {
		return c.wrong("its certificate is not of an authority in %s (%s); give the file of its authority with %sca",
			c.auth.CA, seen, c.flag)
	}
	return c.wrong("its certificate is of an authority that this machine does not know (%s). Give the authority's file "+
		"with %sca FILE: on a node it is config/certs/http_ca.crt, of ECK the secret NAME-es-http-certs-public, and "+
		"openssl s_client -showcerts -connect %s shows it; compare the fingerprint with that of the node's file",
		seen, c.flag, c.url.Host)
}

// fingerprint is the SHA-256 of a certificate as openssl writes it.
func fingerprint(certificate *x509.Certificate) string {
	sum := sha256.Sum256(certificate.Raw)
	text := strings.ToUpper(hex.EncodeToString(sum[:]))
	parts := make([]string, 0, len(sum))
	for i := 0; i < len(text); i += 2 {
		parts = append(parts, text[i:i+2])
	}
	return strings.Join(parts, ":")
}

// chainOf is the chain that a TLS server shows, unverified; it is empty where there is none. Nothing is sent.
func chainOf(ctx context.Context, address, serverName string) []*x509.Certificate {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	//nolint:gosec // the handshake alone: the certificate is what is looked at
	config := &tls.Config{InsecureSkipVerify: true, ServerName: serverName}
	dialer := tls.Dialer{NetDialer: &net.Dialer{}, Config: config}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil
	}
	defer conn.Close()
	secure, ok := conn.(*tls.Conn)
	if !ok {
		return nil
	}
	return secure.ConnectionState().PeerCertificates
}

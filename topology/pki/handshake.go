package pki

import (
	"context"
	"crypto/tls"
	"crypto/x509"
)

// Handshake opens a TLS connection to host:port, closes it, and returns the certificates that the server showed, its
// own first. Nothing is verified: what the server shows is what the caller wants to know. asked is called when the
// server asks for a client certificate; none is sent.
func Handshake(
	ctx context.Context, address string, asked func(*tls.CertificateRequestInfo),
) ([]*x509.Certificate, error) {
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

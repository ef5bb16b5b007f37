package docker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An Engine behind TLS: testcontainers is given its connection, for it cannot be given certificates of its own.
func TestAnEngineOfAContextWithCertificates(t *testing.T) {
	_, image := engine(t, "balancer")
	p := newPlace(t)
	pair, pool := selfSigned(t, p, "home/.docker/contexts/tls/"+contextID("far")+"/docker")
	endpoint, err := Find(ThisEnvironment())
	require.NoError(t, err)
	socket, local := strings.CutPrefix(endpoint.Host, "unix://")
	if !local {
		skip(t, "needs an Engine with a socket on this machine")
	}
	plain, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	serve(t, tls.NewListener(plain, &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool,
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}), socket)

	p.context("far", `{"Name":"far","Endpoints":{"docker":{"Host":"tcp://`+plain.Addr().String()+`"}}}`)
	t.Setenv("HOME", p.vars["HOME"])
	t.Setenv("DOCKER_HOST", "")
	t.Setenv("DOCKER_CONTEXT", "far")
	e, err := Connect(t.Context(), "test-"+strings.ToLower(rand.Text()[:8]), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	c, err := e.Start(t.Context(), ContainerSpec{Name: "crosscheck-" + e.Run() + "-tls", Image: image, Role: "balancer",
		Env: []string{`BALANCER_CONFIG={"api":"0.0.0.0:8474","listeners":[]}`}})
	require.NoError(t, err)
	require.NoError(t, c.Remove(t.Context()))

	t.Setenv("DOCKER_CONTEXT", "")
	t.Setenv("DOCKER_HOST", "tcp://"+plain.Addr().String())
	_, err = Connect(t.Context(), "test", nil)
	require.Error(t, err, "without its certificates it does not answer")
}

// selfSigned makes a certificate of 127.0.0.1 for server and client, and writes it as docker names such files.
func selfSigned(t *testing.T, p *place, dir string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour),
		NotAfter:    time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	cert := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	keyPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
	p.write(filepath.Join(dir, "ca.pem"), cert)
	p.write(filepath.Join(dir, "cert.pem"), cert)
	p.write(filepath.Join(dir, "key.pem"), keyPEM)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(keyPEM))
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM([]byte(cert)))
	return pair, pool
}

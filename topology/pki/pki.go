// Package pki makes the certificate authorities and certificates of one run. Nothing of it is kept on disk.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// Store holds a run's authorities by name, so that two clusters that name the same authority share it.
type Store struct {
	mu          sync.Mutex
	authorities map[string]*Authority
}

// NewStore is an empty store.
func NewStore() *Store { return &Store{authorities: map[string]*Authority{}} }

// Authority is the certificate authority called name, made when it is first asked for.
func (s *Store) Authority(name string) (*Authority, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.authorities[name]; ok {
		return a, nil
	}
	a, err := newAuthority(name, nil)
	if err != nil {
		return nil, fmt.Errorf("make certificate authority %q: %w", name, err)
	}
	s.authorities[name] = a
	return a, nil
}

// Authority signs certificates.
type Authority struct {
	Name string
	PEM  []byte // its own certificate
	cert *x509.Certificate
	key  crypto.Signer
}

// newAuthority makes an authority that signs its own certificate, or that parent signs.
func newAuthority(name string, parent *Authority) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate a key: %w", err)
	}
	template, err := template("crosscheck "+name, time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	issuer, issuerKey := template, crypto.Signer(key)
	if parent != nil {
		issuer, issuerKey = parent.cert, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), issuerKey)
	if err != nil {
		return nil, fmt.Errorf("sign its certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read its certificate back: %w", err)
	}
	return &Authority{Name: name, PEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), cert: cert,
		key: key}, nil
}

// Leaf describes a certificate for a node; it serves as server and, unless ServerOnly, as client certificate.
type Leaf struct {
	CommonName string
	DNSNames   []string
	IPs        []net.IP
	// OtherNames go into the subject alternative name as otherName of type commonName (OID 2.5.4.3, UTF8String): what
	// Elasticsearch's trust_restrictions match against unless x509_fields says otherwise (class RestrictedTrustManager).
	OtherNames []string
	NotBefore  time.Time // zero: an hour ago
	NotAfter   time.Time // zero: in a year
	LeafOnly   bool      // leave the authority's certificate out of the chain
	// Intermediate has an authority between sign, whose certificate is sent instead of the authority's own: as public
	// authorities do it.
	Intermediate bool
	ServerOnly   bool // its extended key usage has serverAuth, and not clientAuth
}

// TrustStorePassword is the one of trust stores, which hold nothing secret.
const TrustStorePassword = "changeit"

// TrustStore is a PKCS #12 file with the authority's certificate, as javax.net.ssl.trustStore takes it.
func (a *Authority) TrustStore() ([]byte, error) {
	store, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{a.cert}, TrustStorePassword)
	if err != nil {
		return nil, fmt.Errorf("write a trust store: %w", err)
	}
	return store, nil
}

// Pair is a certificate chain (leaf first) and its private key, both PEM; the key is PKCS#8.
type Pair struct {
	Certificate, Key []byte
}

// Issue signs a certificate for leaf.
func (a *Authority) Issue(leaf Leaf) (Pair, error) {
	if leaf.Intermediate {
		between, err := newAuthority(a.Name+" intermediate", a)
		if err != nil {
			return Pair{}, fmt.Errorf("make an authority below %q: %w", a.Name, err)
		}
		leaf.Intermediate = false
		return between.Issue(leaf)
	}
	if leaf.NotBefore.IsZero() {
		leaf.NotBefore = time.Now().Add(-time.Hour)
	}
	if leaf.NotAfter.IsZero() {
		leaf.NotAfter = time.Now().AddDate(1, 0, 0)
	}
	t, err := template(leaf.CommonName, leaf.NotBefore, leaf.NotAfter)
	if err != nil {
		return Pair{}, err
	}
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if !leaf.ServerOnly {
		t.ExtKeyUsage = append(t.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	san, err := subjectAltName(leaf)
	if err != nil {
		return Pair{}, fmt.Errorf("encode the names of %q: %w", leaf.CommonName, err)
	}
	if san != nil {
		t.ExtraExtensions = []pkix.Extension{*san}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("generate a key for %q: %w", leaf.CommonName, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key.Public(), a.key)
	if err != nil {
		return Pair{}, fmt.Errorf("sign the certificate of %q: %w", leaf.CommonName, err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, fmt.Errorf("encode the key of %q: %w", leaf.CommonName, err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if !leaf.LeafOnly {
		chain = append(chain, a.PEM...)
	}
	return Pair{Certificate: chain, Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})}, nil
}

func template(commonName string, from, to time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("draw a serial number: %w", err)
	}
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: commonName}, NotBefore: from,
		NotAfter: to}, nil
}

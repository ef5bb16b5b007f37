package live

import (
	"crypto/x509"
	"fmt"
	"strings"
	"time"
)

// certificates says what a chain shows: subjects, issuers, names, expiry, and whether this machine trusts it.
func (p *probeOf) certificates(chain []*x509.Certificate) {
	if len(chain) == 0 {
		p.say("shows no certificate")
		return
	}
	leaf := chain[0]
	p.say("shows a certificate of %s", leaf.Issuer)
	p.shown = append(p.shown, fmt.Sprintf("subject %s, names %s, valid until %s",
		leaf.Subject, strings.Join(namesOf(leaf), " "), leaf.NotAfter.UTC().Format(time.DateOnly)))
	for _, above := range chain[1:] {
		p.shown = append(p.shown, fmt.Sprintf("with it comes %s, issued by %s", above.Subject, above.Issuer))
	}
	now := time.Now()
	switch {
	case now.After(leaf.NotAfter):
		p.say("certificate has expired")
	case now.Before(leaf.NotBefore):
		p.say("certificate is not valid yet")
	}
	if leaf.VerifyHostname(p.serverName) != nil {
		p.say("certificate does not name %s", p.serverName)
	}
	between := x509.NewCertPool()
	for _, above := range chain[1:] {
		between.AddCert(above)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Intermediates: between}); err == nil {
		p.say("certificate is of a public authority")
	} else {
		p.say("certificate is of an authority that this machine does not know")
	}
}

func namesOf(c *x509.Certificate) []string {
	names := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return []string{"(none)"}
	}
	return names
}

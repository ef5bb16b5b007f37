// Package credentials reads how to speak to a cluster of the user's: from a file, or from the environment.
// No message of it holds a value.
package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// Credentials are how to speak to a cluster: as a user, or with an API key, and which authorities its certificate may
// be of.
type Credentials struct {
	User, Password string
	APIKey         string // encoded
	CA             string // a file with certificates in PEM; empty: the authorities that this machine trusts
}

// named are the fields by the names that a file and the environment have for them.
func (c *Credentials) named() map[string]*string {
	return map[string]*string{"user": &c.User, "password": &c.Password, "api_key": &c.APIKey, "ca": &c.CA}
}

// names are the names in a file, in the order in which messages list them.
var names = []string{"user", "password", "api_key", "ca"}

// FromEnviron reads PREFIXUSER, PREFIXPASSWORD, PREFIXAPI_KEY and PREFIXCA; a prefix is such as CROSSCHECK_REMOTE_.
func FromEnviron(prefix string, environ []string) Credentials {
	var c Credentials
	for name, field := range c.named() {
		variable := prefix + strings.ToUpper(name) + "="
		if at := slices.IndexFunc(environ, func(e string) bool { return strings.HasPrefix(e, variable) }); at >= 0 {
			*field = environ[at][len(variable):]
		}
	}
	return c
}

// Or takes what c says, and from other what c leaves open. A user of c is never combined with an API key of other, nor
// with the password of another user.
func (c Credentials) Or(other Credentials) Credentials {
	switch {
	case c.User == "" && c.APIKey == "":
		password := c.Password
		c.User, c.Password, c.APIKey = other.User, other.Password, other.APIKey
		if password != "" {
			c.Password = password
		}
	case c.APIKey == "" && c.Password == "" && (other.User == c.User || other.User == ""):
		c.Password = other.Password
	}
	if c.CA == "" {
		c.CA = other.CA
	}
	return c
}

// Check finds what contradicts itself.
func (c Credentials) Check() error {
	switch {
	case c.APIKey != "" && c.User != "":
		return errors.New("there are a user and an API key; give one of them")
	case c.APIKey != "" && strings.ContainsAny(c.APIKey, ": \t"):
		return errors.New("the API key is to be the encoded one, base64 of id:api_key")
	case c.Password != "" && c.User == "":
		return errors.New("there is a password, and no user")
	}
	return nil
}

// Client is the same client with the credentials.
func (c Credentials) Client(plain *elastic.Client) *elastic.Client {
	switch {
	case c.APIKey != "":
		return plain.WithAPIKey(c.APIKey)
	case c.User != "":
		return plain.As(c.User, c.Password)
	}
	return plain
}

// TLS is how to tell that a cluster is the one that is meant.
func (c Credentials) TLS() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA == "" {
		return config, nil
	}
	pem, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fmt.Errorf("read the authority of the cluster's certificate: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM (-----BEGIN CERTIFICATE-----)", c.CA)
	}
	return config, nil
}

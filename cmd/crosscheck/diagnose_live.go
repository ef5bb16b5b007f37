package main

import (
	"errors"
	"os"
	"time"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/diagnose/live"
	"github.com/crosscheck-dev/crosscheck/topology/credentials"
)

// liveFlags say which running clusters a diagnosis asks.
type liveFlags struct {
	URL          string `name:"url" help:"Ask the running local cluster at this address; nothing is changed." placeholder:"URL"`
	User         string `help:"Ask as this user. The password comes from a file, from CROSSCHECK_PASSWORD, or is asked for." placeholder:"NAME"`
	PasswordFile string `help:"File that holds the password and nothing else." type:"path" placeholder:"FILE"`
	APIKeyFile   string `name:"api-key-file" help:"File that holds an encoded API key, instead of a user; or CROSSCHECK_API_KEY." type:"path" placeholder:"FILE"`
	CA           string `name:"ca" help:"Authority of the cluster's certificate, in PEM." type:"path" placeholder:"FILE"`
	AuthFile     string `help:"File with lines such as user: NAME, password: ..., api_key: ..., ca: FILE." type:"path" placeholder:"FILE"`

	RemoteURL          string `name:"remote-url" help:"Ask the remote cluster too, at this address of its own." placeholder:"URL"`
	RemoteUser         string `help:"As --user, for the remote cluster (CROSSCHECK_REMOTE_PASSWORD)." placeholder:"NAME"`
	RemotePasswordFile string `help:"As --password-file, for the remote cluster." type:"path" placeholder:"FILE"`
	RemoteAPIKeyFile   string `name:"remote-api-key-file" help:"As --api-key-file, for the remote cluster (CROSSCHECK_REMOTE_API_KEY)." type:"path" placeholder:"FILE"`
	RemoteCA           string `name:"remote-ca" help:"As --ca, for the remote cluster." type:"path" placeholder:"FILE"`
	RemoteAuthFile     string `help:"As --auth-file, for the remote cluster." type:"path" placeholder:"FILE"`

	Probe   bool          `help:"Also open connections from this machine to the addresses of the remote cluster, and look at its certificate."`
	Timeout time.Duration `help:"How long all requests together may take." default:"60s" placeholder:"DURATION"`
}

// asked reports whether there is a cluster to ask. Flags that are of no use without one are wrong use.
func (f *liveFlags) asked() (bool, error) {
	if f.URL == "" && (f.RemoteURL != "" || f.Probe) {
		return false, usagef("--remote-url and --probe go with --url, the address of the local cluster")
	}
	return f.URL != "", nil
}

// gather asks the clusters. alias may be empty.
func (f *liveFlags) gather(s *streams, alias string) (evidence.Input, error) {
	if f.Timeout <= 0 {
		return evidence.Input{}, usagef("--timeout %s: a time such as 60s", f.Timeout)
	}
	o := live.Options{URL: f.URL, Alias: alias, RemoteURL: f.RemoteURL, Probe: f.Probe, Timeout: f.Timeout}
	var err error
	o.Auth, err = credentialsFrom(s, f.URL, "CROSSCHECK_",
		credentials.Credentials{User: f.User, CA: f.CA}, f.PasswordFile, f.APIKeyFile, f.AuthFile)
	if err != nil {
		return evidence.Input{}, err
	}
	if f.RemoteURL != "" {
		o.RemoteAuth, err = credentialsFrom(s, f.RemoteURL, "CROSSCHECK_REMOTE_",
			credentials.Credentials{User: f.RemoteUser, CA: f.RemoteCA}, f.RemotePasswordFile, f.RemoteAPIKeyFile, f.RemoteAuthFile)
		if err != nil {
			return evidence.Input{}, err
		}
	}
	in, err := live.Gather(s.ctx, o)
	var usage *live.UsageError
	if errors.As(err, &usage) {
		return in, usageError{err}
	}
	return in, err
}

// credentialsFrom puts together what flags, files and the environment say, in this order, and asks for a password that
// is missing. Messages never show what it finds.
func credentialsFrom(s *streams, url, prefix string, c credentials.Credentials, passwordFile, keyFile,
	authFile string) (credentials.Credentials, error) {
	var err error
	if passwordFile != "" {
		if c.Password, err = credentials.ReadSecret(passwordFile); err != nil {
			return c, usageError{err}
		}
	}
	if keyFile != "" {
		if c.APIKey, err = credentials.ReadSecret(keyFile); err != nil {
			return c, usageError{err}
		}
	}
	if authFile != "" {
		file, err := credentials.ReadFile(authFile)
		if err != nil {
			return c, usageError{err}
		}
		c = c.Or(file)
	}
	c = c.Or(live.UserOf(url)).Or(credentials.FromEnviron(prefix, os.Environ()))
	if c.User != "" && c.Password == "" && c.APIKey == "" {
		if c.Password, _, err = credentials.AskPassword(os.Stdin, s.err, c.User, live.Shown(url)); err != nil {
			return c, err
		}
	}
	s.redactor.Add(c.Password)
	s.redactor.Add(c.APIKey)
	return c, nil
}

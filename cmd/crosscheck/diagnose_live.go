package main

import (
	"errors"
	"os"
	"time"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/diagnose/live"
	"github.com/crosscheck-dev/crosscheck/topology"
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
	if o.Auth, err = f.local().read(s); err != nil {
		return evidence.Input{}, err
	}
	if f.RemoteURL != "" {
		if o.RemoteAuth, err = f.remote().read(s); err != nil {
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

func (f *liveFlags) local() accessFlags {
	return accessFlags{role: topology.Local, url: f.URL, prefix: "CROSSCHECK_",
		given:        credentials.Credentials{User: f.User, CA: f.CA},
		passwordFile: f.PasswordFile, keyFile: f.APIKeyFile, authFile: f.AuthFile}
}

func (f *liveFlags) remote() accessFlags {
	return accessFlags{role: topology.Remote, url: f.RemoteURL, prefix: "CROSSCHECK_REMOTE_",
		given:        credentials.Credentials{User: f.RemoteUser, CA: f.RemoteCA},
		passwordFile: f.RemotePasswordFile, keyFile: f.RemoteAPIKeyFile, authFile: f.RemoteAuthFile}
}

// accessFlags are where the credentials of one cluster may stand, and what they are of.
type accessFlags struct {
	role   string // local or remote
	url    string // of the cluster; a user and a password may stand in it
	prefix string // of the environment's variables
	given  credentials.Credentials

	passwordFile, keyFile, authFile string // empty: none
}

// read puts together what flags, files, the URL and the environment say, in this order, and asks for a password that is
// missing. Messages never show what it finds.
func (f accessFlags) read(s *streams) (credentials.Credentials, error) {
	c := f.given
	var err error
	if f.passwordFile != "" {
		if c.Password, err = credentials.ReadSecret(f.passwordFile); err != nil {
			return c, usageError{err}
		}
	}
	if f.keyFile != "" {
		if c.APIKey, err = credentials.ReadSecret(f.keyFile); err != nil {
			return c, usageError{err}
		}
	}
	if f.authFile != "" {
		file, err := readAuthFile(s, f.authFile)
		if err != nil {
			return c, err
		}
		c = c.Or(file)
	}
	c = c.Or(live.UserOf(f.url)).Or(credentials.FromEnviron(f.prefix, os.Environ()))
	if ask := asking(s); ask != nil && c.User != "" && c.Password == "" && c.APIKey == "" {
		if c, err = ask(f.role, c); err != nil {
			return c, err
		}
	}
	s.redactor.Add(c.Password)
	s.redactor.Add(c.APIKey)
	return c, nil
}

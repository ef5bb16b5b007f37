package main

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/credentials"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
)

// clustersOfYours name two clusters to run on instead of starting some. Credentials have no flags: those would be seen
// by everybody who can list processes, and stay in the shell's history.
type clustersOfYours struct {
	LocalURL     string   `name:"local-url" help:"Run on clusters of yours: the local one's REST interface. Names are the run's own, and everything is removed." placeholder:"URL"`
	RemoteURL    string   `name:"remote-url" help:"The remote one's." placeholder:"URL"`
	LocalAuth    string   `help:"File with lines NAME: VALUE, of user and password, or api_key, and ca (a file in PEM). Otherwise CROSSCHECK_LOCAL_USER, _PASSWORD, _API_KEY, _CA are taken, or asked for." type:"path" placeholder:"FILE"`
	RemoteAuth   string   `help:"The same for the remote cluster, and CROSSCHECK_REMOTE_..." type:"path" placeholder:"FILE"`
	LocalCA      string   `name:"local-ca" help:"Authority of the local cluster's certificate, in PEM (default: those that this machine trusts)." type:"path" placeholder:"FILE"`
	RemoteCA     string   `name:"remote-ca" help:"The same for the remote cluster." type:"path" placeholder:"FILE"`
	ProxyAddress []string `help:"Where the local cluster reaches the remote cluster server or the transport interface of the remote one. PORT= in front says which documented port it stands for (9443, 9300, 9200, 9400); may be given more than once." placeholder:"[PORT=]HOST:PORT" sep:"none"`
	ServerName   string   `help:"Server name of the remote cluster (default: the host of the proxy address)." placeholder:"NAME"`
	Model        string   `help:"Security model of the clusters: api-key, certificate or none (default: as can be seen)." enum:",api-key,certificate,none" default:"" placeholder:"MODEL"`
	Alias        string   `help:"A remote cluster that the local one has already. It is only read." placeholder:"NAME"`
}

// options of a session that runs on these clusters.
func (c *clustersOfYours) options(s *streams) (o existing.Options, err error) {
	o = existing.Options{LocalURL: c.LocalURL, RemoteURL: c.RemoteURL, Addresses: c.ProxyAddress, ServerName: c.ServerName,
		Model: c.Model, Alias: c.Alias}
	if !o.Given() {
		if c.LocalAuth+c.RemoteAuth+c.LocalCA+c.RemoteCA != "" {
			return o, usagef("--local-auth, --remote-auth, --local-ca and --remote-ca are about clusters of yours; " +
				"name them with --local-url and --remote-url")
		}
		return o, nil
	}
	if o.LocalAuth, err = readCredentials(s, topology.Local, c.LocalURL, c.LocalAuth); err != nil {
		return o, err
	}
	if o.RemoteAuth, err = readCredentials(s, topology.Remote, c.RemoteURL, c.RemoteAuth); err != nil {
		return o, err
	}
	if c.LocalCA != "" {
		o.LocalAuth.CA = c.LocalCA
	}
	if c.RemoteCA != "" {
		o.RemoteAuth.CA = c.RemoteCA
	}
	o.Ask = asking(s)
	return o, nil
}

// readCredentials reads those of a file, and takes what that leaves open from the environment. Those in the URL go
// before the environment.
func readCredentials(s *streams, role, address, file string) (auth credentials.Credentials, err error) {
	if file != "" {
		if auth, err = readAuthFile(s, file); err != nil {
			return auth, err
		}
	}
	other := credentials.FromEnviron("CROSSCHECK_"+strings.ToUpper(role)+"_", os.Environ())
	u, err := url.Parse(address)
	if err == nil && u.User != nil {
		fmt.Fprintf(s.err, "crosscheck: warning: credentials in --%s-url are seen by everybody who can list processes; "+
			"put them into a file (--%s-auth)\n", role, role)
		if password, ok := u.User.Password(); ok {
			s.redactor.Add(password)
		}
		other = credentials.Credentials{CA: other.CA}
	}
	auth = auth.Or(other)
	s.redactor.Add(auth.Password)
	s.redactor.Add(auth.APIKey)
	return auth, nil
}

// userinfo is what stands before the host of a URL.
var userinfo = regexp.MustCompile(`://[^/@\s]*@`)

package existing

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/credentials"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/image"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Security models of a pair.
const (
	APIKey      = "api-key"
	Certificate = "certificate"
	None        = "none" // nothing is known of how the local cluster would connect
)

// Options name a pair of clusters.
type Options struct {
	LocalURL, RemoteURL   string
	LocalAuth, RemoteAuth credentials.Credentials
	// Addresses are where the local cluster reaches the remote one, HOST:PORT, or PORT=HOST:PORT with the documented
	// port that it stands for.
	Addresses  []string
	ServerName string // default: the host of the address, where that is a name
	Model      string // api-key, certificate or none; default: what can be seen
	Alias      string // of a connection that exists; empty: none
	Ask        Ask    // nil: nobody can be asked
	Secrets    topology.Secrets
}

// Given reports whether a pair is named.
func (o Options) Given() bool { return o.LocalURL != "" || o.RemoteURL != "" }

// Pair is two clusters of the user's, and how the local one reaches the remote one.
type Pair struct {
	Local, Remote *Side
	ServerName    string
	Model         string
	Alias         string // of a connection that exists; empty: none was named
	Prefix        string // of all names of the run

	addresses map[int]string // by documented port
	main      string         // the address for the model's own port; empty: none was given
	local     *lab.Cluster
	remote    *lab.Cluster
}

// closedPort is a documented port behind which nothing listens.
const closedPort = 9999

// Open reads what the two clusters are, and finds what keeps a run from beginning. It changes nothing.
func Open(ctx context.Context, o Options) (*Pair, error) {
	if o.LocalURL == "" || o.RemoteURL == "" {
		return nil, &SetupError{What: "--local-url and --remote-url name a pair; give both"}
	}
	p := &Pair{ServerName: o.ServerName, Alias: o.Alias, Prefix: "crosscheck-" + strings.ToLower(rand.Text()[:6]) + "-"}
	if err := p.readAddresses(o.Addresses); err != nil {
		return nil, err
	}
	for role, address := range map[string]string{topology.Local: o.LocalURL, topology.Remote: o.RemoteURL} {
		if _, _, err := base(role, address); err != nil {
			return nil, err
		}
	}
	for _, side := range []struct {
		role, url string
		auth      credentials.Credentials
		into      **Side
	}{{topology.Local, o.LocalURL, o.LocalAuth, &p.Local}, {topology.Remote, o.RemoteURL, o.RemoteAuth, &p.Remote}} {
		auth, err := withUserinfo(side.role, side.url, side.auth)
		if err != nil {
			return nil, err
		}
		for _, secret := range []string{auth.Password, auth.APIKey} {
			o.Secrets.Add(secret)
		}
		if *side.into, auth, err = connect(ctx, side.role, side.url, p.Prefix, auth, o.Ask); err != nil {
			return nil, err
		}
		for _, secret := range []string{auth.Password, auth.APIKey} {
			o.Secrets.Add(secret)
		}
	}
	if p.Local.UUID == p.Remote.UUID {
		return nil, &SetupError{What: fmt.Sprintf("%s and %s lead to the same cluster, %s; name two",
			p.Local.URL, p.Remote.URL, p.Local.Name)}
	}
	if err := p.findModel(ctx, o); err != nil {
		return nil, err
	}
	return p, nil
}

// withUserinfo takes the user and the password of a URL where no others are given.
func withUserinfo(role, address string, auth credentials.Credentials) (credentials.Credentials, error) {
	_, user, err := base(role, address)
	if err != nil || user == nil {
		return auth, err
	}
	if auth.User != "" || auth.APIKey != "" {
		return auth, &SetupError{Role: role, What: "there are credentials in its URL, and others beside it; give one of them"}
	}
	auth.User = user.Username()
	auth.Password, _ = user.Password()
	return auth, nil
}

var addressForm = regexp.MustCompile(`^(?:(\d+)=)?([^=\s/]+)$`)

// readAddresses reads HOST:PORT and PORT=HOST:PORT.
func (p *Pair) readAddresses(texts []string) error {
	p.addresses = map[int]string{closedPort: net.JoinHostPort("127.0.0.1", strconv.Itoa(closedPort))}
	for _, text := range texts {
		wrong := &SetupError{What: fmt.Sprintf("--proxy-address %s: write HOST:PORT, or PORT=HOST:PORT with the documented "+
			"port that it stands for, such as 9300=es.example:9400", text)}
		m := addressForm.FindStringSubmatch(text)
		if m == nil {
			return wrong
		}
		host, port, err := net.SplitHostPort(m[2])
		number, numberErr := strconv.Atoi(port)
		if err != nil || numberErr != nil || host == "" || number < 1 || number > 65535 {
			return wrong
		}
		if p.ServerName == "" && !isIP(host) {
			p.ServerName = host
		}
		if m[1] != "" {
			documented, err := strconv.Atoi(m[1])
			if err != nil {
				return wrong
			}
			p.addresses[documented] = m[2]
			continue
		}
		if p.main != "" {
			return &SetupError{What: fmt.Sprintf("--proxy-address: both %s and %s are without the documented port that they "+
				"stand for; write it in front of one, such as 9300=%s", p.main, m[2], m[2])}
		}
		p.main = m[2]
	}
	return nil
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// findModel takes the model that was named, or the one that can be seen, and gives the address its documented port.
func (p *Pair) findModel(ctx context.Context, o Options) error {
	credentials, err := p.readAlias(ctx)
	if err != nil {
		return err
	}
	switch _, port, _ := net.SplitHostPort(p.main); {
	case o.Model != "":
		p.Model = o.Model
	case p.main == "" && p.addresses[topology.RemoteClusterServerPort] == "" && p.addresses[topology.TransportPort] == "":
		p.Model = None
		if p.Alias != "" && credentials {
			p.Model = APIKey
		}
	case port == strconv.Itoa(topology.TransportPort), !p.Remote.Server:
		p.Model = Certificate
	default:
		p.Model = APIKey
	}
	if p.Model == APIKey && !p.Remote.Server {
		return &SetupError{Role: topology.Remote, URL: p.Remote.URL,
			What: "--model api-key: none of its nodes has remote_cluster_server.enabled"}
	}
	own := map[string]int{APIKey: topology.RemoteClusterServerPort, Certificate: topology.TransportPort}[p.Model]
	if p.main != "" && own != 0 && p.addresses[own] == "" {
		p.addresses[own] = p.main
	}
	return nil
}

// readAlias checks the alias that was named, and reports whether it has credentials, which the API key model takes.
func (p *Pair) readAlias(ctx context.Context) (credentials bool, err error) {
	if p.Alias == "" {
		return false, nil
	}
	all, err := p.Local.api.RemoteInfo(ctx)
	if err != nil {
		return false, p.Local.wrong("read _remote/info: %v", err)
	}
	info, there := all[p.Alias]
	if !there {
		var known []string
		for alias := range all {
			known = append(known, alias)
		}
		slices.Sort(known)
		return false, p.Local.wrong("--alias %s: it has no remote cluster of that alias; it has %s", p.Alias,
			cmp.Or(strings.Join(known, ", "), "none"))
	}
	return info["cluster_credentials"] != nil, nil
}

// Address is where the local cluster reaches a documented port of the remote one. The address of the model's own port
// also stands for the other model's, for scenarios in which nothing connects.
func (p *Pair) Address(port int) (string, error) {
	if address, ok := p.addresses[port]; ok {
		return address, nil
	}
	if p.main != "" && (port == topology.RemoteClusterServerPort || port == topology.TransportPort) {
		return p.main, nil
	}
	return "", p.Knows(port)
}

// Knows is an error unless it is known where the local cluster reaches that very port.
func (p *Pair) Knows(port int) error {
	if _, ok := p.addresses[port]; ok {
		return nil
	}
	return &lab.UncontrolledError{Fact: "proxy-address",
		Reason: fmt.Sprintf("how the local cluster reaches port %d of the remote one is not known; "+
			"--proxy-address %d=HOST:PORT says it", port, port)}
}

// Adopt makes clusters of a lab of the two.
func (p *Pair) Adopt(ctx context.Context, l *lab.Lab) (err error) {
	if p.local, err = p.Local.adopt(ctx, l); err != nil {
		return err
	}
	if p.remote, err = p.Remote.adopt(ctx, l); err != nil {
		return err
	}
	p.remote.ServerName = p.ServerName
	p.remote.Balancer = lab.Outside(p.main, p.Address)
	return nil
}

// Clusters are the two as the lab has them; nil before Adopt.
func (p *Pair) Clusters() (local, remote *lab.Cluster) { return p.local, p.remote }

func (s *Side) adopt(ctx context.Context, l *lab.Lab) (*lab.Cluster, error) {
	id := fmt.Sprintf("%s (yours, %s)", s.Name, s.Role)
	return l.Adopt(ctx, lab.Adoption{
		Spec: lab.ClusterSpec{Role: s.Role, Version: s.Exact, Security: s.Secured}, Name: id,
		Image:   image.Image{Ref: s.URL, Version: s.Exact, Source: image.Existing},
		Process: process{"the " + s.Role + " cluster"}, API: s.api,
	})
}

// Searcher is who searches across where a scenario names nobody and takes a superuser; nil: the user that was given is
// one.
func (p *Pair) Searcher() (*elastic.Client, error) {
	if p.Local.superuser || p.Local.byKey {
		return nil, nil
	}
	return elastic.NewOver("nobody.invalid", nobody{p.Local.user})
}

// nobody answers no request: the scenario takes a superuser for it.
type nobody struct{ user string }

// RoundTrip implements http.RoundTripper.
func (n nobody) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &lab.UncontrolledError{
		Reason: fmt.Sprintf("the scenario searches as a superuser of the local cluster, and %s is none", n.user)}
}

// Close removes what scenarios have left of the run's, and says what that was.
func (p *Pair) Close(ctx context.Context) (removed []string, err error) {
	var errs []error
	for _, s := range []*Side{p.Local, p.Remote} {
		found, err := s.fence.sweep(ctx)
		removed, errs = append(removed, found...), append(errs, err)
	}
	return removed, errors.Join(errs...)
}

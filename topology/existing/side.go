package existing

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/topology/credentials"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// Side is one of the two clusters, as it says itself what it is.
type Side struct {
	Role    string
	URL     string // without credentials
	Name    string // cluster.name
	UUID    string
	Version *semver.Version // as the nodes say, without a suffix such as -SNAPSHOT
	Exact   string          // as the nodes say
	Build   string          // build hash
	Nodes   int
	Secured bool   // security is on
	License string // trial, basic, enterprise...; empty where it does not say
	Server  bool   // some node has the remote cluster server enabled

	user      string // whom requests are made as
	superuser bool
	byKey     bool // requests are made with an API key
	api       *elastic.Client
	fence     *fence
}

// String reads "https://es.example:9200 (staging, 9.3.2, basic license, as qa)".
func (s *Side) String() string {
	about := []string{s.Name, s.Exact}
	if s.License != "" {
		about = append(about, s.License+" license")
	}
	if s.Secured {
		about = append(about, "as "+s.user)
	} else {
		about = append(about, "without security")
	}
	return s.URL + " (" + strings.Join(about, ", ") + ")"
}

// base is the URL of a cluster as a user writes it, without credentials.
func base(role, text string) (*url.URL, *url.Userinfo, error) {
	wrong := func(what string) error { return &SetupError{Role: role, What: what} }
	u, err := url.Parse(text)
	switch {
	case err != nil: // the error repeats the text, which may hold a password
		return nil, nil, wrong("--" + role + "-url is no URL; write it like https://es.example:9200")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, nil, wrong("--" + role + "-url: write it like https://es.example:9200, with http or https")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, nil, wrong("--" + role + "-url holds more than an address; write it like https://es.example:9200")
	}
	user := u.User
	u.User = nil
	u.Path = strings.TrimRight(u.Path, "/")
	if u.Port() == "" && u.Path == "" {
		return nil, nil, wrong("--" + role + "-url has no port; write it like https://" + u.Hostname() + ":9200, or :443")
	}
	return u, user, nil
}

// connectTimeout is how long each of TCP and TLS to a cluster may take: an address that swallows packets answers never.
const connectTimeout = 10 * time.Second

// connect reads what a cluster is. It changes nothing. ask may be nil: nobody can be asked.
func connect(
	ctx context.Context, role, address, prefix string, auth credentials.Credentials, ask Ask,
) (*Side, credentials.Credentials, error) {
	u, _, err := base(role, address)
	if err != nil {
		return nil, auth, err
	}
	config, err := auth.TLS()
	if err != nil {
		return nil, auth, &SetupError{Role: role, What: err.Error()}
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: config,
		DialContext: (&net.Dialer{Timeout: connectTimeout}).DialContext, TLSHandshakeTimeout: connectTimeout,
		MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, ResponseHeaderTimeout: 2 * time.Minute,
	}
	s := &Side{Role: role, URL: u.String()}
	plain, err := elastic.NewAt(u, transport)
	if err != nil {
		return nil, auth, err
	}
	f := &fence{role: role, prefix: prefix, base: u.Path, next: transport, made: map[thing]bool{}}
	fenced, err := elastic.NewAt(u, f)
	if err != nil {
		return nil, auth, err
	}
	if auth, err = s.identify(ctx, plain, auth, ask); err != nil {
		return nil, auth, err
	}
	f.api = auth.Client(plain)
	s.fence, s.api = f, auth.Client(fenced)
	err = s.inspect(ctx, f.api)
	return s, auth, err
}

// Ask asks the user for the credentials of a cluster, of which some may be there.
type Ask func(role string, have credentials.Credentials) (credentials.Credentials, error)

// identify finds out that an Elasticsearch answers, and that it takes the credentials. Where credentials are missing
// they are asked for, if somebody can be asked.
func (s *Side) identify(
	ctx context.Context, plain *elastic.Client, auth credentials.Credentials, ask Ask,
) (credentials.Credentials, error) {
	if ask != nil && auth.User != "" && auth.Password == "" {
		var err error
		if auth, err = ask(s.Role, auth); err != nil {
			return auth, err
		}
	}
	res, err := auth.Client(plain).Do(ctx, http.MethodGet, nodesPath, nil)
	if err != nil {
		return auth, s.unreachable(ctx, err)
	}
	if res.Status == http.StatusUnauthorized && auth.User == "" && auth.APIKey == "" {
		if ask == nil {
			return auth, s.wrong("it wants credentials, and there are none; put them into a file (--%s-auth FILE) "+
				"or into CROSSCHECK_%s_USER and _PASSWORD, or _API_KEY", s.Role, strings.ToUpper(s.Role))
		}
		if auth, err = ask(s.Role, auth); err != nil {
			return auth, err
		}
		if res, err = auth.Client(plain).Do(ctx, http.MethodGet, nodesPath, nil); err != nil {
			return auth, s.unreachable(ctx, err)
		}
	}
	if err := auth.Check(); err != nil {
		return auth, s.wrong("%v", err)
	}
	if err := s.admitted(ctx, auth, res); err != nil {
		return auth, err
	}
	return auth, s.product(ctx, auth.Client(plain), res)
}

// admitted says what is wrong where a cluster does not let the credentials in.
func (s *Side) admitted(ctx context.Context, auth credentials.Credentials, res elastic.Response) error {
	switch {
	case res.Status == http.StatusBadRequest && strings.HasPrefix(s.URL, "http:") && speaksTLS(ctx, s.URL):
		return s.wrong("it speaks TLS there; write https://")
	case res.Status == http.StatusUnauthorized && auth.APIKey != "":
		return s.wrong("it does not take the API key; is it the encoded one, of this cluster, and still valid?")
	case res.Status == http.StatusUnauthorized:
		return s.wrong("it does not take the password of user %q", auth.User)
	case res.Status == http.StatusForbidden:
		return s.wrong("the user may not read _nodes, which takes the cluster privilege monitor: %s",
			shortened(res.Body))
	}
	return nil
}

func (s *Side) wrong(format string, args ...any) error {
	return &SetupError{Role: s.Role, URL: s.URL, What: fmt.Sprintf(format, args...)}
}

// nodesPath asks for the nodes and their settings that say what a scenario has to know.
const nodesPath = "/_nodes/settings?filter_path=cluster_name,nodes.*.name,nodes.*.version,nodes.*.build_hash," +
	"nodes.*.build_flavor,nodes.*.settings.remote_cluster_server.enabled"

// product reads the answer to nodesPath. Not everything that answers there is an Elasticsearch.
func (s *Side) product(ctx context.Context, api *elastic.Client, res elastic.Response) error {
	root, err := api.Do(ctx, http.MethodGet, "/", nil) // images that lack the module rest-root answer 400
	if err != nil {
		return s.unreachable(ctx, err)
	}
	var greeting struct {
		Version struct{ Number, Distribution string }
	}
	if json.Unmarshal(root.Body, &greeting) == nil && greeting.Version.Distribution != "" {
		return s.wrong("it is %s %s, and not Elasticsearch", greeting.Version.Distribution, greeting.Version.Number)
	}
	var answer struct {
		Cluster string `json:"cluster_name"`
		Nodes   map[string]struct {
			Version  string `json:"version"`
			Build    string `json:"build_hash"`
			Flavor   string `json:"build_flavor"`
			Settings struct {
				Server struct {
					Enabled any `json:"enabled"`
				} `json:"remote_cluster_server"`
			} `json:"settings"`
		} `json:"nodes"`
	}
	if err := json.Unmarshal(res.Body, &answer); err != nil || res.Status != http.StatusOK || len(answer.Nodes) == 0 {
		return s.wrong("no Elasticsearch answers there: GET /_nodes answered %d %s", res.Status, shortened(res.Body))
	}
	s.Name, s.Nodes = answer.Cluster, len(answer.Nodes)
	for _, n := range answer.Nodes {
		version, err := semver.NewVersion(n.Version)
		if err != nil || n.Flavor == "" {
			return s.wrong("no Elasticsearch answers there: a node says that its version is %q, of flavor %q", n.Version,
				n.Flavor)
		}
		if s.Exact != "" && s.Exact != n.Version {
			return s.wrong("its nodes are of several versions, %s and %s; wait for the end of the upgrade", s.Exact, n.Version)
		}
		s.Exact, s.Build = n.Version, n.Build
		s.Version = semver.New(version.Major(), version.Minor(), version.Patch(), "", "")
		s.Server = s.Server || fmt.Sprint(n.Settings.Server.Enabled) == "true"
	}
	return nil
}

// inspect reads what else there is to know: health, license, security, and whom requests are made as.
func (s *Side) inspect(ctx context.Context, api *elastic.Client) error {
	if err := api.Ready(ctx); err != nil {
		return s.wrong("it is not healthy (%v); a run on it would tell nothing", err)
	}
	var state struct {
		UUID string `json:"cluster_uuid"`
	}
	if err := get(ctx, api, "/_cluster/state/version?filter_path=cluster_uuid", &state); err != nil {
		return s.wrong("read the cluster's UUID: %v", err)
	}
	s.UUID = state.UUID
	if license, err := api.License(ctx); err == nil {
		s.License = license
	}
	var me struct {
		Username string
		Roles    []string
		Type     string `json:"authentication_type"`
	}
	res, err := api.Do(ctx, http.MethodGet, "/_security/_authenticate", nil)
	if err != nil {
		return s.unreachable(ctx, err)
	}
	if s.Secured = res.Status == http.StatusOK; !s.Secured {
		s.superuser = true // without security everybody may do everything
		return nil
	}
	if err := json.Unmarshal(res.Body, &me); err != nil {
		return s.wrong("read who the user is: %v", err)
	}
	s.user, s.byKey, s.superuser = me.Username, me.Type == "api_key", slices.Contains(me.Roles, "superuser")
	return s.privileges(ctx, api)
}

// privileges is an error that names what the user may not do and a run has to.
func (s *Side) privileges(ctx context.Context, api *elastic.Client) error {
	var answer struct {
		All     bool                       `json:"has_all_requested"`
		Cluster map[string]bool            `json:"cluster"`
		Index   map[string]map[string]bool `json:"index"`
	}
	pattern := s.fence.prefix + "*"
	request := map[string]any{
		"cluster": []string{"monitor", "manage", "manage_security"},
		"index": []any{map[string]any{"names": []string{pattern},
			"privileges": []string{"create_index", "write", "read", "manage"}}},
	}
	res, err := api.Do(ctx, http.MethodPost, "/_security/user/_has_privileges", request)
	err = failed(res.Status, res.Body, err)
	if err == nil {
		err = json.Unmarshal(res.Body, &answer)
	}
	if err != nil {
		return s.wrong("read the privileges of %s: %v", s.user, err)
	}
	if answer.All {
		return nil
	}
	var lacks []string
	if of := lacking(answer.Cluster); of != "" {
		lacks = append(lacks, "of the cluster "+of)
	}
	if of := lacking(answer.Index[pattern]); of != "" {
		lacks = append(lacks, "of the indices "+pattern+" "+of)
	}
	return s.wrong("user %q lacks privileges: %s", s.user, strings.Join(lacks, "; "))
}

// lacking are the privileges that an answer denies, sorted.
func lacking(privileges map[string]bool) string {
	var all []string
	for name, has := range privileges {
		if !has {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func get(ctx context.Context, api *elastic.Client, path string, into any) error {
	res, err := api.Do(ctx, http.MethodGet, path, nil)
	err = failed(res.Status, res.Body, err)
	if err != nil {
		return err
	}
	return json.Unmarshal(res.Body, into)
}

// process is where the nodes of a cluster run, of which nothing is known. It implements lab.Process.
type process struct{ cluster string }

// Logs implements lab.Process.
func (p process) Logs(context.Context, time.Time) (string, error) {
	return "", lab.NotOurs(p.cluster, "the logs of its nodes")
}

// State implements lab.Process. Whether a node runs is for the cluster to say.
func (process) State(context.Context) (docker.State, error) {
	return docker.State{Running: true, Text: "a node of a cluster of yours"}, nil
}

// unreachable says why a cluster does not answer, as far as it can be told.
func (s *Side) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &authority):
		return s.wrong("its certificate is of an authority that this machine does not know; "+
			"name its file with --%s-ca", s.Role)
	case errors.As(err, &host):
		return s.wrong("its certificate is for another name (%v); write the URL with one of those", host)
	case errors.As(err, &invalid):
		return s.wrong("its certificate cannot be trusted: %v", invalid)
	case errors.As(err, &record) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return s.wrong("it does not speak TLS there; is it http://, or another port?")
	case strings.HasPrefix(s.URL, "http:") && speaksTLS(ctx, s.URL):
		return s.wrong("it speaks TLS there; write https://")
	}
	if network, ok := errors.AsType[*net.OpError](err); ok {
		err = network // without the request
	}
	return &UnreachableError{Role: s.Role, URL: s.URL, Err: err}
}

// speaksTLS reports whether a TLS handshake gets an answer where plain HTTP did not.
func speaksTLS(ctx context.Context, address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	//nolint:gosec // nothing is sent: the handshake alone tells
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	conn, err := dialer.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

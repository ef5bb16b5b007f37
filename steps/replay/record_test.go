package replay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/session"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

// scenarioOf is a scenario that has a recording of that name.
type scenarioOf struct{ name, feature, scenario string }

// recorded are the scenarios that have recordings, by the pair of versions that they were recorded on.
var recorded = []struct {
	local, remote string
	scenarios     []scenarioOf
}{
	{"9.3.2", "9.3.2", []scenarioOf{
		{"key-connects", "api_key/connect.feature", "The documented steps connect the clusters"},
		{"key-under-another-alias", "api_key/credentials.feature", "The key is stored under another case of the alias"},
		{"key-wrong-secret", "api_key/credentials.feature", "The stored value is a wrong secret"},
		{"key-to-http-port", "api_key/wrong_port.feature", "The wrong port: the HTTP interface"},
		{"key-user-without-privileges", "roles/api_key.feature", "The user's role names no remote indices"},
		{"reload-refused", "api_key/credentials.feature", "A user without the privilege reloads the secure settings"},
		{"settings-refused", "settings/refused.feature",
			"Switching from proxy mode to sniff mode with the old settings in place"},
		{"certificate-connects", "tls_certificate/connect.feature", "The documented steps connect the clusters"},
		{"balancer-refuses", "reachability/refused.feature",
			"It is down before the local cluster connects, and comes back"},
		{"sniff-mode-refused", "reachability/refused.feature",
			"It is down, and the seed of sniff mode points at it"},
		{"authority-unknown", "tls_certificate/trust.feature",
			"The remote cluster does not know the authority of the local cluster"},
	}},
	{"8.14.3", "8.19.0", []scenarioOf{
		{"older-key-connects", "api_key/connect.feature", "The documented steps connect the clusters"},
		{"older-key-under-another-alias", "api_key/credentials.feature",
			"The key is stored under another case of the alias"},
	}},
}

// nodes is how many nodes run at once while scenarios are recorded: a local and a remote cluster.
const nodes = 2

// balancerAPI is the port of the load balancer's API in its container, whose address a Linux machine reaches.
const balancerAPI = "8474"

// TestRecord runs scenarios on real clusters and stores the recordings. It does nothing unless it is asked for.
func TestRecord(t *testing.T) {
	if os.Getenv("CROSSCHECK_RECORD") == "" {
		t.Skip("recordings are made with CROSSCHECK_RECORD=1 alone")
	}
	features, err := gherkin.Load(os.DirFS("../../features"), ".")
	require.NoError(t, err)
	for _, on := range recorded {
		t.Run(on.local+" to "+on.remote, func(t *testing.T) {
			r := openRecorder(t, on.local, on.remote)
			for _, s := range on.scenarios {
				t.Run(s.name, func(t *testing.T) { r.record(t, s.name, find(t, features, s.feature, s.scenario)) })
			}
		})
	}
}

func find(t *testing.T, features []gherkin.Scenario, file, name string) gherkin.Scenario {
	t.Helper()
	for _, s := range features {
		if s.File == file && s.Name == name {
			return s
		}
	}
	require.Fail(t, "there is no such scenario", "%s: %s", file, name)
	return gherkin.Scenario{}
}

// recorder keeps what the scenario that runs asks of its clusters.
type recorder struct {
	session *session.Session

	mu      sync.Mutex
	on      bool
	calls   []Call
	secrets []string
}

// openRecorder opens a session on real clusters.
func openRecorder(t *testing.T, local, remote string) *recorder {
	t.Helper()
	r := &recorder{}
	timeouts := topology.DefaultTimeouts()
	timeouts.Scale(3) // the machine may be busy with other things
	s, err := session.Open(t.Context(), session.Options{
		Local: []string{local}, Remote: []string{remote}, Timeouts: timeouts, Secrets: r,
		RunOptions: session.RunOptions{KeystoreTool: true}, // a keystore is recorded as words, which no file is
		Note:       func(text string) { t.Log(text) },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.WithoutCancel(t.Context()))) })
	s.Env().Suffix, s.Env().Pool = suffix, pool.New(r, nodes)
	r.session = s
	return r
}

// record runs a scenario and stores its recording.
func (r *recorder) record(t *testing.T, name string, scenario gherkin.Scenario) {
	text := bytes.Split(scenario.Alone(), []byte("\n"))
	out := &Recording{Recorded: time.Now().UTC().Format(time.DateOnly)}
	for _, line := range text {
		if len(bytes.TrimSpace(line)) > 0 {
			out.Scenario = append(out.Scenario, string(line))
		}
	}
	items := plan(t, out.Scenario, r.session.Pairs[0], r.session.Env())
	r.start()
	ran := suite.Run(t.Context(), items, options(r.session.Env()))
	out.Calls = r.stop()
	result := ran.Scenarios[0]
	require.Equal(t, verdict.Passed, result.Verdict, "only what passes is stored: %s", describe(result))
	for _, c := range ran.Clusters {
		at := result.Topology
		for _, side := range at.Clusters {
			build := Build{Version: c.Version, Hash: c.BuildHash, Name: c.Name, ServerName: side.ServerName}
			switch {
			case side.Name != c.Name:
			case side.Role == topology.Local:
				out.Local = build
			default:
				out.Remote = build
			}
		}
		out.Balancer = at.Balancer.Name
	}
	require.NoError(t, out.write(name))
}

// Add implements topology.Secrets.
func (r *recorder) Add(secret string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets = append(r.secrets, secret)
}

func (r *recorder) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on, r.calls = true, nil
}

// stop ends a recording and answers its calls, with words in the place of secrets.
func (r *recorder) stop() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on = false
	words := map[string]string{}
	hide := func(text []byte) []byte {
		for _, secret := range r.secrets {
			if !bytes.Contains(text, []byte(secret)) {
				continue
			}
			if words[secret] == "" {
				words[secret] = "secret" + strconv.Itoa(len(words)+1)
			}
			text = bytes.ReplaceAll(text, []byte(secret), []byte(words[secret]))
		}
		return text
	}
	for i := range r.calls {
		r.calls[i].Request, r.calls[i].Answer = hide(r.calls[i].Request), hide(r.calls[i].Answer)
	}
	return r.calls
}

func (r *recorder) add(c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.on && !isGreeting(c) {
		r.calls = append(r.calls, c)
	}
}

// Start implements pool.Starter: it starts a cluster, and answers one that is recorded and stands for it.
func (r *recorder) Start(ctx context.Context, spec lab.ClusterSpec) (*lab.Cluster, error) {
	behind, err := r.session.Lab.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	access, err := behind.Access(ctx)
	if err != nil {
		return nil, errors.Join(err, r.session.Lab.Stop(ctx, behind))
	}
	api, err := elastic.NewOver(strings.TrimPrefix(access.URL, "http://"), recordedTransport{spec.Role, r})
	if err != nil {
		return nil, errors.Join(err, r.session.Lab.Stop(ctx, behind))
	}
	if spec.Security {
		api = api.As(access.User, access.Password)
	}
	c, err := r.session.Lab.Adopt(ctx, lab.Adoption{Spec: spec, Name: behind.Name, ServerName: behind.ServerName,
		Image: behind.Image, Process: &recordedProcess{behind.Processes()[0], spec.Role, r, behind}, API: api})
	if err != nil {
		return nil, errors.Join(err, r.session.Lab.Stop(ctx, behind))
	}
	if lb := behind.Balancer; lb != nil {
		ip, err := lb.IP(ctx)
		if err != nil {
			return nil, errors.Join(err, r.session.Lab.Stop(ctx, behind))
		}
		c.Balancer = &lab.LoadBalancer{Name: lb.Name, Names: lb.Names,
			Client: balancer.NewOver("http://"+net.JoinHostPort(ip, balancerAPI), recordedTransport{balancerSide, r})}
	}
	return c, nil
}

// Stop implements pool.Starter.
func (r *recorder) Stop(ctx context.Context, c *lab.Cluster) error {
	return r.session.Lab.Stop(ctx, c.Processes()[0].(*recordedProcess).behind)
}

// recordedTransport records the REST calls to a side.
type recordedTransport struct {
	side     string
	recorder *recorder
}

// RoundTrip implements http.RoundTripper.
func (t recordedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	asked, err := callOf(t.side, req)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(answer))
	asked.Status, asked.Answer = res.StatusCode, bytes.TrimSpace(answer)
	t.recorder.add(asked)
	return res, nil
}

// callOf is the call that a request makes. The request can still be sent.
func callOf(side string, req *http.Request) (Call, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return Call{}, err
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	return Call{Side: side, Call: req.Method + " " + req.URL.RequestURI(), User: userOf(req), Request: request(body)}, nil
}

// userOf is who makes a request: a user's name, or "an API key".
func userOf(req *http.Request) string {
	user, _, ok := req.BasicAuth()
	if !ok && req.Header.Get("Authorization") != "" {
		return "an API key"
	}
	return user
}

// recordedProcess records what is read from, done in and put into the container of a node.
type recordedProcess struct {
	lab.ReachableProcess
	side     string
	recorder *recorder
	behind   *lab.Cluster
}

// Logs implements lab.Process.
func (p *recordedProcess) Logs(ctx context.Context, since time.Time) (string, error) {
	text, err := p.ReachableProcess.Logs(ctx, since)
	if err == nil {
		p.recorder.add(Call{Side: p.side, Call: "log", Answer: Body(prune(text))})
	}
	return text, err
}

// Exec implements lab.ReachableProcess.
func (p *recordedProcess) Exec(ctx context.Context, stdin string, command ...string) (docker.ExecResult, error) {
	res, err := p.ReachableProcess.Exec(ctx, stdin, command...)
	if err == nil && res.ExitCode == 0 { // no recorded scenario has a command that fails
		c := Call{Side: p.side, Call: "exec " + strings.Join(command, " "), Request: Body(stdin), Answer: Body(res.Stdout)}
		if command[0] == "cat" {
			c.Answer = Body("the content")
		}
		p.recorder.add(c)
	}
	return res, err
}

// Put implements lab.ReachableProcess.
func (p *recordedProcess) Put(ctx context.Context, files ...docker.File) error {
	for _, f := range files {
		p.recorder.add(Call{Side: p.side, Call: "put " + path.Base(f.Path)})
	}
	return p.ReachableProcess.Put(ctx, files...)
}

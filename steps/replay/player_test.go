package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
	"github.com/crosscheck-dev/crosscheck/topology/docker"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// player stands in for the clusters of a recording and gives its answers.
type player struct {
	t         *testing.T
	recording *Recording
	lab       *lab.Lab
	// lenient lets a scenario leave the recorded order: one that waits for what a doctored answer denies asks again and
	// again, and then goes on with its clean-up.
	lenient bool

	mu      sync.Mutex
	next    int // the place of the next recorded call
	strayed []string
}

func newPlayer(t *testing.T, r *Recording) *player {
	t.Helper()
	l, err := lab.NewLab(t.Context(), lab.Options{Timeouts: topology.DefaultTimeouts(), KeystoreTool: true})
	require.NoError(t, err)
	return &player{t: t, recording: r, lab: l}
}

// answer finds the recorded call that asks the same: the next one, or, where the scenario may leave the order, the last
// one before, or the first one after.
func (p *player) answer(asked Call) (Call, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := p.recording.Calls
	same := func(c Call) bool { return c.asks(asked) }
	if p.next < len(calls) && same(calls[p.next]) {
		p.next++
		return calls[p.next-1], nil
	}
	if p.lenient {
		for _, c := range slices.Backward(calls[:p.next]) {
			if same(c) {
				return c, nil
			}
		}
		if ahead := slices.IndexFunc(calls[p.next:], same); ahead >= 0 {
			p.next += ahead + 1
			return calls[p.next-1], nil
		}
		return Call{}, errors.New("the recording has no such call")
	}
	wanted := "nothing more"
	if p.next < len(calls) {
		wanted = calls[p.next].String()
	}
	text := fmt.Sprintf("call %d is\n  %s\nand the recording has\n  %s", p.next+1, asked, wanted)
	p.strayed = append(p.strayed, text)
	return Call{}, errors.New(text)
}

// followed is an error unless the scenario made all recorded calls and no others, in their order.
func (p *player) followed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.strayed) > 0 {
		return errors.New(p.strayed[0])
	}
	if p.next < len(p.recording.Calls) {
		return fmt.Errorf("the scenario made %d of %d calls; the next one is\n  %s",
			p.next, len(p.recording.Calls), p.recording.Calls[p.next])
	}
	return nil
}

// Start implements pool.Starter.
func (p *player) Start(ctx context.Context, spec lab.ClusterSpec) (*lab.Cluster, error) {
	build := p.recording.Local
	if spec.Role == topology.Remote {
		build = p.recording.Remote
	}
	api, err := elastic.NewOver("elasticsearch.test:9200", playedTransport{p, spec.Role, build})
	if err != nil {
		return nil, err
	}
	if spec.Security {
		api = api.As("crosscheck-admin", "secret")
	}
	c, err := p.lab.Adopt(ctx, lab.Adoption{Spec: spec, Name: build.Name, ServerName: build.ServerName,
		Process: &playedProcess{p, spec.Role}, API: api})
	if err == nil && spec.Role == topology.Remote {
		c.Balancer = &lab.LoadBalancer{Name: p.recording.Balancer, Names: []string{p.recording.Balancer},
			Client: balancer.NewOver("http://balancer.test", playedTransport{p, balancerSide, Build{}})}
	}
	return c, err
}

// Stop implements pool.Starter.
func (p *player) Stop(context.Context, *lab.Cluster) error { return nil }

// playedTransport gives the recorded answers to the REST calls to a side.
type playedTransport struct {
	player *player
	side   string
	build  Build
}

// RoundTrip implements http.RoundTripper.
func (t playedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	asked, err := callOf(t.side, req)
	if err != nil {
		return nil, err
	}
	answered := Call{Status: http.StatusOK, Answer: t.build.greeting()}
	if !isGreeting(asked) {
		if answered, err = t.player.answer(asked); err != nil {
			answered = Call{Status: http.StatusNotImplemented, Answer: Body(err.Error())}
		}
	}
	body, err := answered.broken.body(answered.Answer)
	if err != nil {
		return nil, err
	}
	return &http.Response{Status: http.StatusText(answered.Status), StatusCode: answered.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(body), ContentLength: -1, Request: req}, nil
}

// isGreeting reports whether a call only asks whether a cluster is up and which version it is. Such calls are made
// while clusters start, which belongs to no scenario.
func isGreeting(c Call) bool {
	return strings.HasPrefix(c.Call, "GET /_cluster/health") || strings.HasPrefix(c.Call, "GET /_nodes/_all/_none")
}

// greeting answers the calls of isGreeting.
func (b Build) greeting() Body {
	body, err := json.Marshal(map[string]any{"status": "green", "nodes": map[string]any{
		"node": map[string]any{"name": b.Name + "-1", "version": b.Version, "build_hash": b.Hash},
	}})
	if err != nil {
		return nil
	}
	return body
}

// breakage is how an answer breaks off.
type breakage string

const (
	whole      breakage = ""
	cutOff     breakage = "the answer ends in its middle"
	noAnswer   breakage = "the connection ends without an answer"
	notSpoken  breakage = "what answers does not speak HTTP"
	noListener breakage = "nothing listens"
)

// body is what Go's own HTTP transport makes of an answer that breaks off like that: a body, or an error.
func (b breakage) body(answer Body) (io.Reader, error) {
	switch b {
	case cutOff:
		half := bytes.NewReader(answer[:len(answer)/2])
		return io.MultiReader(half, iotest.ErrReader(io.ErrUnexpectedEOF)), nil
	case noAnswer:
		return nil, io.EOF
	case notSpoken:
		return nil, errors.New(`net/http: transport connection broken: malformed HTTP response "220 ready"`)
	case noListener:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	return bytes.NewReader(answer), nil
}

// playedProcess is the container of a node.
type playedProcess struct {
	player *player
	side   string
}

// Logs implements lab.Process.
func (p *playedProcess) Logs(context.Context, time.Time) (string, error) {
	c, err := p.player.answer(Call{Side: p.side, Call: "log"})
	if err == nil && c.broken != whole {
		err = errors.New(string(c.broken))
	}
	return string(c.Answer), err
}

// State implements lab.Process.
func (p *playedProcess) State(context.Context) (docker.State, error) {
	return docker.State{Running: true}, nil
}

// Exec implements lab.ReachableProcess.
func (p *playedProcess) Exec(_ context.Context, stdin string, command ...string) (docker.ExecResult, error) {
	c, err := p.player.answer(Call{Side: p.side, Call: "exec " + strings.Join(command, " "), Request: Body(stdin)})
	if err == nil && c.broken != whole {
		err = errors.New(string(c.broken))
	}
	return docker.ExecResult{Stdout: string(c.Answer)}, err
}

// Put implements lab.ReachableProcess.
func (p *playedProcess) Put(_ context.Context, files ...docker.File) error {
	for _, f := range files {
		if _, err := p.player.answer(Call{Side: p.side, Call: "put " + path.Base(f.Path)}); err != nil {
			return err
		}
	}
	return nil
}

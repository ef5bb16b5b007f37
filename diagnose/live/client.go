package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/diagnose/read"
	"github.com/crosscheck-dev/crosscheck/topology/credentials"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// allowed are the requests that may be sent, as METHOD PATH without the query. All of them read.
var allowed = []*regexp.Regexp{
	regexp.MustCompile(`^GET /$`),
	regexp.MustCompile(`^GET /_remote/info$`),
	regexp.MustCompile(`^GET /_cluster/settings$`),
	regexp.MustCompile(`^GET /_nodes$`),
	regexp.MustCompile(`^GET /_license$`),
	regexp.MustCompile(`^GET /_security/_authenticate$`),
	regexp.MustCompile(`^GET /_security/user/(_has_privileges|_privileges)$`),
	regexp.MustCompile(`^GET /_security/api_key$`),
	regexp.MustCompile(`^GET /_resolve/cluster/[^/]+:\*$`),
	regexp.MustCompile(`^GET /[^/_][^/]*:\*/_search$`),
	regexp.MustCompile(`^GET /_ccr/stats$`),
	regexp.MustCompile(`^GET /_cat/indices$`),
}

// fence lets allowed requests through, and keeps what headers say of who answers.
type fence struct {
	base string // the path of the cluster's URL
	next http.RoundTripper

	mu     sync.Mutex
	kibana bool
}

// RoundTrip implements http.RoundTripper.
func (f *fence) RoundTrip(req *http.Request) (*http.Response, error) {
	line := req.Method + " " + strings.TrimPrefix(req.URL.Path, f.base)
	if !permitted(line) {
		return nil, fmt.Errorf("%s is not in the list of requests that a diagnosis may make", line)
	}
	res, err := f.next.RoundTrip(req)
	if err == nil {
		f.mu.Lock()
		f.kibana = f.kibana || res.Header.Get("kbn-name") != "" || res.Header.Get("kbn-license-sig") != ""
		f.mu.Unlock()
	}
	return res, err
}

func permitted(line string) bool {
	for _, a := range allowed {
		if a.MatchString(line) {
			return true
		}
	}
	return false
}

func (f *fence) isKibana() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kibana
}

// cluster is one cluster that is asked.
type cluster struct {
	side  evidence.Side
	url   *url.URL
	auth  credentials.Credentials
	flag  string // the options of this cluster begin so: --, or --remote-
	api   *elastic.Client
	fence *fence

	version string
	secured bool // it has security, as far as it says
	pieces  []evidence.Piece
	notes   []evidence.Note
}

// open makes a client for a cluster. Nothing is sent.
func open(side evidence.Side, text string, auth credentials.Credentials) (*cluster, func(), error) {
	flag := "--"
	if side == evidence.Remote {
		flag = "--remote-"
	}
	u, err := address(flag+"url", text)
	if err != nil {
		return nil, nil, err
	}
	auth = auth.Or(UserOf(text))
	if err := auth.Check(); err != nil {
		return nil, nil, &UsageError{Where: u.String(), What: err.Error()}
	}
	trust, err := auth.TLS()
	if err != nil {
		return nil, nil, &UsageError{Where: flag + "ca", What: err.Error()}
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: trust,
		MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: requestTimeout,
	}
	c := &cluster{side: side, url: u, auth: auth, flag: flag, fence: &fence{base: u.Path, next: transport}}
	plain, err := elastic.NewAt(u, c.fence)
	if err != nil {
		return nil, nil, err
	}
	c.api = auth.Client(plain)
	return c, transport.CloseIdleConnections, nil
}

// errTooLong is a request that took longer than it may.
var errTooLong = errors.New("no answer in time")

// get asks, for as long as a request may take. A body is sent as JSON; nil is none.
func (c *cluster) get(ctx context.Context, path string, body any) (elastic.Response, error) {
	return c.getWithin(ctx, requestTimeout, path, body)
}

func (c *cluster) getWithin(ctx context.Context, limit time.Duration, path string, body any) (elastic.Response, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTooLong)
	defer cancel()
	res, err := c.api.Do(ctx, http.MethodGet, path, body)
	if err != nil && ctx.Err() != nil {
		return res, fmt.Errorf("GET %s: %w", path, context.Cause(ctx))
	}
	return res, err
}

// decode asks and decodes a 200 into out.
func (c *cluster) decode(ctx context.Context, path string, body, out any) error {
	res, err := c.get(ctx, path, body)
	if err != nil {
		return err
	}
	if res.Status != http.StatusOK {
		return &elastic.StatusError{Response: res}
	}
	if err := json.Unmarshal(res.Body, out); err != nil {
		return fmt.Errorf("read the answer to GET %s: %w", path, err)
	}
	return nil
}

// observe asks and keeps a 200 as evidence, and reports whether it could. What is not there, or may not be seen, is a
// note.
func (c *cluster) observe(ctx context.Context, path string) (ok bool) {
	res, err := c.get(ctx, path, nil)
	switch {
	case err != nil:
		c.note(path, evidence.NotSeen, err.Error()+".")
	case res.Status == http.StatusForbidden:
		c.note(path, evidence.Refused, "The user may not: "+reason(res.Body)+".")
	case res.Status != http.StatusOK:
		c.note(path, evidence.NotSeen, fmt.Sprintf("It answered %d: %s.", res.Status, reason(res.Body)))
	default:
		return c.keep(res)
	}
	return false
}

// keep makes pieces of an answer, whatever its status.
func (c *cluster) keep(res elastic.Response) bool {
	found, err := pieces(c.side, res)
	if err != nil {
		c.note(res.Path, evidence.Broken, err.Error()+".")
		return false
	}
	for i := range found.Pieces {
		p := &found.Pieces[i]
		if p.Version == "" && p.Kind != evidence.ResolveCluster && p.Kind != evidence.RemoteInfo {
			p.Version = c.version
		}
	}
	c.pieces = append(c.pieces, found.Pieces...)
	c.notes = append(c.notes, found.Notes...)
	return true
}

func (c *cluster) note(path string, kind evidence.NoteKind, text string) {
	c.notes = append(c.notes, evidence.Note{Source: c.source(path), Kind: kind, Text: text})
}

// source names a request. That of the remote cluster names its address too.
func (c *cluster) source(path string) string { return source(c.side, path) }

func source(side evidence.Side, path string) string {
	bare, _, _ := strings.Cut(path, "?")
	if side == evidence.Remote {
		return "GET " + bare + " of the remote cluster"
	}
	return "GET " + bare
}

// pieces has package read say what an answer is. It is told the request and the status with it.
func pieces(side evidence.Side, res elastic.Response) (evidence.Input, error) {
	var body any = string(res.Body)
	if json.Valid(res.Body) {
		body = json.RawMessage(res.Body)
	}
	told, err := json.Marshal(map[string]any{
		"method": res.Method, "path": res.Path, "status": res.Status, "body": body,
	})
	if err != nil {
		return evidence.Input{}, fmt.Errorf("read the answer to %s %s: %w", res.Method, res.Path, err)
	}
	in, err := read.Read(source(side, res.Path), bytes.NewReader(told), side)
	for i := range in.Pieces { // there are no lines that somebody could look up
		in.Pieces[i].Side, in.Pieces[i].Line, in.Pieces[i].Lines = side, 0, nil
	}
	for i := range in.Notes {
		in.Notes[i].Line = 0
	}
	return in, err
}

// reason is the first reason of an error's body, or its beginning.
func reason(body []byte) string {
	var told struct {
		Error json.RawMessage `json:"error"`
	}
	var cause struct {
		Reason string `json:"reason"`
	}
	if json.Unmarshal(body, &told) == nil && json.Unmarshal(told.Error, &cause) == nil && cause.Reason != "" {
		return cause.Reason
	}
	const most = 200
	text := strings.Join(strings.Fields(string(body)), " ")
	if len(text) > most {
		text = text[:most] + "..."
	}
	return text
}

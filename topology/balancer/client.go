package balancer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/await"
)

// Client talks to one balancer. It holds no connection between calls and is safe for concurrent use.
type Client struct {
	base string
	http *http.Client
}

// New makes a client of the balancer whose API is at apiURL, for example http://127.0.0.1:8474. It does not connect.
func New(apiURL string) *Client {
	// Without keep-alive nothing is left open behind a call.
	return NewOver(apiURL, &http.Transport{DisableKeepAlives: true})
}

// NewOver is New over a transport of the caller's, such as one that records or that plays answers back.
func NewOver(apiURL string, transport http.RoundTripper) *Client {
	return &Client{
		base: strings.TrimSuffix(apiURL, "/"),
		// The limit is for a caller whose context has no deadline.
		http: &http.Client{Timeout: 30 * time.Second, Transport: transport},
	}
}

// Error is an answer of the balancer that refuses a call.
type Error struct {
	Status  int    `json:"status"` // HTTP
	Message string `json:"error"`
}

// ErrForeign says that a load balancer is not crosscheck's: it cannot be asked for anything, and not be steered.
var ErrForeign = errors.New("the load balancer is not crosscheck's: it says nothing of its connections")

// Foreign is the client of a load balancer that is not crosscheck's: every call is ErrForeign.
func Foreign() *Client { return &Client{} }

// ErrStuck says that a fault could not be changed and that the listener may carry nothing any more: toxiproxy waits for
// a connection whose data nobody takes. The harness broke, not the product. Only a new balancer helps, unless that
// client reads on.
var ErrStuck = errors.New("the balancer is stuck")

// Is makes a 503 match ErrStuck.
func (e *Error) Is(target error) bool {
	return target == ErrStuck && e.Status == http.StatusServiceUnavailable
}

func (e *Error) Error() string { return fmt.Sprintf("%s (status %d)", e.Message, e.Status) }

// Healthy asks once whether the balancer answers and is not stuck. Ask it before blaming the product for a connection
// that does not come about.
func (c *Client) Healthy(ctx context.Context) error {
	if err := c.call(ctx, http.MethodGet, "/healthz", nil, nil); err != nil {
		return fmt.Errorf("ask the balancer at %s for its health: %w", c.base, err)
	}
	return nil
}

// Ready waits until the balancer's API answers and all listeners are open, or until ctx ends.
func (c *Client) Ready(ctx context.Context) error {
	return await.While(ctx, "wait for the balancer", c.Healthy)
}

// Connections reads the counts of all listeners.
func (c *Client) Connections(ctx context.Context) (Counts, error) {
	var counts Counts
	if err := c.call(ctx, http.MethodGet, "/connections", nil, &counts); err != nil {
		return Counts{}, fmt.Errorf("read the balancer's connection counts: %w", err)
	}
	return counts, nil
}

// ResetConnections sets the totals of all listeners to zero. Open connections stay open, and stay counted as open.
func (c *Client) ResetConnections(ctx context.Context) error {
	if err := c.call(ctx, http.MethodPost, "/connections/reset", nil, nil); err != nil {
		return fmt.Errorf("reset the balancer's connection counts: %w", err)
	}
	return nil
}

// Routes reads where a listener's connections go.
func (c *Client) Routes(ctx context.Context, listener string) (Routes, error) {
	var r Routes
	if err := c.call(ctx, http.MethodGet, path("/routes", listener), nil, &r); err != nil {
		return Routes{}, fmt.Errorf("read the routes of balancer listener %q: %w", listener, err)
	}
	return r, nil
}

// SetRoutes replaces all routes of a listener for connections from now on; open ones stay where they are.
func (c *Client) SetRoutes(ctx context.Context, listener string, r Routes) error {
	if err := c.call(ctx, http.MethodPut, path("/routes", listener), r, nil); err != nil {
		return fmt.Errorf("set the routes of balancer listener %q: %w", listener, err)
	}
	return nil
}

// SetListeners replaces the listeners. Connections of those that stay as they are go on.
func (c *Client) SetListeners(ctx context.Context, all []Listener) error {
	if all == nil {
		all = []Listener{}
	}
	if err := c.call(ctx, http.MethodPut, "/listeners", all, nil); err != nil {
		return fmt.Errorf("replace the balancer's listeners: %w", err)
	}
	return nil
}

// State is a listener as toxiproxy sees it.
type State struct {
	Listen  string  `json:"listen"`  // the address it is bound to, with the port that it got
	Enabled bool    `json:"enabled"` // false: connections are refused
	Toxics  []Toxic `json:"toxics"`  // the faults in force
}

// Toxic is one fault in toxiproxy's terms.
type Toxic struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Stream     string         `json:"stream"` // "upstream" is what the client sends, "downstream" what it receives
	Attributes map[string]any `json:"attributes"`
}

// State reads the state of all listeners, by name.
func (c *Client) State(ctx context.Context) (map[string]State, error) {
	var s map[string]State
	if err := c.call(ctx, http.MethodGet, "/proxies", nil, &s); err != nil {
		return nil, fmt.Errorf("read the balancer's state: %w", err)
	}
	return s, nil
}

func path(parts ...string) string {
	for i, p := range parts[1:] {
		parts[i+1] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// call sends in as JSON and reads the answer into out; either may be nil. A status of 300 or more is an *Error.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	if c.base == "" {
		return ErrForeign
	}
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode the request: %w", err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if resp.StatusCode >= 300 {
		e := &Error{}
		if json.Unmarshal(data, e) != nil || e.Message == "" {
			e.Message = strings.TrimSpace(string(data))
		}
		e.Status = resp.StatusCode
		return e
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

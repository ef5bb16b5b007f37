// Package elastic speaks the REST API of one Elasticsearch cluster. Requests are those of go-elasticsearch's esapi, on
// Elastic's own transport. Answers stay raw and are decoded here: the typed client would drop the fields that a
// conformance check is about, and it refuses versions below 7.14 (its product check). See docs/decisions/014.
package elastic

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
)

// Client speaks to one cluster as one user.
type Client struct {
	transport *elastictransport.Client
	user      *url.Userinfo
	header    http.Header
	query     string // the body of every search; empty: none
}

// New is a client for the HTTP interface at address (host:port), without credentials.
func New(address string) (*Client, error) { return newClient("http", address, tcp(nil)) }

// NewTLS is one for an HTTP interface with TLS.
func NewTLS(address string, config *tls.Config) (*Client, error) {
	return newClient("https", address, tcp(config))
}

// NewOver is New over a transport of the caller's, such as one that records or that plays answers back.
func NewOver(address string, transport http.RoundTripper) (*Client, error) {
	return newClient("http", address, transport)
}

// NewAt is one for an HTTP interface behind a URL of any path, over a transport of the caller's.
func NewAt(base *url.URL, transport http.RoundTripper) (*Client, error) {
	return newAt(base, transport)
}

func tcp(config *tls.Config) http.RoundTripper {
	return &http.Transport{
		MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, ResponseHeaderTimeout: 2 * time.Minute,
		TLSClientConfig: config,
	}
}

func newClient(scheme, address string, over http.RoundTripper) (*Client, error) {
	return newAt(&url.URL{Scheme: scheme, Host: address}, over)
}

func newAt(base *url.URL, over http.RoundTripper) (*Client, error) {
	transport, err := elastictransport.NewClient(
		elastictransport.WithURLs(base),
		elastictransport.WithDisableRetry(), // a retry would hide what the cluster answered first
		elastictransport.WithTransport(over),
	)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", base.Host, err)
	}
	return &Client{transport: transport}, nil
}

// Unreachable is a client whose every request ends with why.
func Unreachable(why error) *Client {
	c, err := newClient("http", "unreachable", refusing{why})
	if err != nil {
		panic("a client over a transport of one's own needs nothing: " + err.Error())
	}
	return c
}

// refusing is a transport that no request passes.
type refusing struct{ why error }

func (r refusing) RoundTrip(*http.Request) (*http.Response, error) { return nil, r.why }

// As is the same client with a user's name and password.
func (c *Client) As(user, password string) *Client {
	clone := *c
	clone.user, clone.header = url.UserPassword(user, password), nil
	return &clone
}

// At is the same user at the address of another client.
func (c *Client) At(other *Client) *Client {
	clone := *other
	clone.user, clone.header, clone.query = c.user, c.header, c.query
	return &clone
}

// Asking is the same client with a body, in JSON, for its searches.
func (c *Client) Asking(query string) *Client {
	clone := *c
	clone.query = query
	return &clone
}

// WithAPIKey is the same client with an encoded API key instead of a user.
func (c *Client) WithAPIKey(encoded string) *Client {
	clone := *c
	clone.user, clone.header = nil, http.Header{"Authorization": {"ApiKey " + encoded}}
	return &clone
}

// authorize adds the client's credentials, if it has any.
func (c *Client) authorize(req *http.Request) {
	if c.user != nil {
		password, _ := c.user.Password()
		req.SetBasicAuth(c.user.Username(), password)
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
}

// Response is what a cluster answered, whatever the status. Path is the path of the request with its query.
type Response struct {
	Method, Path string
	Status       int
	Body         []byte
}

// StatusError is an answer that the caller did not want.
type StatusError struct{ Response }

func (e *StatusError) Error() string {
	body := string(e.Body)
	if len(body) > 600 {
		body = body[:600] + "..."
	}
	return fmt.Sprintf("%s %s answered %d: %s", e.Method, e.Path, e.Status, body)
}

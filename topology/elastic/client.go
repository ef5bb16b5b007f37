// Package elastic speaks the REST API of one Elasticsearch cluster. Bodies stay raw where a conformance check reads them:
// a typed client would drop the fields that the check is about, and refuses versions below 7.14 (its product check).
package elastic

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
)

// Client speaks to one cluster as one user.
type Client struct {
	transport *elastictransport.Client
	address   string
	user      *url.Userinfo
	header    http.Header
}

// New is a client for the HTTP interface at address (host:port), without credentials.
func New(address string) (*Client, error) { return newClient("http", address, nil) }

// NewTLS is one for an HTTP interface with TLS.
func NewTLS(address string, config *tls.Config) (*Client, error) {
	return newClient("https", address, config)
}

func newClient(scheme, address string, config *tls.Config) (*Client, error) {
	transport, err := elastictransport.NewClient(
		elastictransport.WithURLs(&url.URL{Scheme: scheme, Host: address}),
		elastictransport.WithDisableRetry(), // a retry would hide what the cluster answered first
		elastictransport.WithTransport(&http.Transport{
			MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, ResponseHeaderTimeout: 2 * time.Minute, TLSClientConfig: config,
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", address, err)
	}
	return &Client{transport: transport, address: address}, nil
}

// As is the same client with a user's name and password.
func (c *Client) As(user, password string) *Client {
	clone := *c
	clone.user, clone.header = url.UserPassword(user, password), nil
	return &clone
}

// At is the same user at the address of another client.
func (c *Client) At(other *Client) *Client {
	clone := *other
	clone.user, clone.header = c.user, c.header
	return &clone
}

// WithAPIKey is the same client with an encoded API key instead of a user.
func (c *Client) WithAPIKey(encoded string) *Client {
	clone := *c
	clone.user, clone.header = nil, http.Header{"Authorization": {"ApiKey " + encoded}}
	return &clone
}

// Response is what a cluster answered, whatever the status.
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

// Do sends a request and reads the whole answer; body is nil, a string or bytes as they are, or a value sent as JSON.
// An answer of any status is no error.
func (c *Client) Do(ctx context.Context, method, path string, body any) (Response, error) {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = bytes.NewReader([]byte(b))
	case []byte:
		reader = bytes.NewReader(b)
	default:
		encoded, err := json.Marshal(body)
		if err != nil {
			return Response{}, fmt.Errorf("encode the body of %s %s: %w", method, path, err)
		}
		reader = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, path, reader)
	if err != nil {
		return Response{}, fmt.Errorf("prepare %s %s: %w", method, path, err)
	}
	if c.user != nil {
		password, _ := c.user.Password()
		req.SetBasicAuth(c.user.Username(), password)
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	if reader != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.transport.Perform(req)
	if err != nil {
		return Response{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return Response{}, fmt.Errorf("read the answer to %s %s: %w", method, path, err)
	}
	return Response{Method: method, Path: path, Status: res.StatusCode, Body: answer}, nil
}

// want sends a request and decodes a 2xx answer into out (nil: not at all); any other status is a StatusError.
func (c *Client) want(ctx context.Context, method, path string, body, out any) error {
	res, err := c.Do(ctx, method, path, body)
	if err != nil {
		return err
	}
	if res.Status < 200 || res.Status > 299 {
		return &StatusError{res}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(res.Body, out); err != nil {
		return fmt.Errorf("read the answer to %s %s: %w", method, path, err)
	}
	return nil
}

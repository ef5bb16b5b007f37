package steps

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"

	"github.com/elastic/cloud-sdk-go/pkg/api"
	"github.com/elastic/cloud-sdk-go/pkg/auth"
	"github.com/elastic/cloud-sdk-go/pkg/client"

	"github.com/crosscheck-dev/crosscheck/topology/cloud"
)

// cloudClient drives the API as the user of one organization.
type cloudClient struct {
	*api.API
	http      *http.Client
	transport http.RoundTripper
	key       string
	last      refusedError // the last answer
}

// refusedError is an answer of the API that refuses a request.
type refusedError struct {
	status int
	code   string // the first one
	body   string
}

func (e *refusedError) Error() string { return fmt.Sprintf("%d %s", e.status, e.body) }

// RoundTrip keeps what the API answered: the client's errors do not all show it.
func (c *cloudClient) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	c.last = refusedError{res.StatusCode, res.Header.Get("x-cloud-error-codes"), string(body)}
	return res, nil
}

// refusal is the API's answer where err is one.
func (c *cloudClient) refusal(err error) error {
	if c.last.status >= http.StatusBadRequest {
		last := c.last
		return &last
	}
	return err
}

// newCloudClient is api.NewAPI without its global settings, which lanes would share.
func newCloudClient(server *cloud.Server, key string) (*cloudClient, error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(server.CA)
	c := &cloudClient{key: key, transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
	c.http = &http.Client{Transport: c}
	runtime, err := api.NewCloudClientRuntime(api.Config{Client: c.http, Host: server.URL})
	if err != nil {
		return nil, fmt.Errorf("prepare the client of the control plane: %w", err)
	}
	c.API = &api.API{V1API: client.New(runtime, nil), AuthWriter: auth.APIKey(key)}
	return c, nil
}

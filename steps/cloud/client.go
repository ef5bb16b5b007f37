package cloud

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/elastic/cloud-sdk-go/pkg/api"
	"github.com/elastic/cloud-sdk-go/pkg/auth"
	sdk "github.com/elastic/cloud-sdk-go/pkg/client"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	platform "github.com/crosscheck-dev/crosscheck/topology/cloud"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// client drives the API as the user of one organization.
type client struct {
	*api.API
	http      *http.Client
	transport http.RoundTripper
	key       string
	last      elastic.Response // the last answer; zero where a request had none
	code      string           // the error code in its headers, the first one
}

// refusedError is an answer of the API that refuses a request.
type refusedError struct {
	status int
	code   string
	body   string
}

// Error is the status and the body of the answer.
func (e *refusedError) Error() string { return fmt.Sprintf("%d %s", e.status, e.body) }

// RoundTrip keeps what the API answered: the client's errors do not all show it.
func (c *client) RoundTrip(r *http.Request) (*http.Response, error) {
	c.last, c.code = elastic.Response{}, ""
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
	c.last = elastic.Response{Method: r.Method, Path: r.URL.Path, Status: res.StatusCode, Body: body}
	c.code = res.Header.Get("x-cloud-error-codes")
	return res, nil
}

// refusal is the API's answer where err is one.
func (c *client) refusal(err error) error {
	if c.last.Status >= http.StatusBadRequest {
		return &refusedError{c.last.Status, c.code, string(c.last.Body)}
	}
	return err
}

// expectRefusal is a Mismatch unless err is the API's answer with that status and error code. An error that is no
// answer stays what it is: a control plane that cannot be reached is no failure of the product.
func expectRefusal(err error, what string, status int, code string) error {
	var refused *refusedError
	if err != nil && (!errors.As(err, &refused) || broke(refused.status, status)) {
		return err
	}
	if err == nil || refused.status != status || refused.code != code {
		return &verdict.Mismatch{What: what, Wanted: fmt.Sprintf("%d %s", status, code), Got: fmt.Sprint(err)}
	}
	return nil
}

// broke reports whether a status of the API says that the control plane itself broke. It is crosscheck's own: that says
// nothing about the product.
func broke(got, wanted int) bool { return got >= http.StatusInternalServerError && got != wanted }

// newClient is api.NewAPI without its global settings, which lanes would share.
func newClient(server *platform.Server, key string) (*client, error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(server.CA)
	c := &client{key: key, transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
	c.http = &http.Client{Transport: c}
	runtime, err := api.NewCloudClientRuntime(api.Config{Client: c.http, Host: server.URL})
	if err != nil {
		return nil, fmt.Errorf("prepare the client of the control plane: %w", err)
	}
	c.API = &api.API{V1API: sdk.New(runtime, nil), AuthWriter: auth.APIKey(key)}
	return c, nil
}

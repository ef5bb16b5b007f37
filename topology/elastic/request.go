package elastic

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

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// maxAnswer is how many bytes of an answer are read. No answer that crosscheck asks for comes near it.
const maxAnswer = 64 << 20

var errAnswerTooLarge = errors.New("the answer is larger than 64 MiB")

// Do sends a request that the caller has written and reads the whole answer. A string or []byte is sent as it is, any
// other body as JSON, and nil is no body. The path is sent as it is, too: the caller has escaped it. An answer of any
// status is no error.
func (c *Client) Do(ctx context.Context, method, path string, body any) (Response, error) {
	reader, err := encode(body)
	if err != nil {
		return Response{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	req, err := http.NewRequestWithContext(ctx, method, path, reader)
	if err != nil {
		return Response{}, fmt.Errorf("prepare %s %s: %w", method, path, err)
	}
	if reader != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	c.authorize(req)
	res, err := c.transport.Perform(req)
	if err != nil {
		return Response{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	return read(method, path, res.StatusCode, res.Body)
}

// call sends a request of esapi and reads the whole answer. An answer of any status is no error.
func (c *Client) call(ctx context.Context, request esapi.Request) (Response, error) {
	sent := sender{client: c}
	res, err := request.Do(ctx, &sent)
	if err != nil {
		if sent.method == "" { // esapi could not make a request of it
			return Response{}, fmt.Errorf("prepare %T: %w", request, err)
		}
		return Response{}, fmt.Errorf("%s %s: %w", sent.method, sent.path, err)
	}
	return read(sent.method, sent.path, res.StatusCode, res.Body)
}

// sender is the transport that a single esapi request is performed on. It adds the client's credentials and keeps the
// method and the path that esapi chose, because messages name them.
type sender struct {
	client       *Client
	method, path string
}

func (s *sender) Perform(req *http.Request) (*http.Response, error) {
	s.method, s.path = req.Method, req.URL.RequestURI()
	s.client.authorize(req)
	return s.client.transport.Perform(req)
}

// encode is the body of a request: a string or []byte as it is, any other value as JSON, and nil as no body.
func encode(body any) (io.Reader, error) {
	switch b := body.(type) {
	case nil:
		return nil, nil
	case string:
		return strings.NewReader(b), nil
	case []byte:
		return bytes.NewReader(b), nil
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode the request's body: %w", err)
	}
	return bytes.NewReader(encoded), nil
}

// read reads the answer to a request and closes it.
func read(method, path string, status int, answer io.ReadCloser) (Response, error) {
	defer answer.Close()
	body, err := io.ReadAll(io.LimitReader(answer, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errAnswerTooLarge
	}
	if err != nil {
		return Response{}, fmt.Errorf("read the answer to %s %s: %w", method, path, err)
	}
	return Response{Method: method, Path: path, Status: status, Body: body}, nil
}

// want sends a request of esapi and decodes a 2xx answer into out, unless out is nil. Any other status is a
// StatusError.
func (c *Client) want(ctx context.Context, request esapi.Request, out any) error {
	res, err := c.call(ctx, request)
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
		return fmt.Errorf("read the answer to %s %s: %w", res.Method, res.Path, err)
	}
	return nil
}

// gone turns 404 into success: what is to be removed is not there.
func gone(err error) error {
	var status *StatusError
	if errors.As(err, &status) && status.Status == http.StatusNotFound {
		return nil
	}
	return err
}

// escape makes one segment of a path of an index, an expression of indices or a name. Its commas stay. esapi puts
// names into paths as they are.
func escape(segment string) string {
	return strings.ReplaceAll(url.PathEscape(segment), "%2C", ",")
}

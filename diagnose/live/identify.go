package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// identify finds out that an Elasticsearch answers, and that it takes the credentials.
func (c *cluster) identify(ctx context.Context) error {
	res, err := c.get(ctx, rootPath, nil)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	if err := c.answers(res); err != nil {
		return err
	}
	var told struct {
		Tagline string `json:"tagline"`
		Version struct {
			Number       string `json:"number"`
			Distribution string `json:"distribution"`
		} `json:"version"`
	}
	if res.Status == http.StatusOK && json.Unmarshal(res.Body, &told) == nil && told.Version.Number != "" {
		if strings.EqualFold(told.Version.Distribution, "opensearch") {
			return c.wrong("it is OpenSearch %s, and not Elasticsearch; remote clusters work otherwise there",
				told.Version.Number)
		}
		c.version = told.Version.Number
		c.keep(res)
		return nil
	}
	return c.identifyByNodes(ctx, res)
}

// identifyByNodes is for clusters whose GET / gives no version: a distribution without that module, or a user who may
// not read it.
func (c *cluster) identifyByNodes(ctx context.Context, root elastic.Response) error {
	res, err := c.get(ctx, nodesPath, nil)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	if err := c.answers(res); err != nil {
		return err
	}
	var told struct {
		Nodes map[string]struct {
			Version string `json:"version"`
		} `json:"nodes"`
	}
	if json.Unmarshal(res.Body, &told) == nil {
		for _, n := range told.Nodes {
			c.version = n.Version
		}
	}
	if c.version != "" {
		return nil
	}
	if isElasticsearchError(root.Body) || isElasticsearchError(res.Body) {
		c.note(rootPath, evidence.NotSeen, "The version could not be seen: "+reason(root.Body)+".")
		return nil
	}
	return c.wrong("no Elasticsearch answers there: GET / answered %d %s", root.Status, reason(root.Body))
}

// isElasticsearchError reports whether a body is an error in the form that Elasticsearch gives it.
func isElasticsearchError(body []byte) bool {
	var told struct {
		Error  any `json:"error"`
		Status int `json:"status"`
	}
	return json.Unmarshal(body, &told) == nil && told.Error != nil && told.Status >= 400
}

// answers looks for what is no answer of an Elasticsearch that takes the credentials.
func (c *cluster) answers(res elastic.Response) error {
	variables := "CROSSCHECK_" + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(c.flag, "--"), "-", "_"))
	text := string(res.Body)
	switch {
	case c.fence.isKibana() || strings.Contains(text, "Kibana server is not ready"):
		return c.wrong("Kibana answers there; write the address of Elasticsearch (often port 9200, or 443 and 9243 in the " +
			"Cloud)")
	case res.Status == http.StatusBadRequest && strings.Contains(text, "plain HTTP request was sent to HTTPS port"),
		strings.Contains(text, "sent an HTTP request to an HTTPS server"):
		return c.wrong("it speaks TLS there; write https://")
	case res.Status == http.StatusUnauthorized && c.auth.APIKey != "":
		return c.wrong("it does not take the API key (401); is it the encoded one, of this cluster, and still valid?")
	case res.Status == http.StatusUnauthorized && c.auth.User != "":
		return c.wrong("it does not take the password of user %q (401)", c.auth.User)
	case res.Status == http.StatusUnauthorized:
		return c.wrong("it wants credentials (401), and there are none; give %suser with %spassword-file, %sapi-key-file, "+
			"%sauth-file, or %sUSER and %sPASSWORD in the environment", c.flag, c.flag, c.flag, c.flag, variables, variables)
	case res.Status >= 300 && res.Status < 400:
		return c.wrong("it answers with a redirection (%d), which no Elasticsearch does; a proxy, or Kibana, answers there",
			res.Status)
	}
	return nil
}

func (c *cluster) wrong(format string, args ...any) error {
	return &UsageError{Where: c.url.String(), What: fmt.Sprintf(format, args...)}
}

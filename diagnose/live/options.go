// Package live reads from a running cluster what a diagnosis needs, as pieces of evidence. It changes nothing: requests
// that are not in its list are refused before they leave (see allowed).
package live

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/credentials"
)

// Limits of time.
const (
	DefaultTimeout = 60 * time.Second // of everything
	requestTimeout = 10 * time.Second // of one request
	dialTimeout    = 5 * time.Second  // of one step of a probe
)

// Options say which cluster is asked, and for what.
type Options struct {
	URL  string // of the local cluster's HTTP interface
	Auth credentials.Credentials

	Alias string // the remote cluster that it is about; empty: all that the cluster has

	RemoteURL  string // of the remote cluster's HTTP interface; empty: it is not asked
	RemoteAuth credentials.Credentials

	Probe   bool          // open connections to the addresses of the remote cluster, from this machine
	Timeout time.Duration // of everything (default: DefaultTimeout)

	// Search is how long the search may take (default: ten seconds). One that takes longer counts as not answered.
	Search time.Duration
}

// UsageError is something that whoever asks has to do otherwise: an address, a credential, an alias.
type UsageError struct {
	Where string // what it is about, such as a URL without credentials; may be empty
	What  string // what is wrong, and what to do
}

func (e *UsageError) Error() string {
	if e.Where == "" {
		return e.What
	}
	return e.Where + ": " + e.What
}

// UnreachableError is a cluster that does not answer.
type UnreachableError struct {
	URL string // without credentials
	Err error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s does not answer: %v", e.URL, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// address reads the URL of an option. Credentials that stand in it are left out.
func address(option, text string) (*url.URL, error) {
	wrong := func(format string, args ...any) (*url.URL, error) {
		return nil, &UsageError{Where: option, What: fmt.Sprintf(format, args...)}
	}
	if endpoint := cloudID(text); endpoint != "" {
		return wrong("this is a Cloud ID; write the Elasticsearch endpoint: %s", endpoint)
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil { // the error would repeat the text, which may hold a password
		return wrong("this is no URL; write it like https://es.example:9200")
	}
	host := u.Hostname()
	switch {
	case u.Scheme != "http" && u.Scheme != "https" || host == "":
		return wrong("write it like https://es.example:9200, with http:// or https://")
	case strings.HasPrefix(host, "cloud.elastic.") || strings.Contains(u.Path, "/deployments/"):
		return wrong("this is a page of the Cloud console; copy the Elasticsearch endpoint of the deployment (Deployment > " +
			"Applications > Elasticsearch > Copy endpoint)")
	case strings.Contains(host, ".kb.") || strings.HasPrefix(u.Path, "/app/"):
		return wrong("this is an address of Kibana; write that of Elasticsearch")
	case u.RawQuery != "" || u.Fragment != "":
		return wrong("this holds more than an address; write it like https://es.example:9200")
	}
	u.User, u.Path = nil, strings.TrimRight(u.Path, "/")
	if u.Port() == "" {
		port := "443"
		if u.Scheme == "http" {
			port = "80"
		}
		u.Host += ":" + port
	}
	return u, nil
}

// cloudID is the endpoint of Elasticsearch that a Cloud ID names: NAME:base64 of "host$elasticsearch$kibana". It is
// empty for text that is no Cloud ID.
func cloudID(text string) string {
	_, encoded, ok := strings.Cut(strings.TrimSpace(text), ":")
	if !ok || strings.HasPrefix(encoded, "//") {
		return ""
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		if decoded, err = base64.RawStdEncoding.DecodeString(encoded); err != nil {
			return ""
		}
	}
	parts := strings.Split(string(decoded), "$")
	if len(parts) < 2 || parts[0] == "" || parts[1] == "" {
		return ""
	}
	host, port, ok := strings.Cut(parts[0], ":")
	if !ok {
		port = "443"
	}
	return "https://" + parts[1] + "." + host + ":" + port
}

// UserOf are the user and the password that stand in a URL, if any do.
func UserOf(text string) credentials.Credentials {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.User == nil {
		return credentials.Credentials{}
	}
	password, _ := u.User.Password()
	return credentials.Credentials{User: u.User.Username(), Password: password}
}

// Shown is a URL without a user and without a password, for messages.
func Shown(text string) string {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return "the cluster"
	}
	u.User = nil
	return u.String()
}

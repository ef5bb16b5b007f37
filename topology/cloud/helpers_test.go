package cloud

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

const (
	ours, theirs = "1111111111", "2222222222"
	payload      = `{"name":"our deployment","resources":{"elasticsearch":[{"ref_id":"main","region":"us",` +
		`"plan":{"cluster_topology":[],"elasticsearch":{"version":"9.3.2"}}}]}}`
)

// recorder is a Driver that notes what it is told. It answers for no Elasticsearch: only the remote clusters that it
// was given.
type recorder struct {
	mu       sync.Mutex
	made     int
	calls    []string
	remotes  map[string][]Remote
	admitted map[string]map[string]bool
	trust    map[string][]string
	fail     error
}

func (r *recorder) note(format string, args ...any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, fmt.Sprintf(format, args...))
	return r.fail
}

func (r *recorder) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

func (r *recorder) Create(_ context.Context, o Order) (Placement, error) {
	if o.Version == "6.8.0" {
		return Placement{}, fmt.Errorf("%w: %s", ErrNoCluster, o.Version)
	}
	r.mu.Lock()
	r.made++
	id := fmt.Sprintf("%032d", r.made)
	r.mu.Unlock()
	return Placement{ClusterID: id, Endpoint: id + ".us.test"}, r.note("create %s", o.Organization)
}

func (r *recorder) Delete(_ context.Context, id string) error { return r.note("delete %s", id) }

func (r *recorder) Restart(_ context.Context, id string) error { return r.note("restart %s", id) }

func (r *recorder) Trust(_ context.Context, id string, patterns []string) error {
	err := r.note("trust %s", id)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.trust[id] = patterns
	}
	return err
}

func (r *recorder) Store(_ context.Context, id string, secrets map[string]*string, reload bool) error {
	return r.note("store %s %d reload %t", id, len(secrets), reload)
}

func (r *recorder) Remotes(_ context.Context, id string) ([]Remote, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.remotes[id]), r.fail
}

func (r *recorder) SetRemotes(_ context.Context, id string, remove []string, add []Remote) error {
	if err := r.note("remotes %s -%d +%d", id, len(remove), len(add)); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := slices.DeleteFunc(slices.Clone(r.remotes[id]), func(o Remote) bool { return slices.Contains(remove, o.Alias) })
	r.remotes[id] = append(kept, add...)
	return nil
}

func (r *recorder) Admit(_ context.Context, id string, admits func(string) bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.admitted[id] = map[string]bool{}
	for n := 1; n <= r.made; n++ {
		source := fmt.Sprintf("%032d", n)
		r.admitted[id][source] = admits(source)
	}
	return r.fail
}

// rig is a plane with two organizations behind its real HTTPS API.
type rig struct {
	t      *testing.T
	plane  *Plane
	driver *recorder
	server *Server
	keys   map[string]string // by organization
	http   *http.Client
}

func newRig(t *testing.T) *rig {
	t.Helper()
	d := &recorder{remotes: map[string][]Remote{}, admitted: map[string]map[string]bool{}, trust: map[string][]string{}}
	p := New(Options{Driver: d, Regions: []string{"us", "eu"}, Rules: Rules{
		Reloads:    func(v string) bool { return v != "8.12.0" },
		Compatible: func(local, remote string) bool { return local == remote },
		Sniffs:     func(v string) bool { return v == "7.5.2" },
	}})
	r := &rig{t: t, plane: p, driver: d, keys: map[string]string{}}
	for _, id := range []string{ours, theirs} {
		require.NoError(t, p.AddOrganization(id, "organization "+id))
		_, key, err := p.AddUser(id, id+"@example.test")
		require.NoError(t, err)
		r.keys[id] = key
	}
	ca, err := pki.NewStore().Authority("control-plane")
	require.NoError(t, err)
	r.server, err = Serve(t.Context(), p, ca, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.server.Close()) })
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(r.server.CA))
	r.http = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
	return r
}

// ask sends a request as the organization's user ("" for nobody) and answers status and body.
func (r *rig) ask(organization, method, path, body string) (int, string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.server.URL+path, strings.NewReader(body))
	require.NoError(r.t, err)
	if organization != "" {
		request.Header.Set("Authorization", "ApiKey "+r.keys[organization])
	}
	res, err := r.http.Do(request)
	require.NoError(r.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	require.Equal(r.t, "application/json", res.Header.Get("Content-Type"), "%s %s: %s", method, path, answer)
	return res.StatusCode, string(bytes.TrimSpace(answer))
}

// create makes a deployment through the API.
func (r *rig) create(organization, version string) Deployment {
	r.t.Helper()
	status, answer := r.ask(organization, http.MethodPost, "/api/v1/deployments",
		strings.ReplaceAll(payload, "9.3.2", version))
	require.Equal(r.t, http.StatusCreated, status, answer)
	all := r.plane.list(organization)
	return all[len(all)-1]
}

var errBroken = errors.New("the driver broke")

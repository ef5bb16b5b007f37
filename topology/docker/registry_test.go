package docker

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stubRegistry is a registry on loopback that holds one image of a few bytes. The Engine speaks plain HTTP to it.
type stubRegistry struct {
	server   *httptest.Server
	password string // of the user "me"; empty: everybody may read
	host     string
	ref      string
	blobs    map[string][]byte // digest -> content
	manifest string            // digest

	mu   sync.Mutex
	seen []string
}

func newRegistry(t *testing.T, password string) *stubRegistry {
	t.Helper()
	r := &stubRegistry{password: password, blobs: map[string][]byte{}}
	layerTar, err := pack(map[string]string{"hello": t.Name()})
	require.NoError(t, err)
	raw := layerTar.Bytes()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err = w.Write(raw)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	config := fmt.Sprintf(`{"architecture":%q,"os":"linux","config":{"Cmd":["/hello"]},`+
		`"rootfs":{"type":"layers","diff_ids":[%q]}}`,
		runtime.GOARCH, digest(raw))
	const kind = "application/vnd.docker."
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"%sdistribution.manifest.v2+json",`+
		`"config":{"mediaType":"%scontainer.image.v1+json","size":%d,"digest":%q},`+
		`"layers":[{"mediaType":"%simage.rootfs.diff.tar.gzip","size":%d,"digest":%q}]}`,
		kind, kind, len(config), digest([]byte(config)), kind, zipped.Len(), digest(zipped.Bytes()))
	for _, blob := range [][]byte{[]byte(config), zipped.Bytes(), []byte(manifest)} {
		r.blobs[digest(blob)] = blob
	}
	r.manifest = digest([]byte(manifest))
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	r.host = strings.TrimPrefix(r.server.URL, "http://")
	r.ref = r.host + "/elasticsearch:9.3.2"
	return r
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (r *stubRegistry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.seen = append(r.seen, req.Method+" "+req.URL.Path)
	r.mu.Unlock()
	if user, password, _ := req.BasicAuth(); r.password != "" && (user != "me" || password != r.password) {
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
		return
	}
	name := req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:]
	switch {
	case req.URL.Path == "/v2/":
		return
	case strings.Contains(req.URL.Path, "/manifests/") && (name == "9.3.2" || name == r.manifest):
		w.Header().Set("Content-Type", "application/vnd.docker.distribution.manifest.v2+json")
		w.Header().Set("Docker-Content-Digest", r.manifest)
		_, _ = w.Write(r.blobs[r.manifest])
	case strings.Contains(req.URL.Path, "/blobs/") && r.blobs[name] != nil:
		_, _ = w.Write(r.blobs[name])
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`)
	}
}

// asked is what the registry was asked so far.
func (r *stubRegistry) asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

func pack(files map[string]string) (*bytes.Buffer, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, text); err != nil {
			return nil, err
		}
	}
	return &buf, w.Close()
}

func TestARegistryThatWantsALogin(t *testing.T) {
	e, _ := engine(t, "base", "balancer")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	private, open := newRegistry(t, "secret"), newRegistry(t, "")
	p := newPlace(t)
	t.Setenv("HOME", p.vars["HOME"])

	found, err := e.ProbeImage(ctx, open.ref, 20*time.Second)
	require.NoError(t, err)
	require.True(t, found, "a registry that is open to all")
	found, err = e.ProbeImage(ctx, open.host+"/elasticsearch:1.0.0", 20*time.Second)
	require.NoError(t, err)
	require.False(t, found, "a registry that does not have it")

	requireLogin := func(err error, known bool, want string) {
		t.Helper()
		var login *LoginError
		require.ErrorAs(t, err, &login)
		require.Equal(t, known, login.Known, "whether credentials were sent")
		require.Equal(t, private.host, login.Registry)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, ": docker login "+private.host)
	}
	_, err = e.ProbeImage(ctx, private.ref, 20*time.Second)
	requireLogin(err, false, "the registry "+private.host+" wants a login for "+private.ref)
	requireLogin(e.PullImage(ctx, private.ref, nil), false, "wants a login")

	p.write("home/.docker/config.json", `{"auths":{"`+private.host+`":{"username":"me","password":"wrong"}}}`)
	_, err = e.ProbeImage(ctx, private.ref, 20*time.Second)
	requireLogin(err, true, "refuses the stored credentials for "+private.ref)
	requireLogin(e.PullImage(ctx, private.ref, nil), true, "refuses the stored credentials")

	p.write("home/.docker/config.json", `{"auths":{"`+private.host+`":{"username":"me","password":"secret"}}}`)
	found, err = e.ProbeImage(ctx, private.ref, 20*time.Second)
	require.NoError(t, err)
	require.True(t, found)
	require.NoError(t, e.PullImage(ctx, private.ref, nil))
	t.Cleanup(func() { require.NoError(t, e.RemoveImage(context.Background(), private.ref)) })
	image, found, err := e.FindImage(ctx, private.ref)
	require.NoError(t, err)
	require.True(t, found, "it was pulled")
	require.Equal(t, runtime.GOARCH, image.Arch)
}

func TestRegistryErrors(t *testing.T) {
	for text, login := range map[string]bool{
		"Get \"https://a.example/v2/x/manifests/1\": no basic auth credentials":                     true,
		"unauthorized: authentication required":                                                     true,
		"denied: requested access to the resource is denied":                                        true,
		"pull access denied for x, repository does not exist or may require 'docker login': denied": true,
		"unauthorized: incorrect username or password":                                              true,
		"dial tcp: lookup registry.example on 10.0.0.1:53: no such host":                            false,
		"Get \"https://a.example/v2/\": Forbidden":                                                  false,
		"toomanyrequests: You have reached your pull rate limit":                                    false,
		"permission denied while trying to connect to the Docker daemon socket":                     false,
		"received unexpected HTTP status: 503 Service Unavailable":                                  false,
		"no matching manifest for linux/arm64/v8 in the manifest list entries":                      false,
		"Get \"http://a.example/v2/\": net/http: request canceled (Client.Timeout)":                 false,
	} {
		err := registryError(t.Context(), "pull", "a.example/x:1", false, errors.New(text))
		var wants *LoginError
		require.Equal(t, login, errors.As(err, &wants), text)
		require.ErrorContains(t, err, text)
	}
	login := LoginError{Registry: "docker.io", Ref: "x:1", Err: errors.New("unauthorized")}
	require.EqualError(t, &login, "the registry docker.io wants a login for x:1 (unauthorized); log in: docker login")
}

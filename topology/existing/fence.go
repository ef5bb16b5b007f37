package existing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// maxBody is more than any body that a step sends, or that an answer about an API key has.
const maxBody = 1 << 20

// fence stands between crosscheck and a cluster of the user's. It lets through what only reads, and what makes, changes
// or removes things of the run: names that begin with the run's prefix, and API keys that were made through it. A thing
// that exists before it is made is an *ExistsError; everything else is a *lab.UncontrolledError. Neither is sent.
type fence struct {
	role   string
	prefix string // of all names of the run
	base   string // path in front of those of Elasticsearch, without a slash at its end
	next   http.RoundTripper
	api    *elastic.Client // speaks to the cluster without the fence

	mu   sync.Mutex
	made map[thing]bool // false: it was removed again
}

// kind of a thing that the run makes.
type kind string

const (
	indexKind kind = "index"
	aliasKind kind = "alias"
	roleKind  kind = "role"
	userKind  kind = "user"
	keyKind   kind = "API key"
)

// thing is one that the run has made, or was about to make.
type thing struct {
	kind kind
	name string // of an API key its id
}

// RoundTrip implements http.RoundTripper.
func (f *fence) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := reread(req)
	if err != nil {
		return nil, err
	}
	change, err := f.changeOf(req, body)
	if err != nil {
		return nil, err
	}
	for _, t := range change.makes {
		if err := f.claim(req.Context(), t); err != nil {
			return nil, err
		}
	}
	res, err := f.next.RoundTrip(req)
	if err != nil || res.StatusCode/100 != 2 {
		return res, err
	}
	for _, t := range change.removes {
		f.forget(t)
	}
	if change.key {
		return f.keepKey(res)
	}
	return res, nil
}

// change is what a request does to the cluster.
type change struct {
	makes, removes []thing
	key            bool // it makes an API key, which the answer names
}

// changeOf finds out what a request does, and is an error where it is not the run's to do.
func (f *fence) changeOf(req *http.Request, body []byte) (change, error) {
	parts := f.parts(req)
	get := req.Method == http.MethodGet || req.Method == http.MethodHead
	search := req.Method == http.MethodPost && len(parts) > 0 && parts[len(parts)-1] == "_search"
	switch {
	case get, search:
		return change{}, nil
	case matches(parts, "_cluster", "settings"):
		return f.settings(body)
	case parts[0] == "_security":
		return f.security(req, parts, body)
	case len(parts) == 1 && !strings.HasPrefix(parts[0], "_"):
		return f.named(req, thing{indexKind, parts[0]})
	case len(parts) == 2 && slices.Contains([]string{"_bulk", "_close", "_open", "_refresh"}, parts[1]):
		return change{}, f.ours(thing{indexKind, parts[0]}, req)
	}
	return change{}, f.refused(req, parts)
}

// security is changeOf for users, roles and API keys.
func (f *fence) security(req *http.Request, parts []string, body []byte) (change, error) {
	switch {
	case matches(parts, "_security", "role", "*"):
		return f.named(req, thing{roleKind, parts[2]})
	case matches(parts, "_security", "user", "*"):
		return f.named(req, thing{userKind, parts[2]})
	case matches(parts, "_security", "api_key") && req.Method == http.MethodDelete:
		return f.invalidated(body)
	case matches(parts, "_security", "api_key"), matches(parts, "_security", "cross_cluster", "api_key"):
		return change{key: true}, nil
	case matches(parts, "_security", "cross_cluster", "api_key", "*"):
		return change{}, f.ours(thing{keyKind, parts[3]}, req)
	}
	return change{}, f.refused(req, parts)
}

func (f *fence) refused(req *http.Request, parts []string) error {
	return f.refuse("%s %s", req.Method, "/"+strings.Join(parts, "/"))
}

// parts are the segments of a request's path, below those of the cluster's URL.
func (f *fence) parts(req *http.Request) []string {
	path := strings.TrimPrefix(req.URL.EscapedPath(), f.base)
	var parts []string
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		parts = append(parts, part)
	}
	return parts
}

// matches compares segments; * stands for any one.
func matches(parts []string, wanted ...string) bool {
	return slices.EqualFunc(parts, wanted, func(part, want string) bool { return want == "*" || part == want })
}

// named is a request that makes or removes a thing by its name.
func (f *fence) named(req *http.Request, t thing) (change, error) {
	switch {
	case req.Method == http.MethodDelete:
		return change{removes: []thing{t}}, f.ours(t, req)
	case !f.own(t.name):
		return change{}, f.refuse("%s %s, which is no name of this run", t.kind, t.name)
	}
	return change{makes: []thing{t}}, nil
}

// own reports whether a name is one of the run's, and one alone.
func (f *fence) own(name string) bool {
	return len(name) > len(f.prefix) && strings.HasPrefix(name, f.prefix) && !strings.ContainsAny(name, "*,?")
}

// ours is an error unless the run has made a thing.
func (f *fence) ours(t thing, req *http.Request) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ours := f.made[t]; ours {
		return nil
	}
	return f.refuse("%s of the %s %s, which this run has not made", req.Method, t.kind, t.name)
}

// settings looks at an update of cluster settings: all are to be those of remote clusters of the run's.
func (f *fence) settings(body []byte) (change, error) {
	var update map[string]any
	if err := json.Unmarshal(body, &update); err != nil {
		return change{}, f.refuse("an update of the cluster settings that is no JSON")
	}
	var c change
	for scope, values := range update {
		if scope != "persistent" && scope != "transient" {
			return change{}, f.refuse("the cluster settings' %q", scope)
		}
		for _, name := range flat("", values) {
			rest, remote := strings.CutPrefix(name, remoteSettings)
			if !remote || !strings.HasPrefix(rest, f.prefix) {
				return change{}, f.refuse("the cluster setting %q, which is no remote cluster's of this run", name)
			}
			alias := rest
			if dot := strings.IndexByte(rest, '.'); dot >= 0 {
				alias = rest[:dot]
			}
			if t := (thing{aliasKind, alias}); !slices.Contains(c.makes, t) {
				c.makes = append(c.makes, t)
			}
		}
	}
	return c, nil
}

// remoteSettings is what the names of the settings of remote clusters begin with.
const remoteSettings = "cluster.remote."

// flat are the whole names of the settings in a body.
func flat(path string, value any) []string {
	object, ok := value.(map[string]any)
	if !ok {
		return []string{path}
	}
	var names []string
	for name, inner := range object {
		if path != "" {
			name = path + "." + name
		}
		names = append(names, flat(name, inner)...)
	}
	return names
}

// invalidated looks at the invalidation of API keys: only by id, and only those of the run.
func (f *fence) invalidated(body []byte) (change, error) {
	var request map[string]json.RawMessage
	var ids []string
	err := json.Unmarshal(body, &request)
	if err == nil {
		err = json.Unmarshal(request["ids"], &ids)
	}
	if err != nil || len(request) != 1 {
		return change{}, f.refuse("the invalidation of API keys otherwise than by id")
	}
	var c change
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		t := thing{keyKind, id}
		if _, ours := f.made[t]; !ours {
			return change{}, f.refuse("the invalidation of an API key that this run has not made")
		}
		c.removes = append(c.removes, t)
	}
	return c, nil
}

// keepKey remembers the API key that an answer names, and gives the answer back whole.
func (f *fence) keepKey(res *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return nil, fmt.Errorf("read the answer with the new API key: %w", err)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	var key struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &key); err != nil || key.ID == "" {
		return res, nil //nolint:nilerr // whoever asked for the key reads the answer, too
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made[thing{keyKind, key.ID}] = true
	return res, nil
}

// claim makes a thing the run's. Where it exists and the run has not made it, it is left alone.
func (f *fence) claim(ctx context.Context, t thing) error {
	f.mu.Lock()
	there := f.made[t]
	f.mu.Unlock()
	if there {
		return nil
	}
	exists, err := f.exists(ctx, t)
	if err != nil {
		return fmt.Errorf("look whether the %s %s exists: %w", t.kind, t.name, err)
	}
	if exists {
		return &ExistsError{Kind: string(t.kind), Name: t.name, Role: f.role}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made[t] = true // before it is sent: an answer may be lost
	return nil
}

func (f *fence) forget(t thing) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made[t] = false
}

func (f *fence) refuse(format string, args ...any) error {
	return &lab.UncontrolledError{
		Reason: "the " + f.role + " cluster is not crosscheck's, and this is not the run's to do: " +
			fmt.Sprintf(format, args...)}
}

// reread reads the body of a request, and leaves one that can be read again.
func reread(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	if err := errors.Join(err, req.Body.Close()); err != nil {
		return nil, fmt.Errorf("read a request before it is sent: %w", err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

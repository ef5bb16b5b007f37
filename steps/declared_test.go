package steps

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// becomes are the fields of a cluster's description that become settings of elasticsearch.yml, with one of those.
var becomes = map[string]string{"TrustedServers": "xpack.security.remote_cluster_client.ssl.certificate_authorities"}

// use is something of Elasticsearch that a step uses, and the fact that it came with.
type use struct{ fact, what, where string }

// finder finds what a step uses that not every version has.
type finder struct {
	known   *facts.Facts
	sources *sources
	client  map[string][]request // what a client's methods ask, by their names
	seen    map[string]bool
	asked   map[request]string // by the function that asks
	sent    map[string]string  // keys, by the function that sends them
	found   []use
}

// uses lists what the handler of a step uses, in everything that it calls in the packages of the steps.
func (f *finder) uses(handler any) []use {
	f.seen, f.asked, f.sent, f.found = map[string]bool{}, map[request]string{}, map[string]string{}, nil
	name := runtime.FuncForPC(reflect.ValueOf(handler).Pointer()).Name()
	f.walk(strings.TrimSuffix(name, "-fm"), nil)
	for _, fact := range f.known.All() {
		for _, api := range fact.Brings.APIs {
			f.judge(fact.ID, api)
		}
	}
	if where, ok := f.sent["PutRemote"]; ok {
		for key := range f.sent {
			f.setting("cluster.remote.alias."+key, where)
		}
	}
	return f.found
}

// judge looks whether the step asks an API, with the field that the fact is about.
func (f *finder) judge(fact string, api facts.API) {
	for r, where := range f.asked {
		method := r.method
		if method == "" {
			method = api.Method
		}
		body := ""
		if _, sends := f.sent[api.Field]; sends {
			body = fmt.Sprintf("{%q: 1}", api.Field)
		}
		if slices.Contains(f.known.OfRequest(method, r.path, body), fact) && api.Method == method {
			f.found = append(f.found, use{fact, api.String(), where})
			return
		}
	}
}

// walk goes through a function and everything below the folder steps that it calls. Facts that a caller asks for before
// are guarded.
func (f *finder) walk(name string, guarded []string) {
	does := f.sources.functions[name]
	if does == nil || f.seen[name+strings.Join(guarded, " ")] {
		return
	}
	f.seen[name+strings.Join(guarded, " ")] = true
	guarded = append(slices.Clone(guarded), does.guards...)
	short := strings.TrimPrefix(name, module+"/steps/")
	before := len(f.found)
	for _, r := range does.asks {
		f.asked[r] = short
	}
	for _, key := range does.sends {
		if !f.guards(guarded, key) {
			f.sent[key] = short
		}
	}
	for _, text := range does.texts {
		f.setting(text, short)
	}
	for _, field := range does.fields {
		f.setting(becomes[field], short)
	}
	for _, called := range does.calls {
		if called.Pkg() != nil && called.Pkg().Path() == module+"/topology/elastic" {
			if called.Name() == "PutRemote" {
				f.sent["PutRemote"] = short
			}
			for _, r := range f.client[called.Name()] {
				if !slices.ContainsFunc(f.known.OfRequest(r.method, r.path, ""), inside(guarded)) {
					f.asked[r] = short
				}
			}
		}
		f.walk(runtimeName(called), guarded)
	}
	f.found = slices.Concat(f.found[:before], slices.DeleteFunc(slices.Clone(f.found[before:]),
		func(u use) bool { return slices.Contains(guarded, u.fact) }))
}

func inside(all []string) func(string) bool {
	return func(one string) bool { return slices.Contains(all, one) }
}

// guards reports whether a key of a request's body is of a fact that is guarded.
func (f *finder) guards(guarded []string, key string) bool {
	return slices.ContainsFunc(f.known.All(), func(fact facts.Fact) bool {
		return slices.Contains(guarded, fact.ID) &&
			slices.ContainsFunc(fact.Brings.APIs, func(a facts.API) bool { return a.Field == key })
	})
}

func (f *finder) setting(name, where string) {
	for _, fact := range f.known.OfSetting(name) {
		f.found = append(f.found, use{fact, "the setting " + strings.ReplaceAll(name, ".alias.", ".<alias>."), where})
	}
}

// overhearing is a cluster that answers everything, and keeps what it was asked.
type overhearing struct{ asked []request }

func (o *overhearing) RoundTrip(r *http.Request) (*http.Response, error) {
	o.asked = append(o.asked, request{r.Method, r.URL.Path})
	const body = `{"status":"green","nodes":{"a":{}},"license":{"type":"basic"},"persistent":{}}`
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader([]byte(body))), Request: r}, nil
}

// asks lists what each method of a client asks of a cluster.
func asks(t *testing.T) map[string][]request {
	t.Helper()
	all := map[string][]request{}
	kind := reflect.TypeFor[*elastic.Client]()
	for i := range kind.NumMethod() {
		method := kind.Method(i)
		if method.Type.NumIn() < 2 || method.Type.In(1) != reflect.TypeFor[context.Context]() || method.Name == "Do" {
			continue
		}
		heard := &overhearing{}
		client, err := elastic.NewOver("a.test:9200", heard)
		require.NoError(t, err)
		in := []reflect.Value{reflect.ValueOf(client), reflect.ValueOf(t.Context())}
		for k := 2; k < method.Type.NumIn() && (!method.Type.IsVariadic() || k < method.Type.NumIn()-1); k++ {
			value := reflect.New(method.Type.In(k)).Elem()
			if value.Kind() == reflect.String {
				value.SetString("x")
			}
			in = append(in, value)
		}
		method.Func.Call(in)
		require.NotEmpty(t, heard.asked, "Client.%s asks nothing", method.Name)
		all[method.Name] = heard.asked
	}
	return all
}

// declared are the facts that steps say they take, by their expressions: always, or somewhere in the features.
func declared(t *testing.T, known *facts.Facts) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, d := range Vocabulary() {
		all[d.Expression] = d.Needs
	}
	vocabulary, err := gherkin.NewVocabulary(Vocabulary())
	require.NoError(t, err)
	scenarios, err := gherkin.Load(os.DirFS(".."), "features")
	require.NoError(t, err)
	for _, s := range scenarios {
		bound, err := vocabulary.Bind(s)
		require.NoError(t, err)
		for _, b := range bound {
			all[b.Expression] = slices.Concat(all[b.Expression], b.Needs(known))
		}
	}
	return all
}

func TestEveryStepDeclaresWhatItUses(t *testing.T) {
	known, err := facts.Default()
	require.NoError(t, err)
	f := &finder{known: known, sources: read(t), client: asks(t)}
	says, reached := declared(t, known), map[string]bool{}
	for _, d := range Vocabulary() {
		for _, u := range f.uses(d.Handler) {
			reached[u.fact] = true
			if !slices.Contains(says[d.Expression], u.fact) {
				t.Errorf("the step %q uses %s (in %s), which came with the fact %s of fixtures/versions.yaml: declare it "+
					"in Needs, or ask World.Knows before", d.Expression, u.what, u.where, u.fact)
			}
		}
	}
	// What the walk is known to reach: were it blind, nothing would be red.
	require.Subset(t, slices.Collect(maps.Keys(reached)), []string{"resolve-cluster", "cross-cluster-api-keys",
		"cross-cluster-api-key-expiration", "strong-identity", "remote-credentials", "proxy-mode", "server-name",
		"remote-cluster-client-tls"})
}

func TestTheFactsThatStepsTakeAreThere(t *testing.T) {
	known, err := facts.Default()
	require.NoError(t, err)
	var ids []string
	for _, fact := range known.All() {
		ids = append(ids, fact.ID)
	}
	for expression, needs := range declared(t, known) {
		require.Subset(t, ids, needs, "the step %q", expression)
	}
}

package lab

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

func fullSpec() ClusterSpec {
	certificate := func() Certificate { return Certificate{Names: []string{"n"}, OtherNames: []string{"o"}} }
	return ClusterSpec{
		Role: topology.Remote, Version: "9.2.0", Security: true, License: "trial", TransportCA: "t",
		TrustedTransport: []string{"t", "u"},
		Transport:        certificate(), ServerCA: "s", Server: certificate(), TrustedServers: []string{"s"},
		Nodes: 3, Settings: map[string]string{"a": "1", "b": "2"}, Files: map[string]string{"f": "x"},
		Hosted: Hosted{Organization: "o", Domain: "d"},
	}
}

// leaves are the fields of a struct by name, those of structs inside it on their own.
func leaves(v reflect.Value) map[string]reflect.Value {
	all := map[string]reflect.Value{}
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if v.Field(i).Kind() != reflect.Struct {
			all[name] = v.Field(i)
			continue
		}
		for inner, field := range leaves(v.Field(i)) {
			all[name+"."+inner] = field
		}
	}
	return all
}

// change gives a field another value, in place where it can be shared.
func change(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "-other")
	case reflect.Int:
		v.SetInt(v.Int() + 1)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Slice:
		v.Index(0).SetString("other")
	case reflect.Map:
		v.SetMapIndex(reflect.ValueOf("other"), reflect.ValueOf("1"))
	default:
		panic("a field of a kind that this test does not know: " + v.Kind().String())
	}
}

func TestKeyTellsSpecsApartByEveryField(t *testing.T) {
	spec := fullSpec()
	want := spec.Key()
	require.Equal(t, want, fullSpec().Key(), "the same spec, the same key")
	require.Regexp(t, `^remote-9\.2\.0-[0-9a-f]{12}$`, want)
	keys := map[string]string{want: "nothing"}
	for field := range leaves(reflect.ValueOf(spec)) {
		spec := fullSpec()
		change(leaves(reflect.ValueOf(&spec).Elem())[field])
		key := spec.Key()
		require.NotContains(t, keys, key, "with another %s", field)
		keys[key] = field
	}
	spec.TrustedTransport = []string{"u", "t"}
	require.NotEqual(t, want, spec.Key(), "the order of a bundle is part of it")
}

func TestACloneSharesNothing(t *testing.T) {
	for field := range leaves(reflect.ValueOf(fullSpec())) {
		spec := fullSpec()
		clone := spec.Clone()
		require.Equal(t, spec, clone)
		change(leaves(reflect.ValueOf(&clone).Elem())[field])
		require.Equal(t, fullSpec(), spec, "%s of the clone is the original's", field)
	}
	require.Equal(t, ClusterSpec{}, ClusterSpec{}.Clone())
}

func TestTimeoutsScaleAndAreSetByName(t *testing.T) {
	d := topology.DefaultTimeouts()
	for i := range reflect.TypeFor[topology.Timeouts]().NumField() {
		field := reflect.TypeFor[topology.Timeouts]().Field(i)
		require.Positive(t, reflect.ValueOf(d).Field(i).Int(), "%s has a default", field.Name)
		set := d
		require.NoError(t, set.Set(field.Tag.Get("name"), 7*time.Second))
		want := d
		reflect.ValueOf(&want).Elem().Field(i).SetInt(int64(7 * time.Second))
		require.Equal(t, want, set, "%s changes %s and nothing else", field.Tag.Get("name"), field.Name)
		scaled := d
		scaled.Scale(1.5)
		require.Equal(t, reflect.ValueOf(d).Field(i).Int()*3/2, reflect.ValueOf(scaled).Field(i).Int(), "%s is scaled",
			field.Name)
	}
	before := d
	require.ErrorContains(t, d.Set("conect", time.Second),
		`unknown time limit "conect"; there are cleanup, cluster_start, cluster_stop, connect, `)
	require.Equal(t, before, d)
}

func TestEveryDocumentedPortHasItsListener(t *testing.T) {
	config := balancerConfig(names{server: "remote-1.crosscheck.test"}, true)
	require.NoError(t, config.Validate())
	got := map[string]string{}
	for _, l := range config.Listeners {
		upstream := l.Upstream
		if l.SNI != nil {
			upstream = l.SNI.Routes["remote-1.crosscheck.test"] + " else " + l.SNI.Fallback
			require.Equal(t, l.SNI.Fallback, l.SNI.FallbackUnknown)
		}
		got[l.Listen] = l.Name + " " + upstream
	}
	require.Equal(t, map[string]string{
		":9200": "port-9200 remote-1.crosscheck.test:9200",
		":9300": "port-9300 remote-1.crosscheck.test:9300",
		":9400": "port-9400 remote-1.crosscheck.test:9300 else ",
		":9443": "port-9443 remote-1.crosscheck.test:9443 else remote-1.crosscheck.test:9443",
	}, got)
	lb := LoadBalancer{Name: "balancer.test"}
	address, err := lb.Address(topology.RemoteClusterServerPort)
	require.NoError(t, err)
	require.Equal(t, "balancer.test:9443", address)
}

func TestALoadBalancerIsKnownByItsAddresses(t *testing.T) {
	lb := LoadBalancer{Name: "balancer.test"}
	_, err := lb.IPv6()
	require.ErrorContains(t, err, "the load balancer has no IPv6 address: have an IPv6 network join it before")
	require.True(t, lb.Leads("remote.test:1 balancer.test:9300"))
	require.False(t, lb.Leads("[invalid IP]:9443"), "no address is none of its")
	lb.ipv6 = netip.MustParseAddr("fd00::a:1")
	address, err := lb.IPv6()
	require.NoError(t, err)
	require.Equal(t, "fd00::a:1", address.String())
	require.True(t, lb.Leads("[fd00::a:1]:9443"))
	require.False(t, lb.Leads("[fd00::a:2]:9443"))
}

func TestAClusterThatDoesNotStartShowsTheEndOfItsLog(t *testing.T) {
	reason := errors.New("the node exited with code 78")
	err := &StartError{Cluster: "remote-1", Log: "line 1\nline 2\n" + strings.Repeat("more\n", 14) +
		"bootstrap check failure\n", Err: reason}
	require.ErrorIs(t, err, reason)
	require.Equal(t, "start remote-1: the node exited with code 78; its log ends:\n"+strings.Repeat("more\n",
		14)+"bootstrap check failure", err.Error())
	require.Equal(t, "", tail("", 3))
	require.Equal(t, "a", tail("a\n", 3))
}

func TestAHostedClusterIsKnownByItsEndpointOnly(t *testing.T) {
	n := names{server: "remote-1.crosscheck.test", endpoint: "abc.region.test"}
	config := balancerConfig(n, true)
	require.NoError(t, config.Validate())
	for _, l := range config.Listeners {
		switch l.Name {
		case "port-9400":
			require.Equal(t, &balancer.SNI{Routes: map[string]string{"abc.region.test": "remote-1.crosscheck.test:9300"}}, l.SNI)
		case "port-9443":
			require.Equal(t, &balancer.SNI{Routes: map[string]string{"abc.region.test": "remote-1.crosscheck.test:9443"}}, l.SNI)
		}
	}
	plain := balancerConfig(n, false)
	require.NoError(t, plain.Validate())
	require.Equal(t, "remote-1.crosscheck.test:9300", plain.Listeners[2].Upstream,
		"without TLS there is no server name to route by")
}

func TestAHostedClusterGetsItsNamesWhenItStarts(t *testing.T) {
	spec := ClusterSpec{Role: topology.Remote, Security: true,
		Hosted: Hosted{Organization: "2222222222", Domain: "region.test"}}
	key := spec.Key()
	got, n, err := spec.Hosted.complete(spec, names{server: "remote-1.test"})
	require.NoError(t, err)
	require.Regexp(t, `^[0-9a-f]{32}$`, n.id)
	require.Equal(t, n.id+".region.test", n.endpoint)
	require.Equal(t, []string{"instance-0000000000.node." + n.id + ".cluster.2222222222.account"},
		got.Transport.OtherNames)
	require.Equal(t, []string{n.endpoint}, got.Server.Names)
	require.Equal(t, TrustFile, got.Settings["xpack.security.transport.ssl.trust_restrictions.path"])
	require.Contains(t, got.Files[TrustFile], "*.node.*.cluster.2222222222.account", "it trusts its own organization")
	require.Equal(t, key, spec.Key(), "the description that clusters are shared by stays as it was")
	_, second, err := spec.Hosted.complete(spec, names{})
	require.NoError(t, err)
	require.NotEqual(t, n.id, second.id)
	plain, _, err := spec.Hosted.complete(ClusterSpec{Role: topology.Remote}, names{})
	require.NoError(t, err)
	require.Empty(t, plain.Settings, "trust restrictions take security")
}

func TestTheLogSaysThatTheTrustFileIsInForce(t *testing.T) {
	for line, want := range map[string]bool{
		`updated 1 ssl contexts in 2.1ms for prefix names [xpack.security.transport.ssl.] ` +
			`using file [/usr/share/elasticsearch/config/trust.yml]`: true,
		`reloaded [/usr/share/elasticsearch/config/trust.yml] and updated ssl contexts using this file`: true,
		`updated 1 ssl contexts in 2.1ms for prefix names [xpack.security.transport.ssl.] ` +
			`using file [/usr/share/elasticsearch/config/other.crt]`: false,
	} {
		require.Equal(t, want, trustReloaded.MatchString(line), line)
	}
}

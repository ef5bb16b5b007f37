package topology

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func fullSpec() ClusterSpec {
	return ClusterSpec{
		Role: Remote, Version: "9.2.0", Security: true, License: "trial", TransportCA: "t", TrustedTransport: []string{"t", "u"},
		ServerCA: "s", TrustedServers: []string{"s"}, TransportOtherName: "o",
		Settings: map[string]string{"a": "1", "b": "2"}, Files: map[string]string{"f": "x"}, Dedicated: "d",
	}
}

// change gives a field another value.
func change(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "-other")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.ValueOf("other")))
	case reflect.Map:
		v.SetMapIndex(reflect.ValueOf("other"), reflect.ValueOf("1"))
	default:
		panic("a field of a kind that this test does not know: " + v.Kind().String())
	}
}

func TestKeyTellsSpecsApartByEveryField(t *testing.T) {
	want := fullSpec().Key()
	require.Equal(t, want, fullSpec().Key(), "the same spec, the same key")
	require.Regexp(t, `^remote-9\.2\.0-[0-9a-f]{12}$`, want)
	keys := map[string]string{want: "nothing"}
	for i := range reflect.TypeFor[ClusterSpec]().NumField() {
		spec := fullSpec()
		field := reflect.TypeFor[ClusterSpec]().Field(i).Name
		change(reflect.ValueOf(&spec).Elem().Field(i))
		require.NotContains(t, keys, spec.Key(), "with another %s", field)
		keys[spec.Key()] = field
	}
	reordered := fullSpec()
	reordered.TrustedTransport = []string{"u", "t"}
	require.NotEqual(t, want, reordered.Key())
}

func TestACloneSharesNothing(t *testing.T) {
	for i := range reflect.TypeFor[ClusterSpec]().NumField() {
		spec := fullSpec()
		clone := spec.Clone()
		require.Equal(t, spec, clone)
		field := reflect.ValueOf(&clone).Elem().Field(i)
		if field.Kind() == reflect.Slice {
			field.Index(0).SetString("changed in place")
		} else {
			change(field)
		}
		require.Equal(t, fullSpec(), spec, "%s of the clone is the original's", reflect.TypeFor[ClusterSpec]().Field(i).Name)
	}
	require.Equal(t, ClusterSpec{}, ClusterSpec{}.Clone())
}

func TestTimeoutsScaleAndAreSetByName(t *testing.T) {
	d := DefaultTimeouts()
	for i := range reflect.TypeFor[Timeouts]().NumField() {
		field := reflect.TypeFor[Timeouts]().Field(i)
		require.Positive(t, reflect.ValueOf(d).Field(i).Int(), "%s has a default", field.Name)
		set := d
		require.NoError(t, set.Set(field.Tag.Get("name"), 7*time.Second))
		want := d
		reflect.ValueOf(&want).Elem().Field(i).SetInt(int64(7 * time.Second))
		require.Equal(t, want, set, "%s changes %s and nothing else", field.Tag.Get("name"), field.Name)
		scaled := d
		scaled.Scale(1.5)
		require.Equal(t, reflect.ValueOf(d).Field(i).Int()*3/2, reflect.ValueOf(scaled).Field(i).Int(), "%s is scaled", field.Name)
	}
	before := d
	require.EqualError(t, d.Set("conect", time.Second),
		`unknown time limit "conect"; there are cleanup, cluster_start, cluster_stop, connect, log, request, scenario, search, shutdown`)
	require.Equal(t, before, d)
}

func TestEveryDocumentedPortHasItsListener(t *testing.T) {
	config := balancerConfig("remote-1.crosscheck.test")
	require.NoError(t, config.Validate())
	got := map[string]string{}
	for _, l := range config.Listeners {
		upstream := l.Routes.Upstream
		if l.Routes.SNI != nil {
			upstream = l.Routes.SNI.Routes["remote-1.crosscheck.test"] + " else " + l.Routes.SNI.Fallback
			require.Equal(t, l.Routes.SNI.Fallback, l.Routes.SNI.FallbackUnknown)
		}
		got[l.Listen] = l.Name + " " + upstream
	}
	require.Equal(t, map[string]string{
		"0.0.0.0:9200": "port-9200 remote-1.crosscheck.test:9200",
		"0.0.0.0:9300": "port-9300 remote-1.crosscheck.test:9300",
		"0.0.0.0:9400": "port-9400 remote-1.crosscheck.test:9300 else ",
		"0.0.0.0:9443": "port-9443 remote-1.crosscheck.test:9443 else remote-1.crosscheck.test:9443",
	}, got)
	lb := LoadBalancer{Name: "balancer.test"}
	require.Equal(t, "balancer.test:9443", lb.Address(RemoteClusterServerPort))
}

func TestAClusterThatDoesNotStartShowsTheEndOfItsLog(t *testing.T) {
	reason := errors.New("the node exited with code 78")
	err := &StartError{Cluster: "remote-1", Log: "line 1\nline 2\n" + strings.Repeat("more\n", 14) + "bootstrap check failure\n", Err: reason}
	require.ErrorIs(t, err, reason)
	require.Equal(t, "start remote-1: the node exited with code 78; its log ends:\n"+strings.Repeat("more\n", 14)+"bootstrap check failure", err.Error())
	require.Equal(t, "", tail("", 3))
	require.Equal(t, "a", tail("a\n", 3))
}

package existing

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func TestWhatAScenarioDescribesThatThePairIsNot(t *testing.T) {
	for name, c := range map[string]struct {
		change func(local, remote *lab.ClusterSpec)
		want   string // after "control of"; empty: it fits
	}{
		"as by default": {func(_, _ *lab.ClusterSpec) {}, ""},
		"the server":    {func(l, _ *lab.ClusterSpec) { l.TrustedServers = []string{"remote-server"} }, ""},
		"each other": {func(l, _ *lab.ClusterSpec) {
			l.TrustedTransport = []string{"partner-transport", "remote-transport"}
		}, ""},
		"another server": {func(l, _ *lab.ClusterSpec) { l.TrustedServers = []string{"nobody"} }, "its certificates"},
		"one side alone": {func(l, _ *lab.ClusterSpec) { l.TrustedTransport = []string{"partner-transport"} },
			"its certificates"},
		"one authority": {func(_, r *lab.ClusterSpec) { r.TransportCA = "shared" }, "its certificates"},
		"a node setting": {func(_, r *lab.ClusterSpec) { r.Settings = map[string]string{"a": "b"} },
			"its elasticsearch.yml"},
		"a file":        {func(_, r *lab.ClusterSpec) { r.Files = map[string]string{"a": "b"} }, "its config folder"},
		"expired":       {func(_, r *lab.ClusterSpec) { r.Server.Expired = true }, "its certificates"},
		"two nodes":     {func(l, _ *lab.ClusterSpec) { l.Nodes = 2 }, ""},
		"three nodes":   {func(l, _ *lab.ClusterSpec) { l.Nodes = 3 }, "how many nodes it has (3 are wanted, it has 2)"},
		"IPv6":          {func(l, _ *lab.ClusterSpec) { l.IPv6 = true }, "its network"},
		"published":     {func(_, r *lab.ClusterSpec) { r.Published = lab.PublishedDirectly }, "its network"},
		"Elastic Cloud": {func(_, r *lab.ClusterSpec) { r.Hosted.Organization = "1" }, "its place in Elastic Cloud"},
		"without security": {func(l, r *lab.ClusterSpec) { *l, *r = lab.ClusterSpec{}, lab.ClusterSpec{} },
			"whether security is on"},
		"basic":     {func(_, r *lab.ClusterSpec) { r.License = "basic" }, `its license, which is "trial"`},
		"no server": {func(_, r *lab.ClusterSpec) { r.ServerCA = "" }, "remote_cluster_server.enabled"},
		"a setting of one node": {func(l, _ *lab.ClusterSpec) {
			l.NodeSettings = map[int]map[string]string{1: {"node.roles": "[master, data]"}}
		}, "its elasticsearch.yml"},
		"TLS for HTTP":     {func(_, r *lab.ClusterSpec) { r.HTTPCA = "remote-http" }, "its HTTP interface"},
		"trust of Java":    {func(l, _ *lab.ClusterSpec) { l.JavaTrust = "remote-server" }, "its Java runtime"},
		"an intermediate":  {func(_, r *lab.ClusterSpec) { r.Server.Intermediate = true }, "its certificates"},
		"for servers only": {func(l, _ *lab.ClusterSpec) { l.Transport.ServerOnly = true }, "its certificates"},
	} {
		t.Run(name, func(t *testing.T) {
			local := lab.ClusterSpec{Role: topology.Local, Security: true, License: "trial", TransportCA: "local-transport",
				TrustedTransport: []string{"local-transport"}}
			remote := lab.ClusterSpec{Role: topology.Remote, Security: true, License: "trial", TransportCA: "remote-transport",
				TrustedTransport: []string{"remote-transport", "partner-transport"}, ServerCA: "remote-server"}
			c.change(&local, &remote)
			side := func(role string) *Side {
				return &Side{Role: role, Secured: true, License: "trial", Nodes: 2, Server: true}
			}
			p := &Pair{Local: side(topology.Local), Remote: side(topology.Remote)}
			err := p.Fits(local, remote, false)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorAs(t, err, new(*lab.UncontrolledError))
			require.ErrorContains(t, err, "it has no control of "+c.want)
			require.Error(t, p.Fits(local, remote, true), "a second remote cluster")
		})
	}
}

// A field that a ClusterSpec gets later is to be compared, or to be named here.
func TestEveryFieldOfADescriptionIsCompared(t *testing.T) {
	byModel := []string{"TransportCA", "TrustedTransport", "ServerCA", "TrustedServers"} // see ordinaryTrust
	otherwise := []string{"Role", "Version", "Security", "License", "Nodes"}             // in the table above
	side := &Side{Nodes: 1}
	require.Empty(t, side.differs(lab.ClusterSpec{}))
	of := reflect.TypeFor[lab.ClusterSpec]()
	for _, field := range reflect.VisibleFields(of) {
		if slices.Contains(byModel, field.Name) || slices.Contains(otherwise, field.Name) {
			continue
		}
		var spec lab.ClusterSpec
		fill(reflect.ValueOf(&spec).Elem().FieldByIndex(field.Index))
		require.NotEmpty(t, side.differs(spec), field.Name)
	}
	certificate := reflect.TypeFor[lab.Certificate]()
	for _, field := range reflect.VisibleFields(certificate) {
		var spec lab.ClusterSpec
		fill(reflect.ValueOf(&spec.Server).Elem().FieldByIndex(field.Index))
		require.Equal(t, "its certificates", side.differs(spec), field.Name)
	}
}

// fill gives a value something that is not its zero value.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
	case reflect.String:
		v.SetString("x")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.Zero(v.Type().Key()), reflect.Zero(v.Type().Elem()))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	}
}

func TestNobodySearchesForOneWhoIsNoSuperuser(t *testing.T) {
	p := &Pair{Local: &Side{user: "qa"}}
	api, err := p.Searcher()
	require.NoError(t, err)
	_, err = api.Search(t.Context(), "a:b")
	require.ErrorAs(t, err, new(*lab.UncontrolledError))
	require.ErrorContains(t, err, "searches as a superuser of the local cluster, and qa is none")
	p.Local.superuser = true
	api, err = p.Searcher()
	require.NoError(t, err)
	require.Nil(t, api)
}

package docker

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReach(t *testing.T) {
	for name, c := range map[string]struct {
		docker, setting string
		bind, host      string
		want            string // error
		override        string
	}{
		"this machine":           {"unix:///var/run/docker.sock", "", "127.0.0.1", "127.0.0.1", "", ""},
		"a forwarded socket":     {"unix:///tmp/docker.sock", "10.0.0.5", "10.0.0.5", "10.0.0.5", "", ""},
		"another machine":        {"tcp://10.0.0.5:2376", "", "10.0.0.5", "10.0.0.5", "", ""},
		"another machine, IPv6":  {"tcp://[fd00::5]:2376", "", "fd00::5", "fd00::5", "", ""},
		"a name":                 {"tcp://localhost:2375", "", "127.0.0.1", "127.0.0.1", "", ""},
		"every address":          {"tcp://engine.test:2376", "0.0.0.0", "0.0.0.0", "engine.test", "", ""},
		"another address of its": {"tcp://engine.test:2376", "10.0.0.6", "10.0.0.6", "10.0.0.6", "", ""},
		"every address of nobody knows what": {"unix:///tmp/docker.sock", "0.0.0.0", "", "",
			"CROSSCHECK_PUBLISH=0.0.0.0: does not say where ports are found; give one address", ""},
		"no address": {"tcp://10.0.0.5:2376", "engine", "", "",
			"CROSSCHECK_PUBLISH=engine: no IP address; give one of the Engine's machine, such as 10.0.0.5", ""},
		"no such name": {"tcp://nowhere.invalid:2376", "", "", "",
			"find the address of the Engine's machine: ", ""},
		"every address of this machine": {"tcp://0.0.0.0:2375", "", "127.0.0.1", "127.0.0.1", "", ""},
		"a socket, and another project's override": {"unix:///var/run/docker.sock", "", "127.0.0.1", "127.0.0.1", "",
			"10.0.0.7"},
		"an override that is every address": {"tcp://10.0.0.5:2376", "", "", "",
			"TESTCONTAINERS_HOST_OVERRIDE=0.0.0.0: is every address, and no machine's; give the name", "0.0.0.0"},
		"a machine that is reached by another name": {"tcp://10.0.0.5:2376", "", "127.0.0.1", "127.0.0.1", "",
			"localhost"},
		"by another address": {"tcp://10.0.0.5:2376", "", "10.0.0.7", "10.0.0.7", "", "10.0.0.7"},
		"by another name, published elsewhere": {"unix:///var/run/docker.sock", "0.0.0.0", "0.0.0.0", "engine.test",
			"", "engine.test"},
		"by a name that is none": {"tcp://10.0.0.5:2376", "", "", "",
			"TESTCONTAINERS_HOST_OVERRIDE=nowhere.invalid: ", "nowhere.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := reachOf(t.Context(), c.docker, c.setting, c.override)
			if c.want != "" {
				require.ErrorContains(t, err, c.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, reach{netip.MustParseAddr(c.bind), c.host}, got)
		})
	}
}

// forward makes the local Engine's socket reachable at another address, as if it were another Engine's.
func forward(t *testing.T, network, address string) (host string) {
	t.Helper()
	endpoint, err := Find(ThisEnvironment())
	require.NoError(t, err)
	socket, local := strings.CutPrefix(endpoint.Host, "unix://")
	if !local {
		skip(t, "needs an Engine with a socket on this machine")
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), network, address)
	require.NoError(t, err)
	serve(t, listener, socket)
	if network == "unix" {
		return "unix://" + address
	}
	return "tcp://" + listener.Addr().String()
}

// serve passes every connection of listener on to a socket, until the test ends.
func serve(t *testing.T, listener net.Listener, socket string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context())) // what cleans up still needs it
	var connections sync.WaitGroup
	connections.Go(func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Go(func() { join(ctx, from, socket) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		cancel()
		connections.Wait()
	})
}

// join passes bytes both ways, and an end of them too: that is how a command inside a container learns that its input
// is over.
func join(ctx context.Context, from net.Conn, socket string) {
	defer func() { _ = from.Close() }()
	to, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	stop := context.AfterFunc(ctx, func() { _, _ = from.Close(), to.Close() })
	defer stop()
	var both sync.WaitGroup
	for _, way := range []struct{ to, from net.Conn }{{to, from}, {from, to}} {
		both.Go(func() {
			_, _ = io.Copy(way.to, way.from)
			if half, ok := way.to.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
		})
	}
	both.Wait()
}

func TestAnEngineThatIsReachedByTCP(t *testing.T) {
	_, image := engine(t, "balancer")
	t.Setenv("DOCKER_HOST", forward(t, "tcp", "127.0.0.2:0"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	e, err := Connect(ctx, "test-"+strings.ToLower(rand.Text()[:8]), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	require.False(t, e.Local())
	require.Less(t, e.ahead.Abs(), 5*time.Second, "it is this machine's clock after all")

	spec := ContainerSpec{Name: "crosscheck-" + e.Run() + "-balancer", Image: image, Role: "balancer",
		Ports: []uint16{8474},
		Env: []string{`BALANCER_CONFIG={"api":"0.0.0.0:8474","listeners":[` +
			`{"name":"a","listen":"0.0.0.0:9300","upstream":"nobody.test:9300"}]}`}}
	c, err := e.Start(ctx, spec)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Remove(context.Background())) })
	address, err := c.Address(ctx, 8474)
	require.NoError(t, err)
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.2", host, "found where DOCKER_HOST says")
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	_, err = new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	require.Error(t, err, "published on that one address")

	require.Empty(t, e.Exposed(), "127.0.0.2 is loopback")

	t.Setenv(PublishVariable, "192.0.2.77") // of nobody
	elsewhere, err := Connect(ctx, e.Run(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, elsewhere.Close()) })
	require.Equal(t, "192.0.2.77", elsewhere.Exposed())
	spec.Name += "-2"
	_, err = elsewhere.Start(ctx, spec)
	require.ErrorContains(t, err, "192.0.2.77 is no address of the Engine's machine; set CROSSCHECK_PUBLISH to one")
	t.Setenv(PublishVariable, "here")
	_, err = Connect(ctx, e.Run(), slog.New(slog.DiscardHandler))
	var setting *SettingError
	require.True(t, errors.As(err, &setting), "%v", err)
}

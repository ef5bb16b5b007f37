package live

import (
	"bufio"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// listen accepts connections and hands them to serve, which must end.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serve(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener.Addr().String()
}

// transport answers what a transport interface says to what is no message of its own.
func transport(conn net.Conn) {
	begin, err := bufio.NewReader(conn).Peek(5)
	if err == nil && strings.HasPrefix(string(begin), "GET ") {
		_, _ = io.WriteString(conn, "This is not an HTTP port")
	}
}

func TestProbe(t *testing.T) {
	secure := serveTLS(t)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	config := secure.TLS.Clone()
	config.NextProtos = nil
	overTLS := func(config *tls.Config, serve func(net.Conn)) func(net.Conn) {
		return func(conn net.Conn) {
			s := tls.Server(conn, config)
			if s.Handshake() == nil {
				serve(s)
			}
			s.Close()
		}
	}
	mutual := config.Clone()
	mutual.ClientAuth = tls.RequireAnyClientCert
	closed := listen(t, func(net.Conn) {})
	refused := func() string {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		return listener.Addr().String()
	}()
	for _, c := range []struct {
		name, address, server string
		want                  []string
	}{
		{"HTTP over TLS", strings.TrimPrefix(secure.URL, "https://"), "example.com", []string{
			"shows a certificate of O=Acme Co", "certificate is of an authority that this machine does not know",
			"speaks TLS and HTTP"}},
		{"another name", strings.TrimPrefix(secure.URL, "https://"), "other.test", []string{
			"certificate does not name other.test"}},
		{"plain HTTP", strings.TrimPrefix(plain.URL, "http://"), "", []string{"speaks plain HTTP"}},
		{"plain transport", listen(t, transport), "", []string{"speaks plain transport"}},
		{"transport over TLS", listen(t, overTLS(config, transport)), "", []string{"speaks TLS and transport"}},
		{"a client certificate", listen(t, overTLS(mutual, func(net.Conn) {})), "", []string{
			"speaks TLS and wants a client certificate"}},
		{"closes", closed, "", []string{"closes the connection in the TLS handshake"}},
		{"refused", refused, "", []string{"refuses connections"}},
		{"no such name", "nowhere.invalid:9443", "", []string{"has a name that is not known"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := probe(t.Context(), "partner", c.address, c.server)
			require.Equal(t, "partner", p.Alias)
			for _, want := range c.want {
				require.Contains(t, p.Texts, "derived: probe of "+c.address+" "+want)
			}
			require.Contains(t, p.Source, "from this machine")
		})
	}
}

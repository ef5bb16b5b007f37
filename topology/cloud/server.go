package cloud

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// Server is a plane's API on a port of the loopback interface, over HTTPS with a certificate of an authority of the
// run.
type Server struct {
	URL  string // https://127.0.0.1:<port>
	CA   []byte // PEM: the authority that clients have to trust
	http *http.Server
	done chan struct{}
}

// Serve opens the API. It answers until Close.
func Serve(ctx context.Context, p *Plane, authority *pki.Authority, log *slog.Logger) (*Server, error) {
	pair, err := authority.Issue(pki.Leaf{CommonName: "api", DNSNames: []string{"localhost"},
		IPs: []net.IP{net.IPv4(127, 0, 0, 1)}})
	if err != nil {
		return nil, fmt.Errorf("issue the control plane's certificate: %w", err)
	}
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		return nil, fmt.Errorf("read the control plane's certificate: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the control plane's port: %w", err)
	}
	s := &Server{URL: "https://" + listener.Addr().String(), CA: authority.PEM, done: make(chan struct{}),
		http: &http.Server{
			Handler: p.Handler(log), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
			TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
			ErrorLog:  slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		}}
	go func() {
		defer close(s.done)
		if err := s.http.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serve the control plane's API", "error", err)
		}
	}()
	return s, nil
}

// Close ends the API and every connection to it.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	return err
}

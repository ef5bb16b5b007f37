package live

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// maxProbed is how many addresses of a remote cluster are tried.
const maxProbed = 4

// Words that a transport interface of Elasticsearch answers to what is no transport message.
const (
	notHTTPPort = "This is not an HTTP"
	hello       = "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
)

// probeAll opens connections to the addresses of remote clusters, from this machine.
func probeAll(ctx context.Context, remotes []remoteCluster) evidence.Input {
	var all evidence.Input
	for _, r := range remotes {
		for _, address := range r.addresses[:min(len(r.addresses), maxProbed)] {
			all.Pieces = append(all.Pieces, probe(ctx, r.alias, address, r.serverName))
		}
		if len(r.addresses) == 0 {
			all.Notes = append(all.Notes, evidence.Note{Source: "probe of " + r.alias, Kind: evidence.NotSeen,
				Text: "No address of it could be seen."})
		}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	if len(all.Pieces) > 0 {
		all.Notes = append(all.Notes, evidence.Note{Source: "--probe", Kind: evidence.NotSeen,
			Text: "The addresses were tried from " + host + ", which is no node of the cluster: its way to them may be " +
				"another one."})
	}
	return all
}

// probe opens TCP and TLS to an address, with the server name that Elasticsearch sends, and sees what answers. Each
// step has a connection of its own, and dialTimeout.
func probe(ctx context.Context, alias, address, serverName string) evidence.Piece {
	if serverName == "" {
		if host, _, err := net.SplitHostPort(address); err == nil {
			serverName = strings.Trim(host, "[]")
		}
	}
	said := probeOf{address: address, serverName: serverName}
	said.look(ctx)
	return evidence.Piece{
		Kind: evidence.Sentence, Alias: alias, Source: "probe of " + address + " from this machine",
		Shown: fmt.Sprintf("%s, server name %s: %s", address, serverName, strings.Join(said.shown, "; ")), Texts: said.texts,
	}
}

// probeOf is what is found out about an address.
type probeOf struct {
	address, serverName string
	shown, texts        []string
}

// say adds a finding. It is shown, and a derived text for clues.
func (p *probeOf) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	p.shown = append(p.shown, text)
	p.texts = append(p.texts, evidence.Derived+"probe of "+p.address+" "+text)
}

func (p *probeOf) look(ctx context.Context) {
	conn, err := dial(ctx, p.address)
	if err != nil {
		p.say("%s", dialFailure(err))
		return
	}
	defer conn.Close()
	//nolint:gosec // what answers is looked at, whatever its certificate; nothing secret is sent
	secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, ServerName: p.serverName})
	if err := secure.HandshakeContext(ctx); err != nil {
		p.noTLS(ctx, err)
		return
	}
	p.certificates(secure.ConnectionState().PeerCertificates)
	answer, err := ask(secure, p.serverName)
	switch {
	case strings.HasPrefix(answer, "HTTP/"):
		p.say("speaks TLS and HTTP")
	case strings.Contains(answer, notHTTPPort):
		p.say("speaks TLS and transport")
	case wantsCertificate(err):
		p.say("speaks TLS and wants a client certificate")
	case err != nil && !isTimeout(err) || answer != "":
		p.say("speaks TLS and no HTTP")
	default:
		p.say("speaks TLS and does not answer")
	}
}

// noTLS says what answered where the handshake came to nothing.
func (p *probeOf) noTLS(ctx context.Context, err error) {
	var alert tls.AlertError
	switch {
	case wantsCertificate(err):
		p.say("speaks TLS and wants a client certificate")
		return
	case errors.As(err, &alert):
		p.say("refuses the TLS handshake (%s)", alert)
		return
	case isTimeout(err):
		p.say("does not answer the TLS handshake")
		return
	}
	conn, dialErr := dial(ctx, p.address)
	if dialErr != nil {
		p.say("closes the connection in the TLS handshake")
		return
	}
	defer conn.Close()
	answer, _ := ask(conn, p.serverName)
	switch {
	case strings.HasPrefix(answer, "HTTP/"):
		p.say("speaks plain HTTP")
	case strings.Contains(answer, notHTTPPort):
		p.say("speaks plain transport")
	default:
		p.say("closes the connection in the TLS handshake")
	}
}

func dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func dialFailure(err error) string {
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		return "has a name that is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refuses connections"
	case isTimeout(err):
		return "does not answer"
	}
	return "cannot be reached (" + err.Error() + ")"
}

// ask sends a request of HTTP and gives the beginning of what comes back.
func ask(conn net.Conn, host string) (string, error) {
	if _, err := fmt.Fprintf(conn, hello, host); err != nil {
		return "", err
	}
	begin := make([]byte, 256)
	n, err := io.ReadAtLeast(conn, begin, len("HTTP/1.1"))
	return string(begin[:n]), err
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// wantsCertificate reports whether a server ended the connection because no client certificate came. TLS 1.3 says so
// after the handshake only, and older servers call it a bad certificate or a failed handshake.
func wantsCertificate(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "certificate required") ||
		strings.Contains(err.Error(), "bad certificate"))
}

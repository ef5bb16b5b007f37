package own

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pki"
)

// kubeletClient is the name of the certificate that the API server shows the kubelet, in the control plane's folder.
const kubeletClient = "kubelet-client"

// kubeletFiles writes the certificates that the API server and the kubelet show each other.
func kubeletFiles(c *controlPlane) error {
	authority, err := pki.NewStore().Authority("kubelet")
	if err != nil {
		return err
	}
	errs := []error{os.WriteFile(c.path("kubelet-ca.crt"), authority.PEM, 0o600)}
	for _, name := range []string{kubeletClient, "kubelet-server"} {
		pair, err := authority.Issue(pki.Leaf{CommonName: name, IPs: []net.IP{net.IPv4(127, 0, 0, 1)}})
		errs = append(errs, err,
			os.WriteFile(c.path(name+".crt"), pair.Certificate, 0o600), os.WriteFile(c.path(name+".key"), pair.Key, 0o600))
	}
	return errors.Join(errs...)
}

// serveLogs answers what the API server asks a kubelet for when somebody reads the log of a pod. It ends with ctx.
func (k *kubelet) serveLogs(ctx context.Context, c *controlPlane) (port int, err error) {
	own, err := tls.LoadX509KeyPair(c.path("kubelet-server.crt"), c.path("kubelet-server.key"))
	if err != nil {
		return 0, fmt.Errorf("read the kubelet's certificate: %w", err)
	}
	authority, err := os.ReadFile(c.path("kubelet-ca.crt"))
	if err != nil {
		return 0, fmt.Errorf("read the kubelet's authority: %w", err)
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(authority)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12,
		ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert})
	if err != nil {
		return 0, fmt.Errorf("listen for the API server: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", k.containerLogs)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: k.timeouts.Request}
	k.wg.Go(func() { _ = server.Serve(listener) })
	k.wg.Go(func() {
		<-ctx.Done()
		_ = server.Close()
	})
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// containerLogs is the log as it is now: nobody can follow it.
func (k *kubelet) containerLogs(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	text, err := k.text(r.Context(), r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container"),
		query.Get("sinceTime"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	all := bytes.SplitAfter([]byte(text), []byte("\n"))
	if n, err := strconv.Atoi(query.Get("tailLines")); err == nil && n >= 0 {
		all = all[max(0, len(all)-1-n):] // nothing follows the last line's end
	}
	for _, line := range all {
		if _, rest, found := bytes.Cut(line, []byte(" ")); found && query.Get("timestamps") != "true" {
			line = rest
		}
		if _, err := w.Write(line); err != nil {
			return
		}
	}
}

// text is what a container wrote, each line with its time in front. since is RFC 3339, or empty for all of it.
func (k *kubelet) text(ctx context.Context, namespace, name, inside, since string) (string, error) {
	var from time.Time
	if since != "" {
		var err error
		if from, err = time.Parse(time.RFC3339, since); err != nil {
			return "", fmt.Errorf("sinceTime: %w", err)
		}
	}
	for _, p := range k.known() {
		if p.namespace != namespace || p.name != name {
			continue
		}
		p.mu.Lock()
		main, ended := p.main, p.ended
		p.mu.Unlock()
		var failed *lab.StartError
		switch {
		case main != nil && inside == kube.Container:
			return main.StampedLogs(ctx, from)
		case errors.As(ended, &failed) && failed.Cluster == name+"/"+inside:
			return stamped(failed.Log), nil
		}
		return "", fmt.Errorf("container %q of pod %s has not run, or is gone", inside, name)
	}
	return "", fmt.Errorf("there is no pod %s in %s", name, namespace)
}

// stamped puts the time of now in front of each line.
func stamped(text string) string {
	var out strings.Builder
	now := time.Now().UTC().Format(time.RFC3339Nano)
	for line := range strings.Lines(text) {
		out.WriteString(now + " " + line)
	}
	return out.String()
}

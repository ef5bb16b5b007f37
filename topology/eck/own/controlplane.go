package own

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/await"
	"github.com/crosscheck-dev/crosscheck/topology/eck/kube"
)

// controllers are the ones that pods, services and the clean-up of the operator's objects need.
const controllers = "statefulset-controller,endpointslice-controller,garbage-collector-controller,namespace-controller"

// controlPlane is a Kubernetes of etcd, API server and controllers, on the loopback interface.
type controlPlane struct {
	dir       string
	config    *rest.Config
	processes []*process
}

// startControlPlane starts the program in dir and waits until the API server is ready. stop must be called on what it
// returns, also after an error.
func startControlPlane(
	ctx context.Context, dir, program string, secrets topology.Secrets, timeouts topology.Timeouts,
) (*controlPlane, error) {
	c := &controlPlane{dir: dir}
	token := rand.Text()
	secrets.Add(token)
	ports, err := freePorts(4)
	if err != nil {
		return c, err
	}
	if err := c.files(token); err != nil {
		return c, fmt.Errorf("prepare the control plane: %w", err)
	}
	local := func(port int) string { return "http://127.0.0.1:" + strconv.Itoa(port) }
	start := func(name string, args ...string) error {
		p, err := startProcess(dir, name, timeouts.ProcessStop, nil, program, append([]string{name}, args...)...)
		if err == nil {
			c.processes = append(c.processes, p)
		}
		return err
	}
	if err := start("etcd", "--data-dir", filepath.Join(dir, "etcd"), "--unsafe-no-fsync", "--log-level", "warn",
		"--listen-client-urls", local(ports[0]), "--advertise-client-urls", local(ports[0]),
		"--listen-peer-urls", local(ports[1]), "--initial-advertise-peer-urls", local(ports[1]),
		"--initial-cluster", "default="+local(ports[1])); err != nil {
		return c, err
	}
	if err := start("kube-apiserver", "--etcd-servers", local(ports[0]),
		"--bind-address", "127.0.0.1", "--secure-port", strconv.Itoa(ports[2]), "--cert-dir", filepath.Join(dir, "pki"),
		"--token-auth-file", c.path("tokens.csv"), "--authorization-mode", "RBAC",
		"--service-account-issuer", "https://kubernetes.default.svc",
		"--service-account-key-file", c.path("accounts.pub"),
		"--service-account-signing-key-file", c.path("accounts.key"),
		"--service-cluster-ip-range", "10.96.0.0/16", "--allow-privileged", "--disable-admission-plugins",
		"ServiceAccount,DefaultStorageClass,StorageObjectInUseProtection,TaintNodesByCondition",
		"--kubelet-client-certificate", c.path(kubeletClient+".crt"),
		"--kubelet-client-key", c.path(kubeletClient+".key"),
		"--kubelet-certificate-authority", c.path("kubelet-ca.crt"), "--endpoint-reconciler-type", "none"); err != nil {
		return c, err
	}
	host := fmt.Sprintf("https://127.0.0.1:%d", ports[2])
	c.config = &rest.Config{Host: host, BearerToken: token, QPS: -1, // no limit: nobody else uses this API server
		TLSClientConfig: rest.TLSClientConfig{CAFile: filepath.Join(dir, "pki", "apiserver.crt")}}
	if err := c.ready(ctx, timeouts.ClusterStart); err != nil {
		return c, err
	}
	kubeconfig, err := c.kubeconfig("controllers", "default")
	if err != nil {
		return c, err
	}
	return c, start("kube-controller-manager", "--kubeconfig", kubeconfig,
		"--authentication-kubeconfig", kubeconfig, "--authorization-kubeconfig", kubeconfig,
		"--bind-address", "127.0.0.1", "--secure-port", strconv.Itoa(ports[3]),
		"--cert-dir", filepath.Join(dir, "pki"), "--leader-elect=false",
		"--controllers", controllers, "--service-account-private-key-file", c.path("accounts.key"))
}

func (c *controlPlane) path(name string) string { return filepath.Join(c.dir, "pki", name) }

// files writes what the API server reads: the token of the only user, the key pair of service accounts, and the
// certificates that it and the kubelet show each other.
func (c *controlPlane) files(token string) error {
	for _, name := range []string{"pki", "logs", "etcd"} {
		if err := os.MkdirAll(filepath.Join(c.dir, name), 0o700); err != nil {
			return err
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	if err := kubeletFiles(c); err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"tokens.csv":   []byte(token + ",crosscheck,1,system:masters\n"),
		"accounts.key": pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		"accounts.pub": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}),
	} {
		if err := os.WriteFile(c.path(name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// kubeconfig writes a kubeconfig whose commands work in a namespace, and returns its path.
func (c *controlPlane) kubeconfig(name, namespace string) (string, error) {
	const id = "crosscheck"
	config := api.NewConfig()
	config.Clusters[id] = &api.Cluster{Server: c.config.Host, CertificateAuthority: c.config.CAFile}
	config.AuthInfos[id] = &api.AuthInfo{Token: c.config.BearerToken}
	config.Contexts[id] = &api.Context{Cluster: id, AuthInfo: id, Namespace: namespace}
	config.CurrentContext = id
	path := c.path(name + ".kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return "", fmt.Errorf("write a kubeconfig: %w", err)
	}
	return path, nil
}

// ready waits until the API server is ready, or a program has ended.
func (c *controlPlane) ready(ctx context.Context, limit time.Duration) error {
	return await.Until(ctx, "the Kubernetes API server is ready", limit, func(ctx context.Context) error {
		for _, p := range c.processes {
			if err := p.alive(); err != nil {
				return await.Permanent(err)
			}
		}
		if _, err := os.Stat(c.config.CAFile); err != nil {
			return err // the API server has not issued its certificate yet
		}
		client, err := kube.New(c.config, 0)
		if err != nil {
			return err
		}
		return client.Ready(ctx)
	})
}

// stop ends what was started, the last one first.
func (c *controlPlane) stop(ctx context.Context) {
	for i := len(c.processes) - 1; i >= 0; i-- {
		c.processes[i].stop(ctx)
	}
}

// freePorts finds n ports on which nothing listens now. All are held until the last one is found, so that none comes
// twice.
func freePorts(n int) (ports []int, err error) {
	held := make([]net.Listener, 0, n)
	defer func() {
		for _, l := range held {
			err = errors.Join(err, l.Close())
		}
	}()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		held = append(held, l)
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

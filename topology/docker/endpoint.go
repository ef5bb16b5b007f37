package docker

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/docker/go-connections/tlsconfig"
	"github.com/moby/moby/client"
)

// defaultSocket is where an Engine listens when nothing says otherwise.
const defaultSocket = "/var/run/docker.sock"

// Endpoint is the Docker Engine that is used, and the reason why.
type Endpoint struct {
	Host   string // in the form that DOCKER_HOST has
	Source string // what named the Engine, for a reader: DOCKER_HOST, or a context, a file, a socket
	Change string // how the user takes another Engine
	TLS    *TLS   // nil where the connection is not encrypted
	// Beside is another Engine's socket on this machine, where Host is the default socket and nobody chose between them.
	Beside string
}

// TLS names the files of an encrypted connection. An empty name stands for none.
type TLS struct {
	CA, Cert, Key string
	SkipVerify    bool // accept any certificate of the Engine
}

// IsDefault reports whether the endpoint is the default socket of this machine.
func (e Endpoint) IsDefault() bool {
	return e.Host == "unix://"+defaultSocket || e.Host == "unix:///run/docker.sock"
}

func (e Endpoint) String() string { return fmt.Sprintf("%s (%s)", e.Host, e.Source) }

// Environment is what Find reads.
type Environment struct {
	Getenv func(name string) string
	Socket string // the default socket's path
	Run    string // the folder of users' run-time folders, named by user ID
	UID    int
}

// ThisEnvironment is the environment of this process.
func ThisEnvironment() Environment {
	return Environment{Getenv: os.Getenv, Socket: defaultSocket, Run: "/run/user", UID: os.Getuid()}
}

// Find decides which Docker Engine is used. The first of these that is set, or that exists, is taken:
//
//  1. DOCKER_HOST, with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH;
//  2. DOCKER_CONTEXT, the name of a docker context;
//  3. tc.host, then docker.host in ~/.testcontainers.properties, with docker.tls.verify and docker.cert.path;
//  4. the current context of docker's config.json, unless it is "default";
//  5. the default socket, /var/run/docker.sock;
//  6. a rootless Engine's socket: $XDG_RUNTIME_DIR/docker.sock or /run/user/UID/docker.sock;
//  7. Docker Desktop's socket: ~/.docker/run/docker.sock or ~/.docker/desktop/docker.sock.
//
// Where nothing of it is there, the answer is the default socket. Find connects to nothing: an Engine that does not
// answer is never replaced by another. A setting that cannot be used gives *SettingError.
func Find(env Environment) (Endpoint, error) {
	props, err := readProperties(env)
	if err != nil {
		return Endpoint{}, err
	}
	if host := env.Getenv("DOCKER_HOST"); host != "" {
		return env.fromVariable(host)
	}
	if name := env.Getenv("DOCKER_CONTEXT"); name != "" {
		if name == defaultContext {
			return env.socket(), nil
		}
		setting := SettingError{Name: "DOCKER_CONTEXT", Value: name}
		return env.context(name, setting, `DOCKER_CONTEXT "`+name+`"`, "set DOCKER_CONTEXT to another context, or unset it")
	}
	if endpoint, found, err := props.endpoint(); found || err != nil {
		return endpoint, err
	}
	config, err := readConfig(env)
	if err != nil {
		return Endpoint{}, err
	}
	if name := config.CurrentContext; name != "" && name != defaultContext {
		setting := SettingError{File: config.Filename, Name: "currentContext", Value: name}
		return env.context(name, setting, `current context "`+name+`"`,
			"choose another with `docker context use`, or set DOCKER_HOST")
	}
	return env.socket(), nil
}

// fromVariable is the Engine that DOCKER_HOST names.
func (env Environment) fromVariable(host string) (Endpoint, error) {
	endpoint := Endpoint{Host: host, Source: "DOCKER_HOST",
		Change: "set DOCKER_HOST to another Engine, or unset DOCKER_HOST to use the one of this machine"}
	setting := SettingError{Name: "DOCKER_HOST", Value: host}
	if err := checkHost(host, setting); err != nil {
		return Endpoint{}, err
	}
	dir, verify := env.Getenv("DOCKER_CERT_PATH"), env.Getenv("DOCKER_TLS_VERIFY") != ""
	if dir == "" && verify {
		dir = env.configDir()
	}
	if dir != "" && !isSocket(host) {
		tls, err := certificates(dir, !verify, SettingError{Name: "DOCKER_CERT_PATH", Value: dir})
		if err != nil {
			return Endpoint{}, err
		}
		endpoint.TLS = tls
	}
	return endpoint, nil
}

// socket is the first of the sockets of this machine that exists.
func (env Environment) socket() Endpoint {
	const change = "set DOCKER_HOST to another"
	usual := Endpoint{Host: "unix://" + env.Socket, Source: "default socket", Change: change}
	other := func() (path, source string) {
		for _, s := range []struct{ dir, path, source string }{
			{env.Getenv("XDG_RUNTIME_DIR"), "docker.sock", "rootless socket"},
			{env.Run, filepath.Join(strconv.Itoa(env.UID), "docker.sock"), "rootless socket"},
			{env.Getenv("HOME"), ".docker/run/docker.sock", "Docker Desktop socket"},
			{env.Getenv("HOME"), ".docker/desktop/docker.sock", "Docker Desktop socket"},
		} {
			path := filepath.Join(s.dir, s.path)
			if s.dir != "" && socketExists(path) && path != env.Socket {
				return path, s.source
			}
		}
		return "", ""
	}
	path, source := other()
	if socketExists(env.Socket) || path == "" {
		usual.Beside = path
		return usual
	}
	return Endpoint{Host: "unix://" + path, Source: source, Change: change}
}

func socketExists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&os.ModeSocket != 0
}

func isSocket(host string) bool {
	u, err := client.ParseHostURL(host)
	return err == nil && u.Scheme == "unix"
}

// checkHost tells whether host has the form of an Engine's address; otherwise it completes setting.
func checkHost(host string, setting SettingError) error {
	const remedy = "give unix:///PATH or tcp://HOST:PORT"
	u, err := client.ParseHostURL(host)
	switch {
	case err != nil:
		setting.Problem, setting.Remedy = "no address of a Docker Engine", remedy
		return &setting
	case u.Scheme == "ssh":
		setting.Problem = "crosscheck opens no ssh connections"
		setting.Remedy = "forward the socket (ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST) and " +
			"set DOCKER_HOST=unix:///tmp/docker.sock"
		return &setting
	case u.Scheme != "unix" && u.Scheme != "tcp" && u.Scheme != "http" && u.Scheme != "https":
		setting.Problem, setting.Remedy = "a Docker Engine is not reached by "+u.Scheme, remedy
		return &setting
	}
	return nil
}

// certificates are the three files that docker keeps in a folder of certificates.
func certificates(dir string, skipVerify bool, setting SettingError) (*TLS, error) {
	tls := &TLS{CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"),
		SkipVerify: skipVerify}
	for _, path := range []string{tls.CA, tls.Cert, tls.Key} {
		if _, err := os.Stat(path); err != nil {
			setting.Problem, setting.Remedy = fmt.Sprintf("%s cannot be read", path),
				"name a folder with ca.pem, cert.pem and key.pem"
			return nil, &setting
		}
	}
	return tls, nil
}

// connect makes a client of the endpoint. It asks nothing of the Engine yet.
func (e Endpoint) connect() (*client.Client, error) {
	var options []client.Opt
	if e.TLS != nil {
		config, err := tlsconfig.Client(tlsconfig.Options{CAFile: e.TLS.CA, CertFile: e.TLS.Cert, KeyFile: e.TLS.Key,
			InsecureSkipVerify: e.TLS.SkipVerify, ExclusiveRootPools: e.TLS.CA != ""})
		if err != nil {
			return nil, fmt.Errorf("read the certificates of %s: %w", e, err)
		}
		options = append(options, client.WithHTTPClient(&http.Client{
			Transport: &http.Transport{TLSClientConfig: config}, CheckRedirect: client.CheckRedirect}))
	}
	cli, err := client.New(append(options, client.WithHost(e.Host), client.WithAPIVersionFromEnv())...)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", e, err)
	}
	return cli, nil
}

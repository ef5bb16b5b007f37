package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// place is a machine in a temporary folder: its home, its sockets and its environment variables.
type place struct {
	t    *testing.T
	dir  string
	vars map[string]string
}

// newPlace is a machine with nothing on it.
func newPlace(t *testing.T) *place {
	t.Helper()
	dir, err := os.MkdirTemp("", "cc") // a socket's path may have some hundred characters
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return &place{t: t, dir: dir, vars: map[string]string{"HOME": filepath.Join(dir, "home")}}
}

func (p *place) environment() Environment {
	return Environment{Getenv: func(name string) string { return p.vars[name] }, Socket: filepath.Join(p.dir,
		"docker.sock"),
		Run: filepath.Join(p.dir, "run"), UID: 1000}
}

// write makes a file below the machine's folder.
func (p *place) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	require.NoError(p.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(p.t, os.WriteFile(path, []byte(text), 0o600))
}

// socket makes a socket on which nobody answers.
func (p *place) socket(name string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	require.NoError(p.t, os.MkdirAll(filepath.Dir(path), 0o755))
	listener, err := new(net.ListenConfig).Listen(p.t.Context(), "unix", path)
	require.NoError(p.t, err)
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(p.t, listener.Close())
}

// context makes a docker context, as `docker context create` does.
func (p *place) context(name, meta string) {
	p.write(filepath.Join("home", ".docker", "contexts", "meta", contextID(name), "meta.json"), meta)
}

func contextID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

func (p *place) certificates(dir string) {
	for _, name := range []string{"ca.pem", "cert.pem", "key.pem"} {
		p.write(filepath.Join(dir, name), "a certificate")
	}
}

const (
	colimaMeta  = `{"Name":"colima","Endpoints":{"docker":{"Host":"unix:///colima/docker.sock","SkipTLSVerify":false}}}`
	desktopMeta = `{"Name":"desktop-linux","Endpoints":{"docker":{"Host":"unix:///desktop/docker.sock"}}}`
	buildMeta   = `{"Name":"build","Endpoints":{"docker":{"Host":"tcp://build:2376","SkipTLSVerify":true}}}`
)

// everything puts an Engine into every place that Find looks at; each case then takes away what goes before its own.
func everything(p *place) {
	p.vars["DOCKER_HOST"] = "tcp://host:2375"
	p.vars["DOCKER_CONTEXT"] = "colima"
	p.context("colima", colimaMeta)
	p.context("desktop-linux", desktopMeta)
	p.write("home/.testcontainers.properties", "docker.host=tcp://props:2375\ntc.host=tcp://tc:2375\n")
	p.write("home/.docker/config.json", `{"currentContext":"desktop-linux"}`)
	p.socket("docker.sock")
	p.vars["XDG_RUNTIME_DIR"] = filepath.Join(p.dir, "xdg")
	p.socket("xdg/docker.sock")
	p.socket("run/1000/docker.sock")
	p.socket("home/.docker/run/docker.sock")
	p.socket("home/.docker/desktop/docker.sock")
}

func TestFindTakesTheFirst(t *testing.T) {
	p := newPlace(t)
	everything(p)
	remove := func(name string) { require.NoError(t, os.Remove(filepath.Join(p.dir, name))) }
	for _, c := range []struct {
		take         func() // what goes before it
		host, source string
	}{
		{func() {}, "tcp://host:2375", "DOCKER_HOST"},
		{func() { delete(p.vars, "DOCKER_HOST") }, "unix:///colima/docker.sock", `DOCKER_CONTEXT "colima"`},
		{func() { delete(p.vars, "DOCKER_CONTEXT") }, "tcp://tc:2375", "tc.host of HOME/.testcontainers.properties"},
		{func() { p.write("home/.testcontainers.properties", "docker.host = tcp://props:2375\n") }, "tcp://props:2375",
			"docker.host of HOME/.testcontainers.properties"},
		{func() { remove("home/.testcontainers.properties") }, "unix:///desktop/docker.sock",
			`current context "desktop-linux"`},
		{func() { remove("home/.docker/config.json") }, "unix://DIR/docker.sock", "default socket"},
		{func() { remove("docker.sock") }, "unix://DIR/xdg/docker.sock", "rootless socket"},
		{func() { remove("xdg/docker.sock") }, "unix://DIR/run/1000/docker.sock", "rootless socket"},
		{func() { remove("run/1000/docker.sock") }, "unix://HOME/.docker/run/docker.sock", "Docker Desktop socket"},
		{func() { remove("home/.docker/run/docker.sock") }, "unix://HOME/.docker/desktop/docker.sock",
			"Docker Desktop socket"},
		{func() { remove("home/.docker/desktop/docker.sock") }, "unix://DIR/docker.sock", "default socket"},
	} {
		c.take()
		got, err := Find(p.environment())
		require.NoError(t, err)
		require.Equal(t, c.host, p.shorten(got.Host), "the Engine that is taken, by %s", c.source)
		require.Equal(t, c.source, p.shorten(got.Source))
		require.NotEmpty(t, got.Change, "how to take another than by %s", c.source)
	}
}

// shorten takes the names of temporary folders out of a text.
func (p *place) shorten(text string) string {
	return strings.NewReplacer(filepath.Join(p.dir, "home"), "HOME", p.dir, "DIR").Replace(text)
}

func TestFind(t *testing.T) {
	for name, c := range map[string]struct {
		setup        func(p *place)
		host, source string
		beside       string
		tls          *TLS
	}{
		"the context named default is the machine's socket": {setup: func(p *place) {
			p.vars["DOCKER_CONTEXT"] = "default"
			p.write("home/.docker/config.json", `{"currentContext":"colima"}`)
		}, host: "unix://DIR/docker.sock", source: "default socket"},
		"the current context named default too": {setup: func(p *place) {
			p.write("home/.docker/config.json", `{"currentContext":"default"}`)
		}, host: "unix://DIR/docker.sock", source: "default socket"},
		"docker's folder elsewhere": {setup: func(p *place) {
			p.vars["DOCKER_CONFIG"] = filepath.Join(p.dir, "elsewhere")
			p.write("elsewhere/config.json", `{"currentContext":"colima"}`)
			p.write("elsewhere/contexts/meta/"+contextID("colima")+"/meta.json", colimaMeta)
		}, host: "unix:///colima/docker.sock", source: `current context "colima"`},
		"a context with certificates": {setup: func(p *place) {
			p.vars["DOCKER_CONTEXT"] = "build"
			p.context("build", buildMeta)
			p.certificates("home/.docker/contexts/tls/" + contextID("build") + "/docker")
		}, host: "tcp://build:2376", source: `DOCKER_CONTEXT "build"`, tls: &TLS{CA: "CONTEXT/ca.pem",
			Cert: "CONTEXT/cert.pem",
			Key:  "CONTEXT/key.pem", SkipVerify: true}},
		"a context without certificates": {setup: func(p *place) {
			p.vars["DOCKER_CONTEXT"] = "build"
			p.context("build", strings.Replace(buildMeta, "true", "false", 1))
		}, host: "tcp://build:2376", source: `DOCKER_CONTEXT "build"`},
		"DOCKER_HOST with certificates": {setup: func(p *place) {
			p.vars["DOCKER_HOST"], p.vars["DOCKER_TLS_VERIFY"] = "tcp://host:2376", "1"
			p.vars["DOCKER_CERT_PATH"] = filepath.Join(p.dir, "certs")
			p.certificates("certs")
		}, host: "tcp://host:2376", source: "DOCKER_HOST", tls: &TLS{CA: "DIR/certs/ca.pem", Cert: "DIR/certs/cert.pem",
			Key: "DIR/certs/key.pem"}},
		"DOCKER_HOST with docker's own certificates, unchecked": {setup: func(p *place) {
			p.vars["DOCKER_HOST"], p.vars["DOCKER_CERT_PATH"] = "tcp://host:2376", filepath.Join(p.dir, "certs")
			p.certificates("certs")
		}, host: "tcp://host:2376", source: "DOCKER_HOST",
			tls: &TLS{CA: "DIR/certs/ca.pem", Cert: "DIR/certs/cert.pem", Key: "DIR/certs/key.pem", SkipVerify: true}},
		"properties with certificates": {setup: func(p *place) {
			p.write("home/.testcontainers.properties",
				"docker.host=tcp://props:2376\ndocker.tls.verify=1\ndocker.cert.path="+p.dir+"/certs\n")
			p.certificates("certs")
		}, host: "tcp://props:2376", source: "docker.host of HOME/.testcontainers.properties",
			tls: &TLS{CA: "DIR/certs/ca.pem", Cert: "DIR/certs/cert.pem", Key: "DIR/certs/key.pem"}},
		"properties of something else": {setup: func(p *place) {
			p.write("home/.testcontainers.properties", "# a comment\ntestcontainers.reuse.enable=true\n")
			p.socket("docker.sock")
		}, host: "unix://DIR/docker.sock", source: "default socket"},
		"two Engines of one machine": {setup: func(p *place) {
			p.socket("docker.sock")
			p.socket("run/1000/docker.sock")
		}, host: "unix://DIR/docker.sock", source: "default socket", beside: "DIR/run/1000/docker.sock"},
		"a folder in place of the socket": {setup: func(p *place) {
			p.write("docker.sock/x", "")
			p.socket("run/1000/docker.sock")
		}, host: "unix://DIR/run/1000/docker.sock", source: "rootless socket"},
		"no home": {setup: func(p *place) { delete(p.vars, "HOME") }, host: "unix://DIR/docker.sock",
			source: "default socket"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			c.setup(p)
			got, err := Find(p.environment())
			require.NoError(t, err)
			require.Equal(t, c.host, p.shorten(got.Host))
			require.Equal(t, c.source, p.shorten(got.Source))
			require.Equal(t, c.beside, p.shorten(got.Beside), "the socket of another Engine")
			if got.TLS != nil {
				for _, path := range []*string{&got.TLS.CA, &got.TLS.Cert, &got.TLS.Key} {
					*path = strings.Replace(p.shorten(*path), "HOME/.docker/contexts/tls/"+contextID("build")+"/docker", "CONTEXT", 1)
				}
			}
			require.Equal(t, c.tls, got.TLS)
		})
	}
}

func TestFindRefusesWrongSettings(t *testing.T) {
	for name, c := range map[string]struct {
		setup func(p *place)
		want  string
	}{
		"DOCKER_HOST is no address": {func(p *place) { p.vars["DOCKER_HOST"] = "nonsense" },
			"DOCKER_HOST=nonsense: no address of a Docker Engine; give unix:///PATH or tcp://HOST:PORT"},
		"DOCKER_HOST is an ssh address": {func(p *place) { p.vars["DOCKER_HOST"] = "ssh://build" },
			"DOCKER_HOST=ssh://build: crosscheck opens no ssh connections; forward the socket"},
		"DOCKER_HOST is of another kind": {func(p *place) { p.vars["DOCKER_HOST"] = "fd://x" },
			"DOCKER_HOST=fd://x: a Docker Engine is not reached by fd"},
		"no certificates": {func(p *place) {
			p.vars["DOCKER_HOST"], p.vars["DOCKER_CERT_PATH"] = "tcp://host:2376", "/nowhere"
		}, "DOCKER_CERT_PATH=/nowhere: /nowhere/ca.pem cannot be read; name a folder with ca.pem, cert.pem and key.pem"},
		"an unknown context": {func(p *place) { p.vars["DOCKER_CONTEXT"] = "colma" },
			"DOCKER_CONTEXT=colma: there is no such docker context; `docker context ls` shows those of HOME/.docker"},
		"an unknown current context": {func(p *place) { p.write("home/.docker/config.json", `{"currentContext":"colma"}`) },
			"HOME/.docker/config.json: currentContext=colma: there is no such docker context; `docker context ls`"},
		"a broken context": {func(p *place) { p.vars["DOCKER_CONTEXT"] = "colima"; p.context("colima", "{\n\n oops") },
			"meta.json:3: not a docker context: invalid character 'o'"},
		"a context without an Engine": {func(p *place) {
			p.vars["DOCKER_CONTEXT"] = "colima"
			p.context("colima",
				`{"Name":"colima"}`)
		},
			"DOCKER_CONTEXT=colima: the context names no Docker Engine; `docker context inspect colima` shows it"},
		"a context by ssh": {func(p *place) {
			p.vars["DOCKER_CONTEXT"] = "far"
			p.context("far", `{"Endpoints":{"docker":{"Host":"ssh://far"}}}`)
		}, "meta.json: Host=ssh://far: crosscheck opens no ssh connections"},
		"a broken config.json": {func(p *place) { p.write("home/.docker/config.json", "{\n  \"currentContext\": 5\n}") },
			"HOME/.docker/config.json:2: not docker's configuration: json: cannot unmarshal number"},
		"a number that is none": {func(p *place) {
			p.write("home/.testcontainers.properties", "# mine\n\ndocker.tls.verify = yes\n")
		}, "HOME/.testcontainers.properties:3: docker.tls.verify=yes: testcontainers does not understand it"},
		"an address that is none": {func(p *place) {
			p.write("home/.testcontainers.properties",
				"a=b\ndocker.host=nonsense\n")
		},
			"HOME/.testcontainers.properties:2: docker.host=nonsense: no address of a Docker Engine"},
		"no properties at all": {func(p *place) { p.write("home/.testcontainers.properties", "a=1\nb=\\u12\n") },
			"HOME/.testcontainers.properties:2: not a properties file"},
		"properties that go round in a circle": {func(p *place) {
			p.write("home/.testcontainers.properties",
				"a=${b}\nb=${a}\n")
		},
			"HOME/.testcontainers.properties: not a properties file"},
		"properties that are a folder": {func(p *place) { p.write("home/.testcontainers.properties/x", "") },
			"HOME/.testcontainers.properties: cannot be read: is a directory"},
		"certificates that the properties name": {func(p *place) {
			p.write("home/.testcontainers.properties", "docker.host=tcp://x:1\ndocker.tls.verify=1\ndocker.cert.path=/nowhere\n")
		}, "HOME/.testcontainers.properties:3: docker.cert.path=/nowhere: /nowhere/ca.pem cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			c.setup(p)
			_, err := Find(p.environment())
			var setting *SettingError
			require.ErrorAs(t, err, &setting)
			require.Contains(t, p.shorten(err.Error()), c.want)
		})
	}
}

func TestImagePrefix(t *testing.T) {
	p := newPlace(t)
	p.write("home/.testcontainers.properties", "hub.image.name.prefix=mirror.example:5000/hub/\n")
	prefix, err := imagePrefix(p.environment())
	require.NoError(t, err)
	require.Equal(t, "mirror.example:5000/hub/elasticsearch:9.3.2", mirrored(prefix, "elasticsearch:9.3.2"))
	p.vars["TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX"] = "other.example"
	prefix, err = imagePrefix(p.environment())
	require.NoError(t, err)
	require.Equal(t, "other.example/elasticsearch:9.3.2", mirrored(prefix, "elasticsearch:9.3.2"),
		"the environment goes before the file")
	require.Equal(t, "a.example/x:1", mirrored(prefix, "a.example/x:1"), "an image that names its registry stays there")
	require.Equal(t, "docker.io/library/x:1", mirrored(prefix, "docker.io/library/x:1"))
	require.Equal(t, "x:1", mirrored("", "x:1"))
}

package docker

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cpuguy83/dockercfg"
)

// defaultContext is docker's name for "no context": the sockets of this machine.
const defaultContext = "default"

// configDir is docker's own folder: $DOCKER_CONFIG or ~/.docker. It is empty where there is no home folder.
func (env Environment) configDir() string {
	if dir := env.Getenv("DOCKER_CONFIG"); dir != "" {
		return dir
	}
	if home := env.Getenv("HOME"); home != "" {
		return filepath.Join(home, ".docker")
	}
	return ""
}

// readConfig reads docker's config.json. One that does not exist is an empty one.
func readConfig(env Environment) (dockercfg.Config, error) {
	dir := env.configDir()
	if dir == "" {
		return dockercfg.Config{}, nil
	}
	path := filepath.Join(dir, "config.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return dockercfg.Config{Filename: path}, nil
	}
	if err != nil {
		return dockercfg.Config{}, &SettingError{File: path, Problem: cannotRead(err),
			Remedy: "let this user read it, or set DOCKER_CONFIG"}
	}
	return parseConfig(path, text)
}

func parseConfig(path string, text []byte) (dockercfg.Config, error) {
	config := dockercfg.Config{}
	if err := json.Unmarshal(text, &config); err != nil {
		return dockercfg.Config{}, &SettingError{File: path, Line: lineOf(text, err),
			Problem: "not docker's configuration: " + err.Error(),
			Remedy:  "correct the file"}
	}
	config.Filename = path
	return config, nil
}

// cannotRead is why a file cannot be read, without its name.
func cannotRead(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return "cannot be read: " + err.Error()
}

// lineOf is the line of text at which a JSON error lies, or 0.
func lineOf(text []byte, err error) int {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := int64(-1)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	if offset < 0 || offset > int64(len(text)) {
		return 0
	}
	return 1 + bytes.Count(text[:offset], []byte("\n"))
}

// contextMeta is what docker keeps of a context in contexts/meta/SHA256-OF-THE-NAME/meta.json.
type contextMeta struct {
	Name      string
	Endpoints map[string]struct {
		Host          string
		SkipTLSVerify bool
	}
}

// context is the Engine of a docker context. setting is where the context was named; source and change describe it.
func (env Environment) context(name string, setting SettingError, source, change string) (Endpoint, error) {
	sum := sha256.Sum256([]byte(name))
	id, dir := hex.EncodeToString(sum[:]), env.configDir()
	path := filepath.Join(dir, "contexts", "meta", id, "meta.json")
	text, err := os.ReadFile(path)
	if err != nil {
		setting.Problem, setting.Remedy = "there is no such docker context", "`docker context ls` shows those of "+dir
		if !errors.Is(err, fs.ErrNotExist) {
			setting.Problem, setting.Remedy = path+" "+cannotRead(err), "let this user read it"
		}
		return Endpoint{}, &setting
	}
	var meta contextMeta
	if err := json.Unmarshal(text, &meta); err != nil {
		return Endpoint{}, &SettingError{File: path, Line: lineOf(text, err), Problem: "not a docker context: " + err.Error(),
			Remedy: "make the context anew (docker context create " + name + ")"}
	}
	engine, ok := meta.Endpoints["docker"]
	if !ok || engine.Host == "" {
		setting.Problem, setting.Remedy = "the context names no Docker Engine",
			"`docker context inspect "+name+"` shows it; "+change
		return Endpoint{}, &setting
	}
	if err := checkHost(engine.Host, SettingError{File: path, Name: "Host", Value: engine.Host}); err != nil {
		return Endpoint{}, err
	}
	endpoint := Endpoint{Host: engine.Host, Source: source, Change: change}
	if !isSocket(engine.Host) {
		endpoint.TLS = contextTLS(filepath.Join(dir, "contexts", "tls", id, "docker"), engine.SkipTLSVerify)
	}
	return endpoint, nil
}

// contextTLS is the TLS of a context: the files that docker keeps for it. Without any the connection is not encrypted,
// unless the context says how the Engine's certificate is to be checked.
func contextTLS(dir string, skipVerify bool) *TLS {
	at := func(name string) string {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			return ""
		}
		return path
	}
	tls := TLS{CA: at("ca.pem"), Cert: at("cert.pem"), Key: at("key.pem"), SkipVerify: skipVerify}
	if tls == (TLS{}) {
		return nil
	}
	return &tls
}

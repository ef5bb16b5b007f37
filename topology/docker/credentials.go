package docker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/cpuguy83/dockercfg"
	"github.com/distribution/reference"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/registry"
)

// helperLimit is how long a credential helper may take. It may have to ask a key chain that asks its user.
const helperLimit = 15 * time.Second

// CredentialsError says that the user's credentials for a registry could not be had.
type CredentialsError struct {
	Registry string
	Helper   string // the program that was asked
	Err      error
}

func (e *CredentialsError) Error() string {
	return fmt.Sprintf("the credential helper %s gives no credentials for %s: %v; "+
		"try `echo %s | %s get`, or take it out of docker's config.json",
		e.Helper, e.Registry, e.Err, e.Registry, e.Helper)
}

func (e *CredentialsError) Unwrap() error { return e.Err }

// registryOf is the registry of an image reference, and the name under which docker keeps credentials for it.
func registryOf(ref string) (host, key string, err error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", "", fmt.Errorf("read the image name %s: %w", ref, err)
	}
	host = reference.Domain(named)
	return host, dockercfg.ResolveRegistryHost(host), nil
}

// credentials are the user's for the registry of ref, in the form that the Engine takes them; empty where there are
// none. They come from DOCKER_AUTH_CONFIG, or from docker's config.json and the credential helpers that it names.
func credentials(ctx context.Context, env Environment, ref string) (encoded string, err error) {
	_, key, err := registryOf(ref)
	if err != nil {
		return "", err
	}
	var config dockercfg.Config
	if text := env.Getenv("DOCKER_AUTH_CONFIG"); text != "" {
		config, err = parseConfig("DOCKER_AUTH_CONFIG", []byte(text))
	} else {
		config, err = readConfig(env)
	}
	if err != nil {
		return "", err
	}
	auth, err := lookUp(ctx, config, key)
	if err != nil || auth == (registry.AuthConfig{}) {
		return "", err
	}
	auth.ServerAddress = key
	return authconfig.Encode(auth)
}

// lookUp searches the helper of that registry, the store of all registries, and the file itself.
func lookUp(ctx context.Context, config dockercfg.Config, key string) (registry.AuthConfig, error) {
	helper, own := config.CredentialHelpers[key]
	if !own {
		helper = config.CredentialsStore
	}
	if helper != "" {
		auth, err := askHelper(ctx, config.Filename, "docker-credential-"+helper, key)
		if err != nil || own || auth != (registry.AuthConfig{}) {
			return auth, err
		}
	}
	for name, auth := range config.AuthConfigs {
		if name != key && hostOf(name) != key {
			continue
		}
		user, password := auth.Username, auth.Password
		if user == "" && password == "" {
			var err error
			if user, password, err = dockercfg.DecodeBase64Auth(auth); err != nil {
				return registry.AuthConfig{}, &SettingError{File: config.Filename, Name: "auths", Value: name, Problem: err.Error(),
					Remedy: "log in anew (docker login " + key + ")"}
			}
		}
		return registry.AuthConfig{Username: user, Password: password, IdentityToken: auth.IdentityToken,
			RegistryToken: auth.RegistryToken}, nil
	}
	return registry.AuthConfig{}, nil
}

// hostOf is the host of a key of config.json, which may be written as a URL.
func hostOf(key string) string {
	u, err := url.Parse(key)
	if err != nil || u.Host == "" {
		return key
	}
	return u.Host
}

func askHelper(ctx context.Context, file, helper, key string) (registry.AuthConfig, error) {
	return askHelperWithin(ctx, helperLimit, file, helper, key)
}

// askHelperWithin runs a credential helper. Its protocol is docker's: the registry on standard input, JSON on standard
// output. Of dockercfg's own call no deadline is known.
func askHelperWithin(ctx context.Context, limit time.Duration, file, helper, key string) (registry.AuthConfig, error) {
	path, err := exec.LookPath(helper)
	if err != nil {
		return registry.AuthConfig{}, &SettingError{File: file, Name: "credential helper", Value: helper,
			Problem: "no such program on PATH",
			Remedy:  "install it, or take it out of the file"}
	}
	limited, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
	defer cancel()
	var out, errOut bytes.Buffer
	cmd := exec.CommandContext(limited, path, "get")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(key), &out, &errOut
	cmd.WaitDelay = time.Second // a child of its own may keep the pipes open
	if err := cmd.Run(); err != nil {
		said := strings.TrimSpace(out.String())
		if said == dockercfg.ErrCredentialsNotFound.Error() {
			return registry.AuthConfig{}, nil
		}
		if cause := context.Cause(limited); cause != nil {
			err = cause
		} else if said = strings.TrimSpace(said + " " + errOut.String()); said != "" {
			err = fmt.Errorf("%w: %s", err, said)
		}
		return registry.AuthConfig{}, &CredentialsError{Registry: key, Helper: helper, Err: err}
	}
	var answer struct{ Username, Secret string }
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		return registry.AuthConfig{}, &CredentialsError{Registry: key, Helper: helper,
			Err: errors.New("its answer is not JSON")}
	}
	if answer.Username == "<token>" { // docker's mark of an identity token
		return registry.AuthConfig{IdentityToken: answer.Secret}, nil
	}
	return registry.AuthConfig{Username: answer.Username, Password: answer.Secret}, nil
}

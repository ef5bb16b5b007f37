package docker

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/registry"
	"github.com/stretchr/testify/require"
)

// helper puts a credential helper on PATH: the shell script that text is.
func helper(t *testing.T, name, text string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "docker-credential-"+name), []byte("#!/bin/sh\n"+text), 0o755))
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestCredentials(t *testing.T) {
	helper(t, "mine", `read -r registry
case "$registry" in
  with-a-helper.example) echo '{"Username":"helped","Secret":"secret"}' ;;
  token.example) echo '{"Username":"<token>","Secret":"a-token"}' ;;
  *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
`)
	const config = `{
  "credHelpers": {"with-a-helper.example": "mine", "token.example": "mine", "empty.example": "mine"},
  "auths": {
    "plain.example:5000": {"auth": "bWU6c2VjcmV0"},
    "https://as-a-url.example": {"username": "me", "password": "secret"},
    "https://index.docker.io/v1/": {"auth": "aHViOnNlY3JldA=="},
    "empty.example": {"auth": "bWU6c2VjcmV0"}
  }
}`
	for ref, want := range map[string]registry.AuthConfig{
		"elasticsearch:9.3.2": {Username: "hub", Password: "secret",
			ServerAddress: "https://index.docker.io/v1/"},
		"docker.io/library/x": {Username: "hub", Password: "secret",
			ServerAddress: "https://index.docker.io/v1/"},
		"plain.example:5000/a/b:1":          {Username: "me", Password: "secret", ServerAddress: "plain.example:5000"},
		"plain.example/a/b:1":               {},
		"as-a-url.example/x":                {Username: "me", Password: "secret", ServerAddress: "as-a-url.example"},
		"with-a-helper.example/x":           {Username: "helped", Password: "secret", ServerAddress: "with-a-helper.example"},
		"token.example/x@sha256:" + digest0: {IdentityToken: "a-token", ServerAddress: "token.example"},
		"empty.example/x":                   {},
		"nobody.example/x":                  {},
	} {
		t.Run(ref, func(t *testing.T) {
			p := newPlace(t)
			p.write("home/.docker/config.json", config)
			requireAuth(t, p, ref, want)
		})
	}
	t.Run("a store of all", func(t *testing.T) {
		p := newPlace(t)
		p.write("home/.docker/config.json", `{"credsStore":"mine","auths":{"other.example":{"auth":"bWU6c2VjcmV0"}}}`)
		requireAuth(t, p, "with-a-helper.example/x", registry.AuthConfig{Username: "helped", Password: "secret",
			ServerAddress: "with-a-helper.example"})
		requireAuth(t, p, "other.example/x", registry.AuthConfig{Username: "me", Password: "secret",
			ServerAddress: "other.example"})
	})
	t.Run("the environment", func(t *testing.T) {
		p := newPlace(t)
		p.write("home/.docker/config.json", config)
		p.vars["DOCKER_AUTH_CONFIG"] = `{"auths":{"plain.example:5000":{"username":"env","password":"secret"}}}`
		requireAuth(t, p, "plain.example:5000/x", registry.AuthConfig{Username: "env", Password: "secret",
			ServerAddress: "plain.example:5000"})
		requireAuth(t, p, "as-a-url.example/x", registry.AuthConfig{})
	})
}

const digest0 = "0000000000000000000000000000000000000000000000000000000000000000"

func requireAuth(t *testing.T, p *place, ref string, want registry.AuthConfig) {
	t.Helper()
	got, err := credentials(t.Context(), p.environment(), ref)
	require.NoError(t, err)
	decoded, err := authconfig.Decode(got)
	require.NoError(t, err)
	require.Equal(t, want, *decoded, ref)
}

func TestCredentialsThatCannotBeHad(t *testing.T) {
	helper(t, "fails", "echo 'the key chain is locked' >&2; exit 1\n")
	helper(t, "babbles", "echo hello\n")
	for name, c := range map[string]struct {
		config  string
		setting bool // the user's file is wrong, not the machine
		want    string
	}{
		"a helper that fails": {`{"credsStore":"fails"}`, false,
			"the credential helper docker-credential-fails gives no credentials for a.example: " +
				"exit status 1: the key chain is locked; try `echo a.example |"},
		"a helper that babbles": {`{"credHelpers":{"a.example":"babbles"}}`, false,
			"docker-credential-babbles gives no credentials for a.example: its answer is not JSON"},
		"a helper that is not there": {`{"credsStore":"absent"}`, true,
			"HOME/.docker/config.json: credential helper=docker-credential-absent: no such program on PATH; install it"},
		"a broken file": {"{\n", true, "HOME/.docker/config.json:2: not docker's configuration"},
		"an auth that is no id": {`{"auths":{"a.example":{"auth":"bWU="}}}`, true,
			"auths=a.example: invalid auth: missing \":\" separator; log in anew (docker login a.example)"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.write("home/.docker/config.json", c.config)
			_, err := credentials(t.Context(), p.environment(), "a.example/x:1")
			var setting *SettingError
			var credentials *CredentialsError
			if c.setting {
				require.ErrorAs(t, err, &setting)
			} else {
				require.ErrorAs(t, err, &credentials)
			}
			require.Contains(t, p.shorten(err.Error()), c.want)
		})
	}
}

func TestAHelperThatHangs(t *testing.T) {
	helper(t, "hangs", "exec sleep 600\n")
	before := time.Now()
	_, err := askHelperWithin(t.Context(), 50*time.Millisecond, "config.json", "docker-credential-hangs", "a.example")
	var credentials *CredentialsError
	require.ErrorAs(t, err, &credentials)
	require.ErrorContains(t, err, "docker-credential-hangs gives no credentials for a.example: no answer within 50ms")
	require.Less(t, time.Since(before), 30*time.Second, "it is not waited for")
}

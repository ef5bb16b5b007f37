package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/reports/redact"
	"github.com/crosscheck-dev/crosscheck/topology/credentials"
)

func secretFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestWhereCredentialsComeFrom(t *testing.T) {
	const url = "https://es.example:9200"
	for _, c := range []struct {
		name                    string
		flags                   credentials.Credentials
		url, password, key, all string
		environ                 map[string]string
		want                    credentials.Credentials
	}{
		{name: "a password file", url: url, flags: credentials.Credentials{User: "joe"}, password: "from-file\n",
			environ: map[string]string{"PASSWORD": "from-environment"},
			want:    credentials.Credentials{User: "joe", Password: "from-file"}},
		{name: "the environment", url: url, flags: credentials.Credentials{User: "joe"},
			environ: map[string]string{"PASSWORD": "from-environment", "CA": "ca.pem"},
			want:    credentials.Credentials{User: "joe", Password: "from-environment", CA: "ca.pem"}},
		{name: "a key file goes before a user of the environment", url: url, key: "ZW5jb2RlZA==",
			environ: map[string]string{"USER": "joe", "PASSWORD": "from-environment"},
			want:    credentials.Credentials{APIKey: "ZW5jb2RlZA=="}},
		{name: "an auth file", url: url, all: "user: ann\npassword: from-file\n",
			environ: map[string]string{"API_KEY": "ZW5jb2RlZA=="},
			want:    credentials.Credentials{User: "ann", Password: "from-file"}},
		{name: "the URL", url: "https://ann:from-url@es.example:9200",
			environ: map[string]string{"PASSWORD": "from-environment"},
			want:    credentials.Credentials{User: "ann", Password: "from-url"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, value := range c.environ {
				t.Setenv("CROSSCHECK_"+name, value)
			}
			files := []string{c.password, c.key, c.all}
			for i, text := range files {
				if text != "" {
					files[i] = secretFile(t, text)
				}
			}
			s := &streams{ctx: t.Context(), err: &bytes.Buffer{}, redactor: redact.New()}
			got, err := accessFlags{url: c.url, prefix: "CROSSCHECK_", given: c.flags,
				passwordFile: files[0], keyFile: files[1], authFile: files[2]}.read(s)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			if got.Password != "" {
				require.NotContains(t, s.redactor.String("it is "+got.Password), got.Password)
			}
		})
	}
}

func TestLiveFlagsThatAreWrong(t *testing.T) {
	s := &streams{ctx: t.Context(), err: &bytes.Buffer{}, redactor: redact.New()}
	for name, f := range map[string]liveFlags{"probe alone": {Probe: true}, "remote alone": {RemoteURL: "https://a"}} {
		_, err := f.asked()
		require.Equal(t, exitWrongUse, exitCode(s, err), name)
	}
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(refusing.Close)
	for name, c := range map[string]struct {
		flags liveFlags
		code  int
	}{
		"a file that is not there": {liveFlags{URL: refusing.URL, PasswordFile: "nowhere", Timeout: time.Second},
			exitWrongUse},
		"no time":          {liveFlags{URL: refusing.URL}, exitWrongUse},
		"a wrong password": {liveFlags{URL: refusing.URL, Timeout: 5 * time.Second}, exitWrongUse},
		"nobody there":     {liveFlags{URL: "http://127.0.0.1:1", Timeout: 5 * time.Second}, 2},
	} {
		_, err := c.flags.gather(s, "")
		require.Equal(t, c.code, exitCode(s, err), "%s: %v", name, err)
	}
}

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/credentials"
)

// recorded is a cluster that answers as one of 9.3.2 did, to the user qa with the password hunter22 alone. What changes
// it is an error of the test.
func recorded(t *testing.T, side string) *httptest.Server {
	t.Helper()
	data, err := os.ReadFile("../../topology/existing/testdata/answers.json")
	require.NoError(t, err)
	var sides map[string]map[string]struct {
		Status int
		Body   json.RawMessage
	}
	require.NoError(t, json.Unmarshal(data, &sides))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "qa" || password != "hunter22" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		given, ok := sides[side][r.Method+" "+r.URL.RequestURI()]
		if !ok {
			if r.Method != http.MethodGet {
				t.Errorf("%s %s", r.Method, r.URL)
			}
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.WriteHeader(given.Status)
		_, _ = w.Write(given.Body)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestClustersOfYoursThatCannotBeUsed(t *testing.T) {
	local, remote := recorded(t, "local").URL, recorded(t, "remote").URL
	auth := write(t, "auth", "user: qa\npassword: hunter22\n")
	wrong := write(t, "wrong", "user: qa\npassword: hunter23\n")
	garbled := write(t, "garbled", "hunter22\n")
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	at := func(local, remote string, more ...string) []string {
		return append([]string{"run", "--out", t.TempDir(), "--local-url", local, "--remote-url", remote,
			"--local-auth", auth, "--remote-auth", auth}, more...)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"one side":           {[]string{"run", "--local-url", local}, 64, "name a pair; give both"},
		"no side":            {[]string{"run", "--alias", "a"}, 64, "name them with --local-url and --remote-url"},
		"credentials alone":  {[]string{"run", "--local-auth", auth}, 64, "are about clusters of yours"},
		"a version":          {at(local, remote, "--local", "9.3.2"), 64, "the clusters say their versions"},
		"a wrong password":   {at(local, remote, "--local-auth", wrong), 64, `does not take the password of user "qa"`},
		"a garbled file":     {at(local, remote, "--local-auth", garbled), 64, "garbled:1: a line reads NAME: VALUE"},
		"no such file":       {at(local, remote, "--local-auth", "/nonexistent/a"), 64, "/nonexistent/a: no such file"},
		"no credentials":     {at(local, remote)[:7], 64, "it wants credentials, and there are none"},
		"unreachable":        {at("http://127.0.0.1:1", remote), 2, "does not answer: dial tcp 127.0.0.1:1"},
		"the same twice":     {at(local, local), 64, "lead to the same cluster, local-3; name two"},
		"no Elasticsearch":   {at(other.URL, remote), 64, "no Elasticsearch answers there"},
		"self-signed":        {at(secure.URL, remote), 64, "name its file with --local-ca"},
		"plain HTTP to TLS":  {at(strings.Replace(secure.URL, "https", "http", 1), remote), 64, "it speaks TLS there"},
		"TLS to plain HTTP":  {at(strings.Replace(local, "http", "https", 1), remote), 64, "it does not speak TLS there"},
		"no such model":      {at(local, remote, "--model", "x"), 64, "--model must be one of"},
		"a wrong address":    {at(local, remote, "--proxy-address", "x"), 64, "write HOST:PORT"},
		"credentials in URL": {at(strings.Replace(local, "://", "://qa:hunter22@", 1), remote), 64, "give one of them"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := crosscheck(t, c.args...)
			require.Equal(t, c.code, code, "stdout: %s\nstderr: %s", stdout, stderr)
			require.Contains(t, stderr, c.want)
			require.NotContains(t, stdout+stderr, "hunter2")
			require.NotContains(t, stderr, "goroutine", "a message, no stack")
		})
	}
}

// Nothing here is known to work: what counts is what is shown of a run, and that nothing was asked to change.
func TestCredentialsInAURLAreShownNowhere(t *testing.T) {
	with := func(address string) string { return strings.Replace(address, "://", "://qa:hunter22@", 1) }
	out := t.TempDir()
	feature := write(t, "keystore.feature", "Feature: f\n  Scenario: s\n"+
		"    Given the local keystore holds the key for the alias \"partner\"\n")
	code, stdout, stderr := crosscheck(t, "run", "--out", out, "--local-url", with(recorded(t, "local").URL),
		"--remote-url", with(recorded(t, "remote").URL), feature)
	require.Equal(t, 3, code, "stdout: %s\nstderr: %s", stdout, stderr)
	require.Contains(t, stderr, "warning: credentials in --local-url are seen by everybody who can list processes")
	require.Contains(t, stdout, "(local-3, 9.3.2, trial license, as qa)")
	require.Contains(t, stdout, "control: the clusters are not crosscheck's: it has no control of the local keystore")
	files := 0
	require.NoError(t, filepath.WalkDir(out, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() { // "latest" is a link to a folder
			return err
		}
		data, err := os.ReadFile(path)
		require.NotContains(t, string(data), "hunter22", path)
		require.NotContains(t, string(data), "qa:", path)
		files++
		return err
	}))
	require.Greater(t, files, 2)
}

func TestCredentialsAreAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		typed, password string
		have, want      credentials.Credentials
		err, shown      string
	}{
		"all": {"qa\n", "pw", credentials.Credentials{CA: "c"},
			credentials.Credentials{User: "qa", Password: "pw", CA: "c"}, "",
			"user of the local cluster: password of qa on the local cluster: \n"},
		"a password": {"", "pw", credentials.Credentials{User: "qa"}, credentials.Credentials{User: "qa", Password: "pw"}, "",
			"password of qa on the local cluster: \n"},
		"nothing is typed": {"\n", "", credentials.Credentials{}, credentials.Credentials{},
			"no user of the local cluster was given", "user of the local cluster: "},
	} {
		t.Run(name, func(t *testing.T) {
			var shown strings.Builder
			p := prompt{out: &shown, in: bufio.NewReader(strings.NewReader(c.typed)),
				secret: func() (string, error) { return c.password, nil }}
			got, err := p.ask("local", c.have)
			require.Equal(t, c.shown, shown.String())
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
	p := prompt{out: &strings.Builder{}, secret: func() (string, error) { return "", errors.New("closed") }}
	_, err := p.ask("local", credentials.Credentials{User: "qa"})
	require.EqualError(t, err, "read the password: closed")
}

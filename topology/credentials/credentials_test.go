package credentials

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       Credentials
		problem    string
	}{
		{name: "a user", text: "\ufeff# mine\nuser: elastic\r\npassword: 'a: b '\n\n",
			want: Credentials{User: "elastic", Password: "a: b "}},
		{name: "a key", text: "api_key: \"abc==\"\nca: /certs/ca.pem",
			want: Credentials{APIKey: "abc==", CA: "/certs/ca.pem"}},
		{name: "a misspelt name", text: "usr: topsecret", problem: `f:1: unknown name; did you mean "user"?`},
		{name: "no name", text: "\ntopsecret", problem: "f:2: a line reads NAME: VALUE"},
		{name: "twice", text: "user: topsecret\nuser: topsecret", problem: "f:2: user stands twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parse("f", []byte(c.text))
			if c.problem != "" {
				require.ErrorContains(t, err, c.problem)
				require.NotContains(t, err.Error(), "topsecret")
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestReadSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	for text, want := range map[string]string{"a b \r\n": "a b ", "": "", "a\nb\n": ""} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		got, err := ReadSecret(file)
		require.Equal(t, want, got)
		require.Equal(t, want == "", err != nil, "%q: %v", text, err)
	}
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("x", maxFile+1)), 0o600))
	_, err := ReadSecret(file)
	require.ErrorContains(t, err, "no file with credentials")
}

func TestOr(t *testing.T) {
	environ := FromEnviron("CROSSCHECK_", []string{"CROSSCHECK_PASSWORD=p", "CROSSCHECK_CA=ca",
		"CROSSCHECK_REMOTE_USER=x"})
	require.Equal(t, Credentials{Password: "p", CA: "ca"}, environ)
	require.Equal(t, Credentials{User: "me", Password: "p", CA: "ca"}, Credentials{User: "me"}.Or(environ))
	key := Credentials{APIKey: "k"}
	require.Equal(t, key, key.Or(Credentials{User: "you", Password: "p"}))
	require.Equal(t, Credentials{User: "me"}, Credentials{User: "me"}.Or(Credentials{User: "you", Password: "p"}))
	require.Equal(t, key, Credentials{}.Or(key))
}

func TestCheck(t *testing.T) {
	for _, wrong := range []Credentials{{User: "u", APIKey: "k"}, {APIKey: "id:secret"}, {Password: "p"}} {
		require.Error(t, wrong.Check())
	}
	require.NoError(t, Credentials{User: "u", Password: "p"}.Check())
	require.NoError(t, Credentials{}.Check())
}

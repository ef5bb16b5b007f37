package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n" +
	"q83vEjRWeJCrze8SNFZ4kA==\n-----END PRIVATE KEY-----\n"

func TestPatterns(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"header", "Authorization: ApiKey abc\r\nHost: x", "Authorization: [redacted]\r\nHost: x"},
		{"header in JSON", `{"Authorization": "Basic abc", "x": 1}`, `{"Authorization": "[redacted]", "x": 1}`},
		{"header in JSON in JSON", `{"m":"{\"Authorization\":\"Basic abc\"}"}`, `{"m":"{\"Authorization\":\"[redacted]\"}"}`},
		{"header in Go", "map[Authorization:[ApiKey abc] Accept:[x]]", "map[Authorization:[[redacted]] Accept:[x]]"},
		{"header for curl", "-H 'Authorization: Bearer abc' https://x", "-H 'Authorization: [redacted]' https://x"},
		{"key in a sentence", "sent ApiKey VuaCfGcBCdbkQm-e5aOx== to it", "sent ApiKey [redacted] to it"},
		{"a word, not a key", "ApiKey authentication is off, Basic license", "ApiKey authentication is off, Basic license"},
		{"challenge", `["Basic realm=\"security\"", "ApiKey"]`, `["Basic realm=\"security\"", "ApiKey"]`},
		{"answer to a new key", `{"id":"i","api_key":"ab\"c","encoded" : "x=="}`,
			`{"id":"i","api_key":"[redacted]","encoded" : "[redacted]"}`},
		{"password in JSON in JSON", `"{\"password\": \"abc\", \"a\": 1}"`, `"{\"password\": \"[redacted]\", \"a\": 1}"`},
		{"URL", "https://elastic:pw@host:9200/x", "https://elastic:[redacted]@host:9200/x"},
		{"URL without user", "https://host:9200/a@b", "https://host:9200/a@b"},
		{"private key", "a\n" + pem + "b", "a\n[redacted]\nb"},
		{"private key in JSON", `"-----BEGIN EC PRIVATE KEY-----\nMII=\n-----END EC PRIVATE KEY-----\n"`, `"[redacted]\n"`},
		{"private key cut off", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", "[redacted]"},
		{"certificate", "-----BEGIN CERTIFICATE-----\nMIIE", "-----BEGIN CERTIFICATE-----\nMIIE"},
		{"redacted by Elasticsearch", `"cluster_credentials": "::es_redacted::", "Authorization": "::es_redacted::"`,
			`"cluster_credentials": "::es_redacted::", "Authorization": "::es_redacted::"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var unknown *Redactor
			once := unknown.String(c.text)
			assert.Equal(t, c.want, once)
			assert.Equal(t, once, unknown.String(once), "redacting twice must change nothing more")
		})
	}
}

func TestKnownSecretsInEveryForm(t *testing.T) {
	const secret = `p<q"ä/+ 7&z`
	r := New()
	r.Add(secret)
	escaped, err := json.Marshal(secret)
	require.NoError(t, err)
	forms := map[string]string{
		"as it is": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret), "JSON": string(escaped),
	}
	for _, user := range []string{"", "a", "ab", "elastic:"} {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding} {
			for _, after := range []string{"", "!", "!!"} {
				name := fmt.Sprintf("base64 after %q before %q %p", user, after, encoding)
				forms[name] = encoding.EncodeToString([]byte(user + secret + after))
			}
		}
	}
	for name, form := range forms {
		got := r.String("x " + form + " y")
		assert.Contains(t, got, redacted, "%s: %s", name, form)
		assert.Less(t, len(got), len("x  y")+len(redacted)+18, "%s: too much is left of %s: %s", name, form, got)
	}
}

func TestWhatIsNotASecret(t *testing.T) {
	r := New()
	for _, s := range []string{"", "short", "redacted", "es_redacted", "::es_redacted::", "[redacted]"} {
		r.Add(s)
	}
	const text = "short [redacted] ::es_redacted::"
	assert.Equal(t, text, r.String(text))
}

func TestTheLongestSecretWins(t *testing.T) {
	r := New()
	r.Add("secret")
	r.Add("secret-and-more")
	assert.Equal(t, "[redacted] [redacted]", r.String("secret-and-more secret"))
}

func TestALineOfAKnownKeyIsRedacted(t *testing.T) {
	r := New()
	r.Add(pem)
	assert.Equal(t, "12:00 [redacted]", r.String("12:00 MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"))
}

func TestWriterCatchesWhatIsSplit(t *testing.T) {
	r := New()
	r.Add("hunter2-hunter2")
	text := "start hunter2-hunter2\n" + pem + "after\nAuthorization: ApiKey abc\nlast hunter2-hunter2"
	want := "start [redacted]\n[redacted]\nafter\nAuthorization: [redacted]\nlast [redacted]"
	for cut := range len(text) {
		var out bytes.Buffer
		w := r.Writer(&out)
		for _, part := range []string{text[:cut], text[cut:]} {
			n, err := w.Write([]byte(part))
			require.NoError(t, err)
			require.Equal(t, len(part), n)
		}
		require.NoError(t, w.Close())
		require.Equal(t, want, out.String(), "cut after %d bytes", cut)
	}
}

func TestHandlerRedactsEverything(t *testing.T) {
	const secret = "hunter2-hunter2"
	r := New()
	r.Add(secret)
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		log := slog.New(r.Handler(handler)).With("with", secret).WithGroup("g")
		log.Info("message "+secret, "text", secret, "error", errors.New(secret), slog.Group("in", "deep", secret),
			"struct", struct{ A string }{secret}, "bytes", []byte(secret), "nested", map[string][]byte{"a": []byte(secret)},
			"password", "other", "count", 7)
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(secret))
	for _, form := range []string{secret, encoded, "other", "104 117 110"} {
		assert.NotContains(t, out.String(), form)
	}
	assert.Contains(t, out.String(), "g.count=7")
}

func TestRedactorIsSafeForConcurrentUse(t *testing.T) {
	r := New()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			secret := strings.Repeat(string(rune('a'+i)), 12)
			r.Add(secret)
			if got := r.String("x" + secret); got != "x[redacted]" {
				t.Errorf("after Add(%q) it is still readable: %q", secret, got)
			}
		})
	}
	group.Wait()
}

func FuzzRedactor(f *testing.F) {
	f.Add("Authorization: ApiKey abc "+pem, "hunter2-hunter2", 7)
	f.Add(`{"password":"ab\"c"} https://a:b@c`, "::es_red", 1)
	f.Fuzz(func(t *testing.T, text, secret string, cut int) {
		// A bracket in a secret could meet the mark's own brackets; crosscheck makes no such secrets.
		if strings.ContainsAny(secret, "[]\n") || utf8.RuneCountInString(secret) < minSecret ||
			strings.Contains(esRedacted, secret) || strings.Contains(redacted, secret) {
			return
		}
		r := New()
		r.Add(secret)
		text += secret + text
		if got := r.String(text); strings.Contains(got, secret) {
			t.Errorf("%q is still readable in %q", secret, got)
		}
		var out bytes.Buffer
		w := r.Writer(&out)
		cut = min(max(cut, 0), len(text))
		_, _ = w.Write([]byte(text[:cut]))
		_, _ = w.Write([]byte(text[cut:]))
		_ = w.Close()
		if strings.Contains(out.String(), secret) {
			t.Errorf("written in two parts, %q is still readable in %q", secret, out.String())
		}
	})
}

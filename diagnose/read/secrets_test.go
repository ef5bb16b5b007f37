package read

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

const (
	keyID, keySecret = "VuaCfHcBCdbkQm-e5aOx", "ui2lp2axTNmsyakw9tvNnw"
	typed            = "Hunter2xHunter2"
)

var encodedKey = base64.StdEncoding.EncodeToString([]byte(keyID + ":" + keySecret))

// secrets are what must never come out.
var secrets = []string{keySecret, encodedKey, typed, "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"}

// pastes hold a secret each.
var pastes = []string{
	"curl -u elastic:" + typed + " https://h:9200/_remote/info",
	"curl --user 'elastic:" + typed + "' https://h:9200/_remote/info\nremote cluster is gone",
	"my command was curl -u elastic:" + typed + " and the remote cluster is gone",
	"curl -H 'Authorization: ApiKey " + encodedKey + "' https://h:9200/_remote/info -d '{\"remote\":1}'",
	"curl https://elastic:" + typed + "@h:9200/_remote/info?pretty",
	"cannot reach remote cluster https://elastic:" + typed + "@h:9200",
	"cluster.remote.b.credentials: " + encodedKey,
	"cluster.remote.b.credentials: " + typed,
	`{"persistent":{"cluster.remote.b.credentials":"` + typed + `"}}`,
	`{"persistent":{"cluster":{"remote":{"b":{"credentials":"` + typed + `"}}}}}`,
	"echo " + typed + " | bin/elasticsearch-keystore add --stdin cluster.remote.b.credentials",
	"we did echo " + encodedKey + " into the keystore, remote cluster is gone",
	"xpack.security.transport.ssl.secure_key_passphrase: " + typed,
	"xpack.security.transport.ssl.keystore.secure_password: \"" + typed + "\"",
	"cluster.name: a\nxpack.security.http.ssl.keystore.password: " + typed,
	"services:\n  es:\n    environment:\n      - ELASTIC_PASSWORD=" + typed + "\n      - cluster.name=a",
	"kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - env:\n    - name: ELASTIC_PASSWORD\n      value: " + typed,
	"kind: Secret\napiVersion: v1\nstringData:\n  elastic: " + typed,
	`{"id":"x","name":"n","api_key":"` + keySecret + `","encoded":"` + encodedKey + `"}`,
	"the remote cluster key is " + keyID + ":" + keySecret,
	"remote:\n-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END RSA PRIVATE KEY-----\nthanks",
	"xpack.security.transport.ssl.key: |\n  -----BEGIN PRIVATE KEY-----\n  MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n",
	"[2026-01-01T00:00:00,000][WARN ][o.e.t.R] [n1] remote cluster [b] with Authorization: ApiKey " + encodedKey + " refused",
	`{"@timestamp":"t","log.level":"WARN","message":"remote {\"password\":\"` + typed + `\"} failed"}`,
	`{"b":{"connected":false,"mode":"proxy","credentials":"` + typed + `"}}`,
	`{"error":{"type":"a_exception","reason":"failed with password=` + typed + ` for remote"}}`,
	"elasticstack_elasticsearch: password = \"" + typed + "\"\nError: remote cluster",
	"export ELASTIC_PASSWORD=" + typed + "\nremote cluster",
	"GET https://elastic:" + typed + "@h/_remote/info\n{\"error\":\"remote\",\"status\":401}",
}

func TestNoSecretComesOut(t *testing.T) {
	for _, paste := range pastes {
		in, err := Read("x", strings.NewReader(paste), evidence.Unknown)
		require.NoError(t, err)
		out := fmt.Sprintf("%+v", in)
		for _, secret := range secrets {
			assert.NotContains(t, out, secret, "of %s", paste)
		}
	}
}

func TestWhatIsNoSecretSurvives(t *testing.T) {
	for _, text := range []string{
		"fingerprint [d2a84f4b8b650937ec8f73cd8be2c74add5a911ba64df27458ed8229da804a26] of the remote cluster",
		"node [2w3rxHkmRTaFtxwpAzVr5Q] and index uuid aQY21GOfRo2GyzMKgzIBkA of the remote cluster",
		"cluster_credentials: ::es_redacted::",
		"setting [cluster.remote.b.credentials], not dynamically updateable",
		"remote cluster [b]: unable to find apikey with id VuaCfHcBCdbkQm-e5aOx",
		"ApiKey authentication failed at https://es-remote.example.com:9443",
		"POST /_security/cross_cluster/api_key, HTTP 403: current license is non-compliant",
		"no Authorization header was sent to the remote cluster",
	} {
		assert.Equal(t, text, redacted(text))
	}
}

// FuzzRead checks that nothing makes a reader panic, that no secret comes out, and that lines lie within the input.
func FuzzRead(f *testing.F) {
	for _, paste := range pastes {
		f.Add(paste)
	}
	f.Add(refused)
	f.Add("```\n{\"b\": {\"connected\": \n```\nkind: Service\napiVersion: v1\nspec: {ports: [{port: 1}]}\n---\n- a: *b\n")
	f.Add("[2026-01-01T00:00:00,000][WARN ][a] [b] {\"a\":\n{'a': [1, 2\n\"\"\"x\nHTTP/1.1 200 OK\nGET /\n")
	f.Fuzz(func(t *testing.T, text string) {
		in, err := Read("x", strings.NewReader(text), evidence.Unknown)
		require.NoError(t, err)
		count := strings.Count(text, "\n") + 1
		if utf := strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff"); utf || strings.Contains(text, "\x00") ||
			strings.HasPrefix(text, "\x1f\x8b") {
			count = 1 << 30 // lines of what it decodes to
		}
		for _, p := range in.Pieces {
			require.True(t, p.Line >= 1 && p.Line <= count, "line %d of %d: %+v", p.Line, count, p)
			require.True(t, p.Lines == nil || len(p.Lines) == len(p.Texts), "%+v", p)
			for _, line := range p.Lines {
				require.True(t, line >= 1 && line <= count, "line %d of %d: %+v", line, count, p)
			}
			require.NotContains(t, p.Shown, "\n")
		}
		Sentence(text)
	})
}

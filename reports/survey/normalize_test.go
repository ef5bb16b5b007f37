package survey

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
)

func TestTextsStayTheSameFromRunToRun(t *testing.T) {
	for text, want := range map[string]string{
		"no such remote cluster: [partner-4t23dl]":  "no such remote cluster: [partner]",
		"[][192.168.16.4:9300] connect_timeout[1s]": "[][10.0.0.1:9300] connect_timeout[1s]",
		"localAddress=/172.18.0.19:37864, " +
			"remoteAddress=balancer-remote-4.crosscheck.test/172.18.0.18:9400, profile=default": "" +
			"localAddress=/10.0.0.1:50000, remoteAddress=balancer-remote.crosscheck.test/10.0.0.2:9400, profile=default",
		"[127.0.0.1:9300] failed: expected to connect to [127.0.0.2]": "" +
			"[127.0.0.1:9300] failed: expected to connect to [127.0.0.2]",
		"[fd00:dead::3]:9300 and [::1]:9300":                     "[fd00::1]:9300 and [::1]:9300",
		"port out of range:99999":                                "port out of range:99999",
		"{local-3-1}{xYYvdJTGQ8WzvkXuPbn2Sw}":                    "{local-1}{RandomId0}",
		"remote-4 is not remote-9":                               "remote is not remote2",
		"NotAfter: Sat Nov 28 13:40:24 UTC 2026":                 "NotAfter: 2026-01-01T00:00:00Z",
		"(current time is [2026-11-28T14:41:22.107416897Z])":     "(current time is [2026-01-01T00:00:00Z])",
		"fingerprint [02a1aa419921791b173921af0cfa8a9dbbb8cb99]": "fingerprint [0123abcd]",
		"SSLHandshakeException TLS_AES_256_GCM_SHA384":           "SSLHandshakeException TLS_AES_256_GCM_SHA384",
		"https://elastic:hunter22@localhost":                     "https://elastic:[redacted]@localhost",
		"version [8.5.0] is not 9.3.2":                           "version [8.5.0] is not 9.3.2",
	} {
		n := newNormalizer(catalogue.Observation{Alias: "partner-4t23dl"})
		require.Equal(t, want, n.text(text))
	}
}

func TestLogLinesWithoutFrames(t *testing.T) {
	for line, want := range map[string]string{
		`{"@timestamp":"x","log.level": "WARN","message":"it failed","log.logger":"a.B","error.type":"X","error.message":"why",` +
			`"error.stack_trace":"X: why\n\tat a.B(B.java:1)\n\t... 3 more\nCaused by: Y: because\n\tat a.C(C.java:2)\n"}`: "WARN a.B: it failed | X: why | Caused by: Y: because",
		`{"type": "server", "level": "WARN", "component": "o.e.A", "cluster.name": "c", "message": "it failed", "cluster.uuid": "u", "node.id": "n" ,`: "WARN o.e.A: it failed",
		`"stacktrace": ["a.XException: why",`:      "a.XException: why",
		`"Caused by: a.YException: because",`:      "Caused by: a.YException: because",
		`[2026-11-28][WARN ][o.e.A] [n] it failed`: "WARN o.e.A: it failed",
	} {
		require.Equal(t, want, compact(line))
	}
}

func TestWhatTheEntryLooksForIsKept(t *testing.T) {
	n := newNormalizer(catalogue.Observation{})
	lines := []string{"Caused by: same", "WARN a: same"}
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		lines = append(lines, "WARN "+string(c)+"x: said")
	}
	kept := n.log(append(lines, "INFO looked for"), func(line string) bool { return line == "INFO looked for" })
	require.Len(t, kept, maxLogLines)
	require.Equal(t, []string{"INFO looked for", "WARN a: same"}, kept[:2])
	require.NotContains(t, kept, "Caused by: same")
}

func TestAnswersWithoutWhatSaysNothing(t *testing.T) {
	n := newNormalizer(catalogue.Observation{Alias: "partner-4t23dl"})
	got, err := n.answer(&catalogue.Answer{Status: 500, Body: json.RawMessage(`{"took": 13, "status": 500,
		"error": {"type": "a", "reason": "[partner-4t23dl]",
			"root_cause": [{"type": "a", "reason": "[partner-4t23dl]"}]}}`)})
	require.NoError(t, err)
	require.JSONEq(t, `{"error": {"type": "a", "reason": "[partner]"}}`, string(got.Body))
	other := `{"error": {"type": "a", "root_cause": [{"type": "b"}]}}`
	got, err = n.answer(&catalogue.Answer{Body: json.RawMessage(other)})
	require.NoError(t, err)
	require.JSONEq(t, other, string(got.Body), "it says something else")
}

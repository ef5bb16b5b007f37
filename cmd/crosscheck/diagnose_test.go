package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/diagnose"
	"github.com/crosscheck-dev/crosscheck/fixtures/strict/stricttest"
)

// diagnosed runs crosscheck diagnose in a folder that holds files, with a paste as standard input.
func diagnosed(
	t *testing.T, files map[string]string, paste io.Reader, args ...string,
) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"diagnose"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "COLUMNS=100")
	var out, errOut strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = paste, &out, &errOut
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errOut.String()
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

const unknownAlias = `{"error":{"root_cause":[{"type":"no_such_remote_cluster_exception",` +
	`"reason":"no such remote cluster: [partner]"}],"type":"no_such_remote_cluster_exception",` +
	`"reason":"no such remote cluster: [partner]"},"status":404}`

const nothingTrusts = `[2026-01-01T00:00:01,000][INFO ][o.e.n.Node] [local-1] version[9.3.2], pid[7], build[docker/0/0]
[2026-01-01T00:00:05,000][WARN ][o.e.t.ProxyConnectionStrategy] [local-1] failed to open any proxy connections to cluster [partner]
org.elasticsearch.transport.ConnectTransportException: [][192.0.2.9:9443] general node connection failure
	at org.elasticsearch.transport.TcpTransport$ChannelsConnectedListener.onResponse(TcpTransport.java:1203) ~[?:?]
Caused by: java.lang.IllegalArgumentException: unknown host [es.example]
	at org.elasticsearch.common.ssl.DiagnosticTrustManager.checkServerTrusted(DiagnosticTrustManager.java:84) ~[?:?]
`

func TestBadInputIsNamedAsWhatItIs(t *testing.T) {
	const remedy = "paste lines of the local cluster's log"
	for name, c := range map[string]struct {
		files map[string]string
		paste string
		args  []string
		code  int
		want  []string // of both outputs
	}{
		"an empty paste": {code: 64, want: []string{"standard input: There is nothing in it", remedy}},
		"only blanks": {paste: " \n\n", code: 64,
			want: []string{"standard input: There is nothing in it but blanks", remedy}},
		"binary": {files: map[string]string{"core": "\x00\x01\x02\xff\xfe\x80" + strings.Repeat("\x00\x9d\x13", 500)},
			args: []string{"core"},
			code: 64, want: []string{"core: It is not text", remedy}},
		"a picture": {files: map[string]string{"error.png": "\x89PNG\r\n\x1a\n0000"}, args: []string{"error.png"},
			code: 64, want: []string{"error.png: It is a picture; paste the text that it shows"}},
		"a log of nginx": {files: map[string]string{"error.log": "2026/01/01 10:00:01 [error] 31#31: *5 " +
			"connect() failed (111: Connection refused) " +
			"while connecting to upstream, client: 192.0.2.1\n"}, args: []string{"error.log"},
			code: 64, want: []string{"error.log:1: It is a log of nginx, not of Elasticsearch", remedy}},
		"a log of Kibana": {paste: "[2026-01-01T10:00:00.000+00:00][INFO ][http.server.Preboot] http " +
			"server running at http://0.0.0.0:5601\n",
			code: 64, want: []string{"standard input:1: It is a log of Kibana, not of Elasticsearch.\n", remedy}},
		"a log of PostgreSQL": {paste: "2026-01-01 10:00:00.000 UTC [1] LOG:  starting PostgreSQL 16.1 on " +
			"x86_64-pc-linux-gnu\n",
			code: 64, want: []string{"standard input:1: It is a log of PostgreSQL", remedy}},
		"OpenSearch": {
			files: map[string]string{"root.json": `{"name":"n1","version":{"distribution":"opensearch","number":"2.11.0"}}`},
			args:  []string{"root.json"}, code: 64, want: []string{"root.json:1: This is OpenSearch", remedy}},
		"no such file": {args: []string{"es.log"}, code: 64,
			want: []string{"es.log: no such file or directory", "a sentence goes between quotes"}},
		"no such file of the remote side": {args: []string{"--remote", "es.log"}, code: 64,
			want: []string{"open es.log: no such file"}},
		"a folder": {args: []string{"folder"}, code: 64,
			want: []string{"folder is a folder; name the files in it"}},
		"a version that is none": {args: []string{"--local-version", "9.x.2", "folder"}, code: 64,
			want: []string{"--local-version 9.x.2: no such version; write it like 9.3.2"}},
		"a remote version that is none": {args: []string{"--remote-version", "new"}, code: 64,
			want: []string{"--remote-version new: no such"}},
		"a model that is none": {args: []string{"--model", "tls"}, code: 64,
			want: []string{"--model tls: no such model; there are api-key, certificate and none"}},
		"a format that is none": {args: []string{"--format", "xml"}, code: 64,
			want: []string{`--format must be one of "text","json" but got "xml"`}},
		"a probe of nothing": {args: []string{"--probe"}, code: 64, want: []string{"--probe go with --url"}},
		"two clusters in one log": {paste: "[2026-01-01T00:00:01,000][INFO ][o.e.e.NodeEnvironment] [a] " +
			"node name [a], cluster name [paris]\n" +
			"[2026-01-01T00:00:01,000][INFO ][o.e.n.Node] [b] node name [b], node ID [x], cluster name " +
			"[oslo], roles [data]\n" + nothingTrusts,
			want: []string{"unknown-host", "Records of 2 clusters are in it: paris, oslo"}},
		"JSON that is cut off": {
			files: map[string]string{"info.json": "\n" + `{"partner":{"connected":false,"mode":"proxy","proxy_address":"a:94`},
			args:  []string{"info.json"},
			want:  []string{"info.json:2: The JSON is cut off or does not parse; what can be", "/partner:*/_search"}},
		"a log within gzip": {files: map[string]string{"es.log.gz": gzipped(t, nothingTrusts)},
			args: []string{"es.log.gz"},
			want: []string{"unknown-host", "es.log.gz:5"}},
		"a gzip that is none": {files: map[string]string{"es.log.gz": "\x1f\x8bnothing of the kind"},
			args: []string{"es.log.gz"},
			code: 64, want: []string{"es.log.gz: It begins like a gzip file and is none"}},
		"words about something else": {args: []string{"the cat sat on the mat"},
			want: []string{"unknown: no failure", "GET /_remote/info"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := diagnosed(t, c.files, strings.NewReader(c.paste), c.args...)
			require.Equal(t, c.code, code, "stdout: %s\nstderr: %s", stdout, stderr)
			both := strings.Join(strings.Fields(stdout+stderr), " ")
			for _, want := range c.want {
				require.Contains(t, both+" ", strings.ReplaceAll(want, "\n", " "))
			}
			require.NotContains(t, both, "goroutine", "a message, no stack")
		})
	}
}

func TestALogNamesTheCauseWithItsLine(t *testing.T) {
	code, stdout, stderr := diagnosed(t, map[string]string{"docker.log": nothingTrusts}, nil, "docker.log")
	require.Zero(t, code, stderr)
	require.Regexp(t, `^.*\(unknown-host, confidence 0\.\d\d\)\n  why  `, stdout)
	require.Contains(t, stdout, "evidence   docker.log:5: WARN failed to open any proxy connections",
		"the line of the cause, not of the record")
	order := []string{"  why ", "  fix ", "  evidence ", "  not seen "}
	for i, label := range order {
		require.Contains(t, stdout, label)
		require.True(t, i == 0 || strings.Index(stdout, order[i-1]) < strings.Index(stdout, label), "%s "+
			"comes too early", label)
	}
	require.Contains(t, stdout, "the remote cluster's log, ")
}

func TestASentenceIsEnough(t *testing.T) {
	code, stdout, stderr := diagnosed(t, nil, nil, "no such remote cluster: [partner]")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "(unknown-alias, confidence 0.")
	require.Contains(t, stdout, "the command line: no such remote cluster: [partner]")
}

const connected = `{"partner":{"connected":true,"mode":"proxy","proxy_address":"es.example:9443",` +
	`"num_proxy_sockets_connected":18,"max_proxy_socket_connections":18}}`

// diagnosisSchema is the one of docs/diagnosis.schema.json.
const diagnosisSchema = root + "docs/diagnosis.schema.json"

func TestDiagnosesFollowTheirSchema(t *testing.T) {
	for name, c := range map[string]struct {
		paste    string
		args     []string
		exit     int // with --exit-code
		describe func(d diagnose.Diagnosis) bool
	}{
		"causes":  {unknownAlias, nil, 1, func(d diagnose.Diagnosis) bool { return d.Causes[0].ID == "unknown-alias" }},
		"unknown": {"it does not work\n", nil, 3, func(d diagnose.Diagnosis) bool { return d.Unknown && len(d.Next) > 0 }},
		"healthy": {connected, nil, 0, func(d diagnose.Diagnosis) bool { return d.Healthy }},
		"notes": {`{"partner":{"connected":false,"mode":"proxy","proxy_address":"a:94`, nil, 3,
			func(d diagnose.Diagnosis) bool { return d.Notes[0].Line == 1 }},
		"hints": {unknownAlias, []string{"--local-version", "8.19.0", "--remote-version", "9.3.2", "--alias", "b",
			"--model", "api-key"}, 1,
			func(d diagnose.Diagnosis) bool { return d.Seen.Alias == "b" && d.Seen.LocalVersion == "8.19.0" }},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := diagnosed(t, nil, strings.NewReader(c.paste), append(c.args, "--format", "json",
				"--exit-code")...)
			require.Equal(t, c.exit, code, stderr)
			stricttest.Satisfies(t, diagnosisSchema, []byte(stdout))
			var d diagnose.Diagnosis
			require.NoError(t, json.Unmarshal([]byte(stdout), &d))
			require.True(t, c.describe(d), stdout)
		})
	}
}

func TestSecretsOfAPasteStayAway(t *testing.T) {
	secret := func(text string) string { return text + "S3cretNeverShown" }
	encoded := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	key := encoded("VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw")
	body := strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n", 3)
	secrets := map[string]string{
		"an API key":             "cluster.remote.partner.credentials: " + key,
		"an API key of a log":    "api_key=" + key,
		"a password in a URL":    "GET https://joe:" + secret("in-url") + "@es.example:9200/partner:*/_search",
		"an Authorization":       `curl -H "Authorization: ApiKey ` + key + `" https://es.example:9200/partner:*/_search`,
		"a basic Authorization":  "Authorization: Basic " + encoded("elastic:"+secret("basic")),
		"a user of curl":         "curl -u elastic:" + secret("dash-u") + " https://es.example:9200/partner:*/_search",
		"a private key":          "-----BEGIN PRIVATE KEY-----\n" + body + "-----END PRIVATE KEY-----",
		"a password of settings": "xpack.security.transport.ssl.keystore.secure_password: " + secret("setting"),
		"a password in words":    "the password: " + secret("words"),
	}
	hidden := []string{"S3cretNeverShown", key, key[:24], "MIIEvQ",
		"ui2lp2axTNmsyakw9tvNnw", encoded("elastic:")[:8]}
	for name, text := range secrets {
		t.Run(name, func(t *testing.T) {
			told := "[2026-01-01T00:00:06,000][WARN ][o.e.t.X] [n] no such remote cluster: [partner] " // evidence
			if strings.Contains(text, "\n") {
				told += "\n"
			}
			told += text
			for format, paste := range map[string]string{"text": told, "json": text + "\n" + told} {
				_, stdout, stderr := diagnosed(t, nil, strings.NewReader(paste), "--format", format)
				require.Contains(t, stdout, "no such remote cluster: [partner]", stderr)
				for _, h := range hidden {
					require.NotContains(t, stdout+stderr, h, "%s of %q", format, paste)
				}
			}
		})
	}
}

func TestALongLogIsRead(t *testing.T) {
	var log bytes.Buffer
	for i := 0; log.Len() < 5<<20; i++ {
		fmt.Fprintf(&log, "[2026-01-01T00:%02d:%02d,%03d][INFO ][o.e.c.m.MetadataCreateIndexService] [n1] "+
			"[logs-%d] creating index\n",
			i/60000%60, i/1000%60, i%1000, i)
		if i%500 == 0 {
			log.WriteString(nothingTrusts[strings.Index(nothingTrusts, "\n")+1:])
		}
	}
	code, stdout, stderr := diagnosed(t, nil, &log)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "(unknown-host, confidence")
	require.Less(t, len(stdout), 8<<10, "a long log makes no long answer")
}

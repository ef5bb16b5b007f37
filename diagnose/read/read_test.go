package read

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// told gives pieces and notes in a few words: line, kind, side, alias, version, status, wrapper, then each text with its
// line.
func told(in evidence.Input) []string {
	var all []string
	for _, p := range in.Pieces {
		head := fmt.Sprintf("%d %s", p.Line, p.Kind)
		for _, word := range []string{string(p.Side), p.Alias, p.Version, p.Wrapped} {
			if word != "" {
				head += " " + word
			}
		}
		if p.Status > 0 {
			head += fmt.Sprintf(" HTTP %d", p.Status)
		}
		if p.Count > 0 {
			head += fmt.Sprintf(" x%d", p.Count)
		}
		all = append(all, head)
		for i, text := range p.Texts {
			if p.Lines != nil {
				text = fmt.Sprintf("%d: %s", p.Lines[i], text)
			}
			all = append(all, "  "+text)
		}
	}
	for _, n := range in.Notes {
		all = append(all, fmt.Sprintf("note %s %d", n.Kind, n.Line))
	}
	return all
}

// check reads text as a file and compares what it told with want.
func check(t *testing.T, text, want string) {
	t.Helper()
	in, err := Read("pasted.txt", strings.NewReader(text), evidence.Unknown)
	require.NoError(t, err)
	assert.Equal(t, strings.TrimRight(strings.TrimPrefix(want, "\n"), "\n\t"), strings.Join(told(in), "\n"))
}

const refused = `[2026-01-01T00:00:05,000][WARN ][o.e.t.RemoteClusterService] [n1] failed to connect to remote cluster [b]
org.elasticsearch.transport.ConnectTransportException: [][203.0.113.3:9443] connect_exception
	at org.elasticsearch.transport.TcpTransport.onFailure(TcpTransport.java:1141) ~[elasticsearch-8.19.0.jar:?]
Caused by: java.net.ConnectException: Connection refused
	... 12 more
`

const refusedTold = `
%d log%s b%s
  %d: failed to connect to remote cluster [b]
  %d: org.elasticsearch.transport.ConnectTransportException: [][203.0.113.3:9443] connect_exception
  %d: java.net.ConnectException: Connection refused
`

// refusedAs is what refused tells when it begins at line.
func refusedAs(line int, side, version string) string {
	return fmt.Sprintf(refusedTold, line, side, version, line, line+1, line+3)
}

func prefixed(text string, prefix func(line string) string) string {
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		b.WriteString(prefix(line) + "\n")
	}
	return b.String()
}

func TestLogsHoweverTheyAreCollected(t *testing.T) {
	before := func(p string) func(string) string { return func(line string) string { return p + line } }
	for _, c := range []struct {
		name, text, side string
	}{
		{"docker logs", refused, ""},
		{"docker compose logs", prefixed(refused, before("es-local-1  | ")), " local"},
		{"kubectl logs --prefix", prefixed(refused, before("[pod/remote-es-default-0/elasticsearch] ")), " remote"},
		{"kubectl logs --timestamps", prefixed(refused, before("2026-01-01T00:00:05.000000000Z ")), ""},
		{"containerd", prefixed(refused, before("2026-01-01T00:00:05.000000000+01:00 stdout F ")), ""},
		{"journald", prefixed(refused, before("Jan  1 00:00:05 host1 elasticsearch[123]: ")), ""},
		{"journald with years", prefixed(refused, before("2026-01-01T00:00:05+0000 host1 systemd-entrypoint[123]: ")), ""},
		{"grep -H -n", prefixed(refused, before("es/cluster.log:17:")), ""},
		{"json-file of Docker", prefixed(refused, func(line string) string {
			return `{"log":"` + strings.ReplaceAll(line, "\t", `\t`) + `\n","stream":"stdout","time":"2026-01-01T00:00:05Z"}`
		}), ""},
		{"colours", prefixed(refused, func(line string) string { return "\x1b[33m" + line + "\x1b[0m" }), ""},
		{"CRLF", strings.ReplaceAll(refused, "\n", "\r\n"), ""},
		{"UTF-8 with a mark", "\xef\xbb\xbf" + refused, ""},
		{"UTF-16", utf16(refused, false), ""},
		{"UTF-16, big-endian", utf16(refused, true), ""},
		{"gzip", zipped(refused), ""},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.text, refusedAs(1, c.side, "")) })
	}
}

func TestRecords(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"the version of the node", "[2026-01-01T00:00:00,000][INFO ][o.e.n.Node] [n1] version[8.19.0], pid[7], build[x]\n" + refused,
			refusedAs(2, "", " 8.19.0")},
		{"without time, level and logger", "failed to update remote cluster connection [site_b]\n" +
			"java.lang.IllegalArgumentException: unknown host [es.example.com]\n", `
1 log site_b
  1: failed to update remote cluster connection [site_b]
  2: java.lang.IllegalArgumentException: unknown host [es.example.com]
`},
		{"a bracket not copied", refused[1:], refusedAs(1, "", "")},
		{"without time", "[WARN ][o.e.t.TcpTransport] [es-0] exception caught on transport layer [x], closing connection\n" +
			"io.netty.handler.codec.DecoderException: javax.net.ssl.SSLHandshakeException: PKIX path building failed", `
1 log
  1: exception caught on transport layer [x], closing connection
  2: io.netty.handler.codec.DecoderException: javax.net.ssl.SSLHandshakeException: PKIX path building failed
`},
		{"equal ones are one", refused + strings.Replace(refused, "00:00:05", "00:00:06", 1), strings.Replace(
			refusedAs(1, "", ""), "log b", "log b x2", 1)},
		{"what is well is passed over", "[2026-01-01T00:00:00,000][INFO ][o.e.c.r.a.AllocationService] [n1] current.health\n" +
			"Caused by: a.b.CException: never mind\n" + refused, refusedAs(3, "", "")},
		{"7.x, JSON", `{"type": "server", "timestamp": "2021-01-01T00:00:00,000Z", "level": "WARN", "component": "o.e.t.R", ` +
			`"cluster.name": "one", "node.name": "n1", "message": "failed to connect to remote cluster [b]", "cluster.uuid": "u", ` +
			`"node.id": "i" , ` + "\n" + `"stacktrace": ["a.b.ConnectTransportException: [][203.0.113.3:9443] connect_exception",` +
			"\n" + `"at a.b.C.d(C.java:1) [x.jar:7.17.0]",` + "\n" + `"Caused by: java.net.ConnectException: Connection refused",` +
			"\n" + `"... 12 more"] }` + "\n", `
1 log b
  1: failed to connect to remote cluster [b]
  2: a.b.ConnectTransportException: [][203.0.113.3:9443] connect_exception
  2: java.net.ConnectException: Connection refused
`},
		{"8.x, JSON", `{"@timestamp":"2026-01-01T00:00:00.000Z", "log.level": "WARN", "message":"failed to connect to remote ` +
			`cluster [b]", "ecs.version": "1.2.0","service.name":"ES_ECS","log.logger":"org.elasticsearch.transport.R",` +
			`"elasticsearch.cluster.name":"one","error.type":"a.b.CException","error.message":"no",` +
			`"error.stack_trace":"a.b.CException: no\n\tat a.b.C.d(C.java:1)\nCaused by: java.net.ConnectException: Connection refused\n"}`, `
1 log b
  1: failed to connect to remote cluster [b]
  1: a.b.CException: no
  1: java.net.ConnectException: Connection refused
`},
		{"operator of ECK", `{"log.level":"error","@timestamp":"2026-01-01T00:00:00Z","log.logger":"manager.eck-operator",` +
			`"message":"Reconciler error","service.version":"2.9.0","service.type":"eck","controller":"remotecluster-controller",` +
			`"error":"403 Forbidden: {Status:403 Error:{CausedBy:{Reason: Type:} Reason:current license is non-compliant Type:security_exception}}"}`, `
1 log eck-operator
  1: Reconciler error
  1: 403 Forbidden: {Status:403 Error:{CausedBy:{Reason: Type:} Reason:current license is non-compliant Type:security_exception}}
  1: current license is non-compliant
note other-product 1
`},
		{"two clusters", `{"type":"server","level":"WARN","cluster.name":"one","timestamp":"t","message":"remote a"}` + "\n" +
			`{"type":"server","level":"INFO","cluster.name":"two","timestamp":"t","message":"started"}` + "\n", `
1 log
  1: remote a
note two-clusters 2
`},
		{"containers mixed", "a-1  | [2026-01-01T00:00:05,000][WARN ][o.e.t.R] [n1] failed to connect to remote cluster [b]\n" +
			"b-1  | [2026-01-01T00:00:05,000][WARN ][o.e.t.R] [n2] remote cluster [c]\n" +
			"a-1  | a.b.ConnectTransportException: no\n", `
1 log b
  1: failed to connect to remote cluster [b]
  3: a.b.ConnectTransportException: no
2 log c
  2: remote cluster [c]
`},
		{"a node that lacks the role", "[2026-01-01T00:00:00,000][INFO ][o.e.n.Node] [n1] node name [n1], node ID [i], " +
			"cluster name [c], roles [data, master]\n", `
1 log
  1: node name [n1], node ID [i], cluster name [c], roles [data, master]
  1: derived: node.roles of n1 lacks remote_cluster_client
`},
		{"CCR", "[2026-01-01T00:00:00,000][WARN ][o.e.x.c.a.ShardFollowNodeTask] [n] shard follow task encounter non-retryable error\n" +
			"java.lang.IllegalStateException: Unable to open any connections to remote cluster [l]\n", `
1 log l ccr
  1: shard follow task encounter non-retryable error
  2: java.lang.IllegalStateException: Unable to open any connections to remote cluster [l]
`},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.text, c.want) })
	}
}

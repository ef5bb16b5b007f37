package replay

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// The calls whose answers are doctored.
const (
	readInfo    = "GET /_remote/info"
	putSettings = "PUT /_cluster/settings"
	searchLogs  = "POST /partner-replay:logs-replay/_search"
	resolve     = "GET /_resolve/cluster"
	counts      = "GET /connections"
)

// info changes a field that _remote/info shows of the remote cluster.
func info(field string, value any) doctor {
	return doctor{side: localSide, call: readInfo, at: "partner-replay/" + field, value: value}
}

// answers changes a place in the answers to a call of the local cluster.
func answers(call, at string, value any) doctor {
	return doctor{side: localSide, call: call, at: at, value: value}
}

// text replaces one text by another in the answers of a side to a call.
func text(side, call, was, is string) doctor {
	return doctor{side: side, call: call, text: []string{was, is}}
}

// log is a side's log as it might have been.
func log(side, content string) doctor { return doctor{side: side, call: "log", whole: &content} }

// status changes the status of the answers to a call of the local cluster.
func status(call string, code int) doctor { return doctor{side: localSide, call: call, status: code} }

// after keeps the first answers as they are.
func after(n int, d doctor) doctor {
	d.after = n
	return d
}

// once changes one answer.
func once(d doctor) doctor {
	d.just = true
	return d
}

// doctored is a scenario with changed answers, and what its failure must say.
type doctored struct {
	what    string
	doctors []doctor
	want    []string // parts of the message
}

// What the tables put into answers, and what they replace.
const (
	trustWarning = "failed to establish trust with server at [x]; ([xpack.security.transport.ssl])"
	otherTrust   = "failed to establish trust with server at [x]; ([xpack.security.remote_cluster_client.ssl])"
	closedRemote = "client did not trust this server's certificate, closing connection Channel{profile=_remote_cluster}"
	closedOther  = "client did not trust this server's certificate, closing connection Channel{profile=default}"
	noPath       = "unable to find valid certification path to requested target"
	noPrivileges = "because no remote indices privileges apply for the target cluster"
	skipped      = "_clusters/details/partner-replay"
	refused      = `{"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"not so"}],` +
		`"type":"illegal_argument_exception","reason":"not so"},"status":400}`
	found = `{"_shards":{"total":1,"failed":0},"_clusters":{"total":1,"successful":1,"skipped":0,` +
		`"details":{"partner-replay":{"status":"successful"}}},"hits":{"total":{"value":3}}}`
)

// breaks breaks off the answers of a side to a call.
func breaks(side, call string, how breakage) doctor {
	return doctor{side: side, call: call, broken: how}
}

// proxyError is what something between crosscheck and a cluster answers in its place.
func proxyError(side, call string) doctor {
	return doctor{side: side, call: call, status: 502, whole: ptr("<html><h1>502 Bad Gateway</h1></html>")}
}

func ptr(text string) *string { return &text }

// TestDoctoredAnswers has scenarios meet answers that are not as documented: they must fail, and say what was wrong.
func TestDoctoredAnswers(t *testing.T) {
	for name, cases := range failures {
		s := newStage(t, name)
		for _, c := range cases {
			t.Run(name+"/"+c.what, func(t *testing.T) {
				t.Parallel()
				result := s.playDoctored(t, c.doctors)
				said := describe(result)
				require.Equal(t, verdict.Failed, result.Verdict, "%s", said)
				for _, part := range c.want {
					require.Contains(t, said, part)
				}
				t.Log(said)
			})
		}
	}
}

// TestABrokenHarnessIsAnError has scenarios meet trouble that says nothing about the product: none may fail for it.
func TestABrokenHarnessIsAnError(t *testing.T) {
	for name, cases := range breakages {
		s := newStage(t, name)
		for _, c := range cases {
			t.Run(name+"/"+c.what, func(t *testing.T) {
				t.Parallel()
				result := s.playDoctored(t, c.doctors)
				said := describe(result)
				require.Equal(t, verdict.Error, result.Verdict, "%s", said)
				for _, part := range c.want {
					require.Contains(t, said, part)
				}
			})
		}
	}
}

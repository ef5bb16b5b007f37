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

const (
	trustWarning = "failed to establish trust with server at [x]; ... ssl context ([xpack.security.transport.ssl (with ...)])"
	otherTrust   = "failed to establish trust with server at [x]; ... ssl context ([xpack.security.remote_cluster_client.ssl])"
	closedRemote = "client did not trust this server's certificate, closing connection Netty4TcpChannel{profile=_remote_cluster}"
	closedOther  = "client did not trust this server's certificate, closing connection Netty4TcpChannel{profile=default}"
	refused      = `{"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"not so"}],` +
		`"type":"illegal_argument_exception","reason":"not so"},"status":400}`
	found = `{"_shards":{"total":1,"failed":0},"_clusters":{"total":1,"successful":1,"skipped":0,` +
		`"details":{"partner-replay":{"status":"successful"}}},"hits":{"total":{"value":3}}}`
)

// failures are answers of a product that is not as documented, by recording.
var failures = map[string][]doctored{
	"key-connects": {
		{"it is not connected", []doctor{info("connected", false)}, []string{"connected true", "connected false"}},
		{"it says nothing of being connected", []doctor{info("connected", absent{})}, []string{"connected true", "connected absent"}},
		{"it is connected in words", []doctor{info("connected", "true")}, []string{"_remote/info", "connected true"}},
		{"the remote cluster is not there", []doctor{answers(readInfo, "partner-replay", absent{})}, []string{"connected absent"}},
		{"one socket less", []doctor{info("num_proxy_sockets_connected", 17)},
			[]string{"num_proxy_sockets_connected 18", "num_proxy_sockets_connected 17"}},
		{"another limit of sockets", []doctor{info("max_proxy_socket_connections", 20)}, []string{"max_proxy_socket_connections 20"}},
		{"the credentials are missing", []doctor{info("cluster_credentials", absent{})},
			[]string{"cluster_credentials ::es_redacted::", "cluster_credentials absent"}},
		{"the credentials are in clear", []doctor{info("cluster_credentials", "c2VjcmV0")}, []string{"cluster_credentials c2VjcmV0"}},
		{"a field too many", []doctor{info("num_nodes_connected", 1)}, []string{"num_nodes_connected absent", "num_nodes_connected 1"}},
		{"a field too few", []doctor{info("initial_connect_timeout", absent{})}, []string{"initial_connect_timeout absent"}},
		{"another default", []doctor{info("skip_unavailable", false)}, []string{"skip_unavailable true", "skip_unavailable false"}},
		{"another mode", []doctor{info("mode", "sniff")}, []string{"mode proxy", "mode sniff"}},
		{"another address", []doctor{info("proxy_address", "elsewhere:9443")}, []string{"proxy_address elsewhere:9443"}},
		{"another server name", []doctor{info("server_name", "")}, []string{"server_name remote-", "server_name"}},
		{"the search finds nothing", []doctor{answers(searchLogs, "hits/total/value", 0)}, []string{"3 documents", "0 documents"}},
		{"the search finds too much", []doctor{answers(searchLogs, "hits/total/value", 4)}, []string{"3 documents", "4 documents"}},
		{"a shard of the search failed", []doctor{answers(searchLogs, "_shards/failed", 1)}, []string{"1 failed shards"}},
		{"the search skipped the cluster", []doctor{answers(searchLogs, "_clusters/skipped", 1)}, []string{"1 skipped clusters"}},
		{"the search is refused", []doctor{status(searchLogs, 403)}, []string{"200, 3 documents", "403 "}},
		{"resolving denies the connection", []doctor{answers(resolve, "partner-replay/connected", false)},
			[]string{"connected true", `"connected":false`}},
		{"resolving finds no index", []doctor{answers(resolve, "partner-replay/matching_indices", false)},
			[]string{"matching_indices true", `"matching_indices":false`}},
		{"resolving does not know the alias", []doctor{answers(resolve, "partner-replay", absent{})}, []string{"connected true", "{}"}},
		{"resolving is no endpoint", []doctor{status(resolve, 404)}, []string{"404 "}},
		{"the connections go around the load balancer",
			[]doctor{{side: balancerSide, call: counts, at: "listeners/port-9443/open", value: 0}},
			[]string{"the load balancer", "at least 18 connections open on port-9443", "0 open on port-9443"}},
		{"a connection goes through another port",
			[]doctor{{side: balancerSide, call: counts, at: "listeners/port-9300/open", value: 1}},
			[]string{"none elsewhere", "1 open on port-9300"}},
		{"the settings are refused", []doctor{once(doctor{side: localSide, call: putSettings, status: 400, whole: ptr(refused)})},
			[]string{"adding the remote cluster", "200", "answered 400"}},
	},
	"key-under-another-alias": {
		{"it is connected all the same", []doctor{info("connected", true)}, []string{"connected false", "connected true"}},
		{"it has a socket", []doctor{info("num_proxy_sockets_connected", 1)}, []string{"num_proxy_sockets_connected 0", "num_proxy_sockets_connected 1"}},
		{"it has credentials", []doctor{info("cluster_credentials", "::es_redacted::")}, []string{"cluster_credentials absent"}},
		{"the search works", []doctor{{side: localSide, call: searchLogs, status: 200, whole: ptr(found)}}, []string{"status 500", "status 200"}},
		{"the search has another status", []doctor{once(status(searchLogs, 503))}, []string{"status 500", "status 503"}},
		{"the search names another cause",
			[]doctor{text(localSide, searchLogs, "unable to find valid certification path to requested target", "Connection refused")},
			[]string{"unable to find valid certification path", "Connection refused"}},
		{"resolving says that it is connected", []doctor{answers(resolve, "partner-replay/connected", true)},
			[]string{"_resolve/cluster", "connected false", "connected true"}},
		{"resolving is no endpoint", []doctor{status(resolve, 404)}, []string{"_resolve/cluster", "200 and an entry", "404 "}},
		{"the local log is silent", []doctor{log(localSide, "")}, []string{"the logs since", "failed to establish trust"}},
		{"the local log names another trust", []doctor{log(localSide, otherTrust)}, []string{"the logs since", "local"}},
		{"the remote log is silent", []doctor{log(remoteSide, "")}, []string{"the logs since", "remote"}},
		{"the remote log names another interface", []doctor{log(remoteSide, closedOther)}, []string{"the logs since", "profile=_remote_cluster"}},
		{"each side logs what the other one should", []doctor{log(localSide, closedRemote), log(remoteSide, trustWarning)},
			[]string{"the logs since", "local", "remote"}},
		{"a search that may skip fails", []doctor{after(1, status(searchLogs, 500))}, []string{"skip_unavailable true", "status 200", "status 500"}},
		{"a search that may skip does not", []doctor{after(1, answers(searchLogs, "_clusters/details/partner-replay/status", "successful"))},
			[]string{"cluster skipped", "cluster successful"}},
		{"a search that may skip names another cause",
			[]doctor{after(1, answers(searchLogs, "_clusters/details/partner-replay/failures/0/reason/reason", "no such index"))},
			[]string{"skip_unavailable true", "no such index"}},
		{"it connects while the search may skip", []doctor{after(2, info("connected", true))}, []string{"skip_unavailable true", "connected true"}},
		{"the settings are refused", []doctor{once(doctor{side: localSide, call: putSettings, status: 400, whole: ptr(refused)})},
			[]string{"adding the remote cluster", "answered 400"}},
	},
	"key-wrong-secret": {
		{"the search has another status", []doctor{once(status(searchLogs, 403))}, []string{"status 401", "status 403"}},
		{"the search has another error", []doctor{text(localSide, searchLogs, "security_exception", "connect_transport_exception")},
			[]string{"security_exception", "connect_transport_exception"}},
		{"the search names another cause", []doctor{text(localSide, searchLogs, "unable to authenticate user [", "no such user [")},
			[]string{"unable to authenticate user", "no such user"}},
		{"it has no credentials", []doctor{info("cluster_credentials", absent{})}, []string{`cluster_credentials "::es_redacted::"`, "cluster_credentials absent"}},
		{"the local side logs it", []doctor{log(localSide, "invalid credentials for API key [x]"), log(remoteSide, "")}, []string{"remote"}},
	},
	"key-to-http-port": {
		{"the search names another cause", []doctor{text(localSide, searchLogs, "not an SSL/TLS record", "Connection reset")},
			[]string{"not an SSL/TLS record", "Connection reset"}},
		{"it is connected", []doctor{info("connected", true)}, []string{"connected false", "connected true"}},
	},
	"key-user-without-privileges": {
		{"the search is allowed", []doctor{{side: localSide, call: searchLogs, status: 200, whole: ptr(found)}}, []string{"status 403", "status 200"}},
		{"the user is unknown", []doctor{status(searchLogs, 401)}, []string{"status 403", "status 401"}},
		{"another alias is meant", []doctor{text(localSide, searchLogs, "cluster [partner-replay]", "cluster [supplier-replay]")},
			[]string{"partner-replay", "supplier-replay"}},
		{"the index is the reason",
			[]doctor{text(localSide, searchLogs, "because no remote indices privileges apply for the target cluster", "on indices [logs-replay]")},
			[]string{"no remote indices privileges apply", "on indices [logs-replay]"}},
		{"the connection ends", []doctor{after(2, info("connected", false))}, []string{"connected true", "connected false"}},
	},
	"settings-refused": {
		{"they are accepted", []doctor{after(1, once(status(putSettings, 200)))}, []string{"status 400", "status 200"}},
		{"they break the cluster", []doctor{after(1, once(status(putSettings, 500)))}, []string{"status 400", "status 500"}},
		{"for another reason", []doctor{text(localSide, putSettings, "configured=SNIFF", "configured=PROXY")}, []string{"configured=SNIFF", "configured=PROXY"}},
		{"for the neighbour", []doctor{text(localSide, putSettings, "cluster.remote.partner-replay", "cluster.remote.supplier-replay")},
			[]string{"supplier-replay"}},
		{"with another error", []doctor{text(localSide, putSettings, "illegal_argument_exception", "settings_exception")},
			[]string{"illegal_argument_exception", "settings_exception"}},
		{"without JSON", []doctor{after(1, once(doctor{side: localSide, call: putSettings, whole: ptr("not so")}))}, []string{"not so"}},
	},
	"certificate-connects": {
		{"it has credentials", []doctor{info("cluster_credentials", "::es_redacted::")}, []string{"cluster_credentials absent"}},
		{"the connections go to the other port", []doctor{{side: balancerSide, call: counts, at: "listeners/port-9443/open", value: 18}},
			[]string{"18 open on port-9443"}},
	},
	"authority-unknown": {
		{"the remote log is silent", []doctor{log(remoteSide, "")}, []string{"the logs since", "Empty client certificate chain"}},
		{"the local log has it", []doctor{log(localSide, "profile=default Empty client certificate chain"), log(remoteSide, "")},
			[]string{"the logs since", "remote"}},
		{"the remote log names the other interface", []doctor{text(remoteSide, "log", "profile=default", "profile=_remote_cluster")},
			[]string{"the logs since", "profile=default"}},
		{"it is connected", []doctor{info("connected", true)}, []string{"connected false", "connected true"}},
	},
	"balancer-refuses": {
		{"the search names another cause", []doctor{text(localSide, searchLogs, "Connection refused", "connect timed out")},
			[]string{"Connection refused", "connect timed out"}},
		{"the local log is silent", []doctor{log(localSide, "")}, []string{"the logs since", "local"}},
		{"it is connected while nothing listens", []doctor{info("connected", true)}, []string{"connected false", "connected true"}},
		{"it does not come back", []doctor{after(2, status(searchLogs, 500))}, []string{"200, 3 documents", "500 "}},
	},
	"older-key-connects": {
		{"the default of newer versions", []doctor{info("skip_unavailable", true)}, []string{"skip_unavailable false", "skip_unavailable true"}},
	},
	"older-key-under-another-alias": {
		{"it has credentials", []doctor{info("cluster_credentials", "::es_redacted::")}, []string{"cluster_credentials absent"}},
	},
}

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

// breakages are troubles of the machine or of crosscheck itself, by recording.
var breakages = map[string][]doctored{
	"key-connects": {
		{"the load balancer is not there from the start", []doctor{breaks(balancerSide, "POST /connections/reset", noListener)},
			[]string{"reset the load balancer's count"}},
		{"the index is not made", []doctor{proxyError(remoteSide, "PUT /logs-replay")}, []string{"PUT /logs-replay answered 502", "Bad Gateway"}},
		{"a document is refused", []doctor{{side: remoteSide, call: "POST /logs-replay/_bulk", at: "errors", value: true}},
			[]string{"some were refused"}},
		{"no key is made", []doctor{{side: remoteSide, call: "POST /_security/cross_cluster", status: 500, whole: ptr("upstream")}},
			[]string{"create a cross-cluster API key", "answered 500"}},
		{"the key is not JSON", []doctor{{side: remoteSide, call: "POST /_security/cross_cluster", whole: ptr("<html>")}},
			[]string{"create a cross-cluster API key", "read the answer"}},
		{"the keystore cannot be read", []doctor{breaks(localSide, "exec cat", noAnswer)}, []string{string(noAnswer)}},
		{"the keystore's tool does not run", []doctor{breaks(localSide, "exec /usr/share", noAnswer)}, []string{"store the key", string(noAnswer)}},
		{"the reload breaks a node", []doctor{{side: localSide, call: "POST /_nodes/reload", text: []string{
			`"secure_setting_names"`, `"reload_exception":{"type":"x"},"secure_setting_names"`}}}, []string{"could not reload its secure settings"}},
		{"the settings have no answer", []doctor{breaks(localSide, putSettings, noAnswer)}, []string{"add remote cluster", "EOF"}},
		{"the answer to the settings is cut off", []doctor{breaks(localSide, putSettings, cutOff)}, []string{"unexpected EOF"}},
		{"nothing listens where the local cluster was", []doctor{breaks(localSide, readInfo, noListener)}, []string{"connection refused"}},
		{"the remote info has no answer", []doctor{breaks(localSide, readInfo, noAnswer)}, []string{"read _remote/info", "EOF"}},
		{"the remote info is cut off", []doctor{breaks(localSide, readInfo, cutOff)}, []string{"read _remote/info", "unexpected EOF"}},
		{"the remote info is half of its JSON", []doctor{{side: localSide, call: readInfo, whole: ptr(`{"partner-replay":{"conn`)}},
			[]string{"read _remote/info", "unexpected end of JSON"}},
		{"the remote info comes from something else", []doctor{proxyError(localSide, readInfo)}, []string{"GET /_remote/info answered 502"}},
		{"the local cluster does not speak HTTP", []doctor{breaks(localSide, readInfo, notSpoken)}, []string{"malformed HTTP"}},
		{"the search has no answer", []doctor{breaks(localSide, searchLogs, noAnswer)}, []string{"_search", "EOF"}},
		{"the search is cut off", []doctor{breaks(localSide, searchLogs, cutOff)}, []string{"_search", "unexpected EOF"}},
		{"the search is half of its JSON", []doctor{{side: localSide, call: searchLogs, whole: ptr(`{"hits":{"tot`)}},
			[]string{"read the answer of the search"}},
		{"resolving is cut off", []doctor{breaks(localSide, resolve, cutOff)}, []string{"_resolve/cluster", "unexpected EOF"}},
		{"resolving is half of its JSON", []doctor{{side: localSide, call: resolve, whole: ptr(`{"partner-rep`)}}, []string{"_resolve/cluster"}},
		{"the load balancer breaks", []doctor{{side: balancerSide, call: counts, status: 500, whole: ptr("panic")}},
			[]string{"connection counts", "panic (status 500)"}},
		{"the load balancer's counts are cut off", []doctor{breaks(balancerSide, counts, cutOff)}, []string{"connection counts", "unexpected EOF"}},
		{"the load balancer is gone", []doctor{breaks(balancerSide, counts, noListener)}, []string{"connection counts", "connection refused"}},
		{"the key is not invalidated at the end", []doctor{proxyError(remoteSide, "DELETE /_security/api_key")},
			[]string{"the scenario cleans up", "invalidate API key", "502"}},
		{"a remote cluster is left at the end", []doctor{{side: localSide, call: readInfo, text: []string{"{}", `{"partner-replay":{}}`}}},
			[]string{"the scenario cleans up", `"partner-replay" is left`}},
	},
	"key-under-another-alias": {
		{"skip_unavailable cannot be set", []doctor{after(1, status(putSettings, 400))}, []string{"set skip_unavailable: 400"}},
		{"the search has no answer", []doctor{breaks(localSide, searchLogs, noAnswer)}, []string{"_search", "EOF"}},
		{"the search is cut off", []doctor{breaks(localSide, searchLogs, cutOff)}, []string{"_search", "unexpected EOF"}},
		{"resolving is cut off", []doctor{breaks(localSide, resolve, cutOff)}, []string{"_resolve/cluster", "unexpected EOF"}},
		{"resolving is half of its JSON", []doctor{{side: localSide, call: resolve, whole: ptr(`{"partner-rep`)}},
			[]string{"read the answer of _resolve/cluster"}},
		{"the local log cannot be read", []doctor{breaks(localSide, "log", noAnswer)}, []string{"the logs", string(noAnswer)}},
		{"the remote log cannot be read", []doctor{breaks(remoteSide, "log", noAnswer)}, []string{"the logs", string(noAnswer)}},
		{"the local cluster is gone", []doctor{after(1, breaks(localSide, readInfo, noListener))}, []string{"connection refused"}},
	},
	"key-user-without-privileges": {
		{"the role is not made", []doctor{proxyError(localSide, "PUT /_security/role")}, []string{"create role searchers-replay", "502"}},
		{"the user is not made", []doctor{proxyError(localSide, "PUT /_security/user")}, []string{"create user searcher-replay", "502"}},
	},
	"balancer-refuses": {
		{"the fault cannot be set", []doctor{{side: balancerSide, call: "POST /proxies/port-9300", status: 500, whole: ptr("no")}},
			[]string{"set the fault on port 9300", "status 500"}},
		{"the fault does not end", []doctor{{side: balancerSide, call: "POST /reset", status: 503, whole: ptr("stuck")}},
			[]string{"heal the load balancer", "stuck"}},
	},
}

// breaks breaks off the answers of a side to a call.
func breaks(side, call string, how breakage) doctor {
	return doctor{side: side, call: call, broken: how}
}

// proxyError is what something between crosscheck and a cluster answers in its place.
func proxyError(side, call string) doctor {
	return doctor{side: side, call: call, status: 502, whole: ptr("<html><h1>502 Bad Gateway</h1></html>")}
}

func ptr(text string) *string { return &text }

// TestABrokenHarnessIsAnError has scenarios meet trouble that says nothing about the product: no scenario may fail for it.
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

package read

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

func TestBodies(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"_remote/info after curl", "user@host:~$ curl -u elastic:secret123 'https://es:9200/_remote/info?pretty'\n{\n  \"b\" : {\n" +
			"    \"connected\" : false,\n    \"seeds\" : [\"10.0.0.1:9200\"]\n  }\n}\n", `
3 remote_info local b
  4: connected: false
  5: seeds: [10.0.0.1:9200]
  5: derived: address 10.0.0.1 has port 9200
`},
		{"an error with its status", `HTTP/1.1 403 Forbidden` + "\n" + `{"error":{"type":"security_exception","reason":"no",` +
			`"caused_by":{"type":"x_exception","reason":"inner"}}}`, `
2 answer HTTP 403
  no
  inner
`},
		{"status and body", `{"status": 400, "body": "{\"error\":{\"type\":\"a_exception\",\"reason\":\"no\"},\"status\":400}"}`, `
1 answer HTTP 400
  no
`},
		{"a search that skips", "GET b:logs/_search\n" + `{"took":1,"_shards":{"failed":0},"_clusters":{"skipped":1,"details":{"b":` +
			`{"status":"skipped","failures":[{"reason":{"type":"c_exception","reason":"Unable to connect to [b]"}}]}}},"hits":{"hits":[]}}`, `
2 answer b HTTP 200
  Unable to connect to [b]
  derived: remote cluster b is skipped
`},
		{"_resolve/cluster", `{"(local)":{"connected":true,"skip_unavailable":false,"version":{"number":"9.1.0"}},` +
			`"b":{"connected":false,"skip_unavailable":true}}`, `
1 nodes local 9.1.0
  version: 9.1.0
1 resolve_cluster local b
  1: connected: false
  1: skip_unavailable: true
`},
		{"_cluster/settings", `{"persistent":{"cluster":{"remote":{"b":{"mode":"proxy","proxy_address":"h:9443"}}}},` +
			`"transient":{"cluster.remote.b.mode":"sniff"},"defaults":{"indices":{"x":"1"}}}`, `
1 settings local b
  1: cluster.remote.b.mode: sniff
  1: cluster.remote.b.proxy_address: h:9443
  1: derived: address h has port 9443
`},
		{"_nodes", `{"_nodes":{"total":1},"nodes":{"i":{"name":"n1","version":"8.19.0","roles":["data","master"]}}}`, `
1 nodes 8.19.0
  1: name: n1
  1: version: 8.19.0
  1: roles: [data, master]
  1: derived: node.roles of n1 lacks remote_cluster_client
`},
		{"_cat/nodes", "ip        heap.percent node.role master name\n10.0.0.1  20           dim       *      n1\n", `
2 nodes
  name: n1
  node.role: dim
  derived: node.roles of n1 lacks remote_cluster_client
`},
		{"_cat/nodes without its head", "10.0.0.1 20 93 1 0.1 0.1 0.1 cdfhilmrstw * n1\n", `
1 nodes
  name: n1
  node.role: cdfhilmrstw
`},
		{"_ccr/stats", `{"follow_stats":{"indices":[{"index":"f","shards":[{"remote_cluster":"b","fatal_exception":` +
			`{"type":"a_exception","reason":"gone"}}]}]}}`, `
1 answer b ccr
  gone
`},
		{"_ccr/stats of one follower", `{"indices":[{"index":"f","total_global_checkpoint_lag":3,"shards":[` +
			`{"remote_cluster":"b","fatal_exception":{"type":"a_exception","reason":"gone"}}]}]}`, `
1 answer b ccr
  gone
`},
		{"an API that knows no remote indices", "GET /b:*/_stats?human\n" + `{"_shards":{"total":0},"status":200,"indices":{}}`, `
2 answer b HTTP 200
  derived: _stats is asked of a remote index
`},
		{"a search of a remote index", "GET /b:*/_search\n" + `{"took":1,"_shards":{"total":0},"status":200}`, `
2 answer b HTTP 200
`},
		{"Kibana", `{"statusCode":502,"error":"Bad Gateway","message":"[illegal_argument_exception]: unknown host [b]"}`, `
1 answer kibana HTTP 502
  Bad Gateway
  [illegal_argument_exception]: unknown host [b]
  unknown host [b]
`},
		{"the root", `{"name":"n","cluster_name":"c","version":{"number":"7.17.0"},"tagline":"You Know, for Search"}`, `
1 nodes 7.17.0
  1: name: n
  1: cluster_name: c
  1: version.number: 7.17.0
  1: tagline: You Know, for Search
`},
		{"Python", `elasticsearch.NotFoundError: (404, {'error': {'type': 'no_such_remote_cluster_exception', 'reason': 'no such ` +
			`remote cluster: [b]'}, 'status': 404})`, `
1 log
  1: elasticsearch.NotFoundError: (404,
1 answer b HTTP 404
  no such remote cluster: [b]
`},
		{"cut off", `{"error":{"root_cause":[{"type":"a_exception","reason":"no such remote cluster: [b]"}],"type":"a_exc`, `
1 answer b
  no such remote cluster: [b]
note broken 1
`},
		{"dots in the place of hits", "{\n  \"took\": 3,\n  \"_shards\": {...},\n  \"_clusters\": {\"total\": 2, \"skipped\": 1},\n  ...\n}", `
1 answer HTTP 200
`},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.text, c.want) })
	}
}

func TestConfigurations(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"elasticsearch.yml", "```yml\n# comment\ncluster.name: a\nnode:\n  roles: [data, ingest]\n\ncluster:\n  remote:\n    b:\n" +
			"      seeds: [\"h:9300\"]\n```\n", `
3 configuration local
  3: cluster.name: a
  5: node.roles: [data, ingest]
  5: derived: node.roles lacks remote_cluster_client
10 configuration local b
  10: cluster.remote.b.seeds: [h:9300]
  10: derived: address h has port 9300
`},
		{"a Service", "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  ports:\n  - port: 9300\n", `
1 manifest
  1: apiVersion: v1
  2: kind: Service
  4: metadata.name: s
  7: spec.ports.port: 9300
  7: derived: service s has port 9300 and targetPort 9300
  6: derived: service s has no port 9443
`},
		{"ECK", "kind: Elasticsearch\napiVersion: x/v1\nmetadata:\n  name: e\nspec:\n  version: 9.1.0\n  nodeSets:\n  - name: hot\n" +
			"    config:\n      node.roles: [data]\n", `
1 manifest 9.1.0
  1: kind: Elasticsearch
  2: apiVersion: x/v1
  4: metadata.name: e
  6: spec.version: 9.1.0
  8: spec.nodeSets.name: hot
10 configuration
  10: node.roles: [data]
  10: derived: node.roles of hot lacks remote_cluster_client
`},
		{"Compose", "services:\n  remote01:\n    image: registry.example/elasticsearch:8.19.0\n    environment:\n" +
			"      - node.name=r\n      - ELASTIC_PASSWORD=verysecret\n", `
2 configuration remote 8.19.0
  service remote01 has image registry.example/elasticsearch:8.19.0
5 configuration remote
  5: node.name: r
`},
		{"variables", "docker run -e cluster.name=a -e ES_SETTING_CLUSTER_REMOTE_B_SKIP__UNAVAILABLE=true elasticsearch:8.1.0\n", `
1 configuration local
  1: cluster.name: a
1 configuration local b
  1: cluster.remote.b.skip_unavailable: true
`},
		{"the keystore's names", "$ bin/elasticsearch-keystore list\nkeystore.seed\ncluster.remote.b.credentials\n" +
			"{\"a\": {\"connected\": true, \"mode\": \"proxy\"}}\n", `
2 settings b
  2: keystore.seed
  3: cluster.remote.b.credentials
  3: derived: credentials for b without a remote cluster of this name
  2: derived: remote cluster a without credentials
4 remote_info local a
  4: connected: true
  4: mode: proxy
`},
		{"headings", "# Remote cluster\ncluster.name: a\n\nlocal log:\n" + refused, `
2 configuration remote
  2: cluster.name: a
` + strings.TrimPrefix(refusedAs(5, " local", ""), "\n")},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.text, c.want) })
	}
}

func TestSentences(t *testing.T) {
	in := Sentence("no such remote cluster: [b]")
	require.Len(t, in.Pieces, 1)
	p := in.Pieces[0]
	assert.Equal(t, evidence.Sentence, p.Kind)
	assert.Equal(t, "b", p.Alias)
	assert.Equal(t, CommandLine, p.Source)
	assert.Zero(t, p.Line)

	in = Sentence(`denied the request: "main" is invalid: Detected a combination of node.roles and node.remote_cluster_client`)
	require.Len(t, in.Pieces, 1, "a sentence about node.roles is no answer of _cat/nodes")

	in = Sentence("│ Error: failed to put transform\n│ {\"error\":{\"type\":\"a_exception\",\"reason\":\"no such remote cluster: [b]\"},\"status\":404}")
	require.NotEmpty(t, in.Pieces)
	last := in.Pieces[len(in.Pieces)-1]
	assert.Equal(t, []string{"no such remote cluster: [b]"}, last.Reasons)
	assert.Equal(t, 404, last.Status)
}

func TestJoinHoldsInputsTogether(t *testing.T) {
	keystore := Sentence("cluster.remote.b.credentials")
	info := Sentence(`{"a":{"connected":true,"mode":"proxy"}}`)
	joined := Join(keystore, info)
	want := []string{
		"cluster.remote.b.credentials", "derived: credentials for b without a remote cluster of this name",
		"derived: remote cluster a without credentials",
	}
	require.Len(t, joined.Pieces, 2)
	assert.Equal(t, want, joined.Pieces[0].Texts)
	assert.Equal(t, want, Join(joined).Pieces[0].Texts, "joining twice must change nothing")
}

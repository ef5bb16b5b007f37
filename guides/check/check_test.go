package check

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/guides"
)

// loaded is what checks are held against, read once: under the race detector that takes a second.
var loaded = sync.OnceValues(func() (Tools, error) {
	known, err := facts.Default()
	if err != nil {
		return Tools{}, err
	}
	schemas, err := LoadDefinitions("testdata/crds.yaml")
	return Tools{Facts: known, Schemas: schemas}, err
})

func tools(t testing.TB) Tools {
	t.Helper()
	tools, err := loaded()
	require.NoError(t, err)
	return tools
}

func found(t testing.TB, file, content string) []string {
	t.Helper()
	page, err := guides.Read(file, []byte(content))
	require.NoError(t, err)
	var all []string
	for _, f := range Pages([]*guides.Page{page}, tools(t), nil) {
		all = append(all, fmt.Sprintf("%d:%d %s: %s; %s", f.Line, f.Column, f.Rule, f.What, f.Fix))
	}
	return all
}

func fence(lang, code string) string { return "```" + lang + "\n" + code + "\n```\n" }

// TestFindings has a page for every rule that breaks it, with what is said about it.
func TestFindings(t *testing.T) {
	t.Parallel()
	settings := func(inner string) string {
		return fence("console", `PUT /_cluster/settings
{"persistent": {"cluster": {"remote": {"north": {`+inner+`}}}}}`)
	}
	const eck = "apiVersion: test.k8s.elastic.co/v1\nkind: Harbor\n"
	const elasticsearch = "apiVersion: elasticsearch.k8s.elastic.co/v1\nkind: Elasticsearch\nspec:\n  version: "
	info := func(inner string) string {
		return fence("json", `{"north": {"connected": true, "mode": "proxy", "proxy_address": "<A>:9443", "server_name": `+
			`"", "num_proxy_sockets_connected": 18, "max_proxy_socket_connections": 18, "initial_connect_timeout": "30s", `+
			`"skip_unavailable": true`+inner+`}}`)
	}
	for name, c := range map[string]struct {
		content string
		want    []string
	}{
		"page-markup": {":::{note}\ntext\n", []string{`1:1 page-markup: "note" begins here and is never closed; mend the ` +
			`markup, or silence this where it is meant`}},
		"page-encoding": {"caf\xe9\n", []string{"1:1 page-encoding: the page is not UTF-8 from here on; such bytes are " +
			"read as \uFFFD; mend the markup, or silence this where it is meant"}},
		"snippet-empty": {"Run this:\n\n" + fence("json", ""), []string{"3:1 snippet-empty: this code block is empty: the " +
			"snippet that the text above leads in to is missing; put the snippet back, or remove the block"}},
		"snippet-language": {fence("json", "GET /_remote/info"),
			[]string{"1:1 snippet-language: labelled json, and holds a request for the console; label it console"}},
		"json-syntax": {fence("json", "{\n  \"a\": 1,\n}"), []string{`4:1 json-syntax: this is no JSON: '}' where a key in ` +
			`quotes is wanted; mend the snippet so that it can be pasted`}},
		"json-syntax in a request": {fence("console", "PUT /_cluster/settings\n{\"persistent\": {]}"),
			[]string{`3:17 json-syntax: this is no JSON: ']' where a key in quotes is wanted; mend the snippet so that it can ` +
				`be pasted`}},
		"json-syntax, twice": {fence("json", `{"a": 1, "a": 2}`),
			[]string{`2:10 json-syntax: the key "a" stands in this object twice; keep one of them`}},
		"request-unknown": {fence("console", "GET /_remotes/info"),
			[]string{"2:1 request-unknown: Elasticsearch has no API at /_remotes/info; did you mean /_remote/info?"}},
		"request-unknown, method": {fence("console", "DELETE /_remote/info"),
			[]string{"2:1 request-unknown: /_remote/info takes no DELETE; use GET"}},
		"request-unknown, POST for PUT": {fence("console", "POST /_cluster/settings\n{\"persistent\": {}}"),
			[]string{"2:1 request-unknown: /_cluster/settings takes no POST; use PUT"}},
		"request-unknown, PUT for POST": {fence("console", "PUT /_security/cross_cluster/api_key\n{\"name\": \"a\"}"),
			[]string{"2:1 request-unknown: /_security/cross_cluster/api_key takes no PUT; use POST"}},
		"request-unknown, curl": {fence("sh", "curl -u a:b -X POST \"$ES/_cluster/settings\" -H 'Content-Type: "+
			"application/json' -d '{\"persistent\": {}}'"),
			[]string{"2:16 request-unknown: /_cluster/settings takes no POST; use PUT"}},
		"request-unknown, curl's own method": {fence("sh",
			"curl https://localhost:9200/_cluster/settings -d @settings.json"),
			[]string{"2:28 request-unknown: /_cluster/settings takes no POST; use PUT"}},
		"request-unknown, curl's path": {fence("sh", "curl -XPUT localhost:9200/_cluster/setting -d @settings.json"),
			[]string{"2:8 request-unknown: Elasticsearch has no API at /_cluster/setting; did you mean /_cluster/settings?"}},
		"request-unknown, in the text": {"Send `PUT _remote/info`.\n",
			[]string{"1:7 request-unknown: /_remote/info takes no PUT; use GET"}},
		"request-method": {"Send this PUT request:\n\n" + fence("console", "POST /_security/role/reader\n{\"cluster\": []}"),
			[]string{"4:1 request-method: the text leads in to a PUT, the snippet has POST; use one method in both"}},
		"request-method, the text": {"Send a `POST` request to `_cluster/settings`:\n\n" +
			fence("console", "PUT /_cluster/settings\n{\"persistent\": {}}"),
			[]string{"4:1 request-method: the text leads in to a POST, the snippet has PUT; write PUT in the text: " +
				"Elasticsearch takes no POST there"}},
		"request-unknown, parameter": {fence("console", "GET /_remote/info?wait=1s"),
			[]string{`2:1 request-unknown: /_remote/info has no parameter "wait"; see the parameters in the API reference`}},
		"request-incomplete": {"This is the API call:\n\n" +
			fence("json", `{"persistent": {"cluster.remote.north.skip_unavailable": true}}`),
			[]string{"3:1 request-incomplete: the text calls this a request to /_cluster/settings, and it has neither method " +
				"nor path; begin the snippet with PUT /_cluster/settings"}},
		"request-incomplete, body": {fence("console", "PUT /_cluster/settings"),
			[]string{"2:1 request-incomplete: PUT /_cluster/settings needs a body, and has none; show the body"}},
		"yaml-syntax": {fence("yaml", "a: [1, 2"), []string{"2:4 yaml-syntax: this is no YAML: sequence end token " +
			"']' not found; mend the snippet so that it can be applied"}},
		"yaml-syntax, twice": {fence("yaml", "a: 1\nb:\n  c: 1\n  c: 2"),
			[]string{`5:3 yaml-syntax: the key "c" stands in this mapping twice; keep one of them`}},
		"manifest-schema, indentation": {fence("sh",
			"cat <<EOF | kubectl apply -f -\napiVersion: v1\nkind: Secret\nmetadata:\nname: keys\nEOF"),
			[]string{`6:1 manifest-schema: Secret has no field "name"; indent it, so that it is in "metadata", which is empty ` +
				`as it stands`}},
		"manifest-schema, spelling": {fence("yaml", eck+"spec:\n  boat_count: 1"),
			[]string{`5:3 manifest-schema: Harbor's spec has no field "boat_count"; did you mean "boatCount"?`}},
		"manifest-schema, kind of value": {fence("yaml",
			eck+"spec:\n  boatCount: many\n  open: perhaps\n  piers: {}\n  kind: lake"), []string{
			"5:3 manifest-schema: Harbor's spec.boatCount wants a whole number; see the resource's reference",
			"6:3 manifest-schema: Harbor's spec.open wants true or false; see the resource's reference",
			"7:3 manifest-schema: Harbor's spec.piers wants a list; see the resource's reference",
			"8:3 manifest-schema: Harbor's spec.kind wants one of sea, river; see the resource's reference"}},
		"shell-syntax": {fence("sh", "echo 'open"), []string{"2:6 shell-syntax: the shell does not take this: reached EOF " +
			"without closing quote `'`; mend the snippet so that it can be pasted"}},
		"shell-quoting": {fence("sh", `curl $URL -d '{"id": "$ID"}'`),
			[]string{`2:23 shell-quoting: $ID is between single quotes: it is sent as it stands; end the single quotes around ` +
				`it: '"$ID"'`}},
		"shell-quoting, heredoc": {fence("sh", "cat > $OUT <<'EOF'\nid: $ID\nEOF"),
			[]string{`3:5 shell-quoting: $ID is in a heredoc whose word is quoted: it is sent as it stands; take the quotes ` +
				`off the word behind <<`}},
		"shell-continuation": {fence("sh", "kubectl get secret \\ \n  -o yaml"), []string{"2:20 shell-continuation: a " +
			"blank follows the backslash, so the command ends in this line; remove the blank"}},
		"shell-placeholder": {fence("sh", "kubectl create configmap a "+
			"--from-file=ca.crt=<my_ca.crt>"), []string{"2:47 shell-placeholder: <my_ca.crt> looks like a placeholder, and is " +
			"the name of a file; write my_ca.crt without the brackets, or a placeholder that says what to put there"}},
		"shell-file": {fence("sh", "kubectl get secret a > one.crt") + "\n" +
			fence("sh", "kubectl create configmap b --from-file=ca.crt=two.crt"),
			[]string{"6:47 shell-file: no step writes two.crt; an earlier one writes one.crt; use one name in both"}},
		"remote-setting": {settings(`"mode": "proxy", "proxy_adress": "a:9443"`), []string{`3:67 remote-setting: ` +
			`cluster.remote.<alias> has no setting "proxy_adress"; see the remote cluster settings reference`}},
		"remote-setting, mode": {settings(`"mode": "proxy", "proxy_address": "a:9443", "seeds": ["a:9300"]`),
			[]string{`3:94 remote-setting: seeds needs mode sniff, and the mode here is proxy; remove it, or change the mode`}},
		"remote-setting, no mode": {settings(`"proxy_address": "a:9443"`),
			[]string{`3:50 remote-setting: proxy_address needs mode proxy, and without a mode it is sniff; add "mode": ` +
				`"proxy"`}},
		"port-model": {"::::{tab-set}\n:::{tab-item} API key\nUse port `9300`.\n:::\n::::\n",
			[]string{"3:11 port-model: port 9300 in the steps of the api-key model; use 9443"}},
		"version-minimum": {"For an API key, the cluster must be on version 8.10 or later.\n\nAPI keys: both must be on " +
			"version 8.14 or later.\n",
			[]string{"3:35 version-minimum: 8.14 or later here, and 8.10 or later in line 1, for the API key model; name one " +
				"version in both places; the model is generally available from 8.14"}},
		"version-fact": {"Starting with Elastic Stack 9.1, there is strong identity " +
			"verification.\n", []string{"1:29 version-fact: strong identity verification is said to begin at 9.1; the fact " +
			"strong-identity says 9.3.0; write 9.3, or correct the fact"}},
		"version-manifest": {strings.Repeat(fence("yaml", elasticsearch+"9.3.2"), 2) +
			fence("yaml", elasticsearch+"9.2.1"),
			[]string{"17:3 version-manifest: version 9.2.1, where 2 other manifests of this page have 9.3.2; " +
				"use one version, or say why this one differs"}},
		"step-needless": {"With an API key, both must be on version 8.14 or later.\n\nOn version 8.13 or later, you no " +
			"longer need to restart: the keystore is reloaded.\n",
			[]string{"3:12 step-needless: the page is for 8.14 or later, and from 8.13 on this step is not needed: nobody " +
				"needs it; remove the step"}},
		"name-spelling": {"Set `spec.boat_count` here:\n\n" + fence("yaml", eck+"spec:\n  boatCount: 1"),
			[]string{"1:6 name-spelling: the text has spec.boat_count, the snippets have spec.boatCount; write spec.boatCount"}},
		"placeholder-spelling": {"The secret `<pier_name>-ca`, and `<pier-name>-key`, and `<pier-name>-crt`.\n",
			[]string{"1:13 placeholder-spelling: <pier_name> here, and <pier-name> in 2 other places; write <pier-name>"}},
		"alias-name": {fence("sh", "bin/elasticsearch-keystore add cluster.remote.south.credentials") + "\n" +
			settings(`"mode": "proxy", "proxy_address": "a:9443"`),
			[]string{`7:40 alias-name: the remote cluster is added as "north" here; in line 2 the key is stored as "south"; ` +
				`use one name for the alias in all of them`}},
		"step-numbering": {"1. a\n2. b\n2. c\n", []string{"3:1 step-numbering: step 2 follows step 2; check whether it " +
			"belongs to the step above, and number the list anew"}},
		"reference": {"# A [one]\n\nSee [two](#two).\n",
			[]string{`3:6 reference: the page has no anchor "two"; link to a heading of the page, or give it that anchor`}},
		"response-shape, a field": {info(`, "seeds": []`),
			[]string{"2:227 response-shape: _remote/info shows no seeds in proxy mode on any version that the page is for; " +
				"copy the answer of a real cluster"}},
		"response-shape, a default": {strings.Replace(info(""), `"30s"`, `"10s"`, 1), []string{
			"2:167 response-shape: initial_connect_timeout is 10s, which no request on the page sets; its default is 30s; " +
				"show the default, or the setting in the request"}},
		"response-shape, too many": {strings.Replace(info(""), `"num_proxy_sockets_connected": 18`,
			`"num_proxy_sockets_connected": 19`, 1), []string{
			"2:96 response-shape: 19 connections are open where at most 18 can be; copy the answer of a real cluster"}},
		"address-separator": {"Concatenating the field `endpoint` and the port with a semicolon.\n",
			[]string{"1:56 address-separator: an address and its port are joined with a colon, not a semicolon; write colon"}},
		"silence, unused": {"<!-- crosscheck: ignore json-syntax it is fine -->\n\n" + fence("json", "{}"),
			[]string{"1:1 silence: json-syntax is ignored here, and finds nothing in the block below; remove the comment"}},
		"silence, unknown rule": {"<!-- crosscheck: ignore nothing at all -->\n\ntext\n",
			[]string{"1:1 silence: there is no rule \"nothing\" to ignore; `crosscheck guides check --rules` lists them"}},
		"silence, without a reason": {"<!-- crosscheck: ignore snippet-empty -->\n" + fence("json", ""),
			[]string{"1:1 silence: a finding is ignored without a reason, and so it is not; write the reason after the rule",
				"2:1 snippet-empty: this code block is empty; put the snippet back, or remove the block"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, found(t, "page.md", c.content))
		})
	}
}

// TestNothingToFind has what is legal although it looks like a defect.
func TestNothingToFind(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"an omission in YAML": fence("yaml", "apiVersion: elasticsearch.k8s.elastic.co/v1\nkind: "+
			"Elasticsearch\nspec:\n  nodeSets:\n    - name: default\n      count: 3\n      ...\n      ..."),
		"an omission in JSON":  fence("json", "{\n  \"a\": 1,\n  ...\n}"),
		"marks of callouts":    fence("console", "PUT /_cluster/settings <1>\n{\n  \"persistent\": {} <2>\n}"),
		"placeholders in JSON": fence("json", `{"count": <count>, "name": "<name>"}`),
		"strings in three quotes": fence("console",
			"POST /_scripts/painless/_execute\n{\"script\": {\"source\": \"\"\"return 'a' + \"b\";\"\"\"}}"),
		"several requests": fence("console", "GET /_remote/info\n\nGET _cluster/health\nDELETE /<index>"),
		"a search across": fence("console",
			"GET /north:logs-*,south:logs-*/_search?ccs_minimize_roundtrips=false\n{\"query\": {\"match_all\": {}}}"),
		"bulk": fence("console", "POST /logs/_bulk\n{\"index\": {}}\n{\"a\": 1}"),
		"placeholders in shell": fence("sh",
			"kubectl create secret generic <name> -n <namespace> --from-literal=a=$VALUE"),
		"a single-quoted template": fence("sh",
			`kubectl get secret a -o go-template='{{index .data "ca.crt"}}' > ca.crt`),
		"awk has variables of its own": fence("sh", `echo $HOME | awk '{print $NF, $HOME}'`),
		"a dollar that is no variable": fence("sh", `grep 'costs $5' notes.txt`),
		"every item written as 1.":     "1. a\n1. b\n1. c\n",
		"a list that starts later":     "3. a\n4. b\n",
		"a link to a heading":          "# My heading\n\nSee [it](#my-heading).\n",
		"an explicit anchor":           "# My heading [mine]\n\nSee [it](#mine).\n",
		"both ports told apart":        ":::{tab-item} API key\nUse `9443`, not `9300`.\n:::\n",
		"a setting removed": fence("console", "PUT /_cluster/settings\n{\"persistent\": "+
			"{\"cluster.remote.north.mode\": null, \"cluster.remote.north.proxy_address\": null}}"),
		"settings in YAML": fence("yaml", "cluster.remote.north.mode: "+
			"proxy\ncluster.remote.north.proxy_address: <address>:9443\ncluster.remote.initial_connect_timeout: 30s"),
		"a semicolon between other things": "Separate the names with a semicolon.\n",
		"an answer with an omission": fence("json",
			"{\n  \"north\": {\n    \"connected\": true,\n    \"skip_unavailable\": true,\n    ...\n  }\n}"),
		"front matter": "---\napplies_to:\n  stack: ga 9.0\n---\n\n# Title\n",
		"a resource without a known schema": fence("yaml",
			"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  anything: goes"),
		"curl to another API": fence("sh",
			"curl -X POST https://api.example.com/api/v1/deployments/$ID/_restart -d '{}'"),
		"curl with a path in a variable": fence("sh",
			"curl -X POST \"$URL\" -d '{}'\ncurl -X POST $ES/_cluster/$WHAT -d @a.json"),
		"curl, and a file with a path": fence("sh", "curl -o out/_remotes localhost:9200/_remote/info"),
		"a text that names two methods": "Send a PUT request to add it, or a POST request:\n\n" +
			fence("console", "PUT /_security/role/a\n{\"cluster\": []}"),
		"a text that names another request": "Unlike the PUT request, this one changes nothing:\n\n" +
			fence("console", "GET /_cluster/settings"),
		"a method that is no request": "The PUT replaces everything.\n\n" +
			fence("console", "POST /_nodes/reload_secure_settings"),
		"Kibana's API": fence("console", "GET kbn:/api/remote_clusters"),
		"silenced": "<!-- crosscheck: ignore snippet-empty the reader fills it in -->\n" +
			fence("json", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Empty(t, found(t, "page.md", content))
		})
	}
}

// TestCleanPages holds the readers' own sample pages, which have no defects, against every rule.
func TestCleanPages(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"harbor.md", "pier.md", "quay.adoc", "jetty.txt"} {
		data, err := os.ReadFile(filepath.Join("..", "testdata", name))
		require.NoError(t, err)
		assert.Empty(t, found(t, name, string(data)), name)
	}
}

func TestIgnores(t *testing.T) {
	t.Parallel()
	write := func(content string) string {
		name := filepath.Join(t.TempDir(), "ignore.yaml")
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		return name
	}
	list, err := ReadIgnores(write("- {rule: snippet-empty, page: page, reason: filled in by hand}\n- {rule: " +
		"json-syntax, page: page, contains: boat, reason: no longer}\n- {rule: json-syntax, page: other, reason: " +
		"elsewhere}\n"))
	require.NoError(t, err)
	page, err := guides.Read("page.md", []byte(fence("json", "")))
	require.NoError(t, err)
	all := Pages([]*guides.Page{page}, tools(t), list)
	require.Len(t, all, 1, "the first entry silences, the second has nothing to, the third is another page's: %+v", all)
	assert.Contains(t, all[0].What, "(json-syntax) silences nothing")

	for content, want := range map[string]string{
		"- {rule: nothing, reason: a}\n":          `ignore.yaml:1:10: the rule "nothing" does not exist`,
		"- {rule: json-syntax}\n":                 `ignore.yaml:1:3: an entry has no "reason"`,
		"- {rule: json-syntax, resaon: a}\n":      `unknown key "resaon" in an entry; did you mean "reason"?`,
		"rule: json-syntax\nreason: not a list\n": "the list of silenced findings is a mapping; write it as a list",
	} {
		_, err := ReadIgnores(write(content))
		assert.ErrorContains(t, err, want, content)
	}
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	schemas, err := LoadDefinitions("testdata/crds.yaml")
	require.NoError(t, err)
	require.NotNil(t, schemas.Schema("test.k8s.elastic.co/v1", "Harbor"))
	assert.Nil(t, schemas.Schema("test.k8s.elastic.co/v2", "Harbor"), "another version")
	assert.Nil(t, schemas.Schema("v1", "Harbor"), "another group")
	_, err = LoadDefinitions("check_test.go")
	assert.ErrorContains(t, err, "holds no custom resource definition")
}

func FuzzPages(f *testing.F) {
	seeds := seas(f)
	for _, name := range []string{"harbor.md", "pier.md"} {
		data, err := os.ReadFile(filepath.Join("..", "testdata", name))
		require.NoError(f, err)
		seeds[name] = string(data)
	}
	for _, content := range seeds {
		f.Add(content)
	}
	f.Add(fence("sh", "curl -X POST \"$ES/_cluster/settings\" -d '{}'\ncurl 'a/api/b' -XPUT"))
	other, err := guides.Read("other.md", []byte(seeds["south.md"]))
	require.NoError(f, err)
	f.Add(fence("sh", "cat <<EOF | kubectl apply -f -\na: [\nEOF") + fence("json", `{"a": [1, {"b": """x"""}], ...}`))
	t := tools(f)
	f.Fuzz(func(_ *testing.T, content string) {
		page, err := guides.Read("page.md", []byte(content))
		if err == nil {
			Pages([]*guides.Page{page, other}, t, nil)
		}
	})
}

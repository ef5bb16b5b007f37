package check

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/guides"
)

func TestContradiction(t *testing.T) {
	t.Parallel()
	var pages []*guides.Page
	for name, version := range map[string]string{"a.md": "8.10", "b.md": "8.14"} {
		page, err := guides.Read(name, []byte("With an API key, both must be on version "+version+" or later.\n"))
		require.NoError(t, err)
		pages = append(pages, page)
	}
	all := Pages(pages, tools(t), nil)
	require.Len(t, all, 1, "two pages that name different versions")
	assert.Equal(t, "contradiction", all[0].Rule)
	assert.Len(t, all[0].Also, 1)
}

// across is what pages say against each other, and nothing of what they say alone.
func across(t testing.TB, pages map[string]string, order ...string) []string {
	t.Helper()
	var read []*guides.Page
	for _, name := range order {
		page, err := guides.Read(name, []byte(pages[name]))
		require.NoError(t, err)
		read = append(read, page)
	}
	var all []string
	for _, f := range Pages(read, tools(t), nil) {
		if strings.HasPrefix(f.Rule, "contradiction") {
			all = append(all, fmt.Sprintf("%d:%d+%d %s: %s; %s", f.Line, f.Column, f.Width, f.Rule, f.What,
				strings.Join(f.Also, " ")))
		}
	}
	return all
}

func seas(t testing.TB) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, name := range []string{"north.md", "south.md", "east.md"} {
		data, err := os.ReadFile(filepath.Join("testdata", "across", name))
		require.NoError(t, err)
		pages[name] = string(data)
	}
	return pages
}

// TestAcross has two pages that differ in everything that can be compared.
func TestAcross(t *testing.T) {
	t.Parallel()
	want := []string{
		`3:54+29 contradiction: network security (traffic filters) together with API keys is possible here, and impossible ` +
			`in south.md; south.md:3`,
		`9:5+52 contradiction: mutual trust with API keys is not needed here, and needed in south.md; south.md:9`,
		`9:74+34 contradiction: a restart after the key is stored is not needed here, and needed in south.md; south.md:23`,
		`14:5+37 contradiction: the request to create a cross cluster api key is /_security/cross_cluster/api_key here, ` +
			`and /_security/api_key in south.md; south.md:14`,
		`18:13+11 contradiction-name: the place to select "Security" is "harbor menu" here, and "pier menu" in south.md; ` +
			`south.md:18`,
		`18:72+14 contradiction-name: what to select as "add api key" is "Add an API key" here, and "Add API key" in ` +
			`south.md; south.md:18`,
		`20:17+12 contradiction-name: the field in which to "enter alias of boat" is "Setting name" here, and "Alias" in ` +
			`south.md; south.md:20`,
		`21:17+6 contradiction-name: the field in which to "paste encoded key" is "Secret" here, and "Value" in south.md; ` +
			`south.md:21`,
		`27:4+25 contradiction: the ID that trust between organizations takes is the organization ID here, and the account ` +
			`ID in south.md; south.md:28`,
		`28:51+26 contradiction: the ID of a deployment that is trusted by name is the cluster ID here, and the deployment ` +
			`ID in south.md; south.md:29`,
		`34:1+52 contradiction: the remote cluster server is off by default here, and on by default in south.md; south.md:35`,
		`34:59+16 contradiction: another alias than the key's is impossible here, and possible in south.md; south.md:35`,
		`38:9+19 contradiction-name: the field for the alias on Kibana's form is "Remote cluster name" here, and "Name" in ` +
			`south.md; south.md:39`,
		`39:59+8 contradiction: the page that shows Proxy address is Security here, and Overview in south.md; south.md:40`,
		`39:76+49 contradiction: what joins an address and its port is a colon here, and a semicolon in south.md; ` +
			`south.md:40`,
		`40:54+17 contradiction: the field of the resource info for Server name is metadata.endpoint here, and ` +
			`metadata.alias in south.md; south.md:41`,
		`42:26+4 contradiction: the port for API keys is 9443 here, and 9433 in south.md; south.md:43`,
		`42:68+4 contradiction: the port for TLS certificates is 9300 here, and 9400 in south.md; south.md:43`,
		`42:119+4 contradiction: the default of skip_unavailable is true here, and false in south.md; south.md:43`,
		`46:17+26 contradiction: the connection mode is proxy here, and sniff in south.md; south.md:47`,
		`52:9+3 contradiction: the method for /api/v1/deployments/{}/remote-clusters is PUT here, and POST in south.md; ` +
			`south.md:53`,
		`68:5+18 contradiction: skip_unavailable in the answer is true here, and false in south.md; south.md:69`,
		`73:12+55 contradiction: a role with remote indices privileges is needed here, and optional in south.md; south.md:74`,
	}
	assert.Empty(t, cmp.Diff(want, across(t, seas(t), "north.md", "south.md")), "- wanted, + found")
}

// TestNothingAcross has pages that say the same in other words, or of another product, and pages that tell cases apart.
func TestNothingAcross(t *testing.T) {
	t.Parallel()
	pages := seas(t)
	assert.Empty(t, across(t, pages, "north.md", "east.md"), "another product, and other words")
	pages["west.md"] = pages["north.md"]
	assert.Empty(t, across(t, pages, "north.md", "west.md"), "the same page twice")
	for name, c := range map[string][2]string{
		"a page that tells cases apart": {"With API keys use port 9443.",
			"With API keys of old, use port 9400. With API keys of today, use port 9443."},
		"an example": {"With API keys use port 9443.", "With API keys, for example, use port 9444."},
		"a default by version": {"The setting `skip_unavailable` defaults to `true`.",
			"Until 8.14 `skip_unavailable` defaults to `false`."},
		"methods that are both taken": {"## Configure roles and users\n\n" +
			fence("console", "PUT /_security/role/a\n{\"cluster\": []}"), "## Configure roles and users\n\n" +
			fence("console", "POST /_security/role/a\n{\"cluster\": []}")},
		"a restart that newer versions do without": {"## Add the key\n\nWith API keys the keystore is reloaded " +
			"automatically.\n",
			"## Add the key\n\n1. Add the API key to the keystore.\n2. Restart the local cluster to reload the secure " +
				"settings. On new versions you no longer need to perform this step.\n"},
		"two buttons": {"# Add a remote cluster\n\n1. Select **Add a remote cluster**.\n",
			"# Add a remote cluster\n\n1. In **Confirm setup**, click **Add remote cluster**, when all is done.\n"},
		"an answer that a request decides": {
			fence("json", `{"a": {"connected": true, "skip_unavailable": true}}`), fence("console", `PUT /_cluster/settings
{"persistent": {"cluster.remote.a.skip_unavailable": false}}`) +
				fence("json", `{"a": {"connected": true, "skip_unavailable": false}}`)},
		"a mode where a cluster takes either": {fence("console", `PUT /_cluster/settings
{"persistent": {"cluster.remote.a.mode": "sniff"}}`), fence("console", `PUT /_cluster/settings
{"persistent": {"cluster.remote.a.mode": "proxy"}}`)},
	} {
		assert.Empty(t, across(t, map[string]string{"a.md": c[0], "b.md": c[1]}, "a.md", "b.md"), name)
	}
}

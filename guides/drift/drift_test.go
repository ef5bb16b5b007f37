package drift

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/reports"
)

const page = "../testdata/harbor.md"

// edited is the fingerprint of the page with some of it replaced.
func edited(t *testing.T, replace ...string) Fingerprint {
	t.Helper()
	data, err := os.ReadFile(page)
	require.NoError(t, err)
	for i := 0; i < len(replace); i += 2 {
		require.Contains(t, string(data), replace[i])
	}
	read, err := guides.Read("harbor.md", []byte(strings.NewReplacer(replace...).Replace(string(data))))
	require.NoError(t, err)
	return Of(read)
}

func TestBetween(t *testing.T) {
	t.Parallel()
	scenarios := []reports.Scenario{
		{File: "a", Line: 1, Tags: []string{"@guide:harbor", "@step:prerequisites"}},
		{File: "a", Line: 2, Tags: []string{"@guide:harbor", "@step:verify-the-connection"}},
	}
	for name, c := range map[string]struct {
		replace              []string
		added, removed       []string
		changed              []string
		reworded             int
		come, gone, snippets []string
		look                 []string
	}{
		"nothing": {},
		"wording": {replace: []string{"Copy the encoded key", "Copy the encoded key and keep it"}, reworded: 1},
		"layout": {replace: []string{`{"search": [{"names": ["boats"]}]}`,
			"{\n        \"search\": [{\"names\": [\"boats\"]}]\n      }"}},
		"version": {replace: []string{"version 8.14 or later", "version 9.0 or later"},
			changed: []string{"harbor-needs-s1"}, come: []string{"9.0"}, gone: []string{"8.14"}, look: []string{"a:1"}},
		"a button": {replace: []string{"**Add trusted environment**", "**Trust**"}, changed: []string{"harbor-trust-1"},
			come: []string{"Trust"}, gone: []string{"Add"}},
		"snippet": {replace: []string{"GET /_remote/info", "GET /_remote/info?pretty"},
			changed: []string{"harbor-verify-s1"}, snippets: []string{"changed: GET/_remote/info?pretty"},
			look: []string{"a:2"}},
		"a step": {replace: []string{"2. Enter the organization ID.",
			"2. Enter the organization ID.\n3. Wait until Kibana shows **Healthy**."}, added: []string{"harbor-trust-3"}},
		"one less": {replace: []string{"2. Enter the organization ID.\n", ""}, removed: []string{"harbor-trust-2"}},
	} {
		d := Between(edited(t), edited(t, c.replace...), scenarios)
		var added, removed, changed, come, gone, snippets []string
		for _, x := range d.Added {
			added = append(added, x.New)
		}
		for _, x := range d.Removed {
			removed = append(removed, x.Old)
		}
		for _, x := range d.Changed {
			changed, come, gone, snippets = append(changed, x.New), append(come, x.Come...), append(gone, x.Gone...),
				append(snippets, x.Snippet...)
		}
		assert.Equal(t, c.added, added, "%s: added", name)
		assert.Equal(t, c.removed, removed, "%s: removed", name)
		assert.Equal(t, c.changed, changed, "%s: changed", name)
		assert.Equal(t, c.come, come, "%s: terms that came", name)
		assert.Equal(t, c.gone, gone, "%s: terms that went", name)
		assert.Equal(t, c.snippets, snippets, "%s: snippets", name)
		assert.Equal(t, c.reworded, d.Reworded, "%s: reworded", name)
		assert.Equal(t, append([]string{}, c.look...), d.Look, "%s: scenarios to look at", name)
	}
}

func TestFingerprintFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "harbor.json")
	want := edited(t)
	require.NoError(t, want.Save(name))
	got, err := Load(name)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.True(t, Between(got, want, nil).Empty())
	left, err := os.ReadDir(filepath.Dir(name))
	require.NoError(t, err)
	assert.Len(t, left, 1, "a file that is written in part")

	_, err = Load(page)
	assert.ErrorContains(t, err, "is no fingerprint of this version")
	_, err = Load("nowhere.json")
	assert.EqualError(t, err, "nowhere.json: there is no such fingerprint; `crosscheck guides fingerprint PAGE` "+
		"writes one")
	assert.ErrorContains(t, want.Save(filepath.Join(name, "below-a-file")), "cannot be written")
}

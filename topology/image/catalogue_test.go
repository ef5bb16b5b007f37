package image

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/fixtures"
)

const smallCatalogue = `heap: {official: 512m, assembled: 256m}
bases:
  - {name: java-21, suite: trixie, packages: [tini]}
assembled:
  - versions: ">=8.0.0"
    artifact: g.roup:name
    base: java-21
    licence: L
lacks:
  - {capability: ccr, versions: ">=8.0.0", reason: none}
published: ["8.10.2"]
`

func TestCatalogueIsStrict(t *testing.T) {
	tests := []struct{ name, old, new, err string }{
		{"as it is", "", "", ""},
		{
			"unknown key", "    licence: L\n", "    licence: L\n    license: L\n",
			`artifacts.yaml:9:5: unknown key "license" in a recipe; did you mean "licence"?`,
		},
		{
			"unknown key at the top", "heap:", "heaps: 1\nheap:",
			`artifacts.yaml:1:1: unknown key "heaps" in the file; did you mean "heap"?`,
		},
		{
			"doubled key", "    licence: L\n", "    licence: L\n    licence: M\n",
			`artifacts.yaml:9:5: "licence" stands twice in a recipe, first in line 8`,
		},
		{"unquoted version", `["8.10.2"]`, `[8.10]`, `artifacts.yaml:11:13: a published version is the unquoted number 8.10`},
		{"not a version", `["8.10.2"]`, `["8.10"]`, `artifacts.yaml:11:13: "8.10" is not MAJOR.MINOR.PATCH`},
		{
			"not a range", `versions: ">=8.0.0"` + "\n", `versions: "above 8"` + "\n",
			`artifacts.yaml:5:15: versions: "above 8" is not a version range`,
		},
		{"no range", `    versions: ">=8.0.0"`, ``, `artifacts.yaml:5:5: a recipe has no "versions"`},
		{"unknown base", "base: java-21", "base: java-8", `artifacts.yaml:7:11: base is "java-8"; did you mean "java-21"?`},
		{
			"unknown capability", "capability: ccr", "capability: crc",
			`artifacts.yaml:10:18: capability is "crc"; did you mean "ccr"?; one of ccr, `,
		},
		{"no reason", ", reason: none", "", `artifacts.yaml:10:5: a lack has no "reason"`},
		{"no licence", "    licence: L\n", "", `artifacts.yaml:5:5: a recipe has no "licence"`},
		{"half an artifact", "g.roup:name", "name", `artifacts.yaml:6:15: artifact is "name"; write it as group:name`},
		{"half a base", ", packages: [tini]", "", `artifacts.yaml:3:5: a base has no "packages"`},
		{"no heap", "heap: {official: 512m, assembled: 256m}\n", "", `artifacts.yaml:1:1: the file has no "heap"`},
		{"not YAML", "bases:", "bases: [", "artifacts.yaml:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(smallCatalogue, tt.old, tt.new, 1)
			if tt.name == "no range" {
				text = strings.Replace(smallCatalogue, `  - versions: ">=8.0.0"`+"\n    artifact", "  - artifact", 1)
			}
			_, err := ReadCatalogue(catalogueOf(text))
			if tt.err == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tt.err)
		})
	}
}

func TestRecipesByVersion(t *testing.T) {
	c := realCatalogue(t)
	always := []string{"ccr", "ilm", "mustache", "painless"}
	tests := []struct {
		version, base string
		plugin        bool
		lacks         []string // beside always
	}{
		{"9.3.2", "java-21", true, []string{"esql", "rest-root"}},
		{"9.4.0-SNAPSHOT", "java-21", true, []string{"esql", "rest-root"}},
		{"8.14.3", "java-21", true, []string{"esql", "rest-root"}},
		{"8.10.2", "java-21", true, []string{"rest-root"}},
		{"7.17.24", "java-21", true, nil},
		{"7.6.2", "java-11", false, []string{"security"}},
		{"7.5.2", "java-11", false, []string{"security"}},
		{"6.8.23", "java-11", false, []string{"security"}},
	}
	for _, tt := range tests {
		t.Run(tt.version, func(t *testing.T) {
			r, ok := c.recipe(tt.version)
			require.True(t, ok, "a recipe")
			assert.Equal(t, tt.base, r.Base.Name, "base")
			assert.Equal(t, tt.plugin, r.EmailTokenizer != "", "analysis plugin")
			var lacks []string
			for _, l := range r.Lacks {
				assert.NotEmpty(t, l.Reason, "reason for %s", l.Capability)
				lacks = append(lacks, l.Capability)
			}
			assert.ElementsMatch(t, append(tt.lacks, always...), lacks, "lacks")
		})
	}
	for _, version := range c.Published() {
		_, ok := c.recipe(version)
		assert.True(t, ok, "%s is listed as published, but nothing says how to assemble it", version)
	}
	_, ok := c.recipe("5.6.16")
	assert.False(t, ok, "5.6 has no artifact of this kind")
}

func TestFingerprintFollowsItsInputs(t *testing.T) {
	c := realCatalogue(t)
	sum := func(change func(*recipe)) string {
		r, _ := c.recipe("9.3.2")
		change(&r)
		p, err := r.fingerprint()
		require.NoError(t, err)
		return p
	}
	same := sum(func(*recipe) {})
	assert.Equal(t, same, sum(func(r *recipe) { r.Megabytes++ }), "the announced size changes nothing in the image")
	for what, change := range map[string]func(*recipe){
		"version":  func(r *recipe) { r.Version = "9.3.3" },
		"packages": func(r *recipe) { r.Base.Packages = []string{"tini"} },
		"plugin":   func(r *recipe) { r.EmailTokenizer = "" },
		"lacks":    func(r *recipe) { r.Lacks = nil },
	} {
		assert.NotEqual(t, same, sum(change), "%s is part of the image", what)
	}
}

func FuzzCatalogue(f *testing.F) {
	real, err := fixtures.FS.ReadFile(artifactsFile)
	require.NoError(f, err)
	f.Add(string(real))
	f.Add(smallCatalogue)
	f.Add("published: [8.10]")
	f.Add("lacks: {")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCatalogue("f.yaml", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.yaml") {
				t.Fatalf("the error does not name the file: %v", err)
			}
			return
		}
		for _, version := range c.Published() {
			if _, err := parseVersion(version); err != nil {
				t.Fatalf("accepted %q as a published version", version)
			}
			c.recipe(version)
		}
	})
}

func FuzzImages(f *testing.F) {
	f.Add("images:\n  \"9.3.2\": my/elasticsearch:9.3.2\n")
	f.Add("images: [")
	f.Fuzz(func(t *testing.T, text string) {
		images, err := parseImages("f.yaml", []byte(text))
		for version := range images {
			if _, bad := parseVersion(version); bad != nil && err == nil {
				t.Fatalf("accepted %q as a version", version)
			}
		}
	})
}

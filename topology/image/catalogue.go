package image

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/fixtures/strict"
)

// artifactsFile is the data file's name inside fixtures.FS.
const artifactsFile = "artifacts.yaml"

// Catalogue is artifacts.yaml as read: what can be assembled, from what, and what it then lacks.
type Catalogue struct {
	officialHeap, assembledHeap string
	recipes                     []recipeRange
	lacks                       []lackRange
	published                   []string
}

// Base is a root file system that images are assembled on.
type Base struct {
	Name     string // such as java-21
	Suite    string // Debian's release
	Packages []string
	Env      map[string]string // for the images made on it
}

// recipe says how the image of one version is assembled.
type recipe struct {
	Version   string
	Artifact  string // group:name
	Megabytes int    `json:"-"` // about what is downloaded
	Base      Base
	// EmailTokenizer is the Java class that the analysis plugin wraps; none where the image has no such plugin.
	EmailTokenizer string
	Licence        string // SPDX
	Lacks          []Lack
}

// Coordinates is the artifact as Maven names it.
func (r recipe) Coordinates() string { return r.Artifact + ":" + r.Version + ":zip" }

type recipeRange struct {
	versions facts.Range
	recipe
}

type lackRange struct {
	versions facts.Range
	Lack
}

// ReadCatalogue reads artifacts.yaml from files, which is fixtures.FS but for tests. An error holds every
// *strict.Problem of the file.
func ReadCatalogue(files fs.FS) (*Catalogue, error) {
	data, err := fs.ReadFile(files, artifactsFile)
	if err != nil {
		return nil, fmt.Errorf("read where Elasticsearch comes from: %w", err)
	}
	return parseCatalogue(artifactsFile, data)
}

func parseCatalogue(file string, data []byte) (*Catalogue, error) {
	r := strict.NewReader(file)
	c := &Catalogue{}
	bases := map[string]Base{}
	var assembled strict.Node
	if root := r.Document(data); root != nil {
		r.Mapping(root, "the file", []string{"heap"}, strict.Keys{
			"heap": func(n strict.Node) { c.readHeap(r, n) },
			"bases": func(n strict.Node) {
				r.List(n, "bases", func(n strict.Node) {
					base := readBase(r, n)
					bases[base.Name] = base
				})
			},
			"assembled": func(n strict.Node) { assembled = n },
			"lacks":     func(n strict.Node) { r.List(n, "lacks", func(n strict.Node) { c.addLack(r, n) }) },
			"published": func(n strict.Node) { r.List(n, "published", func(n strict.Node) { c.addPublished(r, n) }) },
		})
	}
	if assembled != nil { // they name bases, wherever those stand in the file
		r.List(assembled, "assembled", func(n strict.Node) { c.addRecipe(r, n, bases) })
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Catalogue) readHeap(r *strict.Reader, n strict.Node) {
	r.Mapping(n, "heap", []string{"official", "assembled"}, strict.Keys{
		"official":  func(n strict.Node) { c.officialHeap = r.Text(n, "official") },
		"assembled": func(n strict.Node) { c.assembledHeap = r.Text(n, "assembled") },
	})
}

func readBase(r *strict.Reader, n strict.Node) Base {
	var b Base
	r.Mapping(n, "a base", []string{"name", "suite", "packages"}, strict.Keys{
		"name":     func(n strict.Node) { b.Name = r.Text(n, "name") },
		"suite":    func(n strict.Node) { b.Suite = r.Text(n, "suite") },
		"packages": func(n strict.Node) { b.Packages = r.Texts(n, "packages") },
		"env":      func(n strict.Node) { b.Env = r.Scalars(n, "env") },
	})
	return b
}

// addRecipe reads how the images of some versions are assembled, on one of the bases.
func (c *Catalogue) addRecipe(r *strict.Reader, n strict.Node, bases map[string]Base) {
	var added recipeRange
	r.Mapping(n, "a recipe", []string{"versions", "artifact", "base", "licence"}, strict.Keys{
		"versions": func(n strict.Node) { added.versions = facts.ReadRange(r, n, "versions") },
		"artifact": func(n strict.Node) {
			added.Artifact = r.Text(n, "artifact")
			if strings.Count(added.Artifact, ":") != 1 {
				r.Problem(n, fmt.Sprintf("artifact is %q", added.Artifact), "write it as group:name")
			}
		},
		"megabytes": func(n strict.Node) { added.Megabytes = r.Int(n, "megabytes") },
		"base": func(n strict.Node) {
			added.Base = bases[r.OneOf(n, "base", slices.Sorted(maps.Keys(bases))...)]
		},
		"analysis_plugin": func(n strict.Node) {
			r.Mapping(n, "analysis_plugin", []string{"email_tokenizer"}, strict.Keys{
				"email_tokenizer": func(n strict.Node) { added.EmailTokenizer = r.Text(n, "email_tokenizer") },
			})
		},
		"licence": func(n strict.Node) { added.Licence = r.Text(n, "licence") },
	})
	c.recipes = append(c.recipes, added)
}

func (c *Catalogue) addLack(r *strict.Reader, n strict.Node) {
	var added lackRange
	r.Mapping(n, "a lack", []string{"capability", "versions", "reason"}, strict.Keys{
		"capability": func(n strict.Node) { added.Capability = r.OneOf(n, "capability", Capabilities()...) },
		"versions":   func(n strict.Node) { added.versions = facts.ReadRange(r, n, "versions") },
		"reason":     func(n strict.Node) { added.Reason = r.Text(n, "reason") },
	})
	c.lacks = append(c.lacks, added)
}

func (c *Catalogue) addPublished(r *strict.Reader, n strict.Node) {
	version := r.Version(n, "a published version")
	if version == "" {
		return
	}
	if _, err := parseVersion(version); err != nil {
		r.Problem(n, err.Error(), "write one whole version")
	}
	c.published = append(c.published, version)
}

// parseVersion reads MAJOR.MINOR.PATCH. A pre-release counts as its release: 9.0.0-rc1 is in >=9.0.0.
func parseVersion(version string) (*semver.Version, error) {
	v, err := semver.StrictNewVersion(version)
	if err != nil {
		return nil, fmt.Errorf("%q is not MAJOR.MINOR.PATCH", version)
	}
	return semver.New(v.Major(), v.Minor(), v.Patch(), "", ""), nil
}

// recipe finds how to assemble version; false where nothing is known for it.
func (c *Catalogue) recipe(version string) (recipe, bool) {
	v, err := parseVersion(version)
	if err != nil {
		return recipe{}, false
	}
	for _, r := range c.recipes {
		if r.versions.Contains(v) {
			found := r.recipe
			found.Version, found.Lacks = version, c.Lacks(version)
			return found, true
		}
	}
	return recipe{}, false
}

// Lacks says what an assembled image of version lacks.
func (c *Catalogue) Lacks(version string) []Lack {
	v, err := parseVersion(version)
	if err != nil {
		return nil
	}
	var lacks []Lack
	for _, l := range c.lacks {
		if l.versions.Contains(v) {
			lacks = append(lacks, l.Lack)
		}
	}
	return lacks
}

// Published lists the versions that are known to be published, as the file orders them.
func (c *Catalogue) Published() []string { return slices.Clone(c.published) }

// near lists published versions like version: of its minor, else of its major version.
func (c *Catalogue) near(version string) []string {
	parts := strings.Split(version, ".")
	for n := min(2, len(parts)); n > 0; n-- {
		prefix := strings.Join(parts[:n], ".") + "."
		var found []string
		for _, p := range c.published {
			if p != version && strings.HasPrefix(p, prefix) {
				found = append(found, p)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

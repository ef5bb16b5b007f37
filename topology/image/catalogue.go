package image

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
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
	versions *semver.Constraints
	recipe
}

type lackRange struct {
	versions *semver.Constraints
	Lack
}

type artifactsDocument struct {
	Heap struct {
		Official  scalar `yaml:"official"`
		Assembled scalar `yaml:"assembled"`
	} `yaml:"heap"`
	Bases []struct {
		Name     scalar            `yaml:"name"`
		Suite    scalar            `yaml:"suite"`
		Packages []string          `yaml:"packages"`
		Env      map[string]string `yaml:"env"`
	} `yaml:"bases"`
	Assembled []struct {
		Versions       scalar `yaml:"versions"`
		Artifact       scalar `yaml:"artifact"`
		Megabytes      int    `yaml:"megabytes"`
		Base           scalar `yaml:"base"`
		AnalysisPlugin struct {
			EmailTokenizer scalar `yaml:"email_tokenizer"`
		} `yaml:"analysis_plugin"`
		Licence scalar `yaml:"licence"`
	} `yaml:"assembled"`
	Lacks []struct {
		Capability scalar `yaml:"capability"`
		Versions   scalar `yaml:"versions"`
		Reason     scalar `yaml:"reason"`
	} `yaml:"lacks"`
	Published []scalar `yaml:"published"`
}

// ReadCatalogue reads artifacts.yaml from files, which is fixtures.FS but for tests. Errors say file:line.
func ReadCatalogue(files fs.FS) (*Catalogue, error) {
	data, err := fs.ReadFile(files, artifactsFile)
	if err != nil {
		return nil, fmt.Errorf("read where Elasticsearch comes from: %w", err)
	}
	return parseCatalogue(artifactsFile, data)
}

func parseCatalogue(file string, data []byte) (*Catalogue, error) {
	var doc artifactsDocument
	if err := decodeStrictly(file, data, &doc); err != nil {
		return nil, err
	}
	c := &Catalogue{officialHeap: doc.Heap.Official.text, assembledHeap: doc.Heap.Assembled.text}
	if c.officialHeap == "" || c.assembledHeap == "" {
		return nil, fmt.Errorf("%s: heap needs official and assembled", file)
	}
	bases := map[string]Base{}
	for _, b := range doc.Bases {
		if b.Name.text == "" || b.Suite.text == "" || len(b.Packages) == 0 {
			return nil, at(file, b.Name.line, "the base %q needs name, suite and packages", b.Name.text)
		}
		bases[b.Name.text] = Base{b.Name.text, b.Suite.text, b.Packages, b.Env}
	}
	for _, a := range doc.Assembled {
		versions, err := parseRange(file, a.Versions)
		if err != nil {
			return nil, err
		}
		base, ok := bases[a.Base.text]
		if !ok {
			return nil, at(file, cmp.Or(a.Base.line, a.Versions.line), "unknown base %q", a.Base.text)
		}
		if strings.Count(a.Artifact.text, ":") != 1 || a.Licence.text == "" {
			return nil, at(file, a.Versions.line, "%s needs a licence and an artifact as group:name", a.Versions.text)
		}
		c.recipes = append(c.recipes, recipeRange{versions, recipe{Artifact: a.Artifact.text, Megabytes: a.Megabytes,
			Base: base, EmailTokenizer: a.AnalysisPlugin.EmailTokenizer.text, Licence: a.Licence.text}})
	}
	for _, l := range doc.Lacks {
		if !slices.Contains(Capabilities(), l.Capability.text) {
			return nil, at(file, l.Capability.line, "unknown capability %q; there are %s", l.Capability.text, strings.Join(Capabilities(), ", "))
		}
		versions, err := parseRange(file, l.Versions)
		if err != nil {
			return nil, err
		}
		if l.Reason.text == "" {
			return nil, at(file, l.Capability.line, "%s needs a reason", l.Capability.text)
		}
		c.lacks = append(c.lacks, lackRange{versions, Lack{l.Capability.text, l.Reason.text}})
	}
	for _, p := range doc.Published {
		if _, err := parseVersion(p.text); err != nil {
			return nil, at(file, p.line, "%q is not a version: want MAJOR.MINOR.PATCH", p.text)
		}
		c.published = append(c.published, p.text)
	}
	return c, nil
}

func parseRange(file string, s scalar) (*semver.Constraints, error) {
	versions, err := semver.NewConstraint(s.text)
	if err != nil {
		return nil, at(file, s.line, "%q is not a version range: %v", s.text, err)
	}
	return versions, nil
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
		if r.versions.Check(v) {
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
		if l.versions.Check(v) {
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

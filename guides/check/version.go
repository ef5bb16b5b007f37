package check

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/guides"
)

var versionRules = []Rule{
	{ID: "version-minimum", Severity: Warning, check: minimumVersions,
		Doc:    "A page that names several oldest versions for the same model",
		Reason: "A reader on a version between them cannot tell whether the page is for them."},
	{ID: "version-fact", Severity: Warning, check: versionFacts,
		Doc:    "A version at which something is said to change, where fixtures/versions.yaml knows another",
		Reason: "The product changed at another version than the page says."},
	{ID: "version-manifest", Severity: Warning, check: manifestVersions,
		Doc:    "Manifests of one page for different versions of Elasticsearch",
		Reason: "One who copies the snippets in turn moves the cluster to another version, down even, without being told."},
	{ID: "step-needless", Severity: Warning, check: needlessSteps,
		Doc:    "A step of which the page says that newer versions do not need it, and which no version that it allows needs",
		Reason: "Everyone who follows the page is sent through a step, a restart perhaps, for nothing."},
}

// claim is a version that a page names for something.
type claim struct {
	topic   string
	page    *source
	at      guides.Pos
	text    string // of the version
	version *semver.Version
}

const number = `(\d+\.\d+(?:\.\d+)?)`

var (
	minimumText = regexp.MustCompile(`(?is)(?:based on|must be (?:on|at)|must run|requires?|needs?)\s(?:[^.]` +
		`|\.\d){0,60}?` + number + `\s+(?:or|and)\s+(?:later|newer|higher|greater|above)`)
	needlessText = regexp.MustCompile(`(?is)(?:version|stack)?\s*` + number + `\s+(?:or|and)\s+(?:later|newer|higher` +
		`|greater|above)\b[^.]{0,20}?,?\s*(?:you )?(?:no longer need|don't need|do not need|can skip)`)
)

// The claims that the facts can judge: what a sentence is about, and how it names the version.
var factClaims = []struct {
	fact, topic string
	about       *regexp.Regexp
}{
	{"strong-identity", "strong identity verification", regexp.MustCompile(`(?is)\b(?:starting with|since|from|as ` +
		`of)\s+(?:Elastic(?:search)?\s)?(?:Stack\s)?(?:version\s)?` + number + `\b[^.]*\bstrong identity`)},
	{"certificate-model-deprecated", "the certificate model's deprecation",
		regexp.MustCompile(`(?is)\bcertificates?\b[^.]{0,30}\bdeprecated (?:in|since|from|as of)\s+` +
			`(?:Elastic(?:search)?\s)?(?:Stack\s)?(?:version\s)?` + number)},
	{"resolve-cluster", "_resolve/cluster", regexp.MustCompile(`(?is)\b(?:starting with|since|from|as of|added ` +
		`in)\s+(?:Elastic(?:search)?\s)?(?:Stack\s)?(?:version\s)?` + number + `\b[^.]*_resolve/cluster`)},
}

const (
	oldestTopic = "the oldest version for API keys"
	reloadTopic = "the version from which no restart is needed"
)

// claims collects what a page says about versions.
func claims(p *source) []claim {
	var all []claim
	add := func(topic string, b guides.Block, text string) {
		v, err := semver.NewVersion(text)
		if err != nil {
			return
		}
		at := p.locate(b, text)
		all = append(all, claim{topic, p, at, text, v})
	}
	term := ""
	for i, b := range p.Blocks {
		switch {
		case b.Kind == guides.Term:
			term = b.Text
		case i > 0 && p.Blocks[i-1].Kind != guides.Term && !b.Inside("definition"):
			term = ""
		}
		if b.Kind == guides.Code || !strings.ContainsAny(b.Text, "0123456789") {
			continue
		}
		if m := minimumText.FindStringSubmatch(b.Text); m != nil && aboutKeys(p, i, term) {
			add(oldestTopic, b, m[1])
		}
		if m := needlessText.FindStringSubmatch(b.Text); m != nil && strings.Contains(strings.ToLower(b.Text), "keystore") {
			add(reloadTopic, b, m[1])
		}
		for _, c := range factClaims {
			if m := c.about.FindStringSubmatch(b.Text); m != nil {
				add(c.topic, b, m[1])
			}
		}
	}
	return all
}

// aboutKeys reports whether a block speaks of the API key model: by its tab, its term, its step, or its own words.
func aboutKeys(p *source, i int, term string) bool {
	b := p.Blocks[i]
	if model := modelOf(b); model != "" {
		return model == guides.APIKey
	}
	if term != "" {
		return guides.ModelOf(term) == guides.APIKey
	}
	if step, ok := p.stepOf()[i]; ok {
		return p.Steps[step].Model == guides.APIKey
	}
	return guides.ModelOf(b.Text) == guides.APIKey
}

func minimumVersions(p *pass) {
	var first *claim
	for _, c := range p.claims() {
		if c.topic != oldestTopic {
			continue
		}
		if first == nil {
			first = &c
			continue
		}
		if sameVersion(first.version, c.version) {
			continue
		}
		fix := "name one version in both places"
		if v := p.since("api-key-model"); v != nil {
			fix += fmt.Sprintf("; the model is generally available from %d.%d", v.Major(), v.Minor())
		}
		p.at(c.at, len(c.text), fmt.Sprintf("%s or later here, and %s or later in line %d, for the API key model", c.text,
			first.text, first.at.Line), fix)
	}
}

// sameVersion compares as far as both are written out: 9.0 is 9.0.0.
func sameVersion(a, b *semver.Version) bool { return a.Equal(b) }

var leastVersion = regexp.MustCompile(`>=?\s*` + number)

// since is the version from which a fact holds, nil where it is none.
func (p *pass) since(fact string) *semver.Version {
	if p.Facts == nil {
		return nil
	}
	for _, f := range p.Facts.All() {
		if f.ID != fact {
			continue
		}
		for _, r := range []string{f.Local.String(), f.Remote.String()} {
			if m := leastVersion.FindStringSubmatch(r); m != nil {
				if v, err := semver.NewVersion(m[1]); err == nil {
					return v
				}
			}
		}
	}
	return nil
}

func versionFacts(p *pass) {
	for _, c := range p.claims() {
		for _, f := range factClaims {
			if f.topic != c.topic {
				continue
			}
			if v := p.since(f.fact); v != nil && (v.Major() != c.version.Major() || v.Minor() != c.version.Minor()) {
				p.at(c.at, len(c.text), fmt.Sprintf("%s is said to begin at %s; the fact %s says %s", c.topic, c.text, f.fact, v),
					fmt.Sprintf("write %d.%d, or correct the fact", v.Major(), v.Minor()))
			}
		}
	}
}

func manifestVersions(p *pass) {
	type version struct {
		text string
		at   guides.Pos
	}
	var all []version
	count := map[string]int{}
	for _, parsed := range p.documents() {
		s := parsed.snippet
		for _, d := range parsed.docs {
			if scalar(find(d.root, "kind")) != "Elasticsearch" {
				continue
			}
			for _, e := range entries(find(d.root, "spec")) {
				if v := scalar(e.value); e.key == "version" && !placeholder.MatchString(v) {
					all = append(all, version{v, e.pos(s)})
					count[v]++
				}
			}
		}
	}
	if len(count) < 2 {
		return
	}
	most := all[0].text
	for _, v := range all {
		if count[v.text] > count[most] {
			most = v.text
		}
	}
	for _, v := range all {
		if v.text != most {
			p.at(v.at, len("version: "+v.text), fmt.Sprintf("version %s, where %d other manifests of this page have %s", v.text,
				count[most], most), "use one version, or say why this one differs")
		}
	}
}

func needlessSteps(p *pass) {
	oldest := (*semver.Version)(nil)
	for _, c := range p.claims() {
		if c.topic == oldestTopic && (oldest == nil || c.version.LessThan(oldest)) {
			oldest = c.version
		}
	}
	for _, c := range p.claims() {
		if c.topic != reloadTopic || oldest == nil || oldest.LessThan(c.version) {
			continue
		}
		p.at(c.at, len(c.text), fmt.Sprintf("the page is for %d.%d or later, and from %s on this step is not needed: "+
			"nobody needs it", oldest.Major(), oldest.Minor(), c.text), "remove the step")
	}
}

package check

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
)

var nameRules = []Rule{
	{ID: "name-spelling", Severity: Warning, check: spelling,
		Doc:    "A field or setting that the text spells in another way than the snippets",
		Reason: "One who writes it as the text does gets an unknown field."},
	{ID: "placeholder-spelling", Severity: Warning, check: placeholders,
		Doc:    "A placeholder that is spelled in several ways",
		Reason: "A reader takes them for two things to fill in."},
	{ID: "alias-name", Severity: Warning, check: aliases,
		Doc:    "Several names for the alias where the page needs one: in the keystore, in the settings, in the answer",
		Reason: "The names have to be the same; one who replaces each on its own ends up disconnected."},
}

// known name: what looks like the name of a setting or field in a text.
var identifier = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]*(?:[._][a-zA-Z0-9]+)*$`)

// fieldNames are the keys of all snippets, alone and with the path to them.
func fieldNames(p *source) map[string]bool {
	names := map[string]bool{}
	for _, b := range p.bodies() {
		if b.err == nil {
			b.value.walkMembers("", func(path string, m member) { names[path], names[m.key] = true, true })
		}
	}
	for _, parsed := range p.documents() {
		for _, d := range parsed.docs {
			walkEntries(d.root, "", func(path string, e entry) { names[path], names[e.key] = true, true })
		}
	}
	return names
}

func spelling(p *pass) {
	names := fieldNames(p.source)
	byFold := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		byFold[fold(name)] = name
	}
	for _, b := range p.Blocks {
		for _, span := range b.Spans {
			name, _, _ := strings.Cut(span.Text, ":")
			if span.Kind != guides.Literal || names[name] || !identifier.MatchString(name) ||
				!strings.ContainsAny(name, "._") && strings.ToLower(name) == name {
				continue
			}
			other, ok := byFold[fold(name)]
			if !ok || other == name || strings.Contains(other, "-") {
				continue
			}
			p.at(span.Pos, len(span.Text), fmt.Sprintf("the text has %s, the snippets have %s", name, other), "write "+other)
		}
	}
}

var angle = regexp.MustCompile(`<([A-Za-z][\w.-]*)>`)

// uses of a placeholder.
type uses struct {
	spelled string
	at      []guides.Pos
}

func placeholders(p *pass) {
	found := map[string]map[string]*uses{}
	add := func(name string, at guides.Pos) {
		if found[fold(name)] == nil {
			found[fold(name)] = map[string]*uses{}
		}
		if found[fold(name)][name] == nil {
			found[fold(name)][name] = &uses{spelled: name}
		}
		u := found[fold(name)][name]
		u.at = append(u.at, at)
	}
	for _, b := range p.Blocks {
		for _, m := range angle.FindAllStringSubmatchIndex(b.Code.Text, -1) {
			add(b.Code.Text[m[2]:m[3]], b.Code.At(m[0]))
		}
		for _, span := range b.Spans {
			if span.Kind != guides.Literal {
				continue
			}
			for _, m := range angle.FindAllStringSubmatchIndex(span.Text, -1) {
				add(span.Text[m[2]:m[3]], guides.Pos{Line: span.Line, Column: span.Column + len([]rune(span.Text[:m[0]]))})
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		all := slices.Collect(maps.Values(found[key]))
		slices.SortFunc(all, func(a, b *uses) int {
			return (len(b.at)-len(a.at))*1000 +
				strings.Compare(a.spelled, b.spelled)
		})
		for _, rare := range all[1:] {
			f := p.at(rare.at[0], len(rare.spelled)+2, fmt.Sprintf("<%s> here, and <%s> in %d other places", rare.spelled,
				all[0].spelled, len(all[0].at)), fmt.Sprintf("write <%s>", all[0].spelled))
			for _, at := range rare.at[1:] {
				f.Also = append(f.Also, fmt.Sprintf("%s:%d", p.File, at.Line))
			}
		}
	}
}

// stored is the alias of a key in the keystore, wherever its name stands in code.
var stored = regexp.MustCompile(`\bcluster\.remote\.([^\s"']+?)\.credentials\b`)

// named is a name for the alias.
type named struct {
	what, name string
	at         guides.Pos
	applies    string
}

func aliasNames(p *source) []named {
	var all []named
	for _, b := range p.Blocks {
		for _, m := range stored.FindAllStringSubmatchIndex(b.Code.Text, -1) {
			at := b.Code.At(m[2])
			all = append(all, named{"the key is stored", b.Code.Text[m[2]:m[3]], at, p.applies(at.Line)})
		}
	}
	for _, settings := range p.remotes() {
		for _, s := range settings {
			if s.name == "proxy_address" || s.name == "seeds" {
				all = append(all, named{"the remote cluster is added", s.alias, s.aliasAt, p.applies(s.at.Line)})
			}
		}
	}
	for _, b := range p.bodies() {
		for _, info := range infos(b) {
			at := b.at(info.key.offset)
			all = append(all, named{"the answer shows it", info.key.key, at, p.applies(at.Line)})
		}
	}
	slices.SortStableFunc(all, func(a, b named) int { return a.at.Line - b.at.Line })
	return all
}

func aliases(p *pass) {
	var first *named
	said := map[string]bool{}
	for _, n := range aliasNames(p.source) {
		switch {
		case first == nil:
			first = &n
		case n.name != first.name && n.applies == first.applies && !said[n.name]:
			said[n.name] = true
			p.at(n.at, len(n.name), fmt.Sprintf("%s as %q here; in line %d %s as %q", n.what, n.name, first.at.Line, first.what,
				first.name), "use one name for the alias in all of them")
		}
	}
}

package world

import (
	"crypto/rand"
	"strings"
)

// Names are what the scenario calls things on clusters that it shares with others: the feature's own names with a
// suffix that no other scenario has.
type Names struct {
	prefix  string // in front of every name; empty but on clusters that others use, too
	suffix  string
	aliases map[string]string // as the feature names them -> as the clusters know them
}

// newNames are names with that prefix and that suffix; an empty suffix stands for a random one.
func newNames(prefix, suffix string) *Names {
	if suffix == "" {
		suffix = strings.ToLower(rand.Text()[:6])
	}
	return &Names{prefix: prefix, suffix: suffix, aliases: map[string]string{}}
}

// Plain makes Unique leave names as they are, for clusters that nobody else uses meanwhile.
func (n *Names) Plain() { n.prefix, n.suffix = "", "" }

// Unique is the scenario's own name for what the feature calls name.
func (n *Names) Unique(name string) string {
	if n.suffix == "" {
		return n.prefix + name
	}
	return n.prefix + name + "-" + n.suffix
}

// All is a pattern for every index that the scenario may search: where others use the clusters, too, for its own ones.
func (n *Names) All() string {
	if n.prefix == "" {
		return "*"
	}
	return n.Unique("*")
}

// pattern is the scenario's own form of a pattern with wildcards. Where others use the clusters, too, it fits the
// scenario's own names alone.
func (n *Names) pattern(text string) string {
	switch {
	case n.prefix == "":
		return text
	case text == "*":
		return n.Unique("*")
	}
	return n.prefix + text
}

// aliasPattern is the same for the aliases that a pattern fits.
func (n *Names) aliasPattern(text string) string {
	if n.prefix == "" {
		return n.Alias(text)
	}
	return n.pattern(text)
}

// Alias is the scenario's own alias for the one in the feature. It stays the same for the whole scenario.
func (n *Names) Alias(name string) string {
	if _, ok := n.aliases[name]; !ok {
		n.aliases[name] = n.Unique(name)
	}
	return n.aliases[name]
}

// Call makes alias the one that the feature's name stands for.
func (n *Names) Call(name, alias string) { n.aliases[name] = alias }

// Aliases are the aliases of the scenario by the names that the feature has for them.
func (n *Names) Aliases() map[string]string { return n.aliases }

// Of is what the feature calls an alias, or the alias itself where the feature has no name for it.
func (n *Names) Of(alias string) string {
	for name, own := range n.aliases {
		if own == alias {
			return name
		}
	}
	return alias
}

// Target turns the feature's "alias:index" or "index", or several of them with commas between, into the scenario's own
// names. Wildcards stay where nobody else uses the clusters, and so does the - of what is excluded.
func (n *Names) Target(text string) string {
	parts := strings.Split(text, ",")
	for i, part := range parts {
		excluded := ""
		if rest, ok := strings.CutPrefix(part, "-"); ok {
			part, excluded = rest, "-"
		}
		alias, index, ok := strings.Cut(part, ":")
		if !ok {
			alias, index = "", part
		}
		switch {
		case !strings.Contains(index, "*"):
			index = n.Unique(index)
		case excluded == "": // Elasticsearch takes no other pattern than * to exclude an alias
			index = n.pattern(index)
		}
		switch {
		case strings.Contains(alias, "*"):
			index = n.aliasPattern(alias) + ":" + index
		case alias != "":
			index = n.Alias(alias) + ":" + index
		}
		parts[i] = excluded + index
	}
	return strings.Join(parts, ",")
}

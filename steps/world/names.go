package world

import (
	"crypto/rand"
	"strings"
)

// Names are what the scenario calls things on clusters that it shares with others: the feature's own names with a
// suffix that no other scenario has.
type Names struct {
	suffix  string
	aliases map[string]string // as the feature names them -> as the clusters know them
}

// newNames are names with that suffix; an empty one stands for a random one.
func newNames(suffix string) *Names {
	if suffix == "" {
		suffix = strings.ToLower(rand.Text()[:6])
	}
	return &Names{suffix: suffix, aliases: map[string]string{}}
}

// Plain makes Unique leave names as they are, for clusters that nobody else uses meanwhile.
func (n *Names) Plain() { n.suffix = "" }

// Unique is the scenario's own name for what the feature calls name.
func (n *Names) Unique(name string) string {
	if n.suffix == "" {
		return name
	}
	return name + "-" + n.suffix
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
// names. Wildcards stay, and so does the - of what is excluded.
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
		if !strings.Contains(index, "*") {
			index = n.Unique(index)
		}
		if alias != "" {
			index = n.Alias(alias) + ":" + index
		}
		parts[i] = excluded + index
	}
	return strings.Join(parts, ",")
}

package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/crosscheck-dev/crosscheck/guides"
)

var settingRules = []Rule{
	{ID: "remote-setting", Severity: Error, check: remoteSettings,
		Doc:    "A setting of remote clusters that Elasticsearch does not have, or that does not go with the mode",
		Reason: "Elasticsearch refuses the whole request."},
	{ID: "port-model", Severity: Error, check: ports,
		Doc:    "A port of the other model: 9300 or 9400 with API keys, 9443 with certificates",
		Reason: "The connection is not established; the other model listens there."},
}

// The settings of cluster.remote.<alias>, with the mode that they need. Source: Elasticsearch's remote cluster settings
// reference, and the scenarios in features/settings.
var settingModes = map[string]string{
	"mode": "", "skip_unavailable": "", "transport.ping_schedule": "", "transport.compress": "",
	"transport.compression_scheme": "",
	"credentials":                  "", "seeds": "sniff", "node_connections": "sniff", "proxy": "sniff",
	"proxy_address": "proxy", "proxy_socket_connections": "proxy", "server_name": "proxy",
	"signing.certificate": "", "signing.certificate_authorities": "", "signing.key": "", "signing.keystore.path": "",
	"signing.keystore.alias": "", "signing.keystore.type": "",
}

// The settings of cluster.remote itself.
var clusterWide = []string{"initial_connect_timeout", "connect", "connections_per_cluster", "node"}

// remoteSetting is one setting of one remote cluster on a page.
type remoteSetting struct {
	alias, name, value string
	at                 guides.Pos
	width              int
	aliasAt            guides.Pos
}

// remotes collects the settings of remote clusters in the bodies of requests and in YAML, snippet by snippet.
func remotes(p *source) [][]remoteSetting {
	var all [][]remoteSetting
	for _, b := range p.bodies() {
		if b.err != nil {
			continue
		}
		var found []remoteSetting
		places := map[string]guides.Pos{}
		b.value.walkMembers("", func(path string, m member) {
			places[path] = b.at(m.offset)
			for _, scope := range []string{"persistent.", "transient.", ""} {
				if rest, ok := strings.CutPrefix(path, scope+"cluster.remote."); ok && len(m.value.members) == 0 {
					found = add(found, rest, m.value.text, b.at(m.offset), len(m.key)+2)
					if n := len(found); n > 0 {
						found[n-1].aliasAt = places[strings.TrimSuffix(path, "."+found[n-1].name)]
					}
					return
				}
			}
		})
		all = append(all, found)
	}
	for _, parsed := range p.documents() {
		s := parsed.snippet
		for _, d := range parsed.docs {
			var found []remoteSetting
			walkEntries(d.root, "", func(path string, e entry) {
				if i := strings.Index("."+path, ".cluster.remote."); i >= 0 && len(entries(e.value)) == 0 {
					found = add(found, path[i+len("cluster.remote."):], scalar(e.value), e.pos(s), len(e.key))
				}
			})
			all = append(all, found)
		}
	}
	return slices.DeleteFunc(all, func(s []remoteSetting) bool { return len(s) == 0 })
}

func add(found []remoteSetting, rest, value string, at guides.Pos, width int) []remoteSetting {
	alias, name, ok := strings.Cut(rest, ".")
	if !ok || slices.Contains(clusterWide, alias) {
		return found
	}
	return append(found, remoteSetting{alias, name, value, at, width, at})
}

// walkMembers visits every member below a value with the path of keys to it.
func (v *value) walkMembers(path string, visit func(path string, m member)) {
	if v == nil {
		return
	}
	for _, m := range v.members {
		at := strings.TrimPrefix(path+"."+m.key, ".")
		visit(at, m)
		m.value.walkMembers(at, visit)
	}
}

func walkEntries(n ast.Node, path string, visit func(path string, e entry)) {
	for _, e := range entries(n) {
		at := strings.TrimPrefix(path+"."+e.key, ".")
		visit(at, e)
		walkEntries(e.value, at, visit)
	}
	if sequence, ok := n.(*ast.SequenceNode); ok {
		for _, v := range sequence.Values {
			walkEntries(v, path, visit)
		}
	}
}

func remoteSettings(p *pass) {
	all := p.remotes()
	anywhere := map[string]bool{} // aliases that some snippet gives a mode
	for _, s := range slices.Concat(all...) {
		anywhere[s.alias] = anywhere[s.alias] || s.name == "mode"
	}
	for _, settings := range all {
		modes := map[string]string{}
		for _, s := range settings {
			if s.name == "mode" {
				modes[s.alias] = s.value
			}
		}
		for _, s := range settings {
			mode, set := modes[s.alias]
			p.remoteSetting(s, mode, set, anywhere[s.alias])
		}
	}
}

// remoteSetting checks one setting. mode is that of its alias in the same snippet, if set; anywhere says whether some
// snippet gives the alias a mode.
func (p *pass) remoteSetting(s remoteSetting, mode string, set, anywhere bool) {
	needs, known := settingModes[s.name]
	switch {
	case !known && !placeholder.MatchString(s.name) && !strings.HasPrefix(s.name, "*"):
		p.at(s.at, s.width, fmt.Sprintf("cluster.remote.<alias> has no setting %q", s.name), nearestSetting(s.name))
	case s.name == "mode" && !isMode(s.value):
		p.at(s.at, s.width, fmt.Sprintf("the mode %q does not exist", s.value), "use proxy or sniff")
	case set && needs != "" && needs != mode && (mode == "proxy" || mode == "sniff") && s.value != "null":
		p.at(s.at, s.width, fmt.Sprintf("%s needs mode %s, and the mode here is %s", s.name, needs, mode),
			"remove it, or change the mode")
	case !anywhere && needs == "proxy" && s.value != "null":
		p.at(s.at, s.width, s.name+" needs mode proxy, and without a mode it is sniff", `add "mode": "proxy"`)
	}
}

// isMode accepts what stands for a mode: the two, a placeholder, and what removes the setting.
func isMode(value string) bool {
	return slices.Contains([]string{"proxy", "sniff", "null", ""}, value) || placeholder.MatchString(value)
}

func nearestSetting(name string) string {
	for known := range settingModes {
		if fold(known) == fold(name) || strings.TrimSuffix(fold(known), "s") == strings.TrimSuffix(fold(name), "s") {
			return "did you mean " + known + "?"
		}
	}
	return "see the remote cluster settings reference"
}

// modelOf is the model that the tabs around a block are for.
func modelOf(b guides.Block) string {
	model := ""
	for _, c := range b.In {
		if c.Kind == "tab" || c.Kind == "dropdown" {
			if m := guides.ModelOf(c.Title); m != "" {
				model = m
			}
		}
	}
	return model
}

var portNumber = regexp.MustCompile(`\b(9300|9400|9443)\b`)

func ports(p *pass) {
	for _, b := range p.Blocks {
		model := modelOf(b)
		if model == "" {
			continue
		}
		wrong, right := []string{"9443"}, "9300 or 9400"
		if model == guides.APIKey {
			wrong, right = []string{"9300", "9400"}, "9443"
		}
		text := b.Text + b.Code.Text
		found := portNumber.FindAllString(text, -1)
		if len(found) == 0 || slices.ContainsFunc(found, func(port string) bool { return !slices.Contains(wrong, port) }) {
			continue // none, or both are told apart
		}
		at := p.locate(b, found[0])
		p.at(at, len(found[0]), fmt.Sprintf("port %s in the steps of the %s model", found[0], model), "use "+right)
	}
}

// locate is the place of a piece of text in a block.
func (p *source) locate(b guides.Block, text string) guides.Pos {
	for line := b.Line; line <= b.Last; line++ {
		if i := strings.Index(p.Line(line), text); i >= 0 {
			return guides.Pos{Line: line, Column: len([]rune(p.Line(line)[:i])) + 1}
		}
	}
	return b.Pos
}

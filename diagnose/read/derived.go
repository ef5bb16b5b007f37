package read

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// addressText is the line for an address of a remote cluster.
func addressText(address string) string {
	m := hasPort.FindStringSubmatch(address)
	return evidence.Derived + "address " + m[1] + " has port " + m[2]
}

// derivedSettings gives what follows from settings: ports of addresses, and a role that a node lacks.
func derivedSettings(node string, all []setting) []setting {
	var derived []setting
	for _, f := range all {
		switch {
		case f.name == "node.roles" && rolesLackClient(f), f.name == "node.remote_cluster_client" && f.value == "false":
			derived = append(derived, setting{name: lacksRoleText(node), line: f.line})
		case isAddressSetting(f.name):
			derived = append(derived, derivedPorts(f)...)
		}
	}
	return derived
}

// rolesLackClient reports whether a list of roles, which may be one text, is without the role for remote clusters.
func rolesLackClient(f setting) bool {
	roles := f.list
	if !f.isList {
		roles = strings.FieldsFunc(strings.Trim(f.value, "[]"), func(r rune) bool { return r == ',' || r == ' ' })
	}
	return !slices.Contains(roles, clientRole) && !strings.Contains(f.value, "$")
}

// isAddressSetting reports whether a setting holds addresses of a remote cluster.
func isAddressSetting(name string) bool {
	return strings.HasPrefix(name, "cluster.remote.") &&
		(strings.HasSuffix(name, ".seeds") || strings.HasSuffix(name, ".proxy_address") || strings.HasSuffix(name, ".proxy"))
}

// derivedPorts says of each address in a setting which port it has.
func derivedPorts(f setting) []setting {
	var derived []setting
	parts := f.list
	if !f.isList {
		parts = strings.Split(strings.Trim(f.value, "[]"), ",")
	}
	for _, address := range parts {
		if address = strings.Trim(address, ` "'`); hasPort.MatchString(address) {
			derived = append(derived, setting{name: addressText(address), line: f.line})
		}
	}
	return derived
}

// ownIndexOnly are requests that take indices of the local cluster alone: those that read or change an index itself, or
// a document. Source: supported APIs of cross-cluster search.
var ownIndexOnly = regexp.MustCompile(`^_(stats|mappings?|settings|segments|recovery|shard_stores|alias|aliases|refresh|` +
	`flush|forcemerge|open|close|rollover|shrink|split|clone|doc|create|update|source|mget|bulk|explain|validate|termvectors|` +
	`update_by_query|delete_by_query)$`)

// derivedAnswer gives what follows from how an answer came about: clusters that a search did not reach, by name, and a
// request for remote indices of which the API knows none.
func derivedAnswer(p evidence.Piece) []string {
	var derived []string
	for _, name := range sortedKeys(p.Clusters) {
		if status := p.Clusters[name]; name != "" && status != "successful" {
			derived = append(derived, evidence.Derived+"remote cluster "+name+" is "+status)
		}
	}
	_, path, _ := strings.Cut(p.Request, " ")
	path, _, _ = strings.Cut(strings.TrimPrefix(path, "/"), "?")
	parts := strings.Split(path, "/")
	if len(parts) > 1 && ownIndexOnly.MatchString(parts[1]) && remoteIndex.MatchString("/"+parts[0]) {
		derived = append(derived, evidence.Derived+parts[1]+" is asked of a remote index")
	}
	return derived
}

// Join makes one input of several, and concludes what shows only when they are held together: credentials without a
// remote cluster of their name, and the other way round.
func Join(inputs ...evidence.Input) evidence.Input {
	var all evidence.Input
	for _, in := range inputs {
		all.Pieces = append(all.Pieces, in.Pieces...)
		all.Notes = append(all.Notes, in.Notes...)
	}
	remotes := remotesOf(all.Pieces)
	for i := range all.Pieces {
		p := &all.Pieces[i]
		if p.Kind != evidence.Settings || p.Side == evidence.Remote || !slices.ContainsFunc(p.Texts, isKeystoreLine) {
			continue
		}
		p.Texts, p.Lines = withoutJoined(p.Texts, p.Lines)
		if len(remotes) > 0 {
			compareCredentials(p, remotes)
		}
	}
	return all
}

// remotesOf gives the remote clusters that pieces name: that are there, or that settings make.
func remotesOf(pieces []evidence.Piece) map[string]bool {
	remotes := map[string]bool{}
	for _, p := range pieces {
		switch p.Kind {
		case evidence.RemoteInfo:
			remotes[p.Alias] = true
		case evidence.Settings, evidence.Configuration:
			if p.Alias != "" && slices.ContainsFunc(p.Texts, configuresRemote) {
				remotes[p.Alias] = true
			}
		default:
		}
	}
	delete(remotes, "")
	return remotes
}

// compareCredentials adds to the names of a keystore which of them have no remote cluster, and which remote clusters
// have none of them.
func compareCredentials(p *evidence.Piece, remotes map[string]bool) {
	stored := storedCredentials(*p)
	add := func(line int, text string) {
		p.Texts = append(p.Texts, evidence.Derived+text)
		if p.Lines != nil {
			p.Lines = append(p.Lines, line)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(stored)) {
		if name != "" && !remotes[name] {
			add(stored[name], "credentials for "+name+" without a remote cluster of this name")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(remotes)) {
		if _, there := stored[name]; !there {
			add(p.Line, "remote cluster "+name+" without credentials")
		}
	}
}

// storedCredentials gives the remote clusters for which a keystore has credentials, each with the line that says so.
func storedCredentials(p evidence.Piece) map[string]int {
	stored := map[string]int{}
	for at, text := range p.Texts {
		if strings.HasPrefix(text, "cluster.remote.") && isKeystoreLine(text) {
			line := p.Line
			if p.Lines != nil {
				line = p.Lines[at]
			}
			stored[aliasOf(text)] = line
		}
	}
	return stored
}

// configuresRemote reports whether a setting makes a remote cluster, and does not just hold its credentials.
func configuresRemote(text string) bool {
	return strings.HasPrefix(text, "cluster.remote.") && !strings.Contains(text, ".credentials")
}

func isKeystoreLine(text string) bool { return keystoreName.MatchString(text) }

// withoutJoined takes the lines of an earlier Join away.
func withoutJoined(texts []string, lines []int) (keptTexts []string, keptLines []int) {
	for i, text := range texts {
		if strings.HasPrefix(text, evidence.Derived+"credentials for ") ||
			strings.HasPrefix(text, evidence.Derived+"remote cluster ") {
			continue
		}
		keptTexts = append(keptTexts, text)
		if lines != nil {
			keptLines = append(keptLines, lines[i])
		}
	}
	return keptTexts, keptLines
}

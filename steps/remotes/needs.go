package remotes

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/topology"
)

// Facts of fixtures/versions.yaml that several steps take.
const (
	proxyMode  = "proxy-mode"
	serverName = "server-name"
	serverPort = "remote-cluster-server"
)

// ofPort are the facts that an address of the load balancer takes whose port is the argument at a place.
func ofPort(place int) func(*facts.Facts, []any) []string {
	return func(_ *facts.Facts, arguments []any) []string {
		if arguments[place] == topology.RemoteClusterServerPort {
			return []string{serverPort}
		}
		return nil
	}
}

// ofSettings are the facts that a table of settings of an alias takes, the last argument: those of their names, and
// those of the port that an address leads to.
func ofSettings(known *facts.Facts, arguments []any) []string {
	table, _ := arguments[len(arguments)-1].(gherkin.Table)
	var needs []string
	for _, row := range table {
		if len(row) != 2 {
			continue
		}
		needs = append(needs, known.OfSetting("cluster.remote.alias."+row[0])...)
		if slices.Contains(addressSettings, row[0]) && LeadsToServer(row[1]) {
			needs = append(needs, serverPort)
		}
	}
	return needs
}

// serverAddress matches the placeholders of an address that leads to the remote cluster server.
var serverAddress = regexp.MustCompile(`<address:9443>|<IPv6 address>\]?:9443|, port 9443>`)

// LeadsToServer reports whether an address as a feature has it leads to the remote cluster server.
func LeadsToServer(address string) bool { return serverAddress.MatchString(address) }

// ofRawSettings are the facts that the settings in the body of PUT _cluster/settings take.
func ofRawSettings(known *facts.Facts, arguments []any) []string {
	body, _ := arguments[0].(string)
	var parts map[string]any
	if json.Unmarshal([]byte(body), &parts) != nil {
		return nil
	}
	var needs []string
	for _, part := range parts { // persistent, transient
		for _, name := range settingNames("", part) {
			needs = append(needs, known.OfSetting(name)...)
		}
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// settingNames are the whole names of the settings in a piece of JSON, in which they may be nested.
func settingNames(prefix string, value any) []string {
	inner, ok := value.(map[string]any)
	if !ok {
		return []string{strings.TrimSuffix(prefix, ".")}
	}
	var names []string
	for name, each := range inner {
		names = append(names, settingNames(prefix+name+".", each)...)
	}
	return names
}

// ofFields are the facts that a table of fields of _remote/info takes.
func ofFields(known *facts.Facts, arguments []any) []string {
	table, _ := arguments[0].(gherkin.Table)
	var needs []string
	for _, row := range table {
		if len(row) > 0 {
			needs = append(needs, known.OfField(row[0])...)
		}
	}
	return needs
}

// ofRequest are the facts that a request takes which is written as a method and a path.
func ofRequest(known *facts.Facts, arguments []any) []string {
	request, _ := arguments[0].(string)
	method, path, _ := strings.Cut(request, " ")
	return known.OfRequest(method, path, "")
}

// ofSearch are the facts that the body of a search takes.
func ofSearch(known *facts.Facts, arguments []any) []string {
	body, _ := arguments[0].(string)
	return known.OfRequest(http.MethodPost, "/index/_search", body)
}

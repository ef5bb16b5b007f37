package guides

import (
	"regexp"
	"slices"
	"strings"
)

// The models of a remote cluster connection, as scenarios name them with @model:.
const (
	APIKey      = "api-key"
	Certificate = "certificate"
)

// Action is something that the guides have a reader do, whatever words and whichever screens they use for it. Scenarios
// name it with @step:, and so one scenario covers the same step of several pages.
type Action struct {
	Name  string
	Model string // the only model that it belongs to; empty for both
	does  *regexp.Regexp
	hints []string // in lower case; a text without any of them is about something else
	// detail is part of another action wherever a text is about both.
	detail bool
}

// The actions that execution and checks know by name.
const (
	Prerequisites   = "prerequisites"
	EnableServer    = "enable-the-remote-cluster-server"
	ExternalAccess  = "configure-external-access"
	TrustAuthority  = "trust-the-remote-certificate-authority"
	CreateKey       = "create-a-cross-cluster-api-key"
	StoreKey        = "add-the-api-key-to-the-keystore"
	ReloadSecure    = "reload-secure-settings"
	AliasMustMatch  = "the-alias-must-match"
	TrustBothSides  = "trust-on-both-sides"
	ConnectRemote   = "connect-to-a-remote-cluster"
	Port9443        = "change-the-port-to-9443"
	Verify          = "verify-the-connection"
	RolesAndUsers   = "configure-roles-and-users"
	StrongIdentity  = "strong-identity"
	RemoveRemote    = "remove-a-remote-cluster"
	NetworkSecurity = "network-security"
)

func action(name, model, does string, hints ...string) Action {
	return Action{name, model, regexp.MustCompile(`(?s)` + does), hints, name == AliasMustMatch || name == Port9443}
}

// actions in the order in which the first that fits a text is what it is mainly about.
var actions = []Action{
	action(Prerequisites, "", `\bprerequisites\b|\bmust be on (?:version|elastic stack)\b`,
		"prerequisites", "must be on"),
	action(ReloadSecure, APIKey, `\brestart the local\b|\breload(?:ing)?\b.*\b(?:secure settings|new setting)`,
		"restart the local", "reload"),
	action(EnableServer, APIKey, `\b(?:enable|enabling) the remote cluster server\b|\bremoteclusterserver\b`+
		`|remote_cluster_server\.enabled`,
		"remote cluster server", "remoteclusterserver", "remote_cluster_server"),
	action(ExternalAccess, "", `\bexternal access\b|\bexpose (?:the|this|service)\b|\bkubectl expose\b|type: loadbalancer`,
		"external access", "expose", "loadbalancer"),
	action(TrustBothSides, Certificate, `\btrusted environment\b|\bestablish (?:mutual )?trust with\b`+
		`|\btrust_allowlist\b|\btrusts? (?:each other's|the transport) (?:certificate authority|ca)\b|\bcross-organization `+
		`trust\b|\btrusted to be used\b|certificateauthorities:|\btransport cas\b`,
		"trust", "certificateauthorities:", "transport cas"),
	action(CreateKey, APIKey, `\bcreate a cross-cluster api key\b|\bcopy the encoded key\b`+
		`|_security/cross_cluster/api_key`,
		"cross-cluster api key", "encoded key", "cross_cluster"),
	action(StoreKey, APIKey, `\bkeystore\b|\bapi key encoded value\b|cluster\.remote\.[^\s]+\.credentials`+
		`|\bsecuresettings\b|\bpaste the encoded\b|\bselect add (?:an )?api key\b`,
		"keystore", "encoded", "credentials", "securesettings", "api key"),
	action(TrustAuthority, APIKey, `\b(?:retrieve|store) the (?:eck-managed )?ca certificate\b|remote_cluster_client`+
		`|\btransport ca certificate\b|--from-file=remote-cluster-ca`,
		"ca certificate", "remote_cluster_client", "--from-file"),
	action(AliasMustMatch, APIKey, `\balias must match\b|\bmust match the (?:remote cluster name|one you configured)\b`,
		"must match"),
	action(Port9443, "", `\bchange the port (?:in)?to\b`,
		"change the port"),
	action(Verify, "", `\b(?:verify|check) (?:the )?(?:status of the |remote cluster )connection\b|\bget /?_remote/info\b`,
		"connection", "remote/info"),
	action(ConnectRemote, "", `\bconnect to (?:the|a) remote cluster\b|\badd (?:or update )?(?:the|a) remote cluster\b`+
		`|\bproxy_address\b|\bas a remote cluster\b|\bremote clusters configuration\b|/remote-clusters\b`,
		"remote cluster", "proxy_address", "remote-clusters"),
	action(RolesAndUsers, "", `\bremote indices privileges\b|\bconfigure roles and users\b|\bremote_indices\b`,
		"roles and users", "remote indices", "remote_indices"),
	action(StrongIdentity, APIKey, `\bstrong identity\b|certificate_identity`,
		"strong identity", "certificate_identity"),
	action(RemoveRemote, "", `\b(?:remove|delete) (?:the|a) remote cluster\b`,
		"remove ", "delete "),
	action(NetworkSecurity, "", `\bnetwork security polic|\btraffic filter`,
		"network security", "traffic filter"),
}

// actionsOf are the actions that a text is about.
func actionsOf(text string) []Action {
	var found []Action
	text = strings.ToLower(text)
	for _, a := range actions {
		hinted := slices.ContainsFunc(a.hints, func(h string) bool { return strings.Contains(text, h) })
		if hinted && a.does.MatchString(text) {
			found = append(found, a)
		}
	}
	return found
}

var (
	keyModel         = regexp.MustCompile(`(?i)\bapi[ -]keys?\b`)
	certificateModel = regexp.MustCompile(`(?i)\btls\b|\bcertificates?\b`)
)

// ModelOf is the model that a title names: of a tab, for example. Empty when it names none or both.
func ModelOf(title string) string {
	key, certificate := keyModel.MatchString(title), certificateModel.MatchString(title)
	switch {
	case key && !certificate:
		return APIKey
	case certificate && !key:
		return Certificate
	}
	return ""
}

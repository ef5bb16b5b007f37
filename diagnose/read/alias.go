package read

import "regexp"

// aliasPatterns find the remote cluster that a text is about.
var aliasPatterns = []*regexp.Regexp{
	regexp.MustCompile(`(?i)remote cluster(?: connection(?: to)?| alias| with alias)? \[([^\]\s:]+)\]`),
	regexp.MustCompile(`(?i)(?:external|proxy connections to|connections to|target|server) cluster \[([^\]\s:]+)\]`),
	regexp.MustCompile(`(?i)(?:with|for|of) (?:the )?(?:remote cluster )?alias \[([^\]\s:]+)\]`),
	regexp.MustCompile(`(?i)no such remote cluster: \[([^\]\s]+)\]`),
	regexp.MustCompile(`Unable to connect to \[([^\]\s]+)\]`),
	regexp.MustCompile(`(?i)seed list for cluster: (\S+)`),
	regexp.MustCompile(`(?i)connection to remote cluster[: ]+\[?([^\]\s:,]+)\]`),
	regexp.MustCompile(`cluster\.remote\.([^\s.\]"':=]+)\.(?:mode|seeds|proxy_address|server_name|skip_unavailable|credentials|` +
		`proxy_socket_connections|node_connections|transport|proxy)\b`),
}

// aliasIn gives the one remote cluster that texts are about; empty where they name none, or several.
func aliasIn(texts []string) string {
	alias := ""
	for _, text := range texts {
		for _, p := range aliasPatterns {
			for _, m := range p.FindAllStringSubmatch(text, 8) {
				if alias != "" && alias != m[1] {
					return ""
				}
				alias = m[1]
			}
		}
	}
	return alias
}

package survey

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/reports/redact"
)

// normalizer makes what two runs of one scenario say the same text: the scenario's random suffix goes, and addresses,
// ports, nodes, identifiers and times become those of every other scenario. It is for one observation.
type normalizer struct {
	suffix    string // such as "-4t23dl"; may be empty
	addresses map[string]string
	clusters  map[string]string
}

// ownSuffix is what makes the names of a scenario its own.
var ownSuffix = regexp.MustCompile(`-[a-z2-7]{6}$`)

func newNormalizer(o catalogue.Observation) *normalizer {
	n := &normalizer{addresses: map[string]string{}, clusters: map[string]string{}}
	if n.suffix = ownSuffix.FindString(o.Alias); n.suffix == "" {
		n.suffix = ownSuffix.FindString(o.Index)
	}
	return n
}

// largeNumber is from where a number is a time in milliseconds.
const largeNumber = 1e12

var (
	day      = `\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?([.,]\d+)?(Z|[+-]\d\d:?\d\d)?`
	javaDay  = `(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} \d{1,2} \d\d:\d\d:\d\d \w+ \d{4}`
	times    = regexp.MustCompile(day + `|` + javaDay + `|\b1[0-9]{12}\b`)
	ipv4     = regexp.MustCompile(`\b\d{1,3}(\.\d{1,3}){3}(:\d{5}\b)?`)
	ipv6     = regexp.MustCompile(`\b[0-9a-f]{1,4}(::?[0-9a-f]{1,4}){2,7}\b`)
	v6Port   = regexp.MustCompile(`(\]|:fd00::\d+):(3[2-9]|[4-6]\d)\d{3}\b`)
	nodes    = regexp.MustCompile(`\b(local|remote|other)-\d+\b`)
	random   = regexp.MustCompile(`\b[A-Za-z0-9_-]{20}([A-Za-z0-9_-]{2})?\b`)
	hex      = regexp.MustCompile(`\b([0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b|\b0x[0-9a-f]+\b`)
	requests = regexp.MustCompile(`(\b(?:request_?[iI]d|id|requestId) ?[\[=] ?)\d+`)
	spent    = regexp.MustCompile(`\[\d+(\.\d+)?(ms|micros|nanos)\]`)
)

// ephemeral stands for a port that the system has chosen.
const ephemeral = ":50000"

// text is the text without what differs from run to run, and without what looks like a secret.
func (n *normalizer) text(s string) string {
	var known *redact.Redactor // what the run knew as secrets was taken away when it was written
	s = known.String(s)
	if n.suffix != "" {
		s = strings.ReplaceAll(s, n.suffix, "")
	}
	s = times.ReplaceAllString(s, "2026-01-01T00:00:00Z")
	s = nodes.ReplaceAllStringFunc(s, n.cluster)
	s = hex.ReplaceAllString(s, "0123abcd")
	s = random.ReplaceAllStringFunc(s, func(found string) string {
		if looksRandom(found) {
			return "RandomId0"
		}
		return found
	})
	s = ipv4.ReplaceAllStringFunc(s, func(found string) string {
		address, port, hasPort := strings.Cut(found, ":")
		if _, err := netip.ParseAddr(address); err != nil {
			return found
		}
		if hasPort && port >= "32768" && port <= "65535" {
			port = ephemeral
		} else if hasPort {
			port = ":" + port
		}
		return n.address(address, "10.0.0.%d") + port
	})
	s = ipv6.ReplaceAllStringFunc(s, func(found string) string {
		if a, err := netip.ParseAddr(found); err != nil || !a.IsPrivate() {
			return found
		}
		return n.address(found, "fd00::%d")
	})
	s = v6Port.ReplaceAllString(s, "${1}"+ephemeral)
	s = requests.ReplaceAllString(s, "${1}1")
	return spent.ReplaceAllString(s, "[1$2]")
}

// address is a stable one for each of the scenario's, in the order in which they are met. Those that mean the node
// itself stay.
func (n *normalizer) address(found, form string) string {
	if a, err := netip.ParseAddr(found); err == nil && !a.IsPrivate() {
		return found
	}
	if n.addresses[found] == "" {
		n.addresses[found] = fmt.Sprintf(form, len(n.addresses)+1)
	}
	return n.addresses[found]
}

// cluster is the role of a cluster for its name; a second cluster of one role has a number.
func (n *normalizer) cluster(found string) string {
	if n.clusters[found] == "" {
		role, _, _ := strings.Cut(found, "-")
		others := 0
		for name := range n.clusters {
			if strings.HasPrefix(name, role+"-") {
				others++
			}
		}
		if others > 0 {
			role = fmt.Sprintf("%s%d", role, others+1)
		}
		n.clusters[found] = role
	}
	return n.clusters[found]
}

// looksRandom tells an identifier from a word of the same length.
func looksRandom(s string) bool {
	digits, lower, upper := 0, 0, 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'a' && c <= 'z':
			lower++
		case c >= 'A' && c <= 'Z':
			upper++
		}
	}
	return lower > 0 && upper > 0 && (digits > 0 || upper > 4)
}

// value is a decoded JSON value with all its texts and names normalized.
func (n *normalizer) value(v any) any {
	switch v := v.(type) {
	case string:
		return n.text(v)
	case float64:
		if v >= largeNumber {
			return float64(1767225600000) // 2026-01-01
		}
	case []any:
		for i := range v {
			v[i] = n.value(v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for key, item := range v {
			clean[n.text(key)] = n.value(item)
		}
		return clean
	}
	return v
}

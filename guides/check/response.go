package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/guides"
)

var responseRules = []Rule{
	{ID: "response-shape", Severity: Error, check: responses,
		Doc: "An answer of _remote/info that Elasticsearch does not give after the request on the page: its fields, or " +
			"values that the request or a default decides",
		Reason: "One who compares it with what they see believes that something is wrong."},
}

// info is an alias's object in an answer of _remote/info.
type info struct {
	key    member
	fields *value
}

// infos finds them in a snippet.
func infos(b body) []info {
	var all []info
	if b.err != nil || b.block.Language() != guides.JSON {
		return nil
	}
	for _, m := range b.value.members {
		if m.value.get("connected") != nil && (m.value.get("skip_unavailable") != nil ||
			m.value.get("initial_connect_timeout") != nil) {
			all = append(all, info{m, m.value})
		}
	}
	return all
}

// releases stand for the lines between which an answer changed; the facts say how.
var releases = []string{"6.8.0", "7.5.2", "7.6.2", "7.17.0", "8.9.2", "8.14.3", "8.19.0", "9.0.0", "9.3.2"}

// covered are the versions that a page is for.
func covered(p *source) []*semver.Version {
	var oldest *semver.Version
	for _, c := range p.claims() {
		if c.topic == oldestTopic && (oldest == nil || c.version.LessThan(oldest)) {
			oldest = c.version
		}
	}
	var all []*semver.Version
	for _, text := range releases {
		if v := semver.MustParse(text); oldest == nil || !v.LessThan(oldest) {
			all = append(all, v)
		}
	}
	return all
}

func responses(p *pass) {
	if p.Facts == nil {
		return
	}
	request := map[string]remoteSetting{} // of the last request before
	for _, settings := range p.remotes() {
		for _, s := range settings {
			if _, again := request[s.name]; !again {
				request[s.name] = s
			}
		}
	}
	for _, b := range p.bodies() {
		for _, i := range infos(b) {
			p.shape(b, i)
			p.values(b, i, request)
		}
	}
}

// shape compares the fields with those of every version that the page is for: one has to have them all.
func (p *pass) shape(b body, i info) {
	mode := "sniff"
	if m := i.fields.get("mode"); m != nil {
		mode = m.text
	} else if i.fields.get("proxy_address") != nil {
		mode = "proxy"
	}
	var best []string
	fewest := -1
	for _, v := range p.covered() {
		shape, ok := p.Facts.Shape(v, mode)
		if !ok {
			continue
		}
		wrong := misfits(b, i, shape)
		if fewest < 0 || len(wrong) < fewest {
			best, fewest = wrong, len(wrong)
		}
	}
	for _, w := range best {
		name := w[1:]
		if w[0] == '-' {
			p.at(b.at(i.key.offset), len(i.key.key)+2,
				fmt.Sprintf("the answer has no %s, which _remote/info always shows in %s mode", name, mode),
				"copy the answer of a real cluster")
			continue
		}
		for _, m := range i.fields.members {
			if m.key == name {
				p.at(b.at(m.offset), len(name)+2, fmt.Sprintf("_remote/info shows no %s in %s mode on any version that the page "+
					"is for", name, mode), "copy the answer of a real cluster")
			}
		}
	}
}

// misfits are the fields that an answer has beyond a shape, each with a + before it, and those that it lacks, with a -.
// An answer with something left out lacks nothing.
func misfits(b body, i info, shape facts.Shape) []string {
	var wrong []string
	for _, m := range i.fields.members {
		if !slices.Contains(shape.Fields, m.key) && !slices.Contains(shape.Optional, m.key) {
			wrong = append(wrong, "+"+m.key)
		}
	}
	if omission.MatchString(b.text) {
		return wrong
	}
	for _, f := range shape.Fields {
		if i.fields.get(f) == nil {
			wrong = append(wrong, "-"+f)
		}
	}
	return wrong
}

// values compares with what the request on the page decides, and with defaults.
func (p *pass) values(b body, i info, request map[string]remoteSetting) {
	for _, m := range i.fields.members {
		at, width := b.at(m.offset), len(m.key)+2
		asked, decided := request[m.key]
		switch {
		case m.key == "num_proxy_sockets_connected" || m.key == "num_nodes_connected":
			if n, limit, more := overLimit(i, m); more {
				p.at(at, width, fmt.Sprintf("%d connections are open where at most %d can be", n, limit),
					"copy the answer of a real cluster")
			}
		case m.key == "connected" || m.key == "cluster_credentials" || m.key == "seeds" || m.key == "mode" && !decided:
		case decided:
			if asked.value != m.value.text && (placeholder.MatchString(asked.value) == placeholder.MatchString(m.value.text) ||
				m.key == "mode") {
				p.at(at, width, fmt.Sprintf("%s is %s in the answer, and %s in the request (line %d)", m.key, m.value.text,
					asked.value, asked.at.Line), "show the answer to this request")
			}
		default:
			p.defaults(m, at, width)
		}
	}
}

// overLimit compares a field that counts open connections with the field that limits them.
func overLimit(i info, m member) (open, limit int, more bool) {
	most := i.fields.get(strings.Replace(strings.Replace(m.key, "num_proxy_sockets_connected",
		"max_proxy_socket_connections", 1), "num_nodes_connected", "max_connections_per_cluster", 1))
	open, err := strconv.Atoi(m.value.text)
	limit, err2 := strconv.Atoi(valueText(most))
	return open, limit, err == nil && err2 == nil && open > limit
}

func valueText(v *value) string {
	if v == nil {
		return ""
	}
	return v.text
}

func (p *pass) defaults(m member, at guides.Pos, width int) {
	var known []string
	for _, v := range p.covered() {
		if d, ok := p.Facts.DefaultOf(m.key, v); ok {
			if d == m.value.text || placeholder.MatchString(m.value.text) {
				return
			}
			if !slices.Contains(known, d) {
				known = append(known, d)
			}
		}
	}
	if len(known) > 0 {
		p.at(at, width, fmt.Sprintf("%s is %s, which no request on the page sets; its default is %s", m.key, m.value.text,
			strings.Join(known, " or ")), "show the default, or the setting in the request")
	}
}

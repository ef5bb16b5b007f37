package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/guides/check/rest"
)

// saying is something that a page says of a topic, to be held against what other pages say of it.
type saying struct {
	topic string // for the message: "the port for API keys"
	scope string // what else has to be the same: the product that the page is for, the step's action and model
	value string
	at    guides.Pos
	width int
	// screen is set for names on a screen. near are the words around one, which have to be much the same.
	screen bool
	near   []string
}

func (s saying) key() string { return s.scope + "\x00" + s.topic }

// saying is made of a text in a block. Its place is where the text begins; markup may stand within it.
func (p *source) saying(b guides.Block, topic, scope, value, text string) saying {
	s := saying{topic: topic, scope: scope, value: value, at: b.Pos}
	for words := strings.Fields(text); len(words) > 0; words = words[:len(words)-1] {
		found := strings.Join(words, " ")
		if at := p.locate(b, found); at != b.Pos ||
			strings.HasPrefix(p.Line(b.Line)[min(len(p.Line(b.Line)), b.Column-1):], found) {
			s.at, s.width = at, len([]rune(found))
			break
		}
	}
	return s
}

// products are told apart because ports, menus and addresses are their own.
var products = []struct {
	name string
	is   *regexp.Regexp
}{
	{"eck", regexp.MustCompile(`Elastic Cloud on Kubernetes|\bECK\b|\{\{eck\}\}`)},
	{"ece", regexp.MustCompile(`Elastic Cloud Enterprise|\bECE\b|\{\{ece\}\}`)},
	{"ech", regexp.MustCompile(`Elastic Cloud\b|\bECH\b|Elasticsearch Service\b|\{\{(?:ech|ecloud|ess)\}\}`)},
	{"self-managed", regexp.MustCompile(`(?i)\bself-managed\b`)},
}

// product is what a page is for, by its title or else its first paragraphs; several names where it joins several.
func product(p *guides.Page) string {
	texts := []string{p.Title}
	for _, b := range p.Blocks[:min(4, len(p.Blocks))] {
		texts = append(texts, b.Text)
	}
	for _, text := range texts {
		var found []string
		for _, product := range products {
			if product.is.MatchString(text) {
				found = append(found, product.name)
				text = product.is.ReplaceAllString(text, "") // Elastic Cloud begins other names, too
			}
		}
		if len(found) > 0 {
			return strings.Join(found, "+")
		}
	}
	return ""
}

// topics are what a sentence may say one way or the other.
var topics = []struct {
	topic, value string
	own          bool   // the product's own, so that pages for other products say nothing against it
	in           string // only in steps with this action
	hint         string // in lower case; a sentence without it says nothing of the topic
	says         *regexp.Regexp
}{
	{trustTopic, "not needed", false, "", "trust",
		says(`\bAPI key\b.*\b(?:does not|doesn['’]t) (?:require|need)\b.*\btrust\b`)},
	{trustTopic, "needed", false, "", "trust", says(`\bAPI key (?:model|security model|authentication) (?:requires` +
		`|needs) (?:mutual trust\b|(?:that )?(?:both |the |the two )?\w+(?: to)? trust each other\b)`)},
	{rolesTopic, "needed", false, "", "remote indices privileges",
		says(`\byou (?:need to|must|have to) (?:create|define)\b.{0,30}\broles with remote indices privileges\b`)},
	{rolesTopic, "optional", false, "", "remote indices privileges", says(`\byou (?:can|may) (?:create` +
		`|define)\b.{0,30}\broles with remote indices privileges\b.*\bfurther (?:restrict|reduce|limit)`)},
	{filterTopic, "impossible", true, "", "api key",
		says(`\bAPI key\b.*\b(?:can['’]t|cannot)\b.*\b(?:traffic filter|network security)`)},
	{filterTopic, "possible", true, "", "of type remote cluster",
		says(`\b(?:polic\w+|filters?) of type remote cluster\b`)},
	{aliasTopic, "impossible", false, "", "alias", says(`\balias must match\b`)},
	{aliasTopic, "possible", false, "", "alias", says(`\balias (?:need not|does not have to|doesn['’]t have to) match\b`)},
	{serverTopic, "off by default", true, "", "remote cluster server", says(`\bby default,? the remote cluster ` +
		`server\b.*\bnot enabled\b|\bremote cluster server\b.*\bnot enabled by default\b`)},
	{serverTopic, "on by default", true, "", "remote cluster server", says(`\bby default,? the remote cluster server ` +
		`(?:interface )?is enabled\b|\bremote cluster server (?:interface )?is enabled by default\b`)},
	{joinTopic, "a semicolon", false, "", "concatenat", says(`\bconcatenat.*\bport\b.*\b(?:using|with|by) a semicolon\b`)},
	{joinTopic, "a colon", false, "", "concatenat", says(`\bconcatenat.*\bport\b.*\b(?:using|with|by) a colon\b`)},
	{restartTopic, "needed", true, guides.ReloadSecure, "restart the local",
		says(`^(?:then )?restart the local\b|\b(?:must|need to|have to) restart the local\b`)},
	{restartTopic, "not needed", true, guides.ReloadSecure, "eed", says(`\b(?:no restart is|you do not need to|you ` +
		`don['’]t need to|no longer need to)\b.*(?:\brestart\b|\bthis step\b|\bneeded\b)`)},
	{restartTopic, "not needed", true, "", "reloaded automatically", says(`\bkeystore is reloaded automatically\b`)},
	{deploymentTopic, "the cluster ID", true, "", " id",
		says(`\bcluster ID must be entered\b|\buse the \S+ cluster ID, not the deployment ID\b`)},
	{deploymentTopic, "the deployment ID", true, "", " id",
		says(`\bdeployment ID must be entered\b|\buse the deployment ID, not the\b`)},
	{organizationTopic, "the organization ID", true, guides.TrustBothSides, "enter the ", says(`\benter the ID of the ` +
		`deployment['’]s organization\b|\benter the organization ID\b|\benter the ID of the (?:other )?organization\b`)},
	{organizationTopic, "the account ID", true, guides.TrustBothSides, "enter the ",
		says(`\benter the account ID\b|\benter the ID of the (?:other )?account\b`)},
}

const (
	trustTopic        = "mutual trust with API keys"
	rolesTopic        = "a role with remote indices privileges"
	filterTopic       = "network security (traffic filters) together with API keys"
	aliasTopic        = "another alias than the key's"
	serverTopic       = "the remote cluster server"
	joinTopic         = "what joins an address and its port"
	restartTopic      = "a restart after the key is stored"
	deploymentTopic   = "the ID of a deployment that is trusted by name"
	organizationTopic = "the ID that trust between organizations takes"
)

func says(pattern string) *regexp.Regexp { return regexp.MustCompile("(?i)" + pattern) }

var (
	sentenceEnd = regexp.MustCompile(`[.!?]\s+|\n+`)
	// The ports of remote clusters, and slips of the pen in them. An example, or what not to use, is no claim.
	portNamed = regexp.MustCompile(`(?i)\bport (?:in ?to |to |is )?(9[34]\d\d)\b|\bport\b.*\bdefaults to (9[34]\d\d)\b`)
	example   = regexp.MustCompile(`(?i)\b(?:example|custom|different|other|instead|not|no longer|rather than|unlike)\b`)
	// A default, and the setting that has it; a sentence with a version tells versions apart and is left out.
	defaultNamed = regexp.MustCompile(`(?i)\b(skip[_ ]unavailable|proxy_socket_connections|node_connections` +
		`|initial_connect_timeout|transport\.compress|transport\.ping_schedule|sniff\.enabled)\b[^.]{0,60}?\b(?:defaults to` +
		`|default is|default value is|by default is|is by default)\s+(true|false|-?\d+\w*)`)
	versionNamed = regexp.MustCompile(`\b\d+\.\d+`)
)

// sayings collects them.
func sayings(p *source) []saying {
	var all []saying
	product := product(p.Page)
	for i, b := range p.Blocks {
		if b.Kind == guides.Code {
			continue
		}
		var actions []string
		if step, ok := p.stepOf()[i]; ok {
			actions = p.Steps[step].Actions
		}
		for _, sentence := range sentenceEnd.Split(b.Text, -1) {
			all = append(all, p.sentence(i, strings.TrimRight(strings.TrimSpace(sentence), ".!?"), product, actions)...)
		}
	}
	all = append(all, sources(p, product)...)
	all = append(all, screens(p, product)...)
	return append(append(all, endpoints(p)...), settings(p, product)...)
}

// sentence collects what one sentence of block i says. product is the page's, actions are those of the step that it
// stands in.
func (p *source) sentence(i int, sentence, product string, actions []string) []saying {
	var all []saying
	b := p.Blocks[i]
	lower := strings.ToLower(sentence)
	for _, t := range topics {
		if !strings.Contains(lower, t.hint) {
			continue
		}
		if m := t.says.FindString(sentence); m != "" && (t.in == "" || slices.Contains(actions, t.in)) {
			scope := ""
			if t.own {
				scope = product
			}
			all = append(all, p.saying(b, t.topic, scope, t.value, m))
		}
	}
	if strings.Contains(lower, "port") && !example.MatchString(sentence) {
		if ports := portNamed.FindAllStringSubmatch(sentence, -1); len(ports) == 1 {
			port := ports[0][1] + ports[0][2]
			if model := p.modelAround(i, sentence); model != "" {
				all = append(all, p.saying(b, "the port for "+modelWords[model], product, port, port))
			}
		}
	}
	if strings.Contains(lower, "default") && !versionNamed.MatchString(sentence) {
		if m := defaultNamed.FindStringSubmatch(sentence); m != nil {
			setting := strings.ReplaceAll(strings.ToLower(m[1]), " ", "_")
			all = append(all, p.saying(b, "the default of "+setting, "", strings.ToLower(m[2]), m[2]))
		}
	}
	return all
}

var modelWords = map[string]string{guides.APIKey: "API keys", guides.Certificate: "TLS certificates"}

// modelAround is the only model that a sentence names, or else the one of its surroundings.
func (p *source) modelAround(i int, sentence string) string {
	if keyModel, certificates := guides.ModelOf(sentence), strings.Contains(sentence, "API key") &&
		strings.Contains(sentence, "ertificate"); keyModel != "" || certificates {
		return keyModel
	}
	return modelOf(p.Blocks[i])
}

// shown are the fields of _remote/info that every cluster shows alike, with the setting that decides each.
var shown = map[string]string{"skip_unavailable": "skip_unavailable",
	"initial_connect_timeout": "initial_connect_timeout", "max_proxy_socket_connections": "proxy_socket_connections"}

// settings are the connection modes of requests that are for all versions, on platforms that take only one, and what
// answers show that no request decides.
func settings(p *source, product string) []saying {
	var all []saying
	decided := map[string]bool{}
	for _, settings := range p.remotes() {
		for _, s := range settings {
			decided[s.name] = true
			if s.name == "mode" && (s.value == "proxy" || s.value == "sniff") && (product == "ech" || product == "ece") &&
				p.applies(s.at.Line) == "" {
				all = append(all, saying{topic: "the connection mode", scope: product, value: s.value, at: s.at, width: s.width})
			}
		}
	}
	return append(all, undecided(p, decided)...)
}

// undecided is what answers show of settings that are not among decided, those of requests on the page.
func undecided(p *source, decided map[string]bool) []saying {
	var all []saying
	for _, b := range p.bodies() {
		for _, i := range infos(b) {
			for _, m := range i.fields.members {
				at := b.at(m.offset)
				if setting, ok := shown[m.key]; ok && !decided[setting] && !placeholder.MatchString(m.value.text) &&
					p.applies(at.Line) == "" {
					all = append(all, saying{topic: m.key + " in the answer", value: m.value.text, at: at, width: len(m.key) + 2})
				}
			}
		}
	}
	return all
}

var varying = regexp.MustCompile(`<[^>]*>|\$\{?\w+\}?|\{[^}]*\}`)

// endpoints are the requests that change something, by what the step is about: which API it takes, and with which
// method.
func endpoints(p *source) []saying {
	var all []saying
	for _, c := range p.calls() {
		step, ok := p.stepOf()[c.block]
		if !ok || c.method != "PUT" && c.method != "POST" {
			continue
		}
		path, _, _ := strings.Cut("/"+strings.TrimPrefix(varying.ReplaceAllString(c.path, "{}"), "/"), "?")
		if found := rest.Find(c.path); !rest.Accepts(found, "PUT") || !rest.Accepts(found, "POST") {
			all = append(all, saying{topic: "the method for " + path, value: c.method, at: c.at, width: c.width})
		}
		switch action := p.Steps[step].Action(); action {
		case guides.CreateKey, guides.ReloadSecure:
			all = append(all, saying{topic: fmt.Sprintf("the request to %s", strings.ReplaceAll(action, "-", " ")), value: path,
				at: c.at, width: c.width})
		}
	}
	return all
}

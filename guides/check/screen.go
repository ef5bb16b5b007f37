package check

import (
	"regexp"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides"
)

var (
	// "From the Security page, select Remote Connections > Add": where something is selected.
	menuOf = regexp.MustCompile(`\bFrom the ((?:[A-Za-z]+ ){1,3}(?:menu|page)), (?:select|click) ([A-Z][^.,;:]*?)(?: ` +
		`and\b|[.,;:]|$)`)
	// "For the Secret, paste the encoded key": the name of a field, and what goes into it.
	fieldFor = regexp.MustCompile(`\bFor the ([A-Z][\w -]*?), ((?:enter|paste|type|select)\b[^.]*)`)
	// The field for the alias has the same explanation everywhere.
	aliasField = regexp.MustCompile(`^(?:Set the )?([A-Z][\w ]*?)(?: \(optional\))?: This cluster alias\b`)
	// "select Add API key": a name that is selected.
	selected = regexp.MustCompile(`\b(?:[Ss]elect|[Cc]lick) ([A-Z][^.,;:()]*?)(?: (?:to|and|or|from|in|on)\b|[.,;:(]|$)`)
	hinted   = regexp.MustCompile(`elect |lick |For the |This cluster alias`)
	articles = regexp.MustCompile(`(?i)\b(?:the|an?)\b`)
)

// plain is text without articles and in lower case.
func plain(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(articles.ReplaceAllString(text, " ")), " "))
}

// screens are the names on screens, with the step's action and model as their scope: the console is the product's own,
// Kibana is not.
func screens(p *source, product string) []saying {
	var all []saying
	for i, b := range p.Blocks {
		step, ok := p.stepOf()[i]
		if b.Kind == guides.Code || !ok {
			continue
		}
		scope := product + "\x00" + p.Steps[step].Action() + "\x00" + p.Steps[step].Model
		add := func(topic, scope, value string) *saying {
			s := p.saying(b, topic, scope, `"`+value+`"`, value)
			s.screen = true
			all = append(all, s)
			return &all[len(all)-1]
		}
		text := strings.Join(strings.Fields(b.Text), " ")
		if !hinted.MatchString(text) {
			continue
		}
		for _, m := range menuOf.FindAllStringSubmatch(text, -1) {
			add(`the place to select "`+m[2]+`"`, scope, m[1])
		}
		for _, m := range fieldFor.FindAllStringSubmatch(text, -1) {
			add(`the field in which to "`+plain(m[2])+`"`, scope, m[1])
		}
		if m := aliasField.FindStringSubmatch(text); m != nil {
			add("the field for the alias on Kibana's form", "", m[1])
		}
		for _, m := range selected.FindAllStringSubmatch(text, -1) {
			// Only its articles may differ, and the step has to be told in much the same words.
			s := add(`what to select as "`+plain(m[1])+`"`, scope, m[1])
			s.near = strings.Fields(plain(strings.NewReplacer(m[1], " ", ",", " ", ".", " ", ">", " ").Replace(text)))
		}
	}
	return all
}

// A field of a remote cluster, and where its value comes from.
var (
	fieldNamed = regexp.MustCompile(`^(proxy_address|server_name|Proxy address|Remote address|(?:TLS )?[Ss]erver ` +
		`name)(?: \(optional\))?:`)
	fromPage = regexp.MustCompile(`\b[Tt]his value can be found on the (\w+) page\b`)
	fromAPI  = regexp.MustCompile(`\bresource info\b.*?\bfields? (metadata\.[\w.]*\w)`)
)

// sources says where the values of fields come from. What follows a field's name in the same list item is about it.
func sources(p *source, product string) []saying {
	var all []saying
	field, list, index := "", 0, 0
	for _, b := range p.Blocks {
		if len(b.Items) == 0 || b.Kind == guides.Code {
			field = ""
			continue
		}
		inner := b.Items[len(b.Items)-1]
		if inner.List != list || inner.Index != index {
			field, list, index = "", inner.List, inner.Index
		}
		text := strings.Join(strings.Fields(b.Text), " ")
		if m := fieldNamed.FindStringSubmatch(text); m != nil {
			field = m[1]
		}
		if field == "" {
			continue
		}
		for _, from := range []struct {
			what string
			re   *regexp.Regexp
		}{{"the page that shows ", fromPage}, {"the field of the resource info for ", fromAPI}} {
			if m := from.re.FindStringSubmatch(text); m != nil {
				all = append(all, p.saying(b, from.what+field, product, m[1], m[1]))
			}
		}
	}
	return all
}

// Package changes says what differs between two lines of Elasticsearch for who uses remote clusters: from what surveys
// of real clusters observed (fixtures/survey) and from the version facts.
package changes

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/survey"
)

// The aspects of a failure, in the order in which they are told.
const (
	request      = "request"
	searchFails  = "search, skip_unavailable false"
	searchSkips  = "search, skip_unavailable true"
	remoteInfo   = "_remote/info"
	resolve      = "_resolve/cluster"
	localLog     = "local log"
	remoteLog    = "remote log"
	whereFields  = "fields"
	whereDefault = "defaults"
)

var aspects = []string{request, searchFails, searchSkips, remoteInfo, resolve, localLog, remoteLog}

// portrait is what one line showed.
type portrait struct {
	file *survey.File
	// connections are the fields and defaults of _remote/info by model and mode, such as "certificate, proxy mode".
	connections map[string]connection
	failures    map[string]failure // by entry
}

type connection struct {
	fields   map[string]string // JSON types
	defaults map[string]string
}

// failure is what was said by aspect; each text once, sorted.
type failure map[string][]string

func portray(f *survey.File) *portrait {
	p := &portrait{file: f, connections: map[string]connection{}, failures: map[string]failure{}}
	for _, h := range f.Healthy {
		key := fmt.Sprintf("%s, %s mode", h.Model, h.Mode)
		c, known := p.connections[key]
		if !known {
			c = connection{map[string]string{}, map[string]string{}}
		}
		maps.Copy(c.fields, h.Fields)
		maps.Copy(c.defaults, h.Defaults)
		p.connections[key] = c
	}
	for _, o := range f.Seen {
		if p.failures[o.Outcome] == nil {
			p.failures[o.Outcome] = failure{}
		}
		p.failures[o.Outcome].add(o)
	}
	return p
}

func (f failure) add(o catalogue.Observation) {
	f.answer(request, o.Request, o.Alias)
	f.answer(searchFails, o.SkipUnavailableFalse, o.Alias)
	f.answer(searchSkips, o.SkipUnavailableTrue, o.Alias)
	f.object(remoteInfo, o.RemoteInfo, ownFields)
	f.object(resolve, o.ResolveCluster, nil)
	for _, l := range o.LocalLog {
		f.say(localLog, logWords(l))
	}
	for _, l := range o.RemoteLog {
		f.say(remoteLog, logWords(l))
	}
}

func (f failure) say(aspect, text string) {
	if text != "" && !slices.Contains(f[aspect], text) {
		f[aspect] = append(f[aspect], text)
		slices.Sort(f[aspect])
	}
}

func (f failure) answer(aspect string, a *catalogue.Answer, alias string) {
	if a == nil {
		return
	}
	if a.Status == catalogue.NoAnswer {
		f.say(aspect, "no answer")
		return
	}
	told := catalogue.ReadBody(a.Body)
	status := strconv.Itoa(a.Status)
	if told.Clusters != nil {
		status += ", cluster " + told.Cluster(alias)
	}
	f.say(aspect, status)
	for _, reason := range told.Reasons {
		f.say(aspect, reason)
	}
}

// ownFields are those of _remote/info that the scenario set, and not the product.
var ownFields = []string{"proxy_address", "seeds", "server_name", "skip_unavailable"}

func (f failure) object(aspect string, object map[string]any, without []string) {
	for name, value := range object {
		if slices.Contains(without, name) {
			continue
		}
		if name == "error" {
			if failed, ok := value.(map[string]any); ok {
				value = failed["reason"]
			}
		}
		f.say(aspect, fmt.Sprintf("%s %v", name, value))
	}
}

// logWords is the message of a log line, without its logger and without the causes, which the answer has, too; empty
// where the line begins no message.
func logWords(line string) string {
	said, _, _ := strings.Cut(line, " | ")
	level, rest, _ := strings.Cut(said, " ")
	_, words, ok := strings.Cut(rest, ": ")
	if !ok || level == "" || strings.ToUpper(level) != level {
		return ""
	}
	return level + " " + words
}

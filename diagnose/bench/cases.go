package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/diagnose/read"
)

// Case is what one person had at hand, and the cause that was found.
type Case struct {
	ID     string   `yaml:"id"`
	Local  string   `yaml:"local"` // version of the local cluster; empty where it is not known
	Remote string   `yaml:"remote"`
	Model  string   `yaml:"model"` // api-key, certificate, none or any
	Alias  string   `yaml:"alias"`
	Have   Have     `yaml:"have"`
	Cause  string   `yaml:"cause"` // an entry of the catalogue, "new:" before one that it lacked; healthy or unknown
	Also   []string `yaml:"also"`  // other ids that are as right
	Why    string   `yaml:"why"`
	Source string   `yaml:"source"` // what kind of place the report was made in
}

// Have is what was pasted. Logs are lines; what came as JSON is JSON.
type Have struct {
	LocalLog         []string       `yaml:"local_log"`
	RemoteLog        []string       `yaml:"remote_log"`
	Text             string         `yaml:"text"`
	Search           *CaseAnswer    `yaml:"search"`
	Request          *CaseAnswer    `yaml:"request"`
	RemoteInfo       map[string]any `yaml:"remote_info"`
	ResolveCluster   map[string]any `yaml:"resolve_cluster"`
	Settings         map[string]any `yaml:"settings"`
	ElasticsearchYML string         `yaml:"elasticsearch_yml"`
	NodeRoles        any            `yaml:"node_roles"`
	Manifest         string         `yaml:"manifest"`
}

// CaseAnswer is an answer, with the request where it is known.
type CaseAnswer struct {
	Method string `yaml:"method"`
	Path   string `yaml:"path"`
	Status int    `yaml:"status"`
	Body   string `yaml:"body"`
}

// LoadCases reads a file of cases strictly. The name is how errors call it.
func LoadCases(name string, data []byte) ([]Case, error) {
	var file struct {
		Cases      []Case `yaml:"cases"`
		Candidates []any  `yaml:"candidates"` // what the catalogue lacked when the cases were made; for people
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read the cases of %s: %w", name, err)
	}
	ids := map[string]bool{}
	for _, c := range file.Cases {
		switch {
		case c.ID == "" || c.Cause == "":
			return nil, fmt.Errorf("%s: the case %q lacks an id or a cause", name, c.ID)
		case ids[c.ID]:
			return nil, fmt.Errorf("%s: the case %s stands twice", name, c.ID)
		}
		ids[c.ID] = true
	}
	if len(file.Cases) == 0 {
		return nil, fmt.Errorf("%s has no cases", name)
	}
	return file.Cases, nil
}

// Right are the ids of the cause that was found, and of those that are as right.
func (c Case) Right() []string {
	right := []string{strings.TrimPrefix(c.Cause, "new:")}
	for _, id := range c.Also {
		right = append(right, strings.TrimPrefix(id, "new:"))
	}
	return right
}

// Sound reports whether nothing is wrong with a remote cluster in the case, so that no cause may be named.
func (c Case) Sound() bool {
	return slices.Contains([]string{"healthy", "unknown", "not-elasticsearch", "opensearch", "empty"}, c.Cause)
}

// Hints are what the person knew.
func (c Case) Hints() evidence.Hints {
	h := evidence.Hints{LocalVersion: c.Local, RemoteVersion: c.Remote, Alias: c.Alias, Model: c.Model}
	if !slices.Contains([]string{"api-key", "certificate", "none"}, h.Model) {
		h.Model = ""
	}
	return h
}

// Input is the evidence of the case, each paste as the file that it would be.
func (c Case) Input() (evidence.Input, error) {
	var all evidence.Input
	pastes, err := c.pastes()
	if err != nil {
		return all, err
	}
	for _, p := range pastes {
		if len(p.content) == 0 {
			continue
		}
		in, err := read.Read(p.source, bytes.NewReader(p.content), p.side)
		if err != nil {
			return all, fmt.Errorf("read the %s of case %s: %w", p.source, c.ID, err)
		}
		all.Pieces = append(all.Pieces, in.Pieces...)
		all.Notes = append(all.Notes, in.Notes...)
	}
	if c.Have.Text != "" {
		in := read.Sentence(c.Have.Text)
		all.Pieces = append(all.Pieces, in.Pieces...)
		all.Notes = append(all.Notes, in.Notes...)
	}
	return all, nil
}

func (c Case) pastes() ([]part, error) {
	h := c.Have
	all := []part{
		{source: "local.log", side: evidence.Local, content: []byte(strings.Join(h.LocalLog, "\n"))},
		{source: "remote.log", side: evidence.Remote, content: []byte(strings.Join(h.RemoteLog, "\n"))},
		{source: "elasticsearch.yml", side: evidence.Local, content: []byte(h.ElasticsearchYML)},
		{source: "manifest.yaml", content: []byte(h.Manifest)},
	}
	for source, answer := range map[string]*CaseAnswer{"search.json": h.Search, "request.json": h.Request} {
		if answer != nil {
			content, err := answer.pasted()
			if err != nil {
				return nil, fmt.Errorf("case %s: %w", c.ID, err)
			}
			all = append(all, part{source: source, side: evidence.Local, content: content})
		}
	}
	for source, object := range map[string]any{
		"remote_info.json":     named(c.Alias, h.RemoteInfo),
		"resolve_cluster.json": named(c.Alias, h.ResolveCluster),
		"settings.json":        persistent(h.Settings),
		"nodes.json":           roles(h.NodeRoles),
	} {
		if object == nil {
			continue
		}
		content, err := json.Marshal(object)
		if err != nil {
			return nil, fmt.Errorf("case %s: write %s: %w", c.ID, source, err)
		}
		all = append(all, part{source: source, side: evidence.Local, content: content})
	}
	slices.SortStableFunc(all, func(a, b part) int { return strings.Compare(a.source, b.source) })
	return all, nil
}

// pasted is an answer as somebody pastes it from Dev Tools: the request, if it is known, and the body with its status.
func (a CaseAnswer) pasted() ([]byte, error) {
	var b bytes.Buffer
	if a.Path != "" {
		fmt.Fprintf(&b, "%s %s\n", a.Method, a.Path)
	}
	body := json.RawMessage(a.Body)
	if !json.Valid(body) {
		text, err := json.Marshal(a.Body)
		if err != nil {
			return nil, fmt.Errorf("write a body: %w", err)
		}
		body = text
	}
	data, err := json.Marshal(map[string]any{"status": a.Status, "body": body})
	if err != nil {
		return nil, fmt.Errorf("write an answer: %w", err)
	}
	b.Write(data)
	return b.Bytes(), nil
}

// named puts an alias around its object, as _remote/info and _resolve/cluster do.
func named(alias string, object map[string]any) any {
	if object == nil {
		return nil
	}
	for _, v := range object {
		if _, nested := v.(map[string]any); nested {
			return object // it has its alias
		}
	}
	if alias == "" {
		alias = "remote"
	}
	return map[string]any{alias: object}
}

func persistent(settings map[string]any) any {
	if settings == nil {
		return nil
	}
	return map[string]any{"persistent": settings, "transient": map[string]any{}}
}

func roles(of any) any {
	if of == nil {
		return nil
	}
	return map[string]any{"nodes": map[string]any{"node": map[string]any{"name": "node", "roles": of}}}
}

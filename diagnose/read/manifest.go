package read

import (
	"regexp"
	"strings"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
)

// serverPort is where the remote cluster server listens.
const serverPort = "9443"

// readYAML makes pieces of one document of YAML; number gives the line in the input of one of the document.
func (s *stream) readYAML(v *value, number func(int) int) {
	line := func(of *value) int { return number(of.at) }
	switch {
	case v.kind == '[':
		for _, item := range v.sub {
			if item.kind == '{' {
				s.readYAML(item, number)
			}
		}
	case v.kind != '{':
	case v.has("kind") && v.has("apiVersion"), v.has("nodeSets"):
		s.readManifest(v, line)
	case v.has("services") && v.get("services").kind == '{':
		s.readCompose(v.get("services"), line)
	default:
		s.readElasticsearchYML(v, "", line)
		s.readVariables(v, line)
		s.readNested(v, line)
	}
}

// readJSONManifest reads a manifest that kubectl printed as JSON.
func (s *stream) readJSONManifest(b body, v *value) { s.readManifest(v, b.at) }

// readElasticsearchYML makes pieces of settings. node is the name of what they are of, such as a nodeSet; may be empty.
func (s *stream) readElasticsearchYML(v *value, node string, line func(*value) int) {
	var all []setting
	for _, f := range flatten(v, "") {
		f.name = strings.TrimPrefix(f.name, "archived.")
		if usefulSettings.MatchString(f.name) {
			f.line = line(f.of)
			all = append(all, f)
		}
	}
	if node == "" {
		for _, f := range all {
			if f.name == "cluster.name" {
				s.doc.cluster(f.value, f.line)
			}
		}
	}
	s.addSettings(evidence.Configuration, "", node, all)
}

// readManifest makes a piece of a Kubernetes object, and pieces of the configurations within it.
func (s *stream) readManifest(v *value, line func(*value) int) {
	if items := v.get("items"); items != nil && items.kind == '[' {
		for _, item := range items.sub {
			s.readManifest(item, line)
		}
		return
	}
	kind, name := v.first("kind"), v.first("metadata.name")
	before := s.side
	if s.side == evidence.Unknown {
		s.side = sideOfFile(name)
	}
	defer func() { s.side = before }()
	p := evidence.Piece{Kind: evidence.Manifest, Line: line(v)}
	if kind == "Elasticsearch" || kind == "Kibana" {
		p.Version = v.first("spec.version")
	}
	p.Texts, p.Lines = manifestTexts(v, kind == "Secret", line)
	p.Shown = strings.TrimSpace(kind + " " + name)
	if spec := shownSpec(p.Texts); spec != "" {
		p.Shown += ": " + spec
	}
	if kind == "Service" {
		derivePorts(&p, name, v.field("spec.ports"), line)
	}
	if ports := v.field("spec.remoteClusterServer.service.spec.ports"); kind == "Elasticsearch" && ports != nil {
		derivePorts(&p, name+"-es-remote-cluster", ports, line)
	}
	s.add(p)
	s.readNodeSets(v, line)
	if kind != "Secret" {
		s.readVariables(v, line)
		s.readNested(v, line)
	}
}

// manifestTexts gives the fields of an object, of a Secret only what names it.
func manifestTexts(v *value, secret bool, line func(*value) int) (texts []string, lines []int) {
	for _, f := range flatten(v, "") {
		if manifestNoise.MatchString(f.name) || strings.Contains(f.value, "\n") {
			continue
		}
		if secret && !strings.HasPrefix(f.name, "metadata") {
			continue
		}
		text := f.name + ": " + f.value
		if isSecretName(f.name) {
			text = f.name + ": " + redactedMark
		}
		texts = append(texts, cutBytes(text, maxText))
		lines = append(lines, line(f.of))
		if len(texts) >= 300 {
			break
		}
	}
	return texts, lines
}

// readNodeSets makes pieces of the configurations of an object's node sets, or of a scrap that begins with them.
func (s *stream) readNodeSets(v *value, line func(*value) int) {
	if sets := v.field("spec.nodeSets"); sets != nil {
		for _, set := range sets.sub {
			if config := set.get("config"); config != nil {
				s.readElasticsearchYML(config, set.first("name"), line)
			}
		}
	} else if sets := v.get("nodeSets"); sets != nil {
		for _, set := range sets.sub {
			s.readElasticsearchYML(set.get("config"), set.first("name"), line)
		}
	}
}

// manifestNoise are fields that the API server adds, and settings that are pieces of their own.
var manifestNoise = regexp.MustCompile(`^metadata\.(?:managedFields|annotations\.kubectl|uid|resourceVersion|generation|creationTimestamp)|` +
	`^status\.(?:conditions)|\.config\.|\.env\.`)

func shownSpec(texts []string) string {
	var parts []string
	for _, t := range texts {
		if strings.HasPrefix(t, "spec.") && len(parts) < 12 {
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, ", ")
}

// derivePorts says which ports a service has, and whether one of them is the remote cluster server's.
func derivePorts(p *evidence.Piece, name string, ports *value, line func(*value) int) {
	if ports == nil || ports.kind != '[' || len(ports.sub) == 0 {
		return
	}
	server := false
	for _, port := range ports.sub {
		number, target := port.first("port"), port.first("targetPort")
		if number == "" {
			continue
		}
		if target == "" {
			target = number
		}
		server = server || number == serverPort || target == serverPort
		p.Texts = append(p.Texts, evidence.Derived+"service "+name+" has port "+number+" and targetPort "+target)
		p.Lines = append(p.Lines, line(port))
	}
	if !server {
		p.Texts = append(p.Texts, evidence.Derived+"service "+name+" has no port "+serverPort)
		p.Lines = append(p.Lines, line(ports))
	}
}

// readCompose makes a piece of the settings of each service of a Compose file.
func (s *stream) readCompose(services *value, line func(*value) int) {
	before := s.side
	for i, name := range services.keys {
		if s.side = before; s.side == evidence.Unknown {
			s.side = sideOfFile(name)
		}
		var all []setting
		for _, pair := range pairs(services.sub[i].get("environment")) {
			if f, ok := environmentSetting(pair.name, pair.value); ok {
				f.line = line(pair.of)
				all = append(all, f)
			}
		}
		node := ""
		if len(services.keys) > 1 {
			node = name
		}
		s.addSettings(evidence.Configuration, "", node, all)
		if version := imageVersion.FindStringSubmatch(services.sub[i].first("image")); version != nil {
			s.add(evidence.Piece{Kind: evidence.Configuration, Line: line(services.sub[i]), Version: version[1],
				Texts: []string{"service " + name + " has image " + version[0]}})
		}
	}
	s.side = before
}

var imageVersion = regexp.MustCompile(`[\w./-]*elasticsearch[\w-]*:(\d+\.\d+\.\d+)`)

// pairs gives names and values of variables, however they are written: a=b in a list, a: b, or {name: a, value: b}.
func pairs(v *value) []setting {
	if v == nil {
		return nil
	}
	var all []setting
	if v.kind == '{' {
		for i, key := range v.keys {
			all = append(all, setting{name: key, value: v.sub[i].text(), of: v.sub[i]})
		}
		return all
	}
	for _, item := range v.sub {
		if name := item.first("name"); name != "" {
			all = append(all, setting{name: name, value: item.first("value"), of: item})
		} else if name, value, ok := strings.Cut(item.text(), "="); ok {
			all = append(all, setting{name: name, value: strings.Trim(value, `"'`), of: item})
		}
	}
	return all
}

// readVariables reads settings that containers get by their environment.
func (s *stream) readVariables(v *value, line func(*value) int) {
	var all []setting
	walk(v, 0, func(o *value) {
		for _, name := range []string{"env", "environment", "extraEnvs"} {
			for _, pair := range pairs(o.get(name)) {
				if f, ok := environmentSetting(pair.name, pair.value); ok {
					f.line = line(pair.of)
					all = append(all, f)
				}
			}
		}
	})
	s.addSettings(evidence.Configuration, "", "", all)
}

// readNested reads files within a document, such as elasticsearch.yml in a ConfigMap.
func (s *stream) readNested(v *value, line func(*value) int) {
	walk(v, 0, func(o *value) {
		for i, key := range o.keys {
			text, ok := o.sub[i].any.(string)
			if !ok || !strings.HasSuffix(key, ".yml") && !strings.HasSuffix(key, ".yaml") || !strings.Contains(text, ":") {
				continue
			}
			first := line(o.sub[i])
			rows := make([]row, 0, 16)
			for n, t := range strings.Split(text, "\n") {
				rows = append(rows, row{first + n, t})
			}
			if len(text) < maxBlock {
				s.readDocument(rows)
			}
		}
	})
}

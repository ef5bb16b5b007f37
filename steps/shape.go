package steps

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/crosscheck-dev/crosscheck/reports"
)

// setBy names the settings of an alias that decide a field of _remote/info, where they are not called like it.
var setBy = map[string][]string{
	"max_proxy_socket_connections": {"proxy_socket_connections"},
	"max_connections_per_cluster":  {"node_connections", "connections_per_cluster"},
}

// RemoteInfo is how _remote/info showed each alias when it was first seen connected, and in what that differs from the
// documented shape and defaults.
func (s *Scenario) RemoteInfo() ([]reports.RemoteInfo, []string) { return s.shapes, s.notes }

// remember keeps the shape of what _remote/info shows of a connected remote cluster, once for each alias and mode.
func (s *Scenario) remember(alias string, info map[string]any) {
	if info["connected"] != true || s.remotes[alias] == nil {
		return
	}
	seen := reports.RemoteInfo{Alias: s.nameOf(alias), Mode: facts.NoMode, Fields: map[string]string{}, Defaults: map[string]string{}}
	if mode, ok := info["mode"].(string); ok {
		seen.Mode = mode
	}
	if slices.ContainsFunc(s.shapes, func(o reports.RemoteInfo) bool { return o.Alias == seen.Alias && o.Mode == seen.Mode }) {
		return
	}
	for field, value := range info {
		seen.Fields[field] = jsonType(value)
		if wanted, ok := s.env.Facts.DefaultOf(field, s.pair.Local); ok && !s.wasSet(alias, field) {
			seen.Defaults[field] = text(value)
			if text(value) != wanted {
				s.noteOnce(fmt.Sprintf("_remote/info shows %s %s where nothing set it, and fixtures/versions.yaml says %s for %s",
					field, text(value), wanted, s.pair.Local.Original()))
			}
		}
	}
	s.shapes = append(s.shapes, seen)
	slices.SortFunc(s.shapes, func(a, b reports.RemoteInfo) int { return strings.Compare(a.Alias+" "+a.Mode, b.Alias+" "+b.Mode) })
	s.compareShape(seen)
}

// compareShape notes in what a shape differs from the documented one.
func (s *Scenario) compareShape(seen reports.RemoteInfo) {
	version := s.pair.Local.Original()
	documented, ok := s.env.Facts.Shape(s.pair.Local, seen.Mode)
	if !ok {
		s.noteOnce(fmt.Sprintf("fixtures/versions.yaml has no shape of _remote/info in mode %s for %s", seen.Mode, version))
		return
	}
	for field := range seen.Fields {
		if !slices.Contains(documented.Fields, field) && !slices.Contains(documented.Optional, field) {
			s.noteOnce(fmt.Sprintf("_remote/info in mode %s has the field %s, which is not documented for %s", seen.Mode, field, version))
		}
	}
	for _, field := range documented.Fields {
		if _, has := seen.Fields[field]; !has {
			s.noteOnce(fmt.Sprintf("_remote/info in mode %s lacks the field %s, which is documented for %s", seen.Mode, field, version))
		}
	}
}

func (s *Scenario) noteOnce(text string) {
	if !slices.Contains(s.notes, text) {
		s.notes = append(s.notes, text)
		slices.Sort(s.notes)
	}
}

// nameOf is what the feature calls an alias.
func (s *Scenario) nameOf(alias string) string {
	for name, own := range s.aliases {
		if own == alias {
			return name
		}
	}
	return alias
}

// wasSet reports whether the scenario has set what a field of _remote/info shows, for the alias or for the whole node.
func (s *Scenario) wasSet(alias, field string) bool {
	for _, name := range append([]string{field}, setBy[field]...) {
		if s.remotes[alias][name] != nil {
			return true
		}
		if _, ok := s.localSpec.Settings["cluster.remote."+name]; ok {
			return true
		}
	}
	return false
}

// jsonType names the type of a decoded JSON value.
func jsonType(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

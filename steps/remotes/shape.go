package remotes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// setBy names the settings of an alias that decide a field of _remote/info, where they are not called like it.
var setBy = map[string][]string{
	"max_proxy_socket_connections": {"proxy_socket_connections"},
	"max_connections_per_cluster":  {"node_connections", "connections_per_cluster"},
}

// Shapes are how _remote/info showed each alias when it was first seen connected. In what that differs from the
// documented shape and defaults goes into the world's notes.
func (r *Remotes) Shapes() []reports.RemoteInfo { return r.shapes }

// remember keeps the shape of what _remote/info shows of a connected remote cluster, once for each alias and mode.
func (r *Remotes) remember(alias string, info map[string]any) {
	remote, added := r.Of(alias)
	if info["connected"] != true || !added {
		return
	}
	seen := reports.RemoteInfo{Alias: r.world.Names.Of(alias), Mode: facts.NoMode,
		Fields: map[string]string{}, Defaults: map[string]string{}}
	if mode, ok := info["mode"].(string); ok {
		seen.Mode = mode
	}
	if slices.ContainsFunc(r.shapes, func(o reports.RemoteInfo) bool {
		return o.Alias == seen.Alias && o.Mode == seen.Mode
	}) {
		return
	}
	local := r.world.Pair.Local
	for field, value := range info {
		seen.Fields[field] = jsonType(value)
		if wanted, ok := r.world.Env.Facts.DefaultOf(field, local); ok && !r.wasSet(remote, field) {
			got := verdict.Text(value)
			seen.Defaults[field] = got
			if got != wanted {
				r.world.Notes.Add(fmt.Sprintf("_remote/info shows %s %s where nothing set it, and fixtures/versions.yaml "+
					"says %s for %s", field, got, wanted, local.Original()))
			}
		}
	}
	r.shapes = append(r.shapes, seen)
	slices.SortFunc(r.shapes, func(a, b reports.RemoteInfo) int {
		return strings.Compare(a.Alias+" "+a.Mode, b.Alias+" "+b.Mode)
	})
	r.compareShape(seen)
}

// compareShape notes in what a shape differs from the documented one.
func (r *Remotes) compareShape(seen reports.RemoteInfo) {
	version := r.world.Pair.Local.Original()
	documented, ok := r.world.Env.Facts.Shape(r.world.Pair.Local, seen.Mode)
	if !ok {
		r.world.Notes.Add(fmt.Sprintf("fixtures/versions.yaml has no shape of _remote/info in mode %s for %s",
			seen.Mode, version))
		return
	}
	for field := range seen.Fields {
		if !slices.Contains(documented.Fields, field) && !slices.Contains(documented.Optional, field) {
			r.world.Notes.Add(fmt.Sprintf("_remote/info in mode %s has the field %s, which is not documented for %s",
				seen.Mode, field, version))
		}
	}
	for _, field := range documented.Fields {
		if _, has := seen.Fields[field]; !has {
			r.world.Notes.Add(fmt.Sprintf("_remote/info in mode %s lacks the field %s, which is documented for %s",
				seen.Mode, field, version))
		}
	}
}

// wasSet reports whether the scenario has set what a field of _remote/info shows, for the alias or for the whole node.
func (r *Remotes) wasSet(remote *Remote, field string) bool {
	for _, name := range append([]string{field}, setBy[field]...) {
		if remote.Settings[name] != nil {
			return true
		}
		if _, ok := r.world.Clusters.LocalSpec.Settings["cluster.remote."+name]; ok {
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

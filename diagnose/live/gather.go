package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/diagnose/evidence"
	"github.com/crosscheck-dev/crosscheck/diagnose/read"
	"github.com/crosscheck-dev/crosscheck/fixtures/strict"
)

// The paths that are asked. Filters keep answers small on large clusters.
const (
	rootPath     = "/"
	infoPath     = "/_remote/info"
	settingsPath = "/_cluster/settings?flat_settings=true&include_defaults=false"
	nodesPath    = "/_nodes?filter_path=cluster_name,nodes.*.name,nodes.*.version,nodes.*.build_flavor,nodes.*.roles," +
		"nodes.*.attributes,nodes.*.transport_address,nodes.*.transport,nodes.*.http.publish_address," +
		"nodes.*.remote_cluster_server,nodes.*.settings.cluster.remote,nodes.*.settings.remote_cluster*," +
		"nodes.*.settings.node,nodes.*.settings.transport,nodes.*.settings.network,nodes.*.settings.xpack.security"
	licensePath = "/_license"
	ccrPath     = "/_ccr/stats"
)

// resolveSince is the version from which _resolve/cluster is there.
var resolveSince = semver.MustParse("8.13.0")

// Gather asks a cluster, and the remote one where Options name it, and makes pieces of what they answer. It changes
// nothing. What could not be seen is a note. It is a UsageError when the caller has to do something otherwise (a wrong
// address, password or alias), and an UnreachableError when a cluster does not answer at all.
func Gather(ctx context.Context, o Options) (evidence.Input, error) {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Search <= 0 {
		o.Search = requestTimeout
	}
	if o.Alias != "" && strings.ContainsAny(o.Alias, `:*,/\? "<>|`) {
		return evidence.Input{}, &UsageError{Where: "--alias " + o.Alias, What: "an alias is the name of one remote cluster"}
	}
	bounded, cancel := context.WithTimeoutCause(ctx, o.Timeout,
		fmt.Errorf("the time for everything is over (%s; --timeout gives more)", o.Timeout))
	defer cancel()
	local, closeLocal, err := open(evidence.Local, o.URL, o.Auth)
	if err != nil {
		return evidence.Input{}, err
	}
	defer closeLocal()
	var remote *cluster
	if o.RemoteURL != "" { // what is wrong with its options is said before anything is asked
		var closeRemote func()
		if remote, closeRemote, err = open(evidence.Remote, o.RemoteURL, o.RemoteAuth); err != nil {
			return evidence.Input{}, err
		}
		defer closeRemote()
	}
	remotes, err := local.asLocal(bounded, o)
	if err != nil {
		return evidence.Input{}, interrupted(ctx, err)
	}
	all := []evidence.Input{{Pieces: local.pieces, Notes: local.notes}}
	if remote != nil {
		if err := remote.asRemote(bounded); err != nil {
			return evidence.Input{}, interrupted(ctx, err)
		}
		all = append(all, evidence.Input{Pieces: remote.pieces, Notes: remote.notes})
	}
	if o.Probe {
		all = append(all, probeAll(bounded, remotes))
	}
	if ctx.Err() != nil {
		return evidence.Input{}, context.Cause(ctx)
	}
	return read.Join(all...), nil
}

// interrupted prefers that the caller wanted an end over what broke because of it.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// asLocal reads the cluster that has the remote clusters configured.
func (c *cluster) asLocal(ctx context.Context, o Options) ([]remoteCluster, error) {
	if err := c.identify(ctx); err != nil {
		return nil, err
	}
	info, err := c.get(ctx, infoPath, nil)
	switch {
	case err != nil:
		c.note(infoPath, evidence.NotSeen, err.Error()+".")
	case info.Status == http.StatusForbidden: // a failure of the catalogue: evidence, and a note
		c.keep(info)
		c.note(infoPath, evidence.Refused, "The user lacks the cluster privilege monitor; give a role of the user that "+
			"privilege, or ask as somebody who has it.")
	default:
		c.keep(info)
	}
	settings := c.observe(ctx, settingsPath)
	c.observe(ctx, nodesPath)
	c.observe(ctx, licensePath)
	known := remotesOf(c.pieces)
	complete := settings && err == nil && info.Status == http.StatusOK
	chosen, err := c.choose(o.Alias, known, complete)
	if err != nil {
		return nil, err
	}
	c.pieces = slices.DeleteFunc(c.pieces, func(p evidence.Piece) bool {
		return o.Alias != "" && p.Alias != "" && p.Alias != o.Alias
	})
	c.privileges(ctx, chosen)
	for _, r := range chosen {
		c.ask(ctx, r.alias, o)
	}
	if res, err := c.get(ctx, ccrPath, nil); err == nil && res.Status == http.StatusOK {
		c.keep(res)
	}
	return chosen, nil
}

// choose picks the remote clusters that it is about. complete tells that all there are is known.
func (c *cluster) choose(alias string, known map[string]remoteCluster, complete bool) ([]remoteCluster, error) {
	names := slices.Sorted(maps.Keys(known))
	if alias != "" {
		r, there := known[alias]
		switch {
		case there || !complete:
			r.alias = alias
			return []remoteCluster{r}, nil
		case len(names) == 0:
			return nil, &UsageError{Where: "--alias " + alias,
				What: c.url.String() + " has no remote clusters at all; is it the local one?"}
		}
		return nil, &UsageError{Where: "--alias " + alias, What: fmt.Sprintf(
			"%s has no remote cluster of this name; did you mean %q? It has %s", c.url, strict.Nearest(alias, names),
			strings.Join(names, ", "))}
	}
	if len(names) == 0 {
		text := "The cluster has no remote clusters."
		if !complete {
			text = "Which remote clusters there are could not be seen; name one with --alias."
		}
		c.note(infoPath, evidence.NotSeen, text)
	}
	chosen := make([]remoteCluster, 0, len(names))
	for _, name := range names {
		chosen = append(chosen, known[name])
	}
	return chosen, nil
}

// ask has the cluster reach a remote one: by _resolve/cluster, and by a search that returns no documents.
func (c *cluster) ask(ctx context.Context, alias string, o Options) {
	target := "/" + url.PathEscape(alias) + ":*"
	if v, err := semver.NewVersion(c.version); err != nil || !v.LessThan(resolveSince) {
		c.observe(ctx, "/_resolve/cluster"+target)
	}
	path := target + "/_search?size=0&track_total_hits=1&ignore_unavailable=true"
	res, err := c.getWithin(ctx, o.Search, path, nil)
	if err == nil {
		c.keep(res)
		return
	}
	if !errors.Is(err, errTooLong) {
		c.note(path, evidence.NotSeen, err.Error()+".")
		return
	}
	text := fmt.Sprintf("GET %s was not answered within %s", target+"/_search", o.Search)
	c.pieces = append(c.pieces, evidence.Piece{
		Kind: evidence.Answer, Side: c.side, Source: c.source(path), Request: "GET " + target + "/_search",
		Alias: alias, NoAnswer: true, Version: c.version, Shown: text, Texts: []string{text},
	})
	c.pieces = slices.DeleteFunc(c.pieces, func(p evidence.Piece) bool { // what it says now counts
		return p.Kind == evidence.RemoteInfo && p.Alias == alias
	})
	before := len(c.pieces)
	c.observe(ctx, infoPath)
	again := slices.DeleteFunc(slices.Clone(c.pieces[before:]), func(p evidence.Piece) bool { return p.Alias != alias })
	c.pieces = append(c.pieces[:before], again...)
}

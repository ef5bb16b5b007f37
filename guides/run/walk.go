package run

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/steps/access"
	"github.com/crosscheck-dev/crosscheck/steps/clusters"
	"github.com/crosscheck-dev/crosscheck/steps/eck"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
)

// walk carries out a guide: a world like that of a scenario, with the nouns that guides are about.
type walk struct {
	Guide
	world       *world.World
	description *clusters.Description
	remotes     *remotes.Remotes
	keys        *access.Keys
	users       *access.Users
	sides       *eck.Sides
	done        map[string]int  // action -> line of the first step that is about it
	stood       map[string]bool // actions that were brought about in place of a step
	kubernetes  *kubernetes     // nil where there is no ECK
}

func newWalk(g Guide, env *world.Env, pair world.Pair) *walk {
	w := world.New(env, pair)
	known, users := remotes.New(w), access.NewUsers(w)
	keys := access.NewKeys(w, users)
	sides := eck.New(w, known, keys)
	known.Explain = sides.Explain
	return &walk{Guide: g, world: w, description: clusters.New(w), remotes: known, keys: keys, users: users, sides: sides,
		done: map[string]int{}, stood: map[string]bool{}}
}

// close removes what the walk made and gives its clusters back.
func (w *walk) close(ctx context.Context) error {
	defer w.sides.Close()
	return w.world.Close(ctx)
}

// prepare describes the clusters as they are before the first step, and starts them.
func (w *walk) prepare(ctx context.Context) error {
	w.world.Names.Call(alias, w.pageAlias())
	if w.world.Env.ECK != nil && AboutECK(w.Page) {
		return w.prepareKubernetes(ctx)
	}
	if w.Model == guides.Certificate {
		if err := w.description.TrustEachOther(ctx); err != nil {
			return err
		}
	} else if err := errors.Join(w.description.EnableServer(ctx), w.description.TrustServer(ctx)); err != nil {
		return err
	}
	return w.description.AddDocuments(ctx, index, 3)
}

// pageAlias is the alias that the page's own snippet uses, where it is a name and not a placeholder.
func (w *walk) pageAlias() string {
	for _, step := range w.Page.Steps {
		if found := w.aliasIn(step); found != "" && w.excluded(step) == "" {
			return found
		}
	}
	return w.world.Names.Unique(alias)
}

// excluded is why a step is not for this walk; empty when it is.
func (w *walk) excluded(step guides.Step) string {
	var operator *semver.Version
	if w.kubernetes != nil {
		operator = w.kubernetes.operator()
	}
	return w.excludes(step, w.world.Pair.Local, operator)
}

// carryOut does what a step says: its requests as they stand, everything else by the action that it is about.
func (w *walk) carryOut(ctx context.Context, step guides.Step) (state, how string, err error) {
	requests, manifests, other := w.snippets(step, w.kubernetes != nil)
	state = Done
	if len(manifests) > 0 {
		if how, err = w.kubernetes.carryOut(ctx, step, manifests); err == nil {
			w.done[step.Action()] = step.Line
		}
		return state, how, err
	}
	if w.kubernetes != nil {
		if err := w.kubernetes.ready(ctx); err != nil {
			return state, "", err
		}
	}
	switch {
	case len(requests) > 0:
		how, err = w.sendRequests(ctx, step, requests)
		return state, how, err
	case other != "":
		state = NotRun
	}
	action := step.Action()
	if line, again := w.done[action]; again && slices.Contains(once, action) {
		how = fmt.Sprintf("one with the step in line %d", line)
		if w.stood[action] {
			state = NotRun
		}
	} else if how, err = w.act(ctx, action, step); how == "" && err == nil {
		state, how = NotRun, "crosscheck knows no action for it"
	}
	if _, again := w.done[action]; !again {
		w.done[action], w.stood[action] = step.Line, other != ""
	}
	if other != "" && err == nil {
		how = other + "; in its place: " + how
	}
	return state, how, err
}

// once are the actions that pages describe in several steps, and that are carried out with the first.
var once = []string{guides.CreateKey, guides.StoreKey, guides.ConnectRemote}

// act does what a step on a screen, or in an environment that is not here, comes to on the clusters. how is empty for
// an action that is none of the walk's.
func (w *walk) act(ctx context.Context, action string, step guides.Step) (how string, err error) {
	asks := slices.Contains([]string{guides.CreateKey, guides.ConnectRemote, guides.Verify, guides.RolesAndUsers}, action)
	if asks && (w.world.Local() == nil || w.world.Remote() == nil) { // on ECK the page's manifests make them
		return "", &pageError{errors.New("no manifest before this step has made the clusters that it is about")}
	}
	switch action {
	case guides.Prerequisites:
		return w.checkPrerequisites(step)
	case guides.CreateKey:
		return "POST _security/cross_cluster/api_key on the remote cluster",
			w.keys.CreateCrossClusterKey(ctx, "search", index)
	case guides.StoreKey, guides.ReloadSecure:
		return w.storeKey(ctx, action)
	case guides.ConnectRemote:
		return w.connectRemote(ctx)
	case guides.Verify:
		return w.verifyConnection(ctx, step)
	case guides.RolesAndUsers:
		return w.searchAsUser(ctx)
	case guides.EnableServer, guides.ExternalAccess, guides.TrustAuthority, guides.TrustBothSides:
		switch {
		case w.kubernetes == nil:
			return "the clusters were started with it", nil
		case action == guides.TrustBothSides && len(w.kubernetes.local) > 0:
			return w.kubernetes.repeatForRemote(ctx, step)
		}
		return ofManifests, nil
	}
	return "", nil
}

// ofManifests is how a step is carried out on ECK whose part other steps have in their manifests.
const ofManifests = "part of the manifests of other steps"

func (w *walk) storeKey(ctx context.Context, action string) (string, error) {
	switch {
	case w.kubernetes != nil:
		return ofManifests, nil
	case action == guides.ReloadSecure:
		return w.keys.TakeUp(ctx)
	}
	how, err := w.keys.StoreWithTool(ctx, alias)
	return "elasticsearch-keystore add cluster.remote." + w.alias() + ".credentials, and " + how, err
}

func (w *walk) connectRemote(ctx context.Context) (string, error) {
	port := topology.RemoteClusterServerPort
	if w.Model == guides.Certificate {
		port = topology.TransportPort
	}
	if err := w.remotes.AddInProxyMode(ctx, alias, port); err != nil {
		return "", err
	}
	how := fmt.Sprintf("PUT _cluster/settings with what the screen asks for, port %d", port)
	return how, w.remotes.ExpectConnected(ctx, alias)
}

func (w *walk) searchAsUser(ctx context.Context) (string, error) {
	if err := w.users.SearchAsLocalUser(ctx, index, alias); err != nil {
		return "", err
	}
	if w.Model == guides.Certificate {
		if err := w.users.GrantRemoteRole(ctx, index); err != nil {
			return "", err
		}
	}
	return "a local user with remote indices privileges searches across", w.remotes.ExpectHits(ctx, alias+":"+index, 3)
}

var leastNeeded = regexp.MustCompile(`(\d+\.\d+(?:\.\d+)?) or (?:later|newer|higher|greater)`)

func (w *walk) checkPrerequisites(step guides.Step) (string, error) {
	m := leastNeeded.FindStringSubmatch(step.Title)
	if m == nil {
		return "nothing to do", nil
	}
	least, err := semver.NewVersion(m[1])
	if err != nil {
		return "", &pageError{fmt.Errorf("read the version: %w", err)}
	}
	pair := w.world.Pair
	if pair.Local.LessThan(least) || pair.Remote.LessThan(least) {
		return "", &verdict.Mismatch{What: "the versions", Wanted: m[0], Got: pair.String()}
	}
	return "the pair is " + pair.String(), nil
}

// expectWorking checks what every guide is for.
func (w *walk) expectWorking(ctx context.Context) error {
	if _, added := w.remotes.Its(); !added {
		return &verdict.Mismatch{What: "the page", Wanted: "a step that adds the remote cluster", Got: "none was carried out"}
	}
	w.world.Searcher = nil
	if err := w.remotes.ExpectHits(ctx, alias+":"+index, 3); err != nil {
		return err
	}
	return w.remotes.ExpectThroughBalancer(ctx)
}

// alias is the walk's alias as the clusters know it.
func (w *walk) alias() string { return w.world.Names.Alias(alias) }

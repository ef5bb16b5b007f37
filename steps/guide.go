package steps

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/reports"
)

// What became of a step of a guide.
const (
	GuideDone   = "done"
	GuideFailed = "failed"
	GuideNotRun = "not run"
)

// GuideStep is a step of a page, carried out or not.
type GuideStep struct {
	Anchor string `json:"anchor"`
	Line   int    `json:"line"`
	Title  string `json:"title"`
	State  string `json:"state"`
	// How says what was done, or why nothing was.
	How    string `json:"how"`
	Wanted string `json:"wanted,omitempty"`
	Got    string `json:"got,omitempty"`
}

// Guide is the steps of a page for one model, to be carried out on a live pair.
type Guide struct {
	Page  *guides.Page
	Model string
	// Bindings are values of placeholders, by name without brackets; they go before the walk's own.
	Bindings map[string]string
}

// The names that the walk uses for what the page leaves to its reader.
const guideAlias, guideIndex = "partner", "logs"

// Walk carries out the steps in order and reports each. After one that failed the others are not run. An error means that the
// walk itself broke.
func (g Guide) Walk(ctx context.Context, env *Env, pair Pair, report func(GuideStep)) (err error) {
	w := &walk{Guide: g, Scenario: New(env, pair), done: map[string]int{}, stood: map[string]bool{}}
	defer func() { err = errors.Join(err, w.Close(ctx)) }()
	if err := w.prepare(ctx); err != nil {
		return fmt.Errorf("prepare the clusters: %w", err)
	}
	failed := 0
	finish := func(s GuideStep, err error) error {
		if err != nil {
			var mismatch *reports.Mismatch
			if ctx.Err() != nil {
				return err
			}
			s.State, s.Got, failed = GuideFailed, err.Error(), s.Line
			if errors.As(err, &mismatch) {
				s.Wanted, s.Got = mismatch.Wanted, mismatch.Got
			}
		}
		report(s)
		return nil
	}
	for _, step := range g.Page.Steps {
		s := GuideStep{Anchor: step.Anchor, Line: step.Line, Title: step.Title, State: GuideNotRun}
		if failed > 0 {
			s.How = fmt.Sprintf("the step in line %d failed", failed)
			report(s)
			continue
		}
		if s.How = w.excluded(step); s.How != "" {
			report(s)
			continue
		}
		if err := finish(s.carriedOut(w.carryOut(ctx, step))); err != nil {
			return err
		}
	}
	if failed > 0 {
		return nil
	}
	end := GuideStep{Anchor: "end", Title: "the clusters are connected", State: GuideDone, How: "a search across finds 3 documents, through the load balancer"}
	return finish(end, w.works(ctx))
}

func (s GuideStep) carriedOut(state, how string, err error) (GuideStep, error) {
	s.State, s.How = state, how
	return s, err
}

type walk struct {
	Guide
	*Scenario
	done  map[string]int  // action -> line of the first step that is about it
	stood map[string]bool // actions that were brought about in place of a step
}

// prepare starts the clusters as they are before the first step.
func (w *walk) prepare(ctx context.Context) error {
	if w.Model == guides.Certificate {
		if err := w.mutualTrust(ctx); err != nil {
			return err
		}
	} else if err := errors.Join(w.remoteWithServer(ctx), w.localTrustsServer(ctx)); err != nil {
		return err
	}
	w.aliases[guideAlias] = w.pageAlias()
	return w.documents(ctx, guideIndex, 3)
}

// aliasOf is the alias in the body of a settings update, nested or with dots.
var aliasOf = regexp.MustCompile(`(?s)"remote"\s*:\s*\{\s*"([^"]+)"|"cluster\.remote\.([\w-]+)`)

// pageAlias is the alias that the page's own snippet uses, where it is a name and not a placeholder.
func (w *walk) pageAlias() string {
	for _, step := range w.Page.Steps {
		if w.excluded(step) != "" {
			continue
		}
		for _, i := range step.Blocks {
			b := w.Page.Blocks[i]
			if m := aliasOf.FindStringSubmatch(b.Code.Text); m != nil && b.Language() == guides.Console && !strings.Contains(m[1]+m[2], "<") {
				return m[1] + m[2]
			}
		}
	}
	return w.unique(guideAlias)
}

// excluded is why a step is not for this walk; empty when it is.
func (w *walk) excluded(step guides.Step) string {
	if step.Model != "" && step.Model != w.Model {
		return "it belongs to the " + step.Model + " model"
	}
	if limit := limits(step.Applies); limit != nil && !limit.Check(w.pair.Local) {
		return fmt.Sprintf("it is for %q, and the local cluster is %s", step.Applies, w.pair.Local.Original())
	}
	return ""
}

var (
	aboveBelow = regexp.MustCompile(`(?i)\babove (\d+\.\d+(?:\.\d+)?) and below (\d+\.\d+(?:\.\d+)?)`)
	stackRange = regexp.MustCompile(`(?i)^\s*stack:?\s*(?:ga )?(\d+\.\d+)(?:\s*-\s*(\d+\.\d+))?`)
)

// limits reads the versions of the stack that a title names; nil for none, and for versions of something else.
func limits(title string) *semver.Constraints {
	text := ""
	if m := aboveBelow.FindStringSubmatch(title); m != nil {
		text = ">" + m[1] + " <" + m[2]
	} else if m := stackRange.FindStringSubmatch(title); m != nil {
		if text = ">=" + m[1]; m[2] != "" {
			text += " <=" + m[2] + ".999"
		}
	}
	if text == "" {
		return nil
	}
	c, err := semver.NewConstraint(text)
	if err != nil {
		return nil
	}
	return c
}

// carryOut does what a step says: its requests as they stand, everything else by the action that it is about.
func (w *walk) carryOut(ctx context.Context, step guides.Step) (state, how string, err error) {
	requests, other := w.snippets(step)
	state = GuideDone
	switch {
	case len(requests) > 0:
		how, err = w.send(ctx, step, requests)
		return state, how, err
	case other != "":
		state = GuideNotRun
	}
	action := step.Action()
	if line, again := w.done[action]; again && slices.Contains([]string{guides.CreateKey, guides.StoreKey, guides.ConnectRemote}, action) {
		how = fmt.Sprintf("one with the step in line %d", line)
		if w.stood[action] {
			state = GuideNotRun
		}
	} else if how, err = w.act(ctx, action, step); how == "" && err == nil {
		state, how = GuideNotRun, "crosscheck knows no action for it"
	}
	if _, again := w.done[action]; !again {
		w.done[action], w.stood[action] = step.Line, other != ""
	}
	if other != "" && err == nil {
		how = other + "; in its place: " + how
	}
	return state, how, err
}

// snippets are a step's requests, and why its other code cannot be run. Manifests and kubectl belong to the ECK environment.
func (w *walk) snippets(step guides.Step) (requests []guides.Block, other string) {
	for _, i := range step.Blocks {
		b := w.Page.Blocks[i]
		switch language := b.Language(); {
		case b.Kind != guides.Code:
		case language == guides.Console:
			requests = append(requests, b)
		case strings.Contains(b.Code.Text, "kubectl") || language == guides.YAML && strings.Contains(b.Code.Text, "apiVersion:"):
			other = "its manifest or kubectl command needs the ECK environment"
		case strings.Contains(b.Code.Text, "curl"):
			other = "its command calls an API outside of the clusters"
		case strings.TrimSpace(b.Code.Text) == "":
			other = "its snippet is empty"
		}
	}
	return requests, other
}

// act does what a step on a screen, or in an environment that is not here, comes to on the clusters.
func (w *walk) act(ctx context.Context, action string, step guides.Step) (string, error) {
	switch action {
	case guides.Prerequisites:
		return w.prerequisites(step)
	case guides.CreateKey:
		return "POST _security/cross_cluster/api_key on the remote cluster", w.crossClusterKey(ctx, "search", guideIndex)
	case guides.StoreKey:
		return "elasticsearch-keystore add cluster.remote." + w.alias(guideAlias) + ".credentials, and a reload as the platform does", w.storeKey(ctx, guideAlias)
	case guides.ReloadSecure:
		return "POST _nodes/reload_secure_settings, without the restart", w.reload(ctx)
	case guides.ConnectRemote:
		port := 9443
		if w.Model == guides.Certificate {
			port = 9300
		}
		if err := w.addsInProxyMode(ctx, guideAlias, port); err != nil {
			return "", err
		}
		return fmt.Sprintf("PUT _cluster/settings with what the screen asks for, port %d", port), w.connected(ctx, guideAlias)
	case guides.Verify:
		return w.verify(ctx, step)
	case guides.RolesAndUsers:
		if err := w.localUser(ctx, guideIndex, guideAlias); err != nil {
			return "", err
		}
		if w.Model == guides.Certificate {
			if err := w.remoteRole(ctx, guideIndex); err != nil {
				return "", err
			}
		}
		return "a local user with remote indices privileges searches across", w.searchFinds(ctx, guideAlias+":"+guideIndex, 3)
	case guides.EnableServer, guides.ExternalAccess, guides.TrustAuthority, guides.TrustBothSides:
		return "the clusters were started with it", nil
	}
	return "", nil
}

var leastNeeded = regexp.MustCompile(`(\d+\.\d+(?:\.\d+)?) or (?:later|newer|higher|greater)`)

func (w *walk) prerequisites(step guides.Step) (string, error) {
	m := leastNeeded.FindStringSubmatch(step.Title)
	if m == nil {
		return "nothing to do", nil
	}
	least, err := semver.NewVersion(m[1])
	if err != nil {
		return "", fmt.Errorf("read the version: %w", err)
	}
	if w.pair.Local.LessThan(least) || w.pair.Remote.LessThan(least) {
		return "", &reports.Mismatch{What: "the versions", Wanted: m[0], Got: w.pair.String()}
	}
	return "the pair is " + w.pair.String(), nil
}

// works is what every guide is for.
func (w *walk) works(ctx context.Context) error {
	if w.latest == "" {
		return &reports.Mismatch{What: "the page", Wanted: "a step that adds the remote cluster", Got: "none was carried out"}
	}
	w.searcher = nil
	if err := w.searchFinds(ctx, guideAlias+":"+guideIndex, 3); err != nil {
		return err
	}
	return w.throughBalancer(ctx)
}

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
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
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
			var mismatch *verdict.Mismatch
			if ctx.Err() != nil {
				return err
			}
			s.State, s.Got = GuideFailed, err.Error()
			if _, mended := errors.AsType[*stoodIn](err); !mended {
				failed = s.Line
			}
			if errors.As(err, &mismatch) {
				s.Wanted, s.Got = mismatch.Wanted, strings.TrimSpace(mismatch.Got+"\n"+mismatch.Hint)
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

// stoodIn is why a step does not work as the page has it, where that does not keep the next steps from being carried out.
type stoodIn struct{ error }

func (e *stoodIn) Unwrap() error { return e.error }

type walk struct {
	Guide
	*Scenario
	done  map[string]int  // action -> line of the first step that is about it
	stood map[string]bool // actions that were brought about in place of a step
	k8s   *eckGuide       // nil where there is no ECK
}

// prepare starts the clusters as they are before the first step.
func (w *walk) prepare(ctx context.Context) error {
	w.aliases[guideAlias] = w.pageAlias()
	if w.env.ECK != nil && AboutECK(w.Page) {
		return w.prepareECK(ctx)
	}
	if w.Model == guides.Certificate {
		if err := w.mutualTrust(ctx); err != nil {
			return err
		}
	} else if err := errors.Join(w.remoteWithServer(ctx), w.localTrustsServer(ctx)); err != nil {
		return err
	}
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
	if operator := w.operator(); operator != nil {
		if limit := ranged(eckRange, step.Applies); limit != nil && !limit.Check(operator) {
			return fmt.Sprintf("it is for %q, and the operator is ECK %s", step.Applies, operator)
		}
		if slices.ContainsFunc(step.Path, publicAuthority.MatchString) {
			return "ECK shows a certificate of its own, private, authority"
		}
	}
	if limit := limits(step.Applies); limit != nil && !limit.Check(w.pair.Local) {
		return fmt.Sprintf("it is for %q, and the local cluster is %s", step.Applies, w.pair.Local.Original())
	}
	return ""
}

var (
	aboveBelow = regexp.MustCompile(`(?i)\babove (\d+\.\d+(?:\.\d+)?) and below (\d+\.\d+(?:\.\d+)?)`)
	stackRange = regexp.MustCompile(`(?i)^\s*stack:?\s*(?:ga )?(\d+\.\d+)(?:\s*-\s*(\d+\.\d+))?`)
	eckRange   = regexp.MustCompile(`(?i)^\s*eck:?\s*(?:ga )?(\d+\.\d+)(?:\s*-\s*(\d+\.\d+))?`)

	publicAuthority = regexp.MustCompile(`(?i)\bCA is public\b|\bpublic(?:ly trusted)? (?:CA|certificate authority)\b`)
)

// operator is the version of ECK that this walk is on; nil without ECK.
func (w *walk) operator() *semver.Version {
	if w.k8s == nil || w.eck == nil || w.eck.sides[topology.Remote] == nil {
		return nil
	}
	v, err := semver.NewVersion(w.eck.sides[topology.Remote].Operator)
	if err != nil {
		return nil
	}
	return v
}

// limits reads the versions of the stack that a title names; nil for none, and for versions of something else.
func limits(title string) *semver.Constraints {
	if m := aboveBelow.FindStringSubmatch(title); m != nil {
		return constraint(">" + m[1] + " <" + m[2])
	}
	return ranged(stackRange, title)
}

// ranged reads a version, or two with a dash, from a title.
func ranged(in *regexp.Regexp, title string) *semver.Constraints {
	m := in.FindStringSubmatch(title)
	switch {
	case m == nil:
		return nil
	case m[2] == "":
		return constraint(">=" + m[1])
	}
	return constraint(">=" + m[1] + " <=" + m[2] + ".999")
}

func constraint(text string) *semver.Constraints {
	c, err := semver.NewConstraint(text)
	if err != nil {
		return nil
	}
	return c
}

// carryOut does what a step says: its requests as they stand, everything else by the action that it is about.
func (w *walk) carryOut(ctx context.Context, step guides.Step) (state, how string, err error) {
	requests, manifests, other := w.snippets(step)
	state = GuideDone
	if len(manifests) > 0 {
		how, err = w.kubernetes(ctx, step, manifests)
		return state, how, err
	}
	if err := w.prepared(ctx); err != nil {
		return state, "", err
	}
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

// snippets are a step's requests, what is for Kubernetes where there is one, and why its other code cannot be run.
func (w *walk) snippets(step guides.Step) (requests, manifests []guides.Block, other string) {
	for _, i := range step.Blocks {
		b := w.Page.Blocks[i]
		switch language := b.Language(); {
		case b.Kind != guides.Code:
		case language == guides.Console:
			requests = append(requests, b)
		case ofKubernetes(b) && w.k8s != nil:
			manifests = append(manifests, b)
		case ofKubernetes(b):
			other = "its manifest or kubectl command needs the ECK environment"
		case strings.Contains(b.Code.Text, "curl"):
			other = "its command calls an API outside of the clusters"
		case strings.TrimSpace(b.Code.Text) == "":
			other = "its snippet is empty"
		}
	}
	return requests, manifests, other
}

// act does what a step on a screen, or in an environment that is not here, comes to on the clusters.
func (w *walk) act(ctx context.Context, action string, step guides.Step) (string, error) {
	switch action {
	case guides.Prerequisites:
		return w.prerequisites(step)
	case guides.CreateKey:
		return "POST _security/cross_cluster/api_key on the remote cluster", w.crossClusterKey(ctx, "search", guideIndex)
	case guides.StoreKey, guides.ReloadSecure:
		if w.k8s != nil {
			return "part of the manifests of other steps", nil
		}
		if action == guides.ReloadSecure {
			return "POST _nodes/reload_secure_settings, without the restart", w.reload(ctx)
		}
		return "elasticsearch-keystore add cluster.remote." + w.alias(guideAlias) + ".credentials, and a reload as the platform does", w.storeKey(ctx, guideAlias)
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
		if w.k8s != nil {
			if action == guides.TrustBothSides && len(w.k8s.local) > 0 {
				return w.repeatForRemote(ctx, step)
			}
			return "part of the manifests of other steps", nil
		}
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
		return "", &verdict.Mismatch{What: "the versions", Wanted: m[0], Got: w.pair.String()}
	}
	return "the pair is " + w.pair.String(), nil
}

// works is what every guide is for.
func (w *walk) works(ctx context.Context) error {
	if w.latest == "" {
		return &verdict.Mismatch{What: "the page", Wanted: "a step that adds the remote cluster", Got: "none was carried out"}
	}
	w.searcher = nil
	if err := w.searchFinds(ctx, guideAlias+":"+guideIndex, 3); err != nil {
		return err
	}
	return w.throughBalancer(ctx)
}

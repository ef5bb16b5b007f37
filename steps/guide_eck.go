package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
)

// AboutECK reports whether steps of a page work on a Kubernetes with ECK.
func AboutECK(page *guides.Page) bool {
	return slices.ContainsFunc(page.Blocks, ofKubernetes)
}

func ofKubernetes(b guides.Block) bool {
	return b.Kind == guides.Code && (strings.Contains(b.Code.Text, "kubectl") || b.Language() == guides.YAML && strings.Contains(b.Code.Text, "apiVersion:"))
}

// The names of the Elasticsearch resources of a walk. The commands of pages name the remote one.
const guideRemote, guideLocal = "quickstart", "local"

// eckGuide is what a walk with ECK keeps.
type eckGuide struct {
	applied map[string]map[string]any // role -> the Elasticsearch as it was applied last
	saved   string                    // the file that a command saved last
	savedAt int                       // the line of its step
	local   []guides.Block            // what was done for trust on the local side
	data    bool                      // the documents are there
}

// prepareECK takes the environment. Clusters come with the manifests of the page; those whose authorities are exchanged
// have to be there before.
func (w *walk) prepareECK(ctx context.Context) error {
	w.k8s = &eckGuide{applied: map[string]map[string]any{}}
	if err := w.useECK(ctx); err != nil {
		return err
	}
	for role, name := range map[string]string{topology.Remote: guideRemote, topology.Local: guideLocal} {
		if _, err := w.eckSide(ctx, role); err != nil {
			return err
		}
		w.k8s.applied[role] = map[string]any{
			"apiVersion": "elasticsearch.k8s.elastic.co/v1", "kind": "Elasticsearch", "metadata": map[string]any{"name": name},
			"spec": map[string]any{"nodeSets": []any{map[string]any{"name": "default", "count": int64(1)}}},
		}
		if w.Model == guides.Certificate {
			if err := w.applyGuide(ctx, role, map[string]any{}, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepared waits for the clusters that there are so far, and for the documents.
func (w *walk) prepared(ctx context.Context) error {
	if w.k8s == nil {
		return nil
	}
	if err := w.ready(ctx); err != nil || w.remote == nil || w.k8s.data {
		return err
	}
	w.k8s.data = true
	return w.documents(ctx, guideIndex, 3)
}

// kubernetes carries out a step's manifests and commands as they stand.
func (w *walk) kubernetes(ctx context.Context, step guides.Step, blocks []guides.Block) (string, error) {
	var done []string
	for _, b := range blocks {
		role := w.sideOf(step, b.Code.Text)
		how, err := w.kubernetesBlock(ctx, step, b, role, b.Code.Text)
		if err != nil && step.Action() == guides.StoreKey && b.Language() != guides.YAML {
			how, err = w.standInForSecret(ctx, role, b.Code.Text, err)
		}
		if err != nil {
			return how, err
		}
		done = append(done, how)
		if role == topology.Local && step.Action() == guides.TrustBothSides {
			w.k8s.local = append(w.k8s.local, b)
		}
	}
	w.done[step.Action()] = step.Line
	return strings.Join(done, "; "), nil
}

func (w *walk) kubernetesBlock(ctx context.Context, step guides.Step, b guides.Block, role, text string) (string, error) {
	text = w.bindKubernetes(text, role)
	if b.Language() != guides.YAML {
		return w.command(ctx, step, role, text)
	}
	snippet, left, err := guideManifest(text)
	if err != nil {
		return "", &eck.ManifestError{File: w.Page.File, Line: b.Code.Line, What: err.Error()}
	}
	err = w.applyGuide(ctx, role, snippet, &b)
	return fmt.Sprintf("its manifest, applied to the %s ECK %s over what was there%s", role, w.eck.sides[role].Operator, left), err
}

var (
	roleNamed = regexp.MustCompile(`(?i)\b(local|remote)\b`)
	sideNamed = regexp.MustCompile(`(?m)^\s*name: <(local|remote)`)
)

// sideOf is the ECK that a snippet is for: the one that its manifest's name or its command speaks of, or else the first that
// its section's title names, or the step's.
func (w *walk) sideOf(step guides.Step, text string) string {
	if m := sideNamed.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	if strings.Contains(text, guideRemote+"-es-") {
		return topology.Remote
	}
	for _, s := range w.Page.Sections {
		if m := roleNamed.FindString(s.Title); len(step.Sections) > 0 && s.Anchor == step.Sections[0] && m != "" {
			return strings.ToLower(m)
		}
	}
	if m := roleNamed.FindString(step.Title); m != "" {
		return strings.ToLower(m)
	}
	return topology.Remote
}

var (
	bothSides   = regexp.MustCompile(`(?i)\bboth clusters\b`)
	fileNamed   = regexp.MustCompile(`<([\w-]+\.(?:crt|pem))>`)
	savedTo     = regexp.MustCompile(`>\s*([\w.-]+\.(?:crt|pem))\s*$`)
	readsFrom   = regexp.MustCompile(`--from-file=(?:[\w.-]+=)?([\w.-]+)`)
	secretNamed = regexp.MustCompile(`(?m)^\s*name: ([a-z][a-z0-9-]*)\s*$`)
	keyOfSecret = regexp.MustCompile(`cluster\.remote\.[^.\s]+\.credentials`)
)

// bindKubernetes gives placeholders of commands and manifests their values.
func (w *walk) bindKubernetes(text, role string) string {
	for name, value := range w.Bindings {
		text = strings.ReplaceAll(text, "<"+name+">", value)
	}
	own := guideRemote
	if role == topology.Local {
		own = guideLocal
	}
	text = keyOfSecret.ReplaceAllString(text, "cluster.remote."+w.alias(guideAlias)+".credentials")
	text = fileNamed.ReplaceAllString(text, "$1")
	return strings.NewReplacer("<namespace>", w.eck.sides[role].Namespace, "<encoded value>", w.key.Encoded,
		"<cluster-name>", own, "<cluster_name>", own, "<local-cluster-name>", guideLocal, "<remote-cluster-name>", guideRemote).Replace(text)
}

// command runs a command as it stands. What it reads and nobody saved under that name is what the last command saved.
func (w *walk) command(ctx context.Context, step guides.Step, role, text string) (string, error) {
	if err := w.prepared(ctx); err != nil { // a reader waits for the cluster, too
		return "", err
	}
	how := "its command, by the administrator of the " + role + " ECK"
	if m := readsFrom.FindStringSubmatch(text); m != nil && w.k8s.saved != "" && m[1] != w.k8s.saved {
		if _, err := w.eck.sides[role].Shell(ctx, fmt.Sprintf("test -e %[2]s || cp %[1]s %[2]s", w.k8s.saved, m[1])); err != nil {
			return "", err
		}
		how += fmt.Sprintf("; %s holds what the step in line %d saved", m[1], w.k8s.savedAt)
	}
	if _, err := w.eck.sides[role].Shell(ctx, text); err != nil {
		return how, err
	}
	if m := savedTo.FindStringSubmatch(text); m != nil {
		w.k8s.saved, w.k8s.savedAt = m[1], step.Line
		if bothSides.MatchString(step.Title) { // the same for the other cluster, under its name
			if _, err := w.eck.sides[topology.Local].Shell(ctx, strings.ReplaceAll(text, guideRemote, guideLocal)); err != nil {
				return how, err
			}
			how += ", and the same for the local one"
		}
	}
	return how, nil
}

// standInForSecret makes the Secret that a command was to make.
func (w *walk) standInForSecret(ctx context.Context, role, text string, why error) (string, error) {
	name := "remote-api-keys"
	if m := secretNamed.FindStringSubmatch(text); m != nil {
		name = m[1]
	}
	how := fmt.Sprintf("it does not work as it stands; in its place: kubectl create secret generic %s with cluster.remote.%s.credentials", name, w.alias(guideAlias))
	_, err := w.eck.sides[role].Shell(ctx, fmt.Sprintf("kubectl delete secret %[1]s --ignore-not-found; kubectl create secret generic %[1]s --from-literal=cluster.remote.%[2]s.credentials=%[3]s",
		name, w.alias(guideAlias), w.key.Encoded))
	if err != nil {
		return how, errors.Join(why, err)
	}
	return how, &stoodIn{why}
}

// repeatForRemote does for the remote side what was done for the local one.
func (w *walk) repeatForRemote(ctx context.Context, step guides.Step) (string, error) {
	for _, b := range w.k8s.local {
		text := b.Code.Text
		if b.Language() != guides.YAML {
			text = strings.ReplaceAll(text, guideRemote, guideLocal)
		}
		if _, err := w.kubernetesBlock(ctx, step, b, topology.Remote, strings.ReplaceAll(text, "<local-cluster-name>", "<remote-cluster-name>")); err != nil {
			return "", err
		}
	}
	return "the commands and manifests of the step before, for the remote ECK", nil
}

var (
	dotsLine = regexp.MustCompile(`(?m)^\s*(- )?\.\.\.\s*\n?`)
	callout  = regexp.MustCompile(`(?m)\s+(<\d+>|# *<?\d+>?)\s*$`)
)

// guideManifest reads a manifest of a page: dots are left out, and a machine for tests has one node a set. left says so.
func guideManifest(text string) (snippet map[string]any, left string, err error) {
	plain := callout.ReplaceAllString(dotsLine.ReplaceAllString(text, ""), "")
	encoded, err := yaml.YAMLToJSON([]byte(plain))
	if err != nil {
		return nil, "", err
	}
	if err := json.Unmarshal(encoded, &snippet); err != nil {
		return nil, "", errors.New("the manifest is no mapping")
	}
	sets, _, _ := unstructured.NestedSlice(snippet, "spec", "nodeSets")
	for _, each := range sets {
		if set, ok := each.(map[string]any); ok && fmt.Sprint(set["count"]) != "1" {
			set["count"], left = int64(1), ", with one node a set"
		}
	}
	if len(sets) > 0 {
		if err := unstructured.SetNestedSlice(snippet, sets, "spec", "nodeSets"); err != nil {
			return nil, "", err
		}
	}
	if plain != text && dotsLine.MatchString(text) {
		left += ", without the dots"
	}
	return snippet, left, nil
}

// applyGuide applies a snippet over what was applied to that side, as a reader adds it to a manifest.
func (w *walk) applyGuide(ctx context.Context, role string, snippet map[string]any, b *guides.Block) error {
	side := w.eck.sides[role]
	object := overlaid(w.k8s.applied[role], snippet)
	if snippet["kind"] != nil && snippet["kind"] != "Elasticsearch" {
		object = snippet
	}
	m := eck.Manifest{File: w.Page.File, Object: &unstructured.Unstructured{Object: object}}
	if b != nil {
		m.Line = b.Code.Line
	}
	if m.Object.GetKind() == "Elasticsearch" {
		w.k8s.applied[role], side.name = object, m.Object.GetName()
	}
	if err := side.Apply(ctx, []eck.Manifest{m}, w.versionOf(role)); err != nil {
		return err
	}
	w.applied(role)
	return nil
}

// overlaid is a manifest with what a snippet says put over it. A list takes the place of another.
func overlaid(under, over map[string]any) map[string]any {
	out := maps.Clone(under)
	for key, value := range over {
		a, both := out[key].(map[string]any)
		if b, ok := value.(map[string]any); ok && both {
			out[key] = overlaid(a, b)
			continue
		}
		out[key] = value
	}
	return out
}

package run

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crosscheck-dev/crosscheck/guides"
	"github.com/crosscheck-dev/crosscheck/steps/eck"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	platform "github.com/crosscheck-dev/crosscheck/topology/eck"
)

// The names of the Elasticsearch resources of a walk. The commands of pages name the remote one.
const remoteName, localName = "quickstart", "local"

// kubernetes carries out the manifests and commands of a walk with ECK.
type kubernetes struct {
	walk    *walk
	sides   map[string]*eck.Side      // role -> its ECK
	applied map[string]map[string]any // role -> the Elasticsearch as it was applied last
	saved   string                    // the file that a command saved last
	savedAt int                       // the line of its step
	local   []guides.Block            // what was done for trust on the local side
	data    bool                      // the documents are there
}

// prepareKubernetes takes the environment. Clusters come with the manifests of the page; those whose authorities are
// exchanged have to be there before.
func (w *walk) prepareKubernetes(ctx context.Context) error {
	k := &kubernetes{walk: w, sides: map[string]*eck.Side{}, applied: map[string]map[string]any{}}
	for _, role := range []string{topology.Remote, topology.Local} {
		side, err := w.sides.Side(ctx, role)
		if err != nil {
			return err
		}
		k.sides[role] = side
		k.applied[role] = map[string]any{
			"apiVersion": "elasticsearch.k8s.elastic.co/v1", "kind": "Elasticsearch",
			"metadata": map[string]any{"name": nameOf(role)},
			"spec":     map[string]any{"nodeSets": []any{map[string]any{"name": "default", "count": int64(1)}}},
		}
		if w.Model == guides.Certificate {
			if err := k.apply(ctx, role, map[string]any{}, 0); err != nil {
				return err
			}
		}
	}
	w.kubernetes = k
	return nil
}

// nameOf is the name of the Elasticsearch of a role.
func nameOf(role string) string {
	if role == topology.Local {
		return localName
	}
	return remoteName
}

// operator is the version of the remote ECK; nil for one that is no version.
func (k *kubernetes) operator() *semver.Version {
	v, err := semver.NewVersion(k.sides[topology.Remote].Operator)
	if err != nil {
		return nil
	}
	return v
}

// ready waits for the clusters that there are so far, and for the documents.
func (k *kubernetes) ready(ctx context.Context) error {
	if err := k.walk.world.Ready(ctx); err != nil || k.walk.world.Remote() == nil || k.data {
		return err
	}
	k.data = true
	return k.walk.description.AddDocuments(ctx, index, 3)
}

// carryOut carries out a step's manifests and commands as they stand.
func (k *kubernetes) carryOut(ctx context.Context, step guides.Step, blocks []guides.Block) (string, error) {
	var done []string
	for _, b := range blocks {
		role := k.walk.sideOf(step, b.Code.Text)
		how, err := k.carryOutBlock(ctx, step, b, role, b.Code.Text)
		if err != nil && ofPage(err) && step.Action() == guides.StoreKey && b.Language() != guides.YAML {
			how, err = k.makeSecret(ctx, role, b.Code.Text, err)
		}
		if err != nil {
			return how, err
		}
		done = append(done, how)
		if role == topology.Local && step.Action() == guides.TrustBothSides {
			k.local = append(k.local, b)
		}
	}
	return strings.Join(done, "; "), nil
}

// carryOutBlock carries out one manifest or command by the ECK of a role. text is the block's, or what is to be done
// in its place. how says what was done.
func (k *kubernetes) carryOutBlock(ctx context.Context, step guides.Step, b guides.Block, role, text string) (
	how string, err error) {
	text = k.fillIn(text, role)
	if b.Language() != guides.YAML {
		return k.runCommand(ctx, step, role, text)
	}
	snippet, left, err := readManifest(text)
	if err != nil {
		return "", &platform.ManifestError{File: k.walk.Page.File, Line: b.Code.Line, What: err.Error()}
	}
	how = fmt.Sprintf("its manifest, applied to the %s ECK %s over what was there%s", role, k.sides[role].Operator, left)
	return how, k.apply(ctx, role, snippet, b.Code.Line)
}

var (
	roleNamed = regexp.MustCompile(`(?i)\b(local|remote)\b`)
	sideNamed = regexp.MustCompile(`(?m)^\s*name: <(local|remote)`)
)

// sideOf is the role of the ECK that a snippet is for: the one that its manifest's name or its command speaks of, or
// else the first that its section's title names, or the step's.
func (g Guide) sideOf(step guides.Step, text string) string {
	if m := sideNamed.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	if strings.Contains(text, remoteName+"-es-") {
		return topology.Remote
	}
	for _, s := range g.Page.Sections {
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

// setting is the secure setting that holds the credentials of the walk's alias.
func (k *kubernetes) setting() string { return "cluster.remote." + k.walk.alias() + ".credentials" }

// fillIn gives placeholders of commands and manifests their values.
func (k *kubernetes) fillIn(text, role string) string {
	text = k.walk.bind(text)
	text = keyOfSecret.ReplaceAllString(text, k.setting())
	text = fileNamed.ReplaceAllString(text, "$1")
	own := nameOf(role)
	return strings.NewReplacer("<namespace>", k.sides[role].Namespace, "<encoded value>", k.walk.keys.Last().Encoded,
		"<cluster-name>", own, "<cluster_name>", own,
		"<local-cluster-name>", localName, "<remote-cluster-name>", remoteName).Replace(text)
}

// runCommand runs a command as it stands. What it reads and nobody saved under that name is what the last command
// saved.
func (k *kubernetes) runCommand(ctx context.Context, step guides.Step, role, text string) (string, error) {
	if err := k.ready(ctx); err != nil { // a reader waits for the cluster, too
		return "", err
	}
	side := k.sides[role]
	how := "its command, by the administrator of the " + role + " ECK"
	if m := readsFrom.FindStringSubmatch(text); m != nil && k.saved != "" && m[1] != k.saved {
		if _, err := side.Shell(ctx, fmt.Sprintf("test -e %[2]s || cp %[1]s %[2]s", k.saved, m[1])); err != nil {
			return "", err
		}
		how += fmt.Sprintf("; %s holds what the step in line %d saved", m[1], k.savedAt)
	}
	if _, err := side.Shell(ctx, text); err != nil {
		return how, err
	}
	if m := savedTo.FindStringSubmatch(text); m != nil {
		k.saved, k.savedAt = m[1], step.Line
		if bothSides.MatchString(step.Title) { // the same for the other cluster, under its name
			other := strings.ReplaceAll(text, remoteName, localName)
			if _, err := k.sides[topology.Local].Shell(ctx, other); err != nil {
				return how, err
			}
			how += ", and the same for the local one"
		}
	}
	return how, nil
}

// makeSecret makes the Secret that a command was to make, and did not: why.
func (k *kubernetes) makeSecret(ctx context.Context, role, text string, why error) (string, error) {
	name := "remote-api-keys"
	if m := secretNamed.FindStringSubmatch(text); m != nil {
		name = m[1]
	}
	how := fmt.Sprintf("it does not work as it stands; in its place: kubectl create secret generic %s with %s",
		name, k.setting())
	_, err := k.sides[role].Shell(ctx, fmt.Sprintf("kubectl delete secret %[1]s --ignore-not-found; "+
		"kubectl create secret generic %[1]s --from-literal=%[2]s=%[3]s", name, k.setting(), k.walk.keys.Last().Encoded))
	switch {
	case err != nil && !ofPage(err):
		return how, err
	case err != nil:
		return how, errors.Join(why, err)
	}
	return how, &stoodIn{why}
}

// repeatForRemote does for the remote side what was done for the local one.
func (k *kubernetes) repeatForRemote(ctx context.Context, step guides.Step) (string, error) {
	for _, b := range k.local {
		text := b.Code.Text
		if b.Language() != guides.YAML {
			text = strings.ReplaceAll(text, remoteName, localName)
		}
		text = strings.ReplaceAll(text, "<local-cluster-name>", "<remote-cluster-name>")
		if _, err := k.carryOutBlock(ctx, step, b, topology.Remote, text); err != nil {
			return "", err
		}
	}
	return "the commands and manifests of the step before, for the remote ECK", nil
}

// apply applies a snippet, which begins in that line of the page, over what was applied to that side, as a reader
// adds it to a manifest.
func (k *kubernetes) apply(ctx context.Context, role string, snippet map[string]any, line int) error {
	side := k.sides[role]
	object := overlaid(k.applied[role], snippet)
	if snippet["kind"] != nil && snippet["kind"] != "Elasticsearch" {
		object = snippet
	}
	m := platform.Manifest{File: k.walk.Page.File, Line: line, Object: &unstructured.Unstructured{Object: object}}
	if m.Object.GetKind() == "Elasticsearch" {
		k.applied[role], side.Name = object, m.Object.GetName()
	}
	which := world.Side(role)
	if err := side.Apply(ctx, []platform.Manifest{m}, k.walk.world.Version(which)); err != nil {
		return world.UnsupportedIfMissing(err)
	}
	k.walk.world.Clusters.Forget(which)
	return nil
}

package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
	"github.com/crosscheck-dev/crosscheck/topology/pool"
)

var eckSteps = []gherkin.Definition{
	{Expression: "the remote cluster is managed by ECK {word}", Handler: (*Scenario).olderRemote,
		Doc: "An operator of that version, in a namespace of its own, instead of the default one."},
	{Expression: "the manifest {string} is applied to the {word} ECK", Handler: (*Scenario).applyManifest,
		Doc: "A file of fixtures/manifests, to the remote or the local ECK; ${ENCODED_KEY} in it is the cross-cluster API key. The Elasticsearch in it is that side's cluster from then on."},
	{Expression: "applying the manifest {string} to the {word} ECK replaces the node", Handler: (*Scenario).manifestReplaces,
		Doc: "The operator asks for another pod than the one of the manifest that was applied before."},
	{Expression: "applying the manifest {string} to the {word} ECK is refused at line {int} with {string}", Handler: (*Scenario).manifestRefused,
		Doc: "Nothing is applied; the API server's own message, or what crosscheck says of the file, contains the text."},
	{Expression: "the administrator of the {word} ECK runs", Handler: (*Scenario).administratorRuns,
		Doc: "The commands below in a shell, with kubectl in that side's namespace; both sides' administrators share a working folder. <local namespace> and <remote namespace> are filled in."},
	{Expression: "the administrator of the {word} ECK runs what is refused with {string}", Handler: (*Scenario).administratorFails,
		Doc: "The commands below fail, and their output contains the text."},
	{Expression: "a lasting cross-cluster API key with search access to {string}", Handler: (*Scenario).lastingKey,
		Doc: "Created on the remote cluster once for all scenarios that use its pod: a new key would be a new local pod."},
	{Expression: "the local cluster adds {string} in proxy mode on port {int} of another name of the load balancer, without a server name", Handler: (*Scenario).addsAtOtherName,
		Doc: "Under the name by which it was added before, Elasticsearch would resume TLS sessions of connections with a server name, and connect without looking at the certificate."},
	{Expression: "the {word} ECK warns {string}", Handler: (*Scenario).eckWarns,
		Doc: "A warning event of the operator about that side's Elasticsearch contains the text."},
	{Expression: "the {word} Elasticsearch does not start, as {string}", Handler: (*Scenario).doesNotStart,
		Doc: "The node of that side ends, and the end of its log contains the text."},
}

// eckWorld is what a scenario has of the ECK environment.
type eckWorld struct {
	env     *eck.Environment
	release func()
	older   string              // the remote operator's version; empty: the default one
	sides   map[string]*eckSide // by role
}

type eckSide struct {
	*eck.Side
	name    string // of the Elasticsearch
	renewed bool   // its services are as the first manifest of the scenario has them
}

func (s *Scenario) olderRemote(ctx context.Context, version string) error {
	if err := s.useECK(ctx); err != nil {
		return err
	}
	if s.eck.sides[topology.Remote] != nil {
		return errors.New("say which ECK manages the remote cluster before anything is applied to it")
	}
	s.eck.older = version
	return nil
}

// useECK takes the environment for this scenario. Nobody else uses it meanwhile, so names need no suffix: an alias that
// stays the same lets a local pod serve many scenarios.
func (s *Scenario) useECK(ctx context.Context) error {
	if s.eck != nil {
		return nil
	}
	if s.env.ECK == nil {
		return errors.New("there is no ECK environment in this run")
	}
	env, release, err := s.env.ECK.Acquire(ctx)
	if err != nil {
		return err
	}
	s.eck = &eckWorld{env: env, release: release, sides: map[string]*eckSide{}}
	s.suffix = ""
	return nil
}

func (s *Scenario) eckSide(ctx context.Context, role string) (*eckSide, error) {
	if role != topology.Local && role != topology.Remote {
		return nil, fmt.Errorf("there is a local and a remote ECK, and no %q one", role)
	}
	if err := s.useECK(ctx); err != nil {
		return nil, err
	}
	if side, ok := s.eck.sides[role]; ok {
		return side, nil
	}
	operator := ""
	if role == topology.Remote {
		operator = s.eck.older
	}
	side, err := s.eck.env.Side(ctx, role, operator)
	if err != nil {
		return nil, lacking(err)
	}
	s.eck.sides[role] = &eckSide{Side: side}
	return s.eck.sides[role], nil
}

func (s *Scenario) manifests(name string) ([]eck.Manifest, error) {
	data, err := fixtures.FS.ReadFile(path.Join("manifests", name))
	if err != nil {
		return nil, fmt.Errorf("fixtures/manifests/%s: there is no such manifest", name)
	}
	text := string(data)
	if strings.Contains(text, "${ENCODED_KEY}") {
		if s.key.Encoded == "" {
			return nil, errors.New("there is no API key yet: create one first")
		}
		text = strings.ReplaceAll(text, "${ENCODED_KEY}", s.key.Encoded)
	}
	return eck.ReadManifests("fixtures/manifests/"+name, []byte(text))
}

func (s *Scenario) applyManifest(ctx context.Context, name, role string) error {
	side, err := s.eckSide(ctx, role)
	if err != nil {
		return err
	}
	manifests, err := s.manifests(name)
	if err != nil {
		return err
	}
	if err := side.Apply(ctx, manifests, s.versionOf(role)); err != nil {
		if unsupported, ok := errors.AsType[*verdict.UnsupportedError](lacking(err)); ok {
			return unsupported
		}
		return &verdict.Mismatch{What: "applying " + name, Wanted: "accepted", Got: err.Error()}
	}
	if names := eck.Names(manifests); len(names) > 0 {
		side.name = names[0]
		if !side.renewed {
			if err := side.RenewServices(ctx, side.name); err != nil {
				return err
			}
			side.renewed = true
		}
	}
	s.applied(role)
	return nil
}

// applied forgets the cluster of a side: what changed may take another pod, which is looked up when it is needed.
func (s *Scenario) applied(role string) {
	if role == topology.Local {
		s.local = nil
	} else {
		s.remote = nil
	}
}

func (s *Scenario) manifestReplaces(ctx context.Context, name, role string) error {
	side, err := s.eckSide(ctx, role)
	if err != nil {
		return err
	}
	if side.name == "" {
		return errors.New("apply the manifest before it first")
	}
	before, err := side.Revision(ctx, side.name)
	if err != nil {
		return err
	}
	if err := s.applyManifest(ctx, name, role); err != nil {
		return err
	}
	after, err := side.Revision(ctx, side.name)
	if err == nil && after == before {
		err = &verdict.Mismatch{What: "the pod of " + side.name + " after " + name, Wanted: "another revision than " + before, Got: after}
	}
	return err
}

func (s *Scenario) versionOf(role string) string {
	if role == topology.Local {
		return s.pair.Local.Original()
	}
	return s.pair.Remote.Original()
}

func (s *Scenario) manifestRefused(ctx context.Context, name, role string, line int, text string) error {
	side, err := s.eckSide(ctx, role)
	if err != nil {
		return err
	}
	manifests, err := s.manifests(name)
	if err == nil {
		err = side.Apply(ctx, manifests, s.versionOf(role))
	}
	err = lacking(err)
	var refused *eck.ManifestError
	wanted := fmt.Sprintf("refused at line %d with %q", line, text)
	switch {
	case err == nil:
		return &verdict.Mismatch{What: "applying " + name, Wanted: wanted, Got: "accepted"}
	case !errors.As(err, &refused):
		return err
	case refused.Line != line || !strings.Contains(refused.What, text):
		return &verdict.Mismatch{What: "applying " + name, Wanted: wanted, Got: refused.Error()}
	}
	return nil
}

func (s *Scenario) administratorRuns(ctx context.Context, role, script string) error {
	side, err := s.eckSide(ctx, role)
	if err != nil {
		return err
	}
	out, err := side.Shell(ctx, s.expandScript(script))
	var failed *eck.CommandError
	if errors.As(err, &failed) {
		return &verdict.Mismatch{What: "the commands", Wanted: "exit code 0", Got: failed.Error()}
	}
	if err != nil {
		return fmt.Errorf("run the commands: %w: %s", err, out)
	}
	return nil
}

func (s *Scenario) administratorFails(ctx context.Context, role, text, script string) error {
	side, err := s.eckSide(ctx, role)
	if err != nil {
		return err
	}
	out, err := side.Shell(ctx, s.expandScript(script))
	var failed *eck.CommandError
	if err != nil && !errors.As(err, &failed) {
		return err
	}
	if err == nil || !strings.Contains(out, text) {
		return &verdict.Mismatch{What: "the commands", Wanted: fmt.Sprintf("refused with %q", text), Got: strings.TrimSpace(out)}
	}
	return nil
}

// expandScript fills in what the scenario knows.
func (s *Scenario) expandScript(script string) string {
	known := []string{"<encoded value>", s.key.Encoded}
	for role, side := range s.eck.sides {
		known = append(known, "<"+role+" namespace>", side.Namespace)
	}
	return strings.NewReplacer(known...).Replace(script)
}

func (s *Scenario) lastingKey(ctx context.Context, index string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	key, err := s.eck.sides[topology.Remote].Key(s.remote, index, func() (elastic.Key, error) {
		return s.remote.API().CreateCrossClusterKey(ctx, map[string]any{"name": "crosscheck-" + index, "access": searchAccess(index)})
	})
	if err != nil {
		return fmt.Errorf("create a cross-cluster API key: %w", err)
	}
	s.env.Secrets.Add(key.Secret)
	s.env.Secrets.Add(key.Encoded)
	s.key = key
	return nil
}

func (s *Scenario) eckWarns(ctx context.Context, role, text string) error {
	side, err := s.eckSide(ctx, role)
	if err != nil {
		return err
	}
	return waitFor(ctx, "a warning of ECK", s.env.Timeouts.Log, func(ctx context.Context) error {
		messages, err := side.Warnings(ctx, side.name)
		if err != nil {
			return err
		}
		if all := strings.Join(messages, "\n"); !strings.Contains(all, text) {
			return &verdict.Mismatch{What: "the warnings about " + side.name, Wanted: text, Got: all}
		}
		return nil
	})
}

func (s *Scenario) doesNotStart(ctx context.Context, role, text string) error {
	side, err := s.eckSide(ctx, role)
	if err != nil {
		return err
	}
	_, err = side.Cluster(ctx, side.name, false)
	var ended *lab.StartError
	switch {
	case err == nil:
		return &verdict.Mismatch{What: "Elasticsearch " + side.name, Wanted: "it ends with " + text, Got: "it is healthy"}
	case !errors.As(err, &ended):
		return lacking(err)
	case !strings.Contains(ended.Log, text):
		return &verdict.Mismatch{What: "Elasticsearch " + side.name, Wanted: "it ends with " + text, Got: ended.Error()}
	}
	return nil
}

func (s *Scenario) addsAtOtherName(ctx context.Context, alias string, port int) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	side, err := s.eckSide(ctx, topology.Remote)
	if err != nil {
		return err
	}
	address, err := side.OtherAddress(ctx, side.name, s.remote.Balancer, port)
	if err != nil {
		return err
	}
	return s.add(ctx, alias, func() map[string]any { return map[string]any{"mode": "proxy", "proxy_address": address} })
}

// readyECK looks up the clusters of the manifests that were applied so far, and what leads to the remote one.
func (s *Scenario) readyECK(ctx context.Context) error {
	for role, cluster := range map[string]**lab.Cluster{topology.Remote: &s.remote, topology.Local: &s.local} {
		side := s.eck.sides[role]
		if side == nil || side.name == "" || *cluster != nil {
			continue
		}
		found, err := side.Cluster(ctx, side.name, true)
		if err != nil {
			return lacking(err)
		}
		*cluster = found
		if about := side.About(); about != "" {
			s.noteOnce(about)
		}
	}
	if s.remote != nil {
		side := s.eck.sides[topology.Remote]
		lb, err := side.Expose(ctx, side.name)
		if err != nil {
			return err
		}
		s.remote.Balancer = lb
	}
	var clusters []*lab.Cluster
	for _, c := range []*lab.Cluster{s.remote, s.local} {
		if c != nil {
			clusters = append(clusters, c)
		}
	}
	if s.lease == nil {
		s.began = time.Now()
	}
	s.lease = pool.Borrow(s.forget, clusters...)
	return nil
}

// forget has pods made again that the scenario could not clean up.
func (s *Scenario) forget(ctx context.Context, dirty bool) error {
	if !dirty {
		return nil
	}
	var errs []error
	for _, side := range s.eck.sides {
		for _, c := range s.lease.Clusters {
			errs = append(errs, side.Forget(ctx, c))
		}
	}
	return errors.Join(errs...)
}

// Simulated is what around the clusters was not real, and what was.
func (s *Scenario) Simulated() []string {
	if s.eck == nil {
		return nil
	}
	var all []string
	for _, role := range []string{topology.Remote, topology.Local} {
		if side := s.eck.sides[role]; side != nil && side.Simulated() {
			all = append(all, fmt.Sprintf("Kubernetes around ECK operator %s (%s)", side.Operator, role))
		}
	}
	return all
}

// eckEvidence is what the Kubernetes side says of a failure.
func (s *Scenario) eckEvidence(ctx context.Context) map[string][]byte {
	files := map[string][]byte{}
	for _, side := range s.eck.sides {
		maps.Copy(files, side.Evidence(ctx, side.name))
	}
	return files
}

package eck

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology"
	platform "github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

func (s *Sides) manifestSteps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "the remote cluster is managed by ECK {word}", Handler: s.chooseRemoteOperator,
			Doc: "An operator of that version, in a namespace of its own, instead of the default one."},
		{Expression: "the manifest {string} is applied to the {word} ECK", Handler: s.applyManifest,
			Doc: "A file of fixtures/manifests, to the remote or the local ECK; ${ENCODED_KEY} in it is the cross-cluster " +
				"API key. The Elasticsearch in it is that side's cluster from then on."},
		{Expression: "applying the manifest {string} to the {word} ECK replaces the node", Handler: s.expectReplacedNode,
			Doc: "The operator asks for another pod than the one of the manifest that was applied before."},
		{Expression: "applying the manifest {string} to the {word} ECK is refused at line {int} with {string}",
			Handler: s.expectManifestRefused,
			Doc: "Nothing is applied; the API server's own message, or what crosscheck says of the file, contains the " +
				"text."},
		{Expression: "the local cluster adds {string} in proxy mode on port {int} of another name of the load balancer, " +
			"without a server name", Handler: s.addAtOtherName, Needs: []string{"proxy-mode"},
			Doc: "Under the name by which it was added before, Elasticsearch would resume TLS sessions of connections with " +
				"a server name, and connect without looking at the certificate."},
		{Expression: "the {word} ECK warns {string}", Handler: s.expectWarning,
			Doc: "A warning event of the operator about that side's Elasticsearch contains the text."},
		{Expression: "the {word} Elasticsearch does not start, as {string}", Handler: s.expectNoStart,
			Doc: "The node of that side ends, and the end of its log contains the text."},
	}
}

func (s *Sides) chooseRemoteOperator(ctx context.Context, version string) error {
	if err := s.Take(ctx); err != nil {
		return err
	}
	if s.known[topology.Remote] != nil {
		return errors.New("say which ECK manages the remote cluster before anything is applied to it")
	}
	s.older = version
	return nil
}

// readManifests reads the objects of a file of fixtures/manifests, with the cross-cluster API key in its place.
func (s *Sides) readManifests(name string) ([]platform.Manifest, error) {
	data, err := fixtures.FS.ReadFile(path.Join("manifests", name))
	if err != nil {
		return nil, fmt.Errorf("fixtures/manifests/%s: there is no such manifest", name)
	}
	text := string(data)
	if strings.Contains(text, "${ENCODED_KEY}") {
		encoded, err := s.keys.Encoded()
		if err != nil {
			return nil, err
		}
		text = strings.ReplaceAll(text, "${ENCODED_KEY}", encoded)
	}
	return platform.ReadManifests("fixtures/manifests/"+name, []byte(text))
}

// apply applies manifests to a side. What was refused is a ManifestError; any other error is trouble on the way.
func (s *Sides) apply(ctx context.Context, side *Side, manifests []platform.Manifest) error {
	version := s.world.Version(world.Side(side.Role))
	return world.UnsupportedIfMissing(side.Apply(ctx, manifests, version))
}

func (s *Sides) applyManifest(ctx context.Context, name, role string) error {
	side, err := s.Side(ctx, role)
	if err != nil {
		return err
	}
	manifests, err := s.readManifests(name)
	if err != nil {
		return err
	}
	if err := s.apply(ctx, side, manifests); err != nil {
		return notAccepted(name, err)
	}
	if names := platform.Names(manifests); len(names) > 0 {
		side.Name = names[0]
		if !side.renewed {
			if err := side.RenewServices(ctx, side.Name); err != nil {
				return err
			}
			side.renewed = true
		}
	}
	s.world.Clusters.Forget(world.Side(role))
	return nil
}

// notAccepted makes a Mismatch of what the API server said to a manifest. Everything else stays an error: an API server
// that cannot be reached, one that is overloaded, and a user who gives up have said nothing about it.
func notAccepted(name string, err error) error {
	if refused, ok := errors.AsType[*platform.ManifestError](err); ok {
		return &verdict.Mismatch{What: "applying " + name, Wanted: "accepted", Got: refused.Error()}
	}
	return err
}

func (s *Sides) expectReplacedNode(ctx context.Context, name, role string) error {
	side, err := s.Side(ctx, role)
	if err != nil {
		return err
	}
	if side.Name == "" {
		return errors.New("apply the manifest before it first")
	}
	before, err := side.Revision(ctx, side.Name)
	if err != nil {
		return err
	}
	if err := s.applyManifest(ctx, name, role); err != nil {
		return err
	}
	after, err := side.Revision(ctx, side.Name)
	if err == nil && after == before {
		return &verdict.Mismatch{What: "the pod of " + side.Name + " after " + name,
			Wanted: "another revision than " + before, Got: after}
	}
	return err
}

func (s *Sides) expectManifestRefused(ctx context.Context, name, role string, line int, text string) error {
	side, err := s.Side(ctx, role)
	if err != nil {
		return err
	}
	manifests, err := s.readManifests(name)
	if err == nil {
		err = s.apply(ctx, side, manifests)
	}
	refused, isRefusal := errors.AsType[*platform.ManifestError](err)
	mismatch := &verdict.Mismatch{What: "applying " + name,
		Wanted: fmt.Sprintf("refused at line %d with %q", line, text)}
	switch {
	case err == nil:
		mismatch.Got = "accepted"
	case !isRefusal:
		return err
	case refused.Line != line || !strings.Contains(refused.What, text):
		mismatch.Got = refused.Error()
	default:
		return nil
	}
	return mismatch
}

func (s *Sides) addAtOtherName(ctx context.Context, name string, port int) error {
	if err := s.world.Ready(ctx); err != nil {
		return err
	}
	side, err := s.Side(ctx, topology.Remote)
	if err != nil {
		return err
	}
	remote := s.world.Remote()
	if remote == nil {
		return errNothingApplied
	}
	address, err := side.OtherAddress(ctx, side.Name, remote.Balancer, port)
	if err != nil {
		return err
	}
	return s.remotes.AddAtAddress(ctx, name, address)
}

func (s *Sides) expectWarning(ctx context.Context, role, text string) error {
	side, err := s.Side(ctx, role)
	if err != nil {
		return err
	}
	return world.Await(ctx, "a warning of ECK", s.world.Env.Timeouts.Log, func(ctx context.Context) error {
		messages, err := side.Warnings(ctx, side.Name)
		if err != nil {
			return err
		}
		if all := strings.Join(messages, "\n"); !strings.Contains(all, text) {
			return &verdict.Mismatch{What: "the warnings about " + side.Name, Wanted: text, Got: all}
		}
		return nil
	})
}

func (s *Sides) expectNoStart(ctx context.Context, role, text string) error {
	side, err := s.Side(ctx, role)
	if err != nil {
		return err
	}
	_, err = side.Cluster(ctx, side.Name, false)
	var ended *lab.StartError
	mismatch := &verdict.Mismatch{What: "Elasticsearch " + side.Name, Wanted: "it ends with " + text}
	switch {
	case err == nil:
		mismatch.Got = "it is healthy"
	case !errors.As(err, &ended) || !ended.State.EndedByItself():
		return world.UnsupportedIfMissing(err) // a node that was killed, or is only slow, says nothing
	case !strings.Contains(ended.Log, text):
		mismatch.Got = ended.Error()
	default:
		return nil
	}
	return mismatch
}

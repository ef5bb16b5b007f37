// Package judge holds a scenario's failure against the entry of the catalogue that the scenario names, and finds out
// how far the connection got.
package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/remotes"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/steps/world"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
)

// The expressions that name an entry of the catalogue.
const (
	connectionFails   = "{string} fails as {string}"
	searchFails       = "searching {string} fails as {string}"
	requestIsRefused  = "it is refused as {string}"
	requestIsAnswered = "it is answered as {string}"
	nodeEnds          = "the local cluster does not start as {string}"
	remoteNeverStarts = "the remote cluster does not start as {string}"
)

// outcomeArgument is the place of the entry's id among the arguments of a step.
var outcomeArgument = map[string]int{connectionFails: 1, searchFails: 1, requestIsRefused: 0, requestIsAnswered: 0,
	nodeEnds: 0, remoteNeverStarts: 0}

// NamesOutcome answers the entry of the catalogue that a step names.
func NamesOutcome(b gherkin.Bound) (id string, ok bool) {
	at, ok := outcomeArgument[b.Expression]
	if !ok {
		return "", false
	}
	id, ok = b.Arguments[at].(string)
	return id, ok
}

// ExpectsRefusal reports whether a step says that the request before it is refused.
func ExpectsRefusal(b gherkin.Bound) bool { return b.Expression == requestIsRefused }

// Judge judges the failures of one scenario.
type Judge struct {
	world    *world.World
	remotes  *remotes.Remotes
	observed *catalogue.Observation // what the failure looked like; nil before a step that judges
	broke    *reports.Break         // where the connection ended
}

// New is the judge of a scenario that has not failed.
func New(w *world.World, r *remotes.Remotes) *Judge { return &Judge{world: w, remotes: r} }

// Steps are the steps that name an entry of the catalogue.
func (j *Judge) Steps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: connectionFails, Handler: j.expectConnectionFails,
			Doc: "The entry of fixtures/outcomes.yaml says what _remote/info, a search with skip_unavailable false and true, " +
				"_resolve/cluster and both logs show."},
		{Expression: searchFails, Handler: j.expectSearchFails,
			Doc: "The same for a search of that alias and index."},
		{Expression: requestIsRefused, Handler: j.expectRequestRefused,
			Doc: "The entry says how the last request (settings update, search, key creation, call, reload) was answered."},
		{Expression: requestIsAnswered, Handler: j.expectRequestRefused,
			Doc: "The same for an answer that is no refusal."},
		{Expression: nodeEnds, Handler: j.expectNodeEnds,
			Doc: "The local node ended by itself while it started, and the entry says what its log holds."},
		{Expression: remoteNeverStarts, Handler: j.expectRemoteNeverStarts,
			Doc: "The remote node, as earlier steps describe it, ends by itself while it starts, and the entry says what its " +
				"log holds."},
	}
}

// Observation is what a failure looked like, after the step that judged it; nil without one.
func (j *Judge) Observation() *catalogue.Observation { return j.observed }

func (j *Judge) expectConnectionFails(ctx context.Context, name, id string) error {
	return j.judge(ctx, j.world.Names.Alias(name), j.world.Index(), id)
}

func (j *Judge) expectSearchFails(ctx context.Context, target, id string) error {
	alias, index, ok := strings.Cut(j.world.Names.Target(target), ":")
	if !ok {
		return fmt.Errorf("write the target as alias:index, not %q", target)
	}
	return j.judge(ctx, alias, index, id)
}

func (j *Judge) expectRequestRefused(_ context.Context, id string) error {
	remote, _ := j.remotes.Its()
	signature, err := j.signature(id, remote.Alias, j.world.Index())
	if err != nil {
		return err
	}
	if signature.Request == nil {
		return fmt.Errorf("fixtures/outcomes.yaml: %s is not a refused request: write how it fails instead", id)
	}
	request := j.world.Answer
	j.observed = j.observation(id, remote.Alias, j.world.Index())
	j.observed.Request = observedAnswer(request)
	return mismatch(id+": "+request.Method+" "+request.Path, signature.Request.Check(request.Status, request.Body))
}

// signature is what the entry says for the pair and this alias.
func (j *Judge) signature(id, alias, index string) (catalogue.Signature, error) {
	outcome, err := j.world.Env.Catalogue.Outcome(id)
	if err != nil {
		return catalogue.Signature{}, err
	}
	signature, err := outcome.Signature(j.world.Pair.Local, j.world.Pair.Remote)
	if err != nil {
		return catalogue.Signature{}, &verdict.UnsupportedError{Fact: id, Reason: err.Error()}
	}
	remote, _ := j.remotes.Of(alias)
	bound, err := signature.Bind(catalogue.Names{Alias: alias, Index: index, Port: remote.Port()})
	if err != nil {
		return catalogue.Signature{}, fmt.Errorf("fixtures/outcomes.yaml, %s: %w", id, err)
	}
	return bound, nil
}

func (j *Judge) judge(ctx context.Context, alias, index, id string) error {
	if err := j.world.Ready(ctx); err != nil {
		return err
	}
	signature, err := j.signature(id, alias, index)
	if err != nil {
		return err
	}
	if signature.Request != nil {
		return fmt.Errorf("fixtures/outcomes.yaml: %s is a refused request: write that it is refused as it", id)
	}
	remote, added := j.remotes.Of(alias)
	if added {
		if err := j.world.ExpectAccepted(id + ": adding the remote cluster"); err != nil {
			return err
		}
	}
	j.observed = j.observation(id, alias, index)
	j.observed.Port = remote.Port()
	c := comparison{world: j.world, remotes: j.remotes, observed: j.observed, id: id, signature: signature,
		remote: remote, index: index}
	for _, check := range []func(context.Context) error{
		c.searchUnavailableFails, c.resolve, c.witness, c.readLogs, c.searchUnavailableSkips,
	} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	j.broke = j.where(ctx, remote, j.observed.SkipUnavailableFalse)
	return nil
}

// observation is one of the versions that the clusters have by now.
func (j *Judge) observation(id, alias, index string) *catalogue.Observation {
	return &catalogue.Observation{Outcome: id, Alias: alias, Index: index,
		Local: j.world.Pair.Local.Original(), Remote: j.world.Pair.Remote.Original()}
}

// observedAnswer keeps a response for an observation.
func observedAnswer(res elastic.Response) *catalogue.Answer {
	body := json.RawMessage(res.Body)
	if !json.Valid(body) {
		body, _ = json.Marshal(string(res.Body)) // a string always encodes
	}
	return &catalogue.Answer{Status: res.Status, Body: body}
}

// mismatch is a Mismatch of the differences; nil without any.
func mismatch(what string, differences []catalogue.Difference) error {
	if len(differences) == 0 {
		return nil
	}
	var wanted, got []string
	for _, d := range differences {
		wanted, got = append(wanted, d.Field+" "+d.Wanted), append(got, d.Field+" "+d.Got)
	}
	return &verdict.Mismatch{What: what, Wanted: strings.Join(wanted, "\n"), Got: strings.Join(got, "\n")}
}

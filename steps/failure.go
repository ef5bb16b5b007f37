package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/elastic"
	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// The expressions that name an entry of the catalogue, with the place of its id among the arguments.
const (
	failsAs       = "{string} fails as {string}"
	searchFailsAs = "searching {string} fails as {string}"
	refusedAs     = "it is refused as {string}"
	answeredAs    = "it is answered as {string}"
)

var outcomeArgument = map[string]int{failsAs: 1, searchFailsAs: 1, refusedAs: 0, answeredAs: 0}

var failureSteps = []gherkin.Definition{
	{Expression: failsAs, Handler: (*Scenario).failsAs,
		Doc: "The entry of fixtures/outcomes.yaml says what _remote/info, a search with skip_unavailable false and true, _resolve/cluster and both logs show."},
	{Expression: searchFailsAs, Handler: (*Scenario).searchFailsAs,
		Doc: "The same for a search of that alias and index."},
	{Expression: refusedAs, Handler: (*Scenario).refusedAs,
		Doc: "The entry says how the last request (settings update, search, key creation, call, reload) was answered."},
	{Expression: answeredAs, Handler: (*Scenario).refusedAs,
		Doc: "The same for an answer that is no refusal."},
}

// NamesOutcome answers the entry of the catalogue that a step names.
func NamesOutcome(b gherkin.Bound) (id string, ok bool) {
	at, ok := outcomeArgument[b.Expression]
	if !ok {
		return "", false
	}
	id, ok = b.Arguments[at].(string)
	return id, ok
}

func (s *Scenario) failsAs(ctx context.Context, name, id string) error {
	return s.judge(ctx, s.alias(name), s.index(), id)
}

func (s *Scenario) searchFailsAs(ctx context.Context, target, id string) error {
	alias, index, ok := strings.Cut(s.target(target), ":")
	if !ok {
		return fmt.Errorf("write the target as alias:index, not %q", target)
	}
	return s.judge(ctx, alias, index, id)
}

// signature is what the entry says for the pair and this alias.
func (s *Scenario) signature(id, alias, index string) (catalogue.Signature, error) {
	s.outcome = id
	outcome, err := s.env.Catalogue.Outcome(id)
	if err != nil {
		return catalogue.Signature{}, err
	}
	signature, err := outcome.Signature(s.pair.Local, s.pair.Remote)
	if err != nil {
		return catalogue.Signature{}, &verdict.UnsupportedError{Fact: id, Reason: err.Error()}
	}
	bound, err := signature.Bind(catalogue.Names{Alias: alias, Index: index, Port: s.port(alias)})
	if err != nil {
		return catalogue.Signature{}, fmt.Errorf("fixtures/outcomes.yaml, %s: %w", id, err)
	}
	return bound, nil
}

func (s *Scenario) refusedAs(_ context.Context, id string) error {
	signature, err := s.signature(id, s.alias(s.latest), s.index())
	if err != nil {
		return err
	}
	if signature.Request == nil {
		return fmt.Errorf("fixtures/outcomes.yaml: %s is not a refused request: write how it fails instead", id)
	}
	what := s.request.Method + " " + s.request.Path
	s.observed = s.observation(id, s.alias(s.latest), s.index())
	s.observed.Request = answer(s.request)
	return differs(id+": "+what, signature.Request.Check(s.request.Status, s.request.Body))
}

func (s *Scenario) judge(ctx context.Context, alias, index, id string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	signature, err := s.signature(id, alias, index)
	if err != nil {
		return err
	}
	if signature.Request != nil {
		return fmt.Errorf("fixtures/outcomes.yaml: %s is a refused request: write that it is refused as it", id)
	}
	if _, added := s.remotes[alias]; added {
		if err := s.accepted(); err != nil {
			return &verdict.Mismatch{What: id + ": adding the remote cluster", Wanted: "200", Got: err.Error()}
		}
	}
	s.observed = s.observation(id, alias, index)
	s.observed.Port = s.port(alias)
	judge := judgement{s, id, signature, alias, index}
	for _, check := range []func(context.Context) error{judge.search(false), judge.resolve, judge.logs, judge.search(true)} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	s.broke = s.where(ctx, alias, s.observed.SkipUnavailableFalse)
	return nil
}

// observation is one of the versions that the clusters have by now.
func (s *Scenario) observation(id, alias, index string) *catalogue.Observation {
	return &catalogue.Observation{Outcome: id, Alias: alias, Index: index, Local: s.pair.Local.Original(), Remote: s.pair.Remote.Original()}
}

// judgement holds a failure against its entry in the catalogue.
type judgement struct {
	*Scenario
	id           string
	signature    catalogue.Signature
	alias, index string
}

func (j judgement) differs(what string, differences []catalogue.Difference) error {
	return differs(j.id+": "+what, differences)
}

func differs(what string, differences []catalogue.Difference) error {
	if len(differences) == 0 {
		return nil
	}
	var wanted, got []string
	for _, d := range differences {
		wanted, got = append(wanted, d.Field+" "+d.Wanted), append(got, d.Field+" "+d.Got)
	}
	return &verdict.Mismatch{What: what, Wanted: strings.Join(wanted, "\n"), Got: strings.Join(got, "\n")}
}

// search sets skip_unavailable, and polls a search and _remote/info until both are as the entry says: the search triggers
// the attempt to connect whose trace _remote/info then shows.
func (j judgement) search(skip bool) func(context.Context) error {
	expected := j.signature.SkipUnavailableFalse
	if skip {
		expected = j.signature.SkipUnavailableTrue
	}
	return func(ctx context.Context) error {
		if expected == nil && (skip || len(j.signature.RemoteInfo) == 0) {
			return nil
		}
		known, err := j.info(ctx, j.alias)
		if err != nil {
			return err
		}
		if set := j.remotes[j.alias]; set != nil {
			set["skip_unavailable"] = skip // what it shows from now on is no default
		}
		if known != nil { // without an address it is no remote cluster, and can have no skip_unavailable
			res, err := j.local.API().PutRemote(ctx, j.alias, map[string]any{"skip_unavailable": skip})
			if err != nil {
				return fmt.Errorf("set skip_unavailable: %w", err)
			}
			if res.Status != 200 {
				return fmt.Errorf("set skip_unavailable: %d %s", res.Status, res.Body)
			}
		}
		what := fmt.Sprintf("search with skip_unavailable %t", skip)
		return waitFor(ctx, what, j.env.Timeouts.Search, func(ctx context.Context) error {
			found, err := j.ask(ctx, expected)
			if err != nil {
				return err
			}
			info, err := j.info(ctx, j.alias)
			if err != nil {
				return err
			}
			if skip {
				j.observed.SkipUnavailableTrue = answer(found)
			} else {
				j.observed.SkipUnavailableFalse, j.observed.RemoteInfo = answer(found), info
			}
			differences := j.signature.RemoteInfo.Check(info)
			if expected != nil {
				differences = append(differences, expected.Check(found.Status, found.Body)...)
			}
			return j.differs(what+", and _remote/info", differences)
		})
	}
}

// ask searches. Where no answer is expected it gives up after a while, and that is the answer.
func (j judgement) ask(ctx context.Context, expected *catalogue.SearchExpectation) (elastic.Response, error) {
	target := j.alias + ":" + j.index
	if expected == nil || expected.Status != catalogue.NoAnswer {
		return j.searching().Search(ctx, target)
	}
	short, cancel := context.WithTimeout(ctx, j.env.Timeouts.Silence)
	defer cancel()
	found, err := j.searching().Search(short, target)
	if err != nil && short.Err() != nil && ctx.Err() == nil {
		return elastic.Response{Status: catalogue.NoAnswer}, nil
	}
	return found, err
}

func (j judgement) resolve(ctx context.Context) error {
	exists, _, err := j.env.Facts.Applies("resolve-cluster", j.pair.Local, j.pair.Remote)
	if err != nil || !exists || len(j.signature.ResolveCluster) == 0 {
		return err
	}
	return waitFor(ctx, "_resolve/cluster", j.env.Timeouts.Search, func(ctx context.Context) error {
		res, err := j.searching().ResolveCluster(ctx, j.alias+":"+j.index)
		if err != nil {
			return err
		}
		var answer map[string]map[string]any
		if err := json.Unmarshal(res.Body, &answer); err != nil || res.Status != 200 {
			return &verdict.Mismatch{What: j.id + ": _resolve/cluster", Wanted: "200 and an entry for " + j.alias, Got: fmt.Sprintf("%d %s", res.Status, res.Body)}
		}
		j.observed.ResolveCluster = answer[j.alias]
		return j.differs("_resolve/cluster", j.signature.ResolveCluster.Check(answer[j.alias]))
	})
}

func (j judgement) logs(ctx context.Context) error {
	if j.signature.Log.Local == nil && j.signature.Log.Remote == nil {
		return nil
	}
	return waitFor(ctx, "the logs", j.env.Timeouts.Log, func(ctx context.Context) error {
		sides := [][]string{nil, nil}
		for i, c := range []*lab.Cluster{j.local, j.remote} {
			text, err := c.Logs(ctx, j.began)
			if err != nil {
				return err
			}
			sides[i] = strings.Split(text, "\n")
		}
		j.observed.LocalLog, j.observed.RemoteLog = warnings(sides[0]), warnings(sides[1])
		return j.differs("the logs since "+j.began.Format(time.TimeOnly), j.signature.Log.Check(sides[0], sides[1]))
	})
}

// answer keeps a response for an observation.
func answer(res elastic.Response) *catalogue.Answer {
	body := json.RawMessage(res.Body)
	if !json.Valid(body) {
		body, _ = json.Marshal(string(res.Body)) // a string always encodes
	}
	return &catalogue.Answer{Status: res.Status, Body: body}
}

// index is the scenario's last index, or one that does not exist.
func (s *Scenario) index() string {
	if len(s.indices) == 0 {
		return s.unique("logs")
	}
	return s.indices[len(s.indices)-1]
}

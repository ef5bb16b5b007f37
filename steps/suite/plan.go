// Package suite plans and runs scenarios over pairs of versions.
package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/clusters"
	"github.com/crosscheck-dev/crosscheck/steps/disturb"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/judge"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
)

// Item is one scenario on one pair.
type Item struct {
	Scenario    gherkin.Scenario
	Pair        steps.Pair
	Outcome     string                    // the catalogue entry that it names
	Upgrades    []disturb.Change          // changes of version that it makes, in order
	Nodes       int                       // that its clusters have in all
	MultiNode   bool                      // one of them has several
	Unsupported *verdict.UnsupportedError // why it does not apply to the pair; nil when it does
	Notes       []string                  // what is known of it on that pair before it runs
	vocabulary  *gherkin.Vocabulary
	bound       []gherkin.Bound
}

// Rules decide what applies.
type Rules struct {
	Facts *facts.Facts
	// Lacks says what the image of a version cannot do: capability -> reason. It may be nil.
	Lacks func(v *semver.Version) map[string]string
	// NoECK says why scenarios tagged @eck cannot run; empty when they can.
	NoECK string
	// Installed says that scenarios tagged @eck run on a cluster of the user's: with its images, and not crosscheck's.
	Installed bool
	// Real says that nothing of that cluster is simulated.
	Real bool
	// Existing is the pair of the user's that every scenario runs on; nil: clusters of crosscheck's own.
	Existing *existing.Pair
	// Drafts lets scenarios tagged @draft run.
	Drafts bool
}

// modelNeeds says what a security model needs from an image, modelRequires from the versions, and guidesAsk what guides
// ask for beyond that. What exists is tested, also where no guide takes it yet.
var (
	modelNeeds    = map[string][]string{"api-key": {"security"}, "certificate": {"security"}}
	modelRequires = map[string][]string{"api-key": {"api-key-model-beta"}}
	guidesAsk     = map[string][]string{"api-key": {"api-key-model"}}
)

// draft marks a scenario whose expectations no real cluster has confirmed. It counts for nothing until one has.
const draft = "@draft"

// Bindings are scenarios whose steps are bound to the vocabulary. They are bound once, and planned each time that the
// rules change.
type Bindings struct {
	vocabulary *gherkin.Vocabulary
	all        []binding
}

// binding is a scenario with what its steps say, or with why they say nothing.
type binding struct {
	scenario gherkin.Scenario
	terms    *gherkin.Vocabulary
	bound    []gherkin.Bound
	outcome  *catalogue.Outcome // the catalogue entry that it names; nil for none
	upgrades []disturb.Change
	err      error
}

// Bind compiles the vocabulary and binds every scenario to it. What is wrong with scenarios is reported by Plan,
// together with what is wrong with their tags; an error here is one of the vocabulary.
func Bind(scenarios []gherkin.Scenario, entries *catalogue.Catalogue) (*Bindings, error) {
	vocabulary, err := gherkin.NewVocabulary(steps.Vocabulary())
	if err != nil {
		return nil, err
	}
	b := &Bindings{vocabulary: vocabulary}
	for _, s := range scenarios {
		one := binding{scenario: s, terms: vocabulary}
		if one.bound, one.err = vocabulary.Bind(s); one.err == nil {
			one.outcome, one.err = outcomeOf(s, one.bound, entries)
		}
		if one.err == nil {
			one.upgrades, one.err = upgradesOf(s, one.bound)
		}
		b.all = append(b.all, one)
	}
	return b, nil
}

// Plan judges every scenario for every pair. Undefined steps, unknown facts and unknown outcomes of all scenarios are
// reported in one error.
func (b *Bindings) Plan(ctx context.Context, pairs []steps.Pair, rules Rules) ([]Item, error) {
	var items []Item
	var errs []error
	for _, one := range b.all {
		if one.err != nil {
			errs = append(errs, one.err)
			continue
		}
		for _, pair := range pairs {
			item, err := one.plan(ctx, pair, rules)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", one.scenario.ID(), err))
				break
			}
			item.vocabulary = b.vocabulary
			items = append(items, item)
		}
	}
	return items, errors.Join(errs...)
}

func (b binding) plan(ctx context.Context, pair steps.Pair, rules Rules) (Item, error) {
	s := b.scenario
	unsupported, err := b.unsupportedOn(pair, rules)
	if err != nil {
		return Item{}, err
	}
	last := pair
	if unsupported == nil {
		last, unsupported = follow(s, pair, b.upgrades, rules)
	}
	if unsupported == nil && rules.Existing != nil {
		unsupported = b.uncontrolled(ctx, pair, rules)
	}
	if unsupported == nil && b.outcome != nil {
		if applies, reason := b.outcome.AppliesTo(last.Local, last.Remote); !applies {
			unsupported = &verdict.UnsupportedError{Fact: b.outcome.ID, Reason: "the failure is one of " + reason}
		}
	}
	if rules.Installed && rules.Real {
		s.Tags = withoutKubernetes(s.Tags)
	}
	item := Item{Scenario: s, Pair: pair, Upgrades: b.upgrades, Unsupported: unsupported, bound: b.bound}
	if unsupported == nil {
		if item.Notes, err = beyondGuides(s, pair, rules); err != nil {
			return Item{}, err
		}
	}
	item.Nodes, item.MultiNode = clusters.NodesOf(b.bound)
	if b.outcome != nil {
		item.Outcome = b.outcome.ID
	}
	return item, nil
}

// beyondGuides says what the guides of a scenario ask for that the pair does not have.
func beyondGuides(s gherkin.Scenario, pair steps.Pair, rules Rules) ([]string, error) {
	if len(s.AllTagged("@guide:")) == 0 {
		return nil, nil
	}
	model, _ := s.Tagged("@model:")
	var notes []string
	for _, fact := range guidesAsk[model] {
		ok, reason, err := rules.Facts.Applies(fact, pair.Local, pair.Remote)
		if err != nil {
			return nil, fmt.Errorf("what guides ask for with the model %s: %w", model, err)
		}
		if !ok {
			notes = append(notes, "guides ask for more than this pair has: "+reason)
		}
	}
	return notes, nil
}

// withoutKubernetes takes out of a scenario's tags what is not simulated on a real Kubernetes.
func withoutKubernetes(tags []string) []string {
	if !slices.Contains(tags, "@eck") {
		return tags
	}
	return slices.DeleteFunc(slices.Clone(tags),
		func(tag string) bool { return tag == "@simulated:kubelet" || tag == "@simulated:load-balancer" })
}

func outcomeOf(s gherkin.Scenario, bound []gherkin.Bound, entries *catalogue.Catalogue) (*catalogue.Outcome, error) {
	for _, b := range bound {
		id, ok := judge.NamesOutcome(b)
		if !ok {
			continue
		}
		outcome, err := entries.Outcome(id)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", s.File, b.Line, err)
		}
		if model := modelOf(s.Tags); !outcome.Model.Fits(model) {
			return nil, fmt.Errorf("%s:%d: failure %q belongs to model %s, and the scenario is tagged @model:%s", s.File,
				b.Line, id, outcome.Model, model)
		}
		return outcome, nil
	}
	return nil, nil
}

func upgradesOf(s gherkin.Scenario, bound []gherkin.Bound) ([]disturb.Change, error) {
	var upgrades []disturb.Change
	for _, b := range bound {
		u, ok, err := disturb.ChangeOf(b)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", s.File, b.Line, err)
		}
		if ok {
			upgrades = append(upgrades, u)
		}
	}
	return upgrades, nil
}

// follow answers the pair after all upgrades, or why they cannot be made from this one. A scenario about versions that
// do not connect comes to them with its last upgrade.
func follow(s gherkin.Scenario, pair steps.Pair, upgrades []disturb.Change, rules Rules,
) (steps.Pair, *verdict.UnsupportedError) {
	for i, u := range upgrades {
		from := u.Side.Of(pair)
		rolling, reason := rules.Facts.RollingUpgrade(from, u.To)
		if rolling == u.Refused || !from.LessThan(u.To) {
			return pair, &verdict.UnsupportedError{Fact: "upgrades",
				Reason: fmt.Sprintf("the %s cluster, from %s to %s: %s", u.Side, from.Original(), u.To.Original(), reason)}
		}
		pair = u.Of(pair)
		if reason := wire(pair, incompatible(s) && i == len(upgrades)-1, rules); reason != "" {
			return pair, &verdict.UnsupportedError{Fact: "wire",
				Reason: fmt.Sprintf("after the upgrade to %s: %s", pair, reason)}
		}
	}
	return pair, nil
}

// Versions are those that the scenario starts and upgrades to.
func (i Item) Versions() []*semver.Version {
	all := []*semver.Version{i.Pair.Local, i.Pair.Remote}
	for _, u := range i.Upgrades {
		all = append(all, u.To)
	}
	return all
}

// modelOf is the security model in a scenario's tags; a scenario without one stands for any.
func modelOf(tags []string) catalogue.Model {
	model, ok := gherkin.Scenario{Tags: tags}.Tagged("@model:")
	if !ok {
		return catalogue.AnyModel
	}
	return catalogue.Model(model)
}

// incompatible reports whether a scenario is about versions that do not connect.
func incompatible(s gherkin.Scenario) bool {
	_, tagged := s.Tagged("@wire:incompatible")
	return tagged
}

// wire says why a pair is not one that connects, or, where that is wanted, not one that does not; empty when it is.
func wire(pair steps.Pair, incompatible bool, rules Rules) string {
	switch connects, reason := rules.Facts.Connects(pair.Local, pair.Remote); {
	case connects != incompatible:
		return ""
	case incompatible:
		return "this pair connects: " + reason
	default:
		return reason
	}
}

// unmet is the first fact of a scenario's model, tags and steps that a pair lacks; nil when it lacks none.
func (b binding) unmet(pair steps.Pair, rules Rules) (*verdict.UnsupportedError, error) {
	model, _ := b.scenario.Tagged("@model:")
	for _, fact := range slices.Concat(modelRequires[model], b.scenario.AllTagged("@requires:")) {
		ok, reason, err := rules.Facts.Applies(fact, pair.Local, pair.Remote)
		if err != nil {
			return nil, fmt.Errorf("tag @requires:%s: %w", fact, err)
		}
		if !ok {
			return &verdict.UnsupportedError{Fact: fact, Reason: reason}, nil
		}
	}
	return steps.Unmet(rules.Facts, b.bound, pair)
}

// unsupportedOn says why a scenario does not apply to a pair: the versions do not fit, they cannot speak to each other,
// or an image lacks what it takes.
func (b binding) unsupportedOn(pair steps.Pair, rules Rules) (*verdict.UnsupportedError, error) {
	s := b.scenario
	if unmet, err := b.unmet(pair, rules); unmet != nil || err != nil {
		return unmet, err
	}
	if reason := wire(pair, incompatible(s) && len(b.upgrades) == 0, rules); reason != "" {
		return &verdict.UnsupportedError{Fact: "wire", Reason: reason}, nil
	}
	if rules.NoECK != "" && slices.Contains(s.Tags, "@eck") {
		return &verdict.UnsupportedError{Fact: "eck", Reason: rules.NoECK}, nil
	}
	if !rules.Drafts && slices.Contains(s.Tags, draft) {
		return &verdict.UnsupportedError{Fact: "draft",
			Reason: "no real cluster has said yet what it expects; --drafts runs it"}, nil
	}
	if rules.Lacks == nil || rules.Installed && slices.Contains(s.Tags, "@eck") {
		return nil, nil
	}
	model, _ := s.Tagged("@model:")
	return lacking(slices.Concat(modelNeeds[model], s.AllTagged("@needs:")), pair, rules), nil
}

// lacking says which of needs the image of a side lacks, or is nil.
func lacking(needs []string, pair steps.Pair, rules Rules) *verdict.UnsupportedError {
	for _, need := range needs {
		for _, v := range []*semver.Version{pair.Local, pair.Remote} {
			if reason, lacks := rules.Lacks(v)[need]; lacks {
				return &verdict.UnsupportedError{Fact: "image-lacks-" + need,
					Reason: fmt.Sprintf("the image of %s lacks %s: %s", v.Original(), need, reason)}
			}
		}
	}
	return nil
}

// report is the item as the reports show it, before it runs.
func (i Item) report() reports.Scenario {
	pair := reports.Pair{Local: i.Pair.Local.Original(), Remote: i.Pair.Remote.Original()}
	r := reports.Scenario{
		ID: reports.ScenarioID(i.Scenario.File, i.Scenario.Line, pair), Name: i.Scenario.Name, Feature: i.Scenario.Feature,
		File: i.Scenario.File, Line: i.Scenario.Line, Tags: i.Scenario.Tags, Local: pair.Local, Remote: pair.Remote,
		Outcome: i.Outcome, Examples: i.Scenario.Examples, Simulated: i.Scenario.AllTagged("@simulated:"),
		Measurements: map[string]float64{}, RemoteInfo: []reports.RemoteInfo{}, Steps: []reports.Step{},
		Notes: append([]string{}, i.Notes...),
	}
	for _, b := range i.bound {
		for _, what := range b.Simulates {
			if !slices.Contains(r.Simulated, what) {
				r.Simulated = append(r.Simulated, what)
			}
		}
	}
	for _, tags := range []*[]string{&r.Tags, &r.Simulated} {
		if *tags == nil {
			*tags = []string{}
		}
	}
	return r
}

// Report is the item with its verdict where that is known without running it.
func (i Item) Report() reports.Scenario {
	r := i.report()
	if i.Unsupported != nil {
		r.Verdict, r.Fact, r.Reason = verdict.Unsupported, i.Unsupported.Fact, i.Unsupported.Reason
	}
	return r
}

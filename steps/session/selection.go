package session

import (
	"context"
	"slices"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/fixtures"
	"github.com/crosscheck-dev/crosscheck/fixtures/catalogue"
	"github.com/crosscheck-dev/crosscheck/fixtures/facts"
	"github.com/crosscheck-dev/crosscheck/reports"
	"github.com/crosscheck-dev/crosscheck/steps"
	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/suite"
	"github.com/crosscheck-dev/crosscheck/topology/eck"
	"github.com/crosscheck-dev/crosscheck/topology/existing"
	"github.com/crosscheck-dev/crosscheck/topology/image"
)

// Selection is what was asked for, with everything read, bound to steps and checked that needs no Docker Engine.
type Selection struct {
	Data
	Pairs  []steps.Pair
	Images map[string]string // version -> the image that the user named for it
	// Installed is the user's cluster that scenarios with ECK run on; nil: an environment of crosscheck's own.
	Installed *eck.Installed
	// Existing is the pair of the user's that everything runs on; nil: clusters of crosscheck's own.
	Existing *existing.Pair

	options   Options
	scenarios []gherkin.Scenario
	bindings  *suite.Bindings
	noECK     string          // why scenarios with ECK cannot run; empty when they can
	only      map[string]bool // ids; nil for all
	items     []suite.Item
	part      part
}

// Data is what crosscheck knows of failures and of versions.
type Data struct {
	Catalogue *catalogue.Catalogue
	Facts     *facts.Facts
	Published *image.Catalogue // the versions that can be assembled here
}

// Select reads what the options name and plans it. What is wrong with the options or with files that they name is a
// *UsageError, or an *eck.KubeconfigError.
func Select(ctx context.Context, o Options) (*Selection, error) {
	s := &Selection{options: o.withDefaults()}
	if err := s.options.alone(); err != nil {
		return nil, err
	}
	if err := s.readData(); err != nil {
		return nil, &UsageError{err}
	}
	failed, err := s.read()
	if err != nil {
		return nil, &UsageError{err}
	}
	if s.bindings, err = suite.Bind(s.scenarios, s.Catalogue); err != nil {
		return nil, &UsageError{err}
	}
	if err := s.findExisting(ctx); err != nil {
		return nil, err
	}
	if err := s.findECK(ctx); err != nil {
		return nil, err
	}
	if s.items, err = s.plan(ctx, nil); err != nil {
		return nil, err
	}
	if failed != nil {
		if err := s.keepFailed(failed); err != nil {
			return nil, err
		}
	}
	if err := s.divide(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// readData reads the data that was compiled in, and the images that the user named.
func (s *Selection) readData() (err error) {
	if s.Catalogue, err = catalogue.Default(); err != nil {
		return err
	}
	if s.Facts, err = facts.Default(); err != nil {
		return err
	}
	if s.Published, err = image.ReadCatalogue(fixtures.FS); err != nil {
		return err
	}
	s.Images, err = explicitImages(s.options.Images, s.options.ImagesFile)
	return err
}

// read finds the pairs and the scenarios: those that did not come to a good end in a stored result, which it answers,
// or those that the options and the profile name.
func (s *Selection) read() (failed []reports.Scenario, err error) {
	o := s.options
	if o.RerunFailed != "" {
		return s.readFailed()
	}
	var profile *facts.Profile
	if o.Profile != "" {
		if profile, err = facts.DefaultProfile(o.Profile); err != nil {
			return nil, err
		}
	}
	if s.Pairs, err = o.pairs(profile, s.Published); err != nil {
		return nil, err
	}
	paths, tags := o.Paths, o.Tags
	switch {
	case len(paths) > 0:
	case tags != "":
		paths = []string{"features"} // tags choose among all
	case profile != nil:
		paths, tags = profile.Features, profile.Tags
	default:
		return nil, nil
	}
	all, err := gherkin.Load(o.Features, paths...)
	if err != nil {
		return nil, err
	}
	s.scenarios, err = gherkin.Select(all, tags)
	return nil, err
}

// plan judges the scenarios for the pairs. lacks says what the image of a version lacks; it may be nil.
func (s *Selection) plan(ctx context.Context, lacks func(*semver.Version) map[string]string) ([]suite.Item, error) {
	items, err := s.bindings.Plan(ctx, s.Pairs, suite.Rules{
		Facts: s.Facts, Lacks: lacks, NoECK: s.noECK, Drafts: s.options.Drafts,
		Existing: s.Existing, Installed: s.Installed != nil, Real: s.Installed != nil && !s.Installed.Simulated,
	})
	if err != nil {
		return nil, &UsageError{err}
	}
	return s.selected(items), nil
}

// selected leaves away the items of other shards and those that are not to be run again.
func (s *Selection) selected(items []suite.Item) []suite.Item {
	if s.only == nil {
		return items
	}
	return slices.DeleteFunc(items, func(i suite.Item) bool { return !s.only[i.Report().ID] })
}

// Items are the scenarios on the pairs. Nothing is taken to be lacking from an image.
func (s *Selection) Items() []suite.Item { return s.items }

// Assembled are the items where every image that the user did not name is an assembled one, which lacks some things.
func (s *Selection) Assembled(ctx context.Context) ([]suite.Item, error) {
	return s.plan(ctx, func(v *semver.Version) map[string]string {
		lacks := map[string]string{}
		if _, named := s.Images[v.Original()]; !named {
			for _, l := range s.Published.Lacks(v.Original()) {
				lacks[l.Capability] = l.Reason
			}
		}
		return lacks
	})
}

// Nodes says what scenarios ask of the machine.
type Nodes struct {
	Most    int  // that the clusters of one scenario have in all
	Several bool // some cluster has more than one
	ECK     bool // some scenario is about ECK
}

// Nodes of the items that can run.
func (s *Selection) Nodes() Nodes {
	var n Nodes
	for _, item := range s.items {
		if item.Unsupported == nil {
			n.Most = max(n.Most, item.Nodes)
			n.Several = n.Several || item.MultiNode
			n.ECK = n.ECK || aboutECK(item.Scenario)
		}
	}
	return n
}

// Versions that the pairs name and those that their scenarios upgrade to, each once, newest first.
func (s *Selection) Versions() []string {
	var all []*semver.Version
	for _, p := range s.Pairs {
		all = append(all, p.Local, p.Remote)
	}
	for _, item := range s.items {
		if item.Unsupported == nil && !s.elsewhere(item) {
			all = append(all, item.Versions()...)
		}
	}
	slices.SortFunc(all, func(a, b *semver.Version) int { return b.Compare(a) })
	var texts []string
	for _, v := range all {
		if !slices.Contains(texts, v.Original()) {
			texts = append(texts, v.Original())
		}
	}
	return texts
}

// aboutECK reports whether some of the scenarios are about ECK.
func (s *Selection) aboutECK() bool { return slices.ContainsFunc(s.scenarios, aboutECK) }

func aboutECK(s gherkin.Scenario) bool { return slices.Contains(s.Tags, "@eck") }

// elsewhere reports whether an item runs on the user's cluster, with the images of that.
func (s *Selection) elsewhere(item suite.Item) bool {
	return s.Installed != nil && aboutECK(item.Scenario)
}

// needsEngine reports whether a Docker Engine is needed: always, unless every scenario runs on the user's clusters.
func (s *Selection) needsEngine() bool {
	here := func(i suite.Item) bool { return !s.elsewhere(i) }
	return s.Existing == nil && (s.Installed == nil || slices.ContainsFunc(s.items, here))
}
